//! The mutations of tasks, tags and profiles, with all that they can answer.

use serde_json::{Value, json};

use super::{Actor, Reply};

/// All fields of a task.
pub const TASK: &str = "id title description completed completedAt priority dueAt version createdAt updatedAt \
                        tags { id name color createdAt updatedAt } owner { id }";
/// All fields of a tag but its tasks.
pub const TAG: &str = "id name color createdAt updatedAt";
/// All fields of a user but their tasks.
pub const USER: &str = "id email emailVerified name createdAt updatedAt";

/// The type of a mutation's input, and what to ask of its payload.
fn shape(mutation: &str) -> (String, String) {
    let (first, rest) = mutation.split_at(1);
    let payload = match mutation {
        "createTask" | "updateTask" => format!("task {{ {TASK} }}"),
        "createTag" | "updateTag" => format!("tag {{ {TAG} }}"),
        "updateProfile" => format!("user {{ {USER} }}"),
        "deleteTask" => "deletedTaskId".to_owned(),
        "deleteTag" => "deletedTagId".to_owned(),
        other => panic!("what does {other} answer?"),
    };
    (format!("{}{rest}Input!", first.to_uppercase()), payload)
}

/// The object or the id that a payload tells of.
fn told_by(payload: &Value) -> Value {
    payload.as_object().expect("a payload").values().next().expect("one field").clone()
}

impl Actor<'_> {
    /// Sends a mutation by its name, and takes whatever comes.
    pub async fn mutate(&self, mutation: &str, input: Value) -> Reply {
        let (input_type, payload) = shape(mutation);
        let query =
            format!("mutation ($input: {input_type}) {{ {mutation}(input: $input) {{ {payload} }} }}");
        self.ask(&query, json!({ "input": input })).await
    }

    /// Sends up to twenty mutations of one name in one request, all of which are to succeed.
    pub async fn done_together(&self, mutation: &str, inputs: &[Value]) -> Vec<Value> {
        if inputs.is_empty() {
            return Vec::new();
        }
        let (input_type, payload) = shape(mutation);
        let mut variables = json!({});
        let (mut definitions, mut fields) = (Vec::new(), Vec::new());
        for (at, input) in inputs.iter().enumerate() {
            variables[format!("i{at}")] = input.clone();
            definitions.push(format!("$i{at}: {input_type}"));
            fields.push(format!("f{at}: {mutation}(input: $i{at}) {{ {payload} }}"));
        }
        let query = format!("mutation ({}) {{ {} }}", definitions.join(" "), fields.join(" "));
        let data = self.data(&query, variables).await;
        (0..inputs.len()).map(|at| told_by(&data[format!("f{at}")])).collect()
    }

    /// Sends a mutation that is to succeed, and answers the object or the id that it tells of.
    pub async fn done(&self, mutation: &str, input: Value) -> Value {
        let reply = self.mutate(mutation, input).await;
        told_by(&reply.data()[mutation])
    }

    /// Sends a mutation that is to be refused, and answers the code and the field at fault.
    pub async fn refused(&self, mutation: &str, input: Value) -> (String, Option<String>) {
        self.mutate(mutation, input).await.refusal()
    }

    /// A task with all its fields.
    pub async fn task(&self, id: &Value) -> Value {
        self.data(&format!("query ($id: ID!) {{ task(id: $id) {{ {TASK} }} }}"), json!({ "id": id })).await["task"]
            .clone()
    }
}

impl Reply {
    /// The code and the field at fault of a mutation that was refused as a whole.
    pub fn refusal(&self) -> (String, Option<String>) {
        let code = self.code().to_owned();
        assert_eq!(self.status, 200, "{}", self.body);
        assert_eq!(self.body["data"], Value::Null, "{}", self.body);
        let field = self.body["errors"][0]["extensions"].get("field");
        (code, field.map(|field| field.as_str().expect("a name").to_owned()))
    }
}

/// What [`Actor::refused`] answers when a field is not acceptable.
pub fn bad(field: &str) -> (String, Option<String>) {
    ("BAD_USER_INPUT".to_owned(), Some(field.to_owned()))
}

/// What [`Actor::refused`] answers with this code and no field.
pub fn code(code: &str) -> (String, Option<String>) {
    (code.to_owned(), None)
}
