//! People who use the API.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::TestApp;
use super::client::{HttpReply, post};
use super::statements;

/// Hard to guess, and everybody's in these tests.
pub const PASSWORD: &str = "correct horse battery staple 7";

/// Someone, signed in or not.
pub struct Actor<'a> {
    pub app: &'a TestApp,
    pub token: Option<String>,
    pub id: String,
    pub email: String,
}

/// What the API answered.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// As it came.
    pub bytes: Bytes,
    pub body: Value,
    pub request_id: String,
}

impl Reply {
    /// The data of an answer without any error.
    pub fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "unexpected errors: {}", self.body);
        &self.body["data"]
    }

    /// The only error's code.
    pub fn code(&self) -> &str {
        let errors = self.body["errors"].as_array().unwrap_or_else(|| panic!("no error: {}", self.body));
        assert_eq!(errors.len(), 1, "{}", self.body);
        errors[0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no code: {}", self.body))
    }

    /// The argument that the only error is about.
    pub fn field(&self) -> &str {
        assert_eq!(self.code(), "BAD_USER_INPUT", "{}", self.body);
        self.body["errors"][0]["extensions"]["field"]
            .as_str()
            .unwrap_or_else(|| panic!("no field: {}", self.body))
    }

    /// What was sent to the database for this request, what transactions and connections need for themselves aside.
    pub fn statements(&self) -> Vec<String> {
        let mut statements = statements::of_request(&self.request_id);
        statements.retain(|statement| {
            !["begin", "commit", "rollback", "pragma"]
                .iter()
                .any(|word| statement.to_lowercase().starts_with(word))
        });
        statements
    }
}

impl Actor<'_> {
    /// Asks as this person, and takes whatever comes.
    pub async fn ask(&self, query: &str, variables: Value) -> Reply {
        let mut request = post(json!({ "query": query, "variables": variables }).to_string());
        let request_id = Uuid::now_v7().to_string();
        let headers = request.headers_mut();
        headers.insert("x-request-id", request_id.parse().expect("a valid header"));
        if let Some(token) = &self.token {
            headers.insert("authorization", format!("Bearer {token}").parse().expect("a valid header"));
        }
        let reply: HttpReply = self.app.send(request).await;
        Reply {
            status: reply.status,
            body: reply.json(),
            bytes: reply.bytes,
            headers: reply.headers,
            request_id,
        }
    }

    /// Asks, and expects an answer without any error.
    pub async fn data(&self, query: &str, variables: Value) -> Value {
        self.ask(query, variables).await.data().clone()
    }

    /// Signs in once more, as from another machine: the sign-in's id and its refresh token.
    pub async fn sign_in_again(&self) -> (String, String) {
        let login = "mutation ($input: LoginInput!) { login(input: $input) { refreshToken } }";
        let input = json!({ "email": self.email, "password": PASSWORD });
        let data = self.app.anonymous().data(login, json!({ "input": input })).await;
        let newest = self.data("{ signIns { id } }", json!({})).await["signIns"][0]["id"].clone();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        (text(&newest), text(&data["login"]["refreshToken"]))
    }

    /// Makes a task of this input and answers its fields.
    pub async fn create_task(&self, input: Value) -> Value {
        let query = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task {
            id title description completed completedAt priority dueAt version createdAt updatedAt tags { id name } } } }";
        self.data(query, json!({ "input": input })).await["createTask"]["task"].clone()
    }

    /// Makes a tag of this name and answers its id.
    pub async fn create_tag(&self, name: &str) -> String {
        let query = "mutation ($name: String!) { createTag(input: { name: $name }) { tag { id } } }";
        let data = self.data(query, json!({ "name": name })).await;
        data["createTag"]["tag"]["id"].as_str().expect("an id").to_owned()
    }
}
