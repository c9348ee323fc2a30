//! The requests that are compared: what is asked of Taskward in GraphQL, and the same of the floor in plain HTTP.

use aws_lc_rs::digest::{SHA256, digest};
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::client::Request;

/// A page of twenty rows.
const TASKS: &str = "query Tasks { tasks(first: 20) { \
    nodes { id title completed priority dueAt createdAt } \
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
/// What Taskward's trusted document goes by.
const TRUSTED: &str = "tasks";
/// Stands in a text of which every request sends another one.
pub const NUMBER: &str = "#0000000000000000";

/// One kind of request.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Row {
    /// Touches neither token nor database.
    Hello,
    /// One row by its key.
    Me,
    /// A page of twenty rows.
    Tasks,
    /// The same page by the hash of its query (automatic persisted queries).
    TasksByHash,
    /// The same page by the id of a trusted document.
    TasksTrusted,
    /// The same page by a query that nobody has sent before.
    TasksUnseen,
    /// The page, and for each of its rows the rows that belong to it.
    Tags,
    /// A durable write.
    CreateTask,
    /// A token whose signature is wrong.
    BadToken,
}

impl Row {
    pub fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Me => "me",
            Self::Tasks => "tasks(first: 20)",
            Self::TasksByHash => "  by the query's hash",
            Self::TasksTrusted => "  by a trusted id",
            Self::TasksUnseen => "  by a query never seen",
            Self::Tags => "tasks(first: 20) { tags }",
            Self::CreateTask => "createTask",
            Self::BadToken => "bad token",
        }
    }

    /// The status that every answer has to have.
    pub fn status(self) -> u16 {
        if self == Self::BadToken { 401 } else { 200 }
    }

    /// The row that asks the same of a server which has to be told the whole query.
    pub fn in_full(self) -> Self {
        match self {
            Self::TasksByHash | Self::TasksTrusted => Self::Tasks,
            other => other,
        }
    }

    /// What Taskward has to be told before it is asked.
    pub fn told_first(self, token: &str) -> Option<Request> {
        let body = json!({ "query": TASKS, "extensions": persisted() });
        (self == Self::TasksByHash).then(|| self.post(token, body))
    }

    /// What Taskward is asked.
    pub fn graphql(self, token: &str) -> Request {
        let body = match self {
            Self::Hello => json!({ "query": "{ __typename }" }),
            Self::Me | Self::BadToken => json!({ "query": "query Me { me { id email name createdAt } }" }),
            Self::Tasks => json!({ "query": TASKS }),
            Self::TasksByHash => json!({ "extensions": persisted() }),
            Self::TasksTrusted => json!({ "documentId": TRUSTED }),
            Self::TasksUnseen => json!({ "query": format!("{TASKS} {NUMBER}") }),
            Self::Tags => json!({ "query": "query TasksWithTags { tasks(first: 20) { \
                nodes { id title completed priority dueAt createdAt tags { id name color } } \
                pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }" }),
            Self::CreateTask => json!({
                "query": "mutation CreateTask($input: CreateTaskInput!) { createTask(input: $input) { \
                    task { id title completed priority dueAt createdAt } } }",
                "variables": { "input": new_task() },
            }),
        };
        self.post(token, body)
    }

    fn post(self, token: &str, body: Value) -> Request {
        Request { method: "POST", path: "/graphql", token: self.token(token), body: Some(body) }
    }

    /// What the floor is asked.
    pub fn plain(self, token: &str) -> Request {
        let (method, path, body) = match self {
            Self::Hello => ("GET", "/hello", None),
            Self::Me | Self::BadToken => ("GET", "/me", None),
            Self::Tasks | Self::TasksByHash | Self::TasksTrusted | Self::TasksUnseen => {
                ("GET", "/tasks?first=20", None)
            }
            Self::Tags => ("GET", "/tasks-with-tags?first=20", None),
            Self::CreateTask => ("POST", "/tasks", Some(new_task())),
        };
        Request { method, path, token: self.token(token), body }
    }

    /// What of a GraphQL answer the floor has to tell as well; nothing where there is nothing to compare.
    pub fn told_by_graphql(self, answer: &Value) -> Value {
        let data = &answer["data"];
        match self {
            Self::Hello | Self::BadToken => Value::Null,
            Self::Me => data["me"].clone(),
            Self::Tasks | Self::TasksByHash | Self::TasksTrusted | Self::TasksUnseen | Self::Tags => {
                data["tasks"].clone()
            }
            Self::CreateTask => without_its_birth(&data["createTask"]["task"]),
        }
    }

    /// The same of the floor's answer.
    pub fn told_by_floor(self, answer: &Value) -> Value {
        match self {
            Self::Hello | Self::BadToken => Value::Null,
            Self::CreateTask => without_its_birth(answer),
            _ => answer.clone(),
        }
    }

    /// Whether an answer tells what it was asked for, so that two empty ones are not taken for equal ones.
    pub fn is_full(self, told: &Value) -> bool {
        let nodes = told["nodes"].as_array().map_or(&[][..], Vec::as_slice);
        match self {
            Self::Hello | Self::BadToken => true,
            Self::Me => told["email"].is_string(),
            Self::Tasks | Self::TasksByHash | Self::TasksTrusted | Self::TasksUnseen => {
                nodes.len() == 20 && told["pageInfo"]["endCursor"].is_string()
            }
            Self::Tags => nodes.len() == 20 && nodes.iter().any(|task| task["tags"][0]["name"].is_string()),
            Self::CreateTask => told["title"].is_string(),
        }
    }

    fn token(self, token: &str) -> Option<String> {
        match self {
            Self::Hello => None,
            Self::BadToken => Some(forged(token)),
            _ => Some(token.to_owned()),
        }
    }
}

/// The documents that Taskward trusts.
pub fn manifest() -> String {
    json!({ TRUSTED: TASKS }).to_string()
}

fn persisted() -> Value {
    let digest = digest(&SHA256, TASKS.as_bytes());
    let digits = digest.as_ref().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    json!({ "persistedQuery": { "version": 1, "sha256Hash": digits } })
}

fn new_task() -> Value {
    json!({ "title": "Write to Zo\u{eb} about Thursday", "priority": "HIGH", "dueAt": "2027-03-04T05:06:07.890Z" })
}

fn without_its_birth(task: &Value) -> Value {
    let mut task = task.clone();
    for name in ["id", "createdAt"] {
        let text = task.as_object_mut().and_then(|members| members.remove(name));
        assert!(text.is_some_and(|text| text.is_string()), "a new task has {name}");
    }
    task
}

/// The token with the first character of its signature replaced.
fn forged(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').expect("a JWT");
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", &signature[1..])
}
