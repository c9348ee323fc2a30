use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use futures_util::stream;
use serde_json::json;

use super::{HELLO, JSON};
use crate::http::testing::{App, post, with_headers};

/// A body that comes in pieces and does not say how long it is.
fn pieces(count: usize, length: usize) -> Body {
    let piece = Bytes::from(vec![b' '; length]);
    Body::from_stream(stream::iter((0..count).map(move |_| Ok::<_, std::io::Error>(piece.clone()))))
}

#[tokio::test]
async fn a_query_is_answered_in_the_media_type_that_was_asked_for() {
    let app = App::new();
    let answer = app.ask("{hello(times: 3)}").await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, r#"{"data":{"hello":3}}"#));
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    let media = "application/graphql-response+json";
    let answer = app.send(with_headers(&[JSON, ("accept", media)], HELLO)).await;
    assert_eq!(answer.header("content-type"), format!("{media}; charset=utf-8"));
}

#[tokio::test]
async fn variables_and_the_name_of_the_operation_are_used() {
    let app = App::new();
    let query = "query A($n: Int!) { hello(times: $n) } mutation B { hello }";
    let body = json!({ "query": query, "operationName": "A", "variables": { "n": 7 } });
    assert_eq!(app.send(post(&body.to_string())).await.json(), json!({ "data": { "hello": 7 } }));
    let body = json!({ "query": query, "operationName": "B" });
    assert_eq!(app.send(post(&body.to_string())).await.json(), json!({ "data": { "hello": true } }));
    let body = json!({ "query": query, "operationName": "" });
    assert_eq!(app.send(post(&body.to_string())).await.error().0, "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn a_good_token_is_someone_and_none_is_nobody() {
    let app = App::new();
    assert_eq!(app.ask("{who}").await.json(), json!({ "data": { "who": null } }));
    let bearer = format!("Bearer {}", app.token);
    let body = r#"{"query":"{who}"}"#;
    let answer = app.send(with_headers(&[JSON, ("authorization", &bearer)], body)).await;
    assert_eq!(answer.json(), json!({ "data": { "who": app.user.to_string() } }));
}

#[tokio::test]
async fn every_bad_token_gets_the_same_bytes_whatever_it_asks_for() {
    let app = App::new();
    let good = format!("Bearer {}", app.token);
    let (basic, longer) = (format!("Basic {}", app.token), format!("{good}x"));
    let refused: &[&[(&str, &str)]] = &[
        &[JSON, ("authorization", "Bearer nonsense")],
        &[JSON, ("authorization", &longer)],
        &[JSON, ("authorization", &basic)],
        &[JSON, ("authorization", "")],
        &[JSON, ("authorization", &good), ("authorization", &good)],
        &[("content-type", "text/plain"), ("authorization", "Bearer nonsense")],
    ];
    let text = r#"{"errors":[{"message":"The access token is not valid.","extensions":{"code":"UNAUTHENTICATED"}}]}"#;
    for headers in refused {
        for body in [HELLO, "not JSON"] {
            let answer = app.send(with_headers(headers, body)).await;
            assert_eq!(
                (answer.status, answer.text.as_str()),
                (StatusCode::UNAUTHORIZED, text),
                "{headers:?}"
            );
            assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
        }
    }
}

#[tokio::test]
async fn a_token_in_the_query_string_or_the_body_is_not_looked_at() {
    let app = App::new();
    let body =
        json!({ "query": "{who}", "access_token": app.token, "extensions": { "authorization": app.token } });
    let uri = format!("/graphql?access_token={}", app.token);
    let request =
        Request::post(uri).header("content-type", "application/json").body(Body::from(body.to_string()));
    assert_eq!(app.send(request.expect("a request")).await.json(), json!({ "data": { "who": null } }));
}

/// The largest body that is taken there, in bytes.
const MOST: usize = 10 * 1024;

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_whether_it_says_so_or_not() {
    let app = App::with(|options| options.queries.max_body = MOST, true);
    let fits = format!("{HELLO}{}", " ".repeat(MOST - HELLO.len()));
    assert_eq!(app.send(post(&fits)).await.status, StatusCode::OK);
    let declared = MOST.to_string();
    for (headers, body) in [
        (&[JSON][..], Body::from(format!("{fits} "))),
        (&[JSON], pieces(MOST / 1024 + 1, 1024)),
        (&[JSON, ("content-length", &declared)], pieces(MOST / 1024 + 1, 1024)),
    ] {
        let answer = app.send(with_headers(headers, body)).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(
            answer.error(),
            ("BAD_USER_INPUT".to_owned(), "The body is larger than 10240 bytes.".to_owned())
        );
    }
}

#[tokio::test]
async fn what_does_not_parse_or_fit_the_schema_has_no_data() {
    let app = App::new();
    for (query, code) in [
        ("{", "GRAPHQL_VALIDATION_FAILED"),
        ("{nothing}", "GRAPHQL_VALIDATION_FAILED"),
        ("{hello(times: true)}", "GRAPHQL_VALIDATION_FAILED"),
        ("{...f}", "GRAPHQL_VALIDATION_FAILED"),
        ("{...f} fragment f on Reads {...f ...f}", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {hello}", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        // Twice, as what is refused must not be remembered as good.
        for _ in 0..2 {
            let answer = app.ask(query).await;
            let (found, message) = answer.error();
            assert_eq!((answer.status, found.as_str()), (StatusCode::OK, code), "{query}");
            assert!(answer.json().get("data").is_none() && !message.contains('\n'), "{query}: {message}");
        }
    }
    let deep = format!("{}hello{}", "{deeper".repeat(15), "}".repeat(15));
    assert_eq!(app.ask(&deep.replacen("hello", "{hello}", 1)).await.error().0, "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn the_schema_is_told_or_not_as_it_was_set() {
    let queries = [
        "{__schema{queryType{name}}}",
        "{__type(name:\"Reads\"){name}}",
        "{...f} fragment f on Reads {__schema{queryType{name}}}",
    ];
    for query in queries {
        let open = App::new();
        assert!(open.ask(query).await.json().get("errors").is_none(), "{query}");
        let closed = App::with(|options| options.introspection = false, true);
        let answer = closed.ask(query).await;
        assert_eq!((answer.status, answer.error().0.as_str()), (StatusCode::OK, "GRAPHQL_VALIDATION_FAILED"));
        assert_eq!(closed.ask("{__typename}").await.json(), json!({ "data": { "__typename": "Reads" } }));
    }
}
