use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use futures_util::stream;
use serde_json::json;

use super::JSON;
use crate::http::testing::{App, post, with_headers};

/// A body that begins and never ends.
fn stalled() -> Body {
    Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>())
}

#[tokio::test]
async fn one_request_too_many_is_told_to_come_back() {
    let app = App::with(|options| options.concurrent_requests = 1, true);
    let (first, second) = tokio::join!(app.ask("{wait}"), async {
        app.stage.until_begun(1).await;
        let second = app.ask("{hello}").await;
        app.stage.go.add_permits(1);
        second
    });
    assert_eq!(first.json(), json!({ "data": { "wait": true } }));
    assert_eq!((second.status, second.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    let extensions = json!({ "code": "UNAVAILABLE", "retryAfter": 1 });
    assert_eq!(second.json()["errors"][0]["extensions"], extensions);
    assert_eq!(app.ask("{hello}").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_ended_and_so_is_a_body_that_does() {
    let app = App::with(|options| options.deadline = Duration::from_millis(100), true);
    for request in [post(r#"{"query":"{wait}"}"#), with_headers(&[JSON], stalled())] {
        let answer = app.send(request).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.error().0, "UNAVAILABLE");
    }
}

#[tokio::test]
async fn a_write_whose_time_is_up_ends_and_says_what_became_of_it() {
    let app = App::with(|options| options.deadline = Duration::from_millis(100), true);
    let answer = app.ask("mutation{first:hello wait last:insist}").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::OK, "1"));
    let message = "The request took too long: this field has changed nothing. Those before it are done, and those after \
        it are not begun.";
    let error = json!({
        "message": message,
        "locations": [{ "line": 1, "column": 22 }],
        "path": ["wait"],
        "extensions": { "code": "UNAVAILABLE", "retryAfter": 1 },
    });
    assert_eq!(answer.json(), json!({ "errors": [error], "data": null }));
    assert_eq!(app.stage.begun.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_write_that_cannot_end_any_more_is_waited_for_and_keeps_its_place() {
    let app = App::with(
        |options| {
            options.deadline = Duration::from_millis(100);
            options.concurrent_requests = 1;
        },
        true,
    );
    let (write, ()) = tokio::join!(app.ask("mutation{insist}"), async {
        app.stage.until_begun(1).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(app.ask("{hello}").await.error().1, "The server is busy.");
        app.stage.go.add_permits(1);
    });
    assert_eq!((write.status, write.json()), (StatusCode::OK, json!({ "data": { "insist": true } })));
    assert_eq!(app.ask("{hello}").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_panic_is_one_internal_error_that_names_the_request() {
    let app = App::new();
    for query in ["{panics}", "mutation{panics}"] {
        let body = json!({ "query": query }).to_string();
        let answer = app.send(with_headers(&[JSON, ("x-request-id", "find-me")], body)).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{query}");
        let extensions = json!({ "code": "INTERNAL", "requestId": "find-me" });
        assert_eq!(answer.json()["errors"][0]["extensions"], extensions);
        assert!(!answer.text.contains("fell over"), "{}", answer.text);
    }
    assert_eq!(app.ask("{hello}").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_fault_leaves_with_the_name_of_the_request_and_without_its_cause() {
    let app = App::new();
    let body = r#"{"query":"{fails}"}"#;
    let answer = app.send(with_headers(&[JSON, ("x-request-id", "find-me")], body)).await;
    assert_eq!((answer.status, answer.json().get("data")), (StatusCode::OK, Some(&json!({ "fails": null }))));
    let extensions = json!({ "code": "INTERNAL", "requestId": "find-me" });
    assert_eq!(answer.json()["errors"][0]["extensions"], extensions);
    assert!(!answer.text.contains("disk"), "{}", answer.text);
}

#[tokio::test]
async fn what_an_argument_cannot_be_is_bad_input_of_that_name() {
    let app = App::new();
    for (query, variables) in [
        ("{deeper{atMost(number: 4)}}", json!({})),
        ("query($n: Int!) {...{atMost(number: $n)}}", json!({ "n": 4 })),
        ("query($n: Int!) {...f} fragment f on Reads {atMost(number: $n)}", json!({ "n": 4 })),
    ] {
        let answer = app.send(post(&json!({ "query": query, "variables": variables }).to_string())).await;
        let extensions = json!({ "code": "BAD_USER_INPUT", "field": "number" });
        assert_eq!(answer.json()["errors"][0]["extensions"], extensions, "{}", answer.text);
        assert_eq!(answer.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_hundred_slips_are_not_all_told() {
    let slips: Vec<_> = (0..100).map(|n| format!("x{n}")).collect();
    // As root fields they would be too many.
    let answer = App::new().ask(&format!("{{deeper{{{}}}}}", slips.join(" "))).await;
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(20));
}
