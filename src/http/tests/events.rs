use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::JSON;
use super::connections::{Running, rest, through};
use crate::http::testing::{App, with_headers};

const EVENTS: (&str, &str) = ("accept", "text/event-stream");

fn ask(query: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let all: Vec<_> = [JSON].into_iter().chain(headers.iter().copied()).collect();
    with_headers(&all, json!({ "query": query }).to_string())
}

#[tokio::test]
async fn a_subscription_is_a_stream_of_next_and_ends_with_complete() {
    let app = App::new();
    for accept in ["text/event-stream", "application/json, text/event-stream"] {
        let answer = app.send(ask("subscription{count(to:2)}", &[("accept", accept)])).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "text/event-stream; charset=utf-8");
        assert_eq!((answer.header("cache-control"), answer.header("content-encoding")), ("no-store", ""));
        assert_eq!(
            answer.text,
            ":\n\nevent: next\ndata: {\"data\":{\"count\":0}}\n\nevent: next\ndata: {\"data\":{\"count\":1}}\n\n\
             event: complete\ndata:\n\n"
        );
    }
}

#[tokio::test]
async fn other_operations_are_one_event_for_whoever_wants_nothing_else() {
    let app = App::new();
    let answer = app.send(ask("{hello}", &[EVENTS])).await;
    assert_eq!(answer.text, "event: next\ndata: {\"data\":{\"hello\":0}}\n\nevent: complete\ndata:\n\n");
    let both = ("accept", "text/event-stream, application/json");
    let answer = app.send(ask("{hello}", &[both])).await;
    assert_eq!(
        (answer.header("content-type"), answer.text.as_str()),
        ("application/json; charset=utf-8", "{\"data\":{\"hello\":0}}")
    );
}

#[tokio::test]
async fn a_query_that_is_refused_is_an_event_and_a_request_that_is_refused_is_not() {
    let app = App::new();
    for query in
        ["{", "subscription{nothing}", "subscription{fails}", "subscription{count(to:1) b:count(to:1)}"]
    {
        let answer = app.send(ask(query, &[EVENTS])).await;
        assert_eq!(answer.status, 200, "{query}");
        let text = answer.text.trim_start_matches(":\n\n");
        assert!(
            text.starts_with("event: next\ndata: {\"errors\":[{") && !text.contains("\"data\""),
            "{text}"
        );
        assert!(text.ends_with("}\n\nevent: complete\ndata:\n\n"), "{text}");
    }
    let bad = ("authorization", "Bearer bad");
    for (request, status) in [
        (ask("subscription{count(to:1)}", &[EVENTS, bad]), 401),
        (ask("subscription{secret}", &[EVENTS]), 401),
        (with_headers(&[EVENTS, ("content-type", "text/plain")], "{}"), 415),
        (ask("subscription{count(to:1)}", &[("accept", "text/html")]), 406),
    ] {
        let answer = app.send(request).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    }
    let answer = app.send(ask("subscription{count(to:1)}", &[])).await;
    assert_eq!(answer.error().0, "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn a_get_may_subscribe_if_no_other_page_can_have_sent_it() {
    let app = App::new();
    let uri = "/graphql?query=subscription%7Bcount(to:1)%7D";
    let get = |headers: &[(&str, &str)]| {
        let request =
            headers.iter().fold(Request::get(uri), |request, (name, value)| request.header(*name, *value));
        request.body(Body::empty()).expect("a request")
    };
    let answer = app.send(get(&[EVENTS, ("graphql-require-preflight", "1")])).await;
    assert!(answer.text.contains("data: {\"data\":{\"count\":0}}"), "{}", answer.text);
    assert_eq!(app.send(get(&[EVENTS])).await.status, 400);
}

#[tokio::test]
async fn a_stream_whose_token_ends_says_so() {
    let app = App::new();
    let token = format!("Bearer {}", app.token);
    let request = ask("subscription{wait}", &[EVENTS, ("authorization", &token)]);
    let peer = crate::http::peer::Peer { address: "192.0.2.1".parse().expect("one"), is_encrypted: false };
    let answer = app.routes.answer(request, peer).await;
    let body = tokio::spawn(answer.into_body().collect());
    app.stage.until_begun(1).await;
    app.api.refused.notify_waiters();
    let text = body.await.expect("no panic").expect("a body").to_bytes();
    let text = std::str::from_utf8(&text).expect("text");
    assert!(text.contains("\"UNAUTHENTICATED\"") && text.ends_with("event: complete\ndata:\n\n"), "{text}");
}

#[tokio::test]
async fn events_come_as_they_happen_and_break_off_with_the_server() {
    let running = Running::start(|_| {}).await;
    let mut stream = running.connect().await;
    let body = r#"{"query":"subscription{wait}"}"#;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.expect("sent");
    through(&mut stream, ":\n\n").await;
    for _ in 0..2 {
        running.app.stage.go.add_permits(1);
        through(&mut stream, "data: {\"data\":{\"wait\":true}}\n\n").await;
    }
    drop(stream);
    let mut stream = running.connect().await;
    let ending = body.replace("wait", "untilClosing");
    let head = head.replace(&body.len().to_string(), &ending.len().to_string());
    stream.write_all(format!("{head}{ending}").as_bytes()).await.expect("sent");
    through(&mut stream, ":\n\n").await;
    let stop = tokio::spawn(running.stop());
    let last = rest(&mut stream).await;
    assert!(last.contains("\"untilClosing\":7") && !last.contains("complete"), "{last}");
    assert!(stop.await.expect("it stops"));
}
