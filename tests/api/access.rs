//! Who may do what: every root field of the schema as everybody, against the committed table.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use taskward::auth::RefreshToken;
use taskward::id::{SignInId, TagId, TaskId, UserId};
use taskward::time::Clock;

use crate::on_both_databases;
use crate::support::actor::PASSWORD;
use crate::support::events::first_event;
use crate::support::{Actor, Reply, TestApp};

/// What fields are asked about: somebody's, or nobody's.
struct Things {
    user: String,
    task: String,
    tag: String,
    /// Another sign-in than the one that the actor acts from, and its refresh token.
    sign_in: String,
    refresh_token: String,
}

impl Things {
    async fn made_by(actor: &Actor<'_>, word: &str) -> Self {
        let tag = actor.create_tag(word).await;
        let task = actor.create_task(json!({ "title": word, "tagIds": [tag] })).await;
        let (sign_in, refresh_token) = actor.sign_in_again().await;
        let task = task["id"].as_str().expect("an id").to_owned();
        Self { user: actor.id.clone(), task, tag, sign_in, refresh_token }
    }

    /// Ids that nothing ever had.
    fn that_never_were() -> Self {
        Self {
            user: UserId::fresh().to_string(),
            task: TaskId::fresh().to_string(),
            tag: TagId::fresh().to_string(),
            sign_in: SignInId::fresh().to_string(),
            refresh_token: RefreshToken::fresh(UserId::fresh()).expect("random").text().expose().to_owned(),
        }
    }
}

/// How a field is called in a way that would work for the owner of these things; `None` for one that is not known here.
///
/// `word` is one that no other call uses.
fn sample(field: &str, things: &Things, email: &str, word: &str) -> Option<(&'static str, Value)> {
    let Things { user, task, tag, sign_in, refresh_token } = things;
    Some(match field {
        "me" => ("{ me { id email name tasks { nodes { id } } } }", json!({})),
        "task" => (
            "query ($id: ID!) { task(id: $id) { id title tags { id } owner { id } } }",
            json!({ "id": task }),
        ),
        "tasks" => ("{ tasks { totalCount nodes { id title } } }", json!({})),
        "changes" => ("{ changes { nodes { kind nodeId node { id } } } }", json!({})),
        "changes (subscription)" => {
            ("subscription { changes(after: \"0000000000000000\") { kind nodeId node { id } } }", json!({}))
        }
        "tags" => ("{ tags { totalCount nodes { id name tasks { nodes { id } } } } }", json!({})),
        "node" => ("query ($id: ID!) { node(id: $id) { id ... on Task { title } } }", json!({ "id": task })),
        "nodes" => ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": [user, task, tag] })),
        "register" => (
            "mutation ($input: RegisterInput!) { register(input: $input) { tokenType user { email } } }",
            json!({ "input": { "email": format!("{word}@example.org"), "password": PASSWORD } }),
        ),
        "login" => (
            "mutation ($input: LoginInput!) { login(input: $input) { tokenType user { email } } }",
            json!({ "input": { "email": email, "password": PASSWORD } }),
        ),
        "refresh" => (
            "mutation ($input: RefreshInput!) { refresh(input: $input) { tokenType user { email } } }",
            json!({ "input": { "refreshToken": refresh_token } }),
        ),
        "logout" => (
            "mutation ($input: LogoutInput!) { logout(input: $input) { ok } }",
            json!({ "input": { "refreshToken": refresh_token } }),
        ),
        "signIns" => ("{ signIns { id createdAt lastUsedAt expiresAt userAgent ipAddress } }", json!({})),
        "endSignIn" => ("mutation ($id: ID!) { endSignIn(id: $id) { ok } }", json!({ "id": sign_in })),
        "logoutEverywhere" => ("mutation { logoutEverywhere { ok } }", json!({})),
        "changePassword" => (
            "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { user { email } } }",
            json!({ "input": { "currentPassword": PASSWORD, "newPassword": format!("{PASSWORD} and more") } }),
        ),
        "deleteAccount" => (
            "mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) { deletedUserId } }",
            json!({ "input": { "password": PASSWORD } }),
        ),
        "requestPasswordReset" => (
            "mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { ok } }",
            json!({ "input": { "email": email } }),
        ),
        // Whoever has the token may, and nobody else: here nobody has one.
        "resetPassword" => (
            "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { ok } }",
            json!({ "input": { "token": word, "newPassword": PASSWORD } }),
        ),
        "requestEmailVerification" => ("mutation { requestEmailVerification { ok } }", json!({})),
        "verifyEmail" => (
            "mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) { user { id email } } }",
            json!({ "input": { "token": word } }),
        ),
        "updateProfile" => (
            "mutation ($name: String) { updateProfile(input: { name: $name }) { user { id name } } }",
            json!({ "name": word }),
        ),
        "createTask" => (
            "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id tags { id } } } }",
            json!({ "input": { "title": word, "tagIds": [tag] } }),
        ),
        "updateTask" => (
            "mutation ($input: UpdateTaskInput!) { updateTask(input: $input) { task { id title version } } }",
            json!({ "input": { "id": task, "title": word, "expectedVersion": 1 } }),
        ),
        "deleteTask" => (
            "mutation ($input: DeleteTaskInput!) { deleteTask(input: $input) { deletedTaskId } }",
            json!({ "input": { "id": task } }),
        ),
        "createTag" => (
            "mutation ($input: CreateTagInput!) { createTag(input: $input) { tag { id name } } }",
            json!({ "input": { "name": word } }),
        ),
        "updateTag" => (
            "mutation ($input: UpdateTagInput!) { updateTag(input: $input) { tag { id name } } }",
            json!({ "input": { "id": tag, "name": word } }),
        ),
        "deleteTag" => (
            "mutation ($input: DeleteTagInput!) { deleteTag(input: $input) { deletedTagId } }",
            json!({ "input": { "id": tag } }),
        ),
        _ => return None,
    })
}

