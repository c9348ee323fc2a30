//! What the one endpoint makes of documents, sizes and faults, with everything behind it.

use std::fmt::Write as _;

use axum::http::{HeaderValue, Request};
use http_body_util::Full;
use serde_json::{Value, json};
use taskward::id::{TagId, TaskId};

use crate::on_both_databases;
use crate::support::app::Setup;
use crate::support::client::{get, post};
use crate::support::{Actor, Backend, Reply, TestApp, beneath};

async fn app() -> TestApp {
    TestApp::start(Backend::Sqlite).await.expect("SQLite is always there")
}

/// What was refused before any of it ran: no data, and nothing asked of the database.
fn refused(reply: &Reply) -> &str {
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(reply.body.get("data").is_none(), "{}", reply.body);
    assert_eq!(reply.statements(), [""; 0]);
    reply.code()
}

/// Fragments of which each spreads the next one twice.
fn bomb(levels: usize) -> String {
    let mut query = "{ me { ...F0 } }".to_owned();
    for level in 0..levels {
        write!(query, " fragment F{level} on User {{ ...F{0} ...F{0} }}", level + 1).expect("memory");
    }
    query + &format!(" fragment F{levels} on User {{ id }}")
}

async fn everything(actor: &Actor<'_>) -> Value {
    actor.data("{ tasks { totalCount } tags { totalCount } }", json!({})).await
}

#[tokio::test]
async fn what_does_not_fit_the_schema_is_refused_before_it_runs() {
    let app = app().await;
    let ada = app.register("ada").await;
    let create = "mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }";
    let input = |input: Value| json!({ "input": input });
    for (query, variables) in [
        ("", json!({})),
        ("{ me { id }", json!({})),
        ("{ nothing }", json!({})),
        ("{ me { emial } }", json!({})),
        ("{ me }", json!({})),
        ("{ task { id } }", json!({})),
        ("{ task(id: null) { id } }", json!({})),
        ("{ me(id: 1) { id } }", json!({})),
        ("{ tasks(first: \"three\") { totalCount } }", json!({})),
        ("{ tasks(orderBy: { field: SIZE }) { totalCount } }", json!({})),
        (
            "query ($order: TaskOrder) { tasks(orderBy: $order) { totalCount } }",
            json!({ "order": { "field": "SIZE" } }),
        ),
        ("query ($first: Int) { tasks(first: $first) { totalCount } }", json!({ "first": "three" })),
        ("query ($first: String) { tasks(first: $first) { totalCount } }", json!({ "first": "3" })),
        ("query ($id: ID!) { task(id: $id) { id } }", json!({ "id": null })),
        ("query ($id: ID!) { task(id: $id) { id } }", json!({})),
        ("{ task(id: $id) { id } }", json!({ "id": "x" })),
        ("{ tasks(first: 3000000000) { totalCount } }", json!({})),
        (
            "query ($first: Int) { tasks(first: $first) { totalCount } }",
            json!({ "first": 3_000_000_000_u32 }),
        ),
        ("{ tasks(orderBy: { field: \"TITLE\" }) { totalCount } }", json!({})),
        ("mutation { createTask(input: { title: \"tea\", priority: \"HIGH\" }) { task { id } } }", json!({})),
        (
            "mutation ($b: String!) { createTask(input: { title: \"tea\" }) { task { id } } \
                b: createTask(input: { title: $b }) { task { id } } }",
            json!({}),
        ),
        (create, input(json!({}))),
        (create, input(json!({ "title": null }))),
        (create, input(json!({ "title": 7 }))),
        (create, input(json!({ "title": "tea", "owner": ada.id }))),
        (create, input(json!({ "title": "tea", "priority": "SOON" }))),
        ("{ me { x: id x: email } }", json!({})),
        ("{ me { ...F } } fragment F on User { ...G } fragment G on User { ...F }", json!({})),
        ("{ me { ...F } }", json!({})),
        ("{ me { id @include } }", json!({})),
        ("{ me { id @twice(if: true) } }", json!({})),
        ("subscription { me { id } }", json!({})),
        ("query A { me { id } } query B { me { id } }", json!({})),
    ] {
        let reply = ada.ask(query, variables).await;
        assert_eq!(refused(&reply), "GRAPHQL_VALIDATION_FAILED", "{query}");
    }
    assert_eq!(everything(&ada).await["tasks"]["totalCount"], 0);
}

