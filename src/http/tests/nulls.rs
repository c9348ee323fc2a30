//! Where an error makes null of what (GraphQL specification, section 6.4.4): the nearest field or item that may be null.

use std::future::ready;

use async_graphql::{EmptyMutation, EmptySubscription, Guard, Object, Request, Result, Schema};
use serde_json::{Value, json};

use crate::graphql::{Engine, Fit};

struct Query;
struct Node;

struct Nobody;

impl Guard for Nobody {
    async fn check(&self, _: &async_graphql::Context<'_>) -> Result<()> {
        Err("refused".into())
    }
}

fn bad<T>() -> Result<T> {
    Err("it failed".into())
}

#[Object]
impl Query {
    async fn node(&self) -> Node {
        Node
    }

    async fn maybe(&self) -> Option<Node> {
        Some(Node)
    }

    async fn fine(&self) -> i32 {
        1
    }
}

#[Object]
impl Node {
    async fn fine(&self) -> i32 {
        1
    }

    async fn bad(&self) -> Result<i32> {
        ready(bad()).await
    }

    async fn maybe_bad(&self) -> Option<Result<i32>> {
        Some(bad())
    }

    async fn node(&self) -> Node {
        Node
    }

    async fn maybe(&self) -> Option<Node> {
        Some(Node)
    }

    async fn bad_node(&self) -> Result<Node> {
        ready(bad()).await
    }

    async fn maybe_bad_node(&self) -> Option<Result<Node>> {
        Some(bad())
    }

    async fn items(&self) -> Vec<Result<i32>> {
        vec![Ok(1), bad()]
    }

    async fn maybe_items(&self) -> Vec<Option<Result<i32>>> {
        vec![Some(Ok(1)), Some(bad()), None]
    }

    async fn list(&self) -> Vec<Node> {
        vec![Node, Node]
    }

    async fn maybe_list(&self) -> Vec<Option<Node>> {
        vec![Some(Node), None]
    }

    async fn list_maybe(&self) -> Option<Vec<Node>> {
        Some(vec![Node, Node])
    }

    #[graphql(guard = "Nobody")]
    async fn guarded(&self) -> Option<i32> {
        Some(1)
    }

    async fn at_most(&self, #[graphql(validator(maximum = 3))] number: i32) -> Option<i32> {
        Some(number)
    }
}

/// The data, and the paths of the errors; judged or trusted, they are the same.
async fn run(query: &str) -> (Value, Value) {
    let engine = Engine::new(|| Schema::build(Query, EmptyMutation, EmptySubscription)).expect("a schema");
    let mut answers = Vec::new();
    for fit in [Fit::Unknown, Fit::Known] {
        let answer = engine.execute(Request::new(query), fit).await;
        let errors = serde_json::to_value(&answer.errors).expect("JSON");
        let paths = errors.as_array().expect("a list").iter().map(|error| error["path"].clone()).collect();
        answers.push((answer.data.into_json().expect("JSON"), paths));
    }
    assert_eq!(answers[0], answers[1], "{query}");
    answers.remove(0)
}

#[tokio::test]
async fn the_nearest_that_may_be_null_is() {
    for (query, data, paths) in [
        (
            "{node{fine maybeBad}}",
            json!({ "node": { "fine": 1, "maybeBad": null } }),
            json!([["node", "maybeBad"]]),
        ),
        ("{node{a:maybeBad}}", json!({ "node": { "a": null } }), json!([["node", "a"]])),
        ("{fine node{bad}}", Value::Null, json!([["node", "bad"]])),
        ("{fine maybe{fine bad}}", json!({ "fine": 1, "maybe": null }), json!([["maybe", "bad"]])),
        (
            "{fine maybe{node{node{bad}}}}",
            json!({ "fine": 1, "maybe": null }),
            json!([["maybe", "node", "node", "bad"]]),
        ),
        (
            "{maybe{fine maybe{bad}}}",
            json!({ "maybe": { "fine": 1, "maybe": null } }),
            json!([["maybe", "maybe", "bad"]]),
        ),
        ("{maybe{badNode{fine}}}", json!({ "maybe": null }), json!([["maybe", "badNode"]])),
        (
            "{maybe{maybeBadNode{fine}}}",
            json!({ "maybe": { "maybeBadNode": null } }),
            json!([["maybe", "maybeBadNode"]]),
        ),
        ("{maybe{items}}", json!({ "maybe": null }), json!([["maybe", "items", 1]])),
        (
            "{node{maybeItems}}",
            json!({ "node": { "maybeItems": [1, null, null] } }),
            json!([["node", "maybeItems", 1]]),
        ),
        (
            "{node{maybeList{bad}}}",
            json!({ "node": { "maybeList": [null, null] } }),
            json!([["node", "maybeList", 0, "bad"]]),
        ),
        (
            "{node{list{maybeBad}}}",
            json!({ "node": { "list": [{ "maybeBad": null }, { "maybeBad": null }] } }),
            json!([["node", "list", 0, "maybeBad"], ["node", "list", 1, "maybeBad"]]),
        ),
    ] {
        assert_eq!(run(query).await, (data, paths), "{query}");
    }
}

/// Fails when the library has learned it.
#[tokio::test]
async fn this_the_library_does_otherwise() {
    for (query, data, paths) in [
        // The path ends at the item of a list whose items must not be null: `"bad"` is missing at its end. Where fields of
        // items can fail, our lists are `graphql::rows`, which keep it.
        ("{maybe{list{bad}}}", json!({ "maybe": null }), json!([["maybe", "list", 0]])),
        (
            "{node{fine listMaybe{bad}}}",
            json!({ "node": { "fine": 1, "listMaybe": null } }),
            json!([["node", "listMaybe", 0]]),
        ),
        // What a guard or the validator of an argument refuses makes null of the parent, not of the field.
        ("{maybe{guarded}}", json!({ "maybe": null }), json!([["maybe", "guarded"]])),
        ("{maybe{atMost(number:4)}}", json!({ "maybe": null }), json!([["maybe", "atMost"]])),
    ] {
        assert_eq!(run(query).await, (data, paths), "{query}");
    }
}
