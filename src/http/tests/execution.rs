//! What the engine is kept from doing otherwise than the GraphQL specification says.

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::JSON;
use crate::http::testing::{App, post, with_headers};

async fn data(app: &App, query: &str, variables: Value) -> Value {
    let answer = app.send(post(&json!({ "query": query, "variables": variables }).to_string())).await;
    let json = answer.json();
    assert!(json.get("errors").is_none(), "{query}: {json}");
    json["data"].clone()
}

#[tokio::test]
async fn a_mutation_that_selects_a_field_twice_carries_it_out_once() {
    let (once, both) = (json!({ "hello": 0 }), json!({ "hello": 0, "who": null }));
    for (query, variables, expected) in [
        ("mutation{count{hello} count{hello}}", json!({}), json!({ "count": once })),
        ("mutation{count{hello} count{who}}", json!({}), json!({ "count": both })),
        ("mutation{a:count{hello} a:count{who} hello}", json!({}), json!({ "a": both, "hello": true })),
        ("mutation{...f ...f} fragment f on Writes{count{hello}}", json!({}), json!({ "count": once })),
        (
            "mutation{count{hello} ...{...f}} fragment f on Writes{...on Writes{count{who}}}",
            json!({}),
            json!({ "count": both }),
        ),
        (
            "mutation($no:Boolean!){count{hello} count@skip(if:$no){who} ...@include(if:false){count{who}}}",
            json!({ "no": true }),
            json!({ "count": once }),
        ),
        (
            "mutation($no:Boolean!){count@include(if:$no){hello} count@skip(if:$no){who} ...@include(if:true){count{hello}}}",
            json!({ "no": false }),
            json!({ "count": { "who": null, "hello": 0 } }),
        ),
        ("mutation A{count{hello} count{who}}", json!({}), json!({ "count": both })),
    ] {
        let app = App::new();
        // Once as it is judged, and once as it is trusted.
        for carried_out in [1, 2] {
            assert_eq!(data(&app, query, variables.clone()).await, expected, "{query}");
            assert_eq!(app.stage.begun.load(Ordering::SeqCst), carried_out, "{query}");
        }
    }
    let two = json!({
        "query": "query A{hello} mutation B{count{hello} count{who}} mutation C{hello}",
        "operationName": "B",
    });
    assert_eq!(App::new().send(post(&two.to_string())).await.json(), json!({ "data": { "count": both } }));
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused_and_what_is_wrong_in_what_is_merged_is_told() {
    let app = App::new();
    for query in [
        "mutation{a:count{hello} a:hello}",
        "mutation{count{hello} count{nothing}}",
        "mutation{count{hello} count(times:1){hello}}",
        "mutation{count{hello} count@skip{hello}}",
        "mutation{count{hello} count@nothing{hello}}",
        "mutation{count{hello} count{hello} ...nothing}",
        "mutation{count{hello} count{hello}} fragment unused on Writes{hello}",
        "mutation($unused:Int){count{hello} count{hello}}",
    ] {
        let answer = app.ask(query).await;
        assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{query}");
        assert!(answer.json().get("data").is_none(), "{query}");
    }
    assert_eq!(app.stage.begun.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_directive_takes_the_default_of_a_variable() {
    let app = App::new();
    for _ in 0..2 {
        for (query, variables, expected) in [
            (
                "query($x:Boolean=true){hello a:hello@include(if:$x)}",
                json!({}),
                json!({ "hello": 0, "a": 0 }),
            ),
            ("query($x:Boolean=true){hello a:hello@skip(if:$x)}", json!({}), json!({ "hello": 0 })),
            (
                "query($x:Boolean=true){hello a:hello@skip(if:$x)}",
                json!({ "x": false }),
                json!({ "hello": 0, "a": 0 }),
            ),
            ("query($x:Boolean=false){hello ...@include(if:$x){a:hello}}", json!({}), json!({ "hello": 0 })),
        ] {
            assert_eq!(data(&app, query, variables).await, expected, "{query}");
        }
    }
}

#[tokio::test]
async fn an_operation_that_has_nothing_for_a_stranger_is_refused_as_a_whole() {
    let app = App::new();
    let media = "application/graphql-response+json";
    for query in ["{secret}", "mutation{secret}", "{...f} fragment f on Reads{secret a:secret}"] {
        let body = json!({ "query": query }).to_string();
        for headers in [&[JSON][..], &[JSON, ("accept", media)]] {
            let answer = app.send(with_headers(headers, body.clone())).await;
            assert_eq!(
                (answer.status, answer.error().0.as_str()),
                (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED")
            );
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{query}");
            assert!(answer.json().get("data").is_none(), "{query}");
        }
        let bearer = format!("Bearer {}", app.token);
        let answer = app.send(with_headers(&[JSON, ("authorization", &bearer)], body)).await;
        assert_eq!(answer.json()["data"]["secret"], 7, "{query}");
    }
    for query in [
        "{secret hello}",
        "{secret __typename}",
        "{__schema{queryType{name}}}",
        "mutation{secret count{hello}}",
    ] {
        assert_eq!(app.ask(query).await.status, StatusCode::OK, "{query}");
    }
}

#[tokio::test]
async fn null_where_it_is_not_taken_is_refused_whether_or_not_the_document_ran_before() {
    for (query, fine, message) in [
        ("query($x:Boolean=true){hello who@skip(if:$x)}", json!(true), "expected type \"Boolean\""),
        ("mutation($x:Int){hello count{hello(times:$x)}}", json!(1), "expected type \"Int\""),
    ] {
        let app = App::new();
        let null = json!({ "query": query, "variables": { "x": null } }).to_string();
        let before = app.send(post(&null)).await;
        assert!(before.error().1.contains(message), "{query}: {}", before.text);
        data(&app, query, json!({ "x": fine })).await;
        assert_eq!(app.send(post(&null)).await.json(), before.json(), "{query}");
    }
}
