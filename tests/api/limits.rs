//! What one request may ask for, and a user in a minute.

use std::fmt::Write as _;

use serde_json::{Value, json};
use taskward::settings::QueryLimits;

use crate::on_both_databases;
use crate::support::app::Setup;
use crate::support::{Actor, Backend, Reply, TestApp};

/// What was refused before any of it ran: no data, and nothing asked of the database.
fn refused(reply: &Reply) -> (&str, &str) {
    assert!(reply.body.get("data").is_none(), "{}", reply.body);
    assert_eq!(reply.statements(), [""; 0]);
    (reply.code(), reply.body["errors"][0]["message"].as_str().expect("text"))
}

async fn app(queries: QueryLimits) -> TestApp {
    TestApp::start_with(Setup { queries, ..Setup::on(Backend::Sqlite) })
        .await
        .expect("SQLite is always there")
}

async fn hundred_tasks(ada: &Actor<'_>, tags: &[String]) {
    for batch in 0..5 {
        let tasks: String = (0..20).fold(String::new(), |mut all, n| {
            let _ = write!(
                all,
                "t{n}: createTask(input: {{ title: \"{batch}/{n}\", tagIds: $tags }}) {{ task {{ id }} }} "
            );
            all
        });
        ada.data(&format!("mutation ($tags: [ID!]) {{ {tasks} }}"), json!({ "tags": tags })).await;
    }
}

on_both_databases! {
    async fn a_hundred_tasks_with_all_their_tags_are_no_great_matter(app: TestApp) {
        let ada = app.register("ada").await;
        let mut tags = Vec::new();
        for n in 0..20 {
            tags.push(ada.create_tag(&format!("tag {n}")).await);
        }
        hundred_tasks(&ada, &tags).await;
        let query = "query ($first: Int) { tasks(first: $first) { totalCount nodes {
            id title description completed completedAt priority dueAt version createdAt updatedAt
            tags { id name color } } pageInfo { hasNextPage endCursor } } }";
        let data = ada.data(query, json!({ "first": 100 })).await;
        let rows = data["tasks"]["nodes"].as_array().expect("a list");
        assert_eq!(rows.iter().map(|task| task["tags"].as_array().map_or(0, Vec::len)).sum::<usize>(), 2000);
    }

    async fn a_field_that_fails_takes_none_of_its_neighbours_along(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        let task = ada.create_task(json!({ "title": "tea", "tagIds": [tag] })).await;
        let query = "query ($id: ID!) {
            a: task(id: $id) { tags { id } owner { tasks(first: 0) { totalCount } } }
            b: task(id: $id) { tags { id } } c: task(id: $id) { tags { id } } }";
        for _ in 0..20 {
            let reply = ada.ask(query, json!({ "id": task["id"] })).await;
            assert_eq!(reply.code(), "BAD_USER_INPUT", "{}", reply.body);
            let good = json!({ "tags": [{ "id": tag }] });
            assert_eq!(reply.body["data"], json!({ "a": null, "b": good, "c": good }));
        }
    }
}

#[tokio::test]
async fn lists_within_lists_are_refused_before_a_row_is_read() {
    let app = app(QueryLimits::default()).await;
    let ada = app.register("ada").await;
    let square = "{ tasks(first: 100) { nodes { owner { tasks(first: 100) { nodes { id } } } } } }";
    let message = "The query is too complex: 11301 points of cost, 10000 are allowed.";
    assert_eq!(refused(&ada.ask(square, json!({})).await), ("QUERY_TOO_COMPLEX", message));
    let variable = "query ($n: Int = 100) { ...F } fragment F on Query {
        a: tasks(first: $n) { ... { nodes @skip(if: false) { ...G } } } }
        fragment G on Task { b: owner { tasks(last: $n) { nodes { id } } } }";
    assert_eq!(refused(&ada.ask(variable, json!({})).await), ("QUERY_TOO_COMPLEX", message));
    for n in [1, 90] {
        ada.data(variable, json!({ "n": n })).await;
        assert_eq!(refused(&ada.ask(variable, json!({ "n": 100 })).await), ("QUERY_TOO_COMPLEX", message));
    }
    // What a page is not asked for is read all the same.
    let hidden = "{ tasks(first: 100) { nodes { tags { tasks(first: 100) { pageInfo { endCursor } } } } } }";
    assert_eq!(refused(&ada.ask(hidden, json!({})).await).0, "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn lists_and_strings_of_inputs_are_bounded_in_variables_as_in_the_query() {
    let app = app(QueryLimits { max_input_list: 3, max_input_string: 50, ..QueryLimits::default() }).await;
    let ada = app.register("ada").await;
    let list = "The query is too complex: 4 items in a list, 3 are allowed.";
    let string = "The query is too complex: 51 bytes in a string, 50 are allowed.";
    let literal = format!("{{ tasks(filter: {{ search: \"{}\" }}) {{ totalCount }} }}", "x".repeat(51));
    let filter = "query ($filter: TaskFilter) { tasks(filter: $filter) { totalCount } }";
    for (query, variables, message) in [
        ("{ nodes(ids: [1, 2, 3, 4]) { id } }", json!({}), list),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ["1", "2", "3", "4"] }), list),
        ("query ($ids: [ID!]! = [1, 2, 3, 4]) { nodes(ids: $ids) { id } }", json!({}), list),
        ("{ tasks(filter: { priority: [LOW, LOW, LOW, LOW] }) { totalCount } }", json!({}), list),
        (filter, json!({ "filter": { "priority": ["LOW", "LOW", "LOW", "LOW"] } }), list),
        (filter, json!({ "filter": { "search": "x".repeat(51) } }), string),
        (literal.as_str(), json!({}), string),
    ] {
        let reply = ada.ask(query, variables).await;
        assert_eq!(refused(&reply), ("QUERY_TOO_COMPLEX", message), "{query}");
    }
    ada.data(filter, json!({ "filter": { "priority": ["LOW", "LOW", "LOW"], "search": "x".repeat(50) } }))
        .await;
}

#[tokio::test]
async fn a_user_who_has_spent_a_minutes_budget_is_told_when_to_come_back() {
    let app = app(QueryLimits { max_cost: 200, cost_per_minute: 300, ..QueryLimits::default() }).await;
    let (ada, bob) = (app.register("ada").await, app.register("bob").await);
    let query = "{ tasks(first: 100) { nodes { id } } }";
    for _ in 0..2 {
        ada.data(query, json!({})).await;
    }
    let reply = ada.ask(query, json!({})).await;
    assert_eq!(refused(&reply).0, "RATE_LIMITED");
    assert_eq!(reply.status, 429);
    let wait = reply.body["errors"][0]["extensions"]["retryAfter"].as_u64().expect("seconds");
    assert!((1..=10).contains(&wait), "{wait}");
    assert_eq!(reply.headers["retry-after"], wait.to_string().as_str());
    // It is nobody else's budget, a little is left of it, and what is refused costs nothing.
    bob.data(query, json!({})).await;
    assert_eq!(ada.data("{ me { id } }", json!({})).await["me"]["id"], Value::from(ada.id.as_str()));
    for _ in 0..300 {
        app.anonymous().data("{ __typename }", json!({})).await;
    }
}