#[tokio::test]
async fn what_an_argument_cannot_be_names_the_argument() {
    let app = app().await;
    let ada = app.register("ada").await;
    for (query, variables, field) in [
        ("{ tasks(first: 0) { totalCount } }", json!({}), "first"),
        ("{ tasks(first: 101) { totalCount } }", json!({}), "first"),
        ("{ tasks(first: 1, last: 1) { totalCount } }", json!({}), "last"),
        ("{ tasks(after: \"nonsense\") { totalCount } }", json!({}), "after"),
        ("{ me { tasks(filter: { dueAfter: \"soon\" }) { totalCount } } }", json!({}), "dueAfter"),
        ("query ($id: ID!) { task(id: $id) { id } }", json!({ "id": TagId::fresh().to_string() }), "id"),
        ("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": "nonsense" }), "id"),
        ("query ($id: ID!) { nodes(ids: [$id]) { id } }", json!({ "id": "7" }), "ids"),
    ] {
        assert_eq!(ada.ask(query, variables).await.field(), field, "{query}");
    }
}

#[tokio::test]
async fn what_a_stranger_may_not_see_is_null_beside_what_everybody_may() {
    let app = app().await;
    let ada = app.register("ada").await;
    let task = ada.done("createTask", json!({ "title": "tea" })).await;
    for id in [task["id"].clone(), json!("nonsense"), json!(ada.id)] {
        let query = "query ($id: ID!) { __typename task(id: $id) { id } node(id: $id) { id } }";
        let reply = app.anonymous().ask(query, json!({ "id": id })).await;
        assert_eq!(reply.body["data"], json!({ "__typename": "Query", "task": null, "node": null }), "{id}");
        let codes: Vec<_> = reply.body["errors"]
            .as_array()
            .expect("two")
            .iter()
            .map(|error| &error["extensions"]["code"])
            .collect();
        assert_eq!(codes, ["UNAUTHENTICATED", "UNAUTHENTICATED"], "{id}");
    }
}

#[tokio::test]
async fn a_variable_of_another_type_is_refused_whether_or_not_the_query_is_known() {
    let app = app().await;
    let ada = app.register("ada").await;
    let query = "query ($first: String) { tasks(first: $first) { totalCount } }";
    for variables in [json!({}), json!({ "first": null }), json!({ "first": "3" })] {
        assert_eq!(refused(&ada.ask(query, variables).await), "GRAPHQL_VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn a_bomb_of_fragments_goes_off_nowhere() {
    let app = app().await;
    let ada = app.register("ada").await;
    for actor in [&ada, &app.anonymous()] {
        assert_eq!(refused(&actor.ask(&bomb(25), json!({})).await), "QUERY_TOO_COMPLEX");
        // Spread nowhere, it is measured all the same.
        let idle = bomb(25).replace("{ me { ...F0 } }", "{ __typename }");
        assert_eq!(refused(&actor.ask(&idle, json!({})).await), "QUERY_TOO_COMPLEX");
    }
    let aliases = (0..51).map(|number| format!("a{number}: __typename")).collect::<Vec<_>>().join(" ");
    assert_eq!(refused(&ada.ask(&format!("{{ {aliases} }}"), json!({})).await), "QUERY_TOO_COMPLEX");
    let deep = format!("{{ me {} id {} }}", "{ tasks { nodes { owner ".repeat(6), "} } }".repeat(6));
    assert_eq!(refused(&ada.ask(&deep, json!({})).await), "QUERY_TOO_COMPLEX");
    ada.data(&bomb(3), json!({})).await;
}

#[tokio::test]
async fn without_introspection_the_schema_is_not_told_and_not_hinted_at() {
    let setup = Setup { introspection: false, ..Setup::on(Backend::Sqlite) };
    let app = TestApp::start_with(setup).await.expect("SQLite is always there");
    let ada = app.register("ada").await;
    for actor in [&ada, &app.anonymous()] {
        for query in [
            "{ __schema { types { name } } }",
            "{ x: __type(name: \"Task\") { name } }",
            "{ ...F } fragment F on Query { __schema { types { name } } }",
        ] {
            let reply = actor.ask(query, json!({})).await;
            assert_eq!(refused(&reply), "GRAPHQL_VALIDATION_FAILED", "{query}");
            assert_eq!(reply.body["errors"][0]["message"], "This server does not tell its schema.");
        }
        let reply = actor.ask("{ __typename task(id: \"x\") { titel } }", json!({})).await;
        assert_eq!(reply.body["errors"][0]["message"], "Unknown field \"titel\" on type \"Task\".");
    }
    let data = ada.data("{ __typename me { __typename } }", json!({})).await;
    assert_eq!(data, json!({ "__typename": "Query", "me": { "__typename": "User" } }));
}

#[tokio::test]
async fn only_what_no_other_site_can_send_is_taken_and_only_within_its_bounds() {
    let app = app().await;
    let query = "/graphql?query=%7B__typename%7D";
    let reply = app.send(get(query)).await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    let mut asked_for = get(query);
    asked_for.headers_mut().insert("graphql-require-preflight", HeaderValue::from_static("1"));
    assert_eq!(app.send(asked_for).await.json(), json!({ "data": { "__typename": "Query" } }));
    for media in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/graphql",
    ] {
        let body = Full::from(r#"{"query":"{ __typename }"}"#);
        let request = Request::post("/graphql").header("content-type", media).body(body).expect("a request");
        let reply = app.send(request).await;
        assert_eq!(reply.status, 415, "{media}");
        assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{media}");
    }
    let most = 256 * 1024;
    let body = |length: usize| {
        let start = r#"{"query":"{ __typename }"}"#;
        format!("{start}{}", " ".repeat(length - start.len()))
    };
    assert_eq!(app.send(post(body(most))).await.status, 200);
    let reply = app.send(post(body(most + 1))).await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    let reply = app.send(get("/nothing")).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.json()["errors"][0]["extensions"]["code"]),
        (404, &json!("NOT_FOUND"))
    );
}