/// Behind the name of a subscription.
const LIVE: &str = " (subscription)";

/// The root fields, in the order of the schema that is served.
async fn root_fields(app: &TestApp) -> Vec<String> {
    let kinds = "{ __schema { queryType { fields { name } } mutationType { fields { name } }
        subscriptionType { fields { name } } } }";
    let schema = app.anonymous().data(kinds, json!({})).await["__schema"].clone();
    let fields = ["queryType", "mutationType", "subscriptionType"]
        .map(|kind| schema[kind]["fields"].as_array().cloned());
    let kinds = ["", "", LIVE];
    let names = fields.into_iter().zip(kinds).flat_map(|(fields, kind)| {
        let name = |field: &Value| format!("{}{kind}", field["name"].as_str().expect("a name"));
        fields.iter().flatten().map(name).collect::<Vec<_>>()
    });
    names.collect()
}

/// What the table says of an answer.
fn outcome(reply: &Reply) -> String {
    if reply.status != 200 {
        return reply.status.as_u16().to_string();
    }
    if reply.body.get("errors").is_some() {
        return reply.code().to_owned();
    }
    let answer = reply.data().as_object().and_then(|data| data.values().next()).expect("one field");
    let is_nothing = match answer {
        Value::Array(items) => items.iter().all(Value::is_null),
        answer => answer.is_null(),
    };
    if is_nothing { "null" } else { "ok" }.to_owned()
}

/// Everything about an answer that its caller can see, but for the request's name and the time of day.
fn visible(reply: &Reply) -> (u16, Vec<(String, String)>, &[u8]) {
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id" && *name != "date")
        .map(|(name, value)| (name.to_string(), value.to_str().expect("readable").to_owned()))
        .collect();
    headers.sort();
    (reply.status.as_u16(), headers, &reply.bytes)
}

/// All that somebody has, to see whether it was touched.
async fn possessions(actor: &Actor<'_>) -> Value {
    let all = "{ me { name updatedAt } tags { nodes { id name updatedAt } }
        tasks(first: 100) { totalCount nodes { id title version updatedAt tags { id } } } }";
    actor.data(all, json!({})).await
}

fn table(rows: &[(String, Vec<String>)]) -> String {
    let columns = ["anonymous", "owner", "stranger", "bad token", "expired token"].map(str::to_owned);
    let mut table = String::new();
    for (field, cells) in std::iter::once(&("field".to_owned(), columns.to_vec())).chain(rows) {
        let mut line = format!("{field:<26}");
        for (cell, width) in cells.iter().zip([17, 16, 16, 11, 15]) {
            write!(line, "{cell:<width$}").expect("memory");
        }
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

on_both_databases! {
    async fn everybody_may_do_what_the_table_says(app: TestApp) {
        let mut rows = Vec::new();
        for field in root_fields(app).await {
            // Some fields end what others would go on with.
            let word = field.replace([' ', '(', ')'], "");
            let ada = app.register(&format!("ada-{word}")).await;
            let bob = app.register(&format!("bob-{word}")).await;
            let good = ada.token.clone().expect("signed in");
            let (start, signature) = good.rsplit_once('.').expect("three parts");
            let reversed: String = signature.chars().rev().collect();
            let bad = app.with_token(&format!("{start}.{reversed}"));
            let expired = app.with_token(&app.token_of(&ada, Clock.now() - Duration::from_hours(2)));
            let others =
                [("anonymous", app.anonymous()), ("stranger", bob), ("bad", bad), ("expired", expired)];
            let (things, never) = (Things::made_by(&ada, &field).await, Things::that_never_were());
            let call = async |actor: &Actor<'_>, who: &str, things: &Things| {
                let call = sample(&field, things, &ada.email, &format!("{field}-{who}"));
                let (query, variables) =
                    call.unwrap_or_else(|| panic!("{field} needs a sample in this file"));
                let name = field.trim_end_matches(LIVE);
                assert!(query.contains(&format!("{{ {name}")), "the sample of {field} asks for something else");
                if field.ends_with(LIVE) {
                    first_event(actor, query, variables).await
                } else {
                    actor.ask(query, variables).await
                }
            };
            let before = possessions(&ada).await;
            let mut cells = Vec::new();
            for (who, actor) in &others {
                let reply = call(actor, who, &things).await;
                let found = match outcome(&reply) {
                    // What anybody may do is no stranger's own.
                    ok if ok == "ok" && *who == "stranger" && cells != ["ok"] => {
                        let text = reply.body.to_string();
                        let is_hers =
                            [&things.user, &things.task, &things.tag].iter().any(|id| text.contains(*id));
                        if is_hers { ok } else { "own".to_owned() }
                    }
                    ok if ok == "ok" => ok,
                    refusal => {
                        let nothing = call(actor, who, &never).await;
                        assert_eq!(
                            visible(&reply),
                            visible(&nothing),
                            "{field} tells {who} foreign from absent"
                        );
                        refusal
                    }
                };
                cells.push(found);
            }
            assert_eq!(possessions(&ada).await, before, "{field} let others change what is Ada's");
            cells.insert(1, outcome(&call(&ada, "owner", &things).await));
            rows.push((field, cells));
        }
        let (committed, found) = (include_str!("../access.txt"), table(&rows));
        assert!(committed == found, "tests/access.txt says otherwise; what is true:\n\n{found}");
    }
}
