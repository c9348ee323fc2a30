//! What is another's and what is not there are one answer, to the byte.

use serde_json::{Value, json};
use taskward::id::{TagId, TaskId, UserId};

use crate::on_both_databases;
use crate::support::Reply;
use crate::support::actor::PASSWORD;

/// All that a caller can see of an answer, what differs between any two answers aside.
fn seen(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let headers = reply.headers.iter().filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
    headers.sort();
    (reply.status.as_u16(), headers, String::from_utf8_lossy(&reply.bytes).into_owned())
}

/// Requests that name a task, and those that name a tag.
const ON_A_TASK: [&str; 7] = [
    "query ($id: ID!) { task(id: $id) { id title owner { email } } }",
    "query ($id: ID!) { node(id: $id) { id ... on Task { title } } }",
    "query ($id: ID!) { nodes(ids: [$id, $id]) { id } }",
    "mutation ($id: ID!) { updateTask(input: { id: $id }) { task { id } } }",
    "mutation ($id: ID!) { updateTask(input: { id: $id, expectedVersion: 1, tagIds: [] }) { task { id } } }",
    "mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }",
    "mutation ($id: ID!) { deleteTask(input: { id: $id, expectedVersion: 7 }) { deletedTaskId } }",
];
const ON_A_TAG: [&str; 8] = [
    "query ($id: ID!) { node(id: $id) { id ... on Tag { name tasks { totalCount } } } }",
    "query ($id: ID!) { nodes(ids: [$id]) { id } }",
    "query ($id: ID!) { tasks(filter: { tagIds: [$id] }) { totalCount nodes { id } pageInfo { hasNextPage } } }",
    "mutation ($id: ID!) { createTask(input: { title: \"mine\", tagIds: [$id] }) { task { id } } }",
    "mutation ($id: ID!) { updateTag(input: { id: $id }) { tag { id } } }",
    "mutation ($id: ID!) { updateTag(input: { id: $id, name: \"mine\", color: \"#000000\" }) { tag { id } } }",
    "mutation ($id: ID!) { updateTag(input: { id: $id, name: \"his own\" }) { tag { id } } }",
    "mutation ($id: ID!) { deleteTag(input: { id: $id }) { deletedTagId } }",
];
const ON_A_USER: [&str; 2] = [
    "query ($id: ID!) { node(id: $id) { id ... on User { email tasks { totalCount } } } }",
    "query ($id: ID!) { nodes(ids: [$id]) { id } }",
];

on_both_databases! {
    async fn a_strangers_answer_is_that_for_an_id_that_never_existed(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let tag = ada.create_tag("home").await;
        let task = ada.done("createTask", json!({ "title": "tea", "tagIds": [tag] })).await["id"].clone();
        bob.create_tag("his own").await;
        let (hers, his) = (ada.stored().await, bob.stored().await);
        let requests = ON_A_TASK
            .map(|query| (query, task.clone(), TaskId::fresh().to_string()))
            .into_iter()
            .chain(ON_A_TAG.map(|query| (query, json!(tag), TagId::fresh().to_string())))
            .chain(ON_A_USER.map(|query| (query, json!(ada.id), UserId::fresh().to_string())));
        for (query, foreign, absent) in requests {
            let theirs = bob.ask(query, json!({ "id": foreign })).await;
            let nobodys = bob.ask(query, json!({ "id": absent })).await;
            assert_eq!(seen(&theirs), seen(&nobodys), "{query}");
            if query.starts_with("mutation") || query.contains("task(id") {
                assert_eq!(theirs.code(), "NOT_FOUND", "{query}");
            } else {
                theirs.data();
            }
        }
        assert_eq!((ada.stored().await, bob.stored().await), (hers, his));
    }

    async fn a_task_of_ones_own_takes_no_strangers_tag(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let (hers, absent) = (ada.create_tag("home").await, TagId::fresh().to_string());
        let id = bob.done("createTask", json!({ "title": "beer" })).await["id"].clone();
        let before = (ada.stored().await, bob.stored().await);
        let mut answers = Vec::new();
        for tag in [hers, absent] {
            let input = json!({ "id": id, "title": "wine", "tagIds": [tag] });
            answers.push(seen(&bob.mutate("updateTask", input).await));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!((ada.stored().await, bob.stored().await), before);
    }

    async fn lists_hold_nothing_of_a_strangers(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let tag = ada.create_tag("home").await;
        for number in 0..3 {
            ada.done("createTask", json!({ "title": format!("tea {number}"), "tagIds": [tag] })).await;
        }
        let query = "{ tasks { totalCount nodes { id } } tags { totalCount nodes { id } }
            me { tasks { totalCount nodes { id } } }
            found: tasks(filter: { search: \"tea\" }) { totalCount nodes { id } } }";
        let nothing: Value = json!({ "totalCount": 0, "nodes": [] });
        let expected =
            json!({ "tasks": nothing, "tags": nothing, "me": { "tasks": nothing }, "found": nothing });
        assert_eq!(bob.data(query, json!({})).await, expected);
    }
    async fn a_login_with_anothers_token_shows_nobodys_tasks(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        ada.done("createTask", json!({ "title": "hers" })).await;
        bob.done("createTask", json!({ "title": "his" })).await;
        let query = "mutation ($input: LoginInput!) { login(input: $input) {
            user { id tasks { totalCount nodes { title } } } } }";
        let his = json!({ "input": { "email": bob.email, "password": PASSWORD } });
        for person in [&ada, &app.anonymous()] {
            let reply = person.ask(query, his.clone()).await;
            assert_eq!((reply.code(), &reply.body["data"]), ("UNAUTHENTICATED", &json!(null)));
        }
        let tasks = json!({ "totalCount": 1, "nodes": [{ "title": "his" }] });
        let expected = json!({ "login": { "user": { "id": bob.id, "tasks": tasks } } });
        assert_eq!(bob.data(query, his).await, expected);
    }
}