on_both_databases! {
    async fn what_is_asked_twice_is_answered_once_and_what_fails_leaves_the_rest(app: TestApp) {
        let ada = app.register("ada").await;
        let reply = ada.ask("{ a: me { id } b: me { email } c: me { id } }", json!({})).await;
        let (id, email) = (json!({ "id": ada.id }), json!({ "email": ada.email }));
        assert_eq!(*reply.data(), json!({ "a": id, "b": email, "c": id }));
        assert_eq!(reply.statements().len(), 1, "{:#?}", reply.statements());

        let reply = ada.ask("{ me { id } me { email id } ... { me { id } } }", json!({})).await;
        let whole = format!(r#"{{"data":{{"me":{{"id":"{}","email":"{}"}}}}}}"#, ada.id, ada.email);
        assert_eq!(String::from_utf8_lossy(&reply.bytes), whole);

        let task = ada.create_task(json!({ "title": "tea" })).await;
        let query = "query ($is: ID!, $never: ID!) { a: task(id: $is) { title } b: task(id: $never) { title } me { id } }";
        let never = TaskId::fresh().to_string();
        let reply = ada.ask(query, json!({ "is": task["id"], "never": never })).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (200, "NOT_FOUND"));
        assert_eq!(reply.body["errors"][0]["path"], json!(["b"]));
        assert_eq!(reply.body["data"], json!({ "a": { "title": "tea" }, "b": null, "me": { "id": ada.id } }));
    }

    async fn a_fault_in_the_middle_of_a_list_is_named_there_and_tells_nothing(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        let task = ada.create_task(json!({ "title": "tea" })).await["id"].clone();
        beneath::execute(app.database.url.expose(), "alter table tags rename to lost").await;

        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } me { email } }";
        let reply = ada.ask(query, json!({ "ids": [task, tag, ada.id] })).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (200, "INTERNAL"));
        let error = &reply.body["errors"][0];
        assert_eq!(error["message"], "Something went wrong on the server.");
        assert_eq!(error["path"], json!(["nodes", 1]));
        assert_eq!(error["extensions"], json!({ "code": "INTERNAL", "requestId": reply.request_id }));
        assert_eq!(reply.headers["x-request-id"], reply.request_id.as_str());
        let data = json!({ "nodes": [{ "id": task }, null, { "id": ada.id }], "me": { "email": ada.email } });
        assert_eq!(reply.body["data"], data);

        for query in
            ["{ tags { nodes { id } } }", "mutation { createTag(input: { name: \"work\" }) { tag { id } } }"]
        {
            let reply = ada.ask(query, json!({})).await;
            assert_eq!((reply.code(), &reply.body["data"]), ("INTERNAL", &Value::Null), "{query}");
            for word in ["tags", "relation", "table", "sql", "owner_id"] {
                assert!(!reply.body["errors"][0]["message"].to_string().contains(word), "{}", reply.body);
            }
        }
        beneath::execute(app.database.url.expose(), "alter table lost rename to tags").await;
        assert_eq!(everything(&ada).await["tags"]["totalCount"], 1);
    }
}
