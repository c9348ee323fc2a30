use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::connections::Running;
use crate::http::Options;
use crate::http::testing::{App, Socket};

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

pub(super) async fn running(change: impl FnOnce(&mut Options)) -> Running {
    Running::start_with(App::with(change, true), None, |_| {}).await
}

pub(super) fn bearer(running: &Running) -> String {
    format!("Bearer {}", running.app.token)
}

pub(super) fn next(id: &str, data: &Value) -> Value {
    json!({ "type": "next", "id": id, "payload": { "data": data } })
}

pub(super) fn complete(id: &str) -> Value {
    json!({ "type": "complete", "id": id })
}

#[tokio::test]
async fn queries_mutations_and_subscriptions_are_answered_and_end_with_complete() {
    let running = running(|_| {}).await;
    let mut socket = Socket::initialised(running.connect().await, json!(null)).await;
    for (query, told) in [
        ("{hello}", vec![json!({ "hello": 0 })]),
        ("mutation{hello}", vec![json!({ "hello": true })]),
        ("subscription{count(to:2)}", vec![json!({ "count": 0 }), json!({ "count": 1 })]),
        ("subscription{a:count(to:1)}", vec![json!({ "a": 0 })]),
        ("subscription{...f} fragment f on Streams{count(to:1)}", vec![json!({ "count": 0 })]),
        ("subscription{count(to:1) ...{count(to:1)}}", vec![json!({ "count": 0 })]),
        ("subscription{count(to:0)}", vec![]),
    ] {
        socket.subscribe("1", query).await;
        for data in told {
            assert_eq!(socket.hear().await, next("1", &data), "{query}");
        }
        assert_eq!(socket.hear().await, complete("1"), "{query}");
    }
    let variables = json!({ "query": "subscription A($to:Int!){count(to:$to)} query B{hello}",
        "variables": { "to": 1 }, "operationName": "A", "extensions": null });
    socket.say(&json!({ "type": "subscribe", "id": "v", "payload": variables })).await;
    assert_eq!(
        (socket.hear().await, socket.hear().await),
        (next("v", &json!({ "count": 0 })), complete("v"))
    );
    socket.send(Message::Close(None)).await;
    assert!(running.stop().await);
}

#[tokio::test]
async fn what_is_not_begun_is_an_error_and_the_socket_goes_on() {
    let running = running(|_| {}).await;
    let mut socket = Socket::initialised(running.connect().await, json!({})).await;
    for (query, code) in [
        ("{", "GRAPHQL_VALIDATION_FAILED"),
        ("{nothing}", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription{nothing}", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription{count(to:1) b:count(to:1)}", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription{count(to:1) hello:__typename}", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription{__typename}", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($to:Int!){count(to:$to)}", "GRAPHQL_VALIDATION_FAILED"),
        ("{secret}", "UNAUTHENTICATED"),
        ("subscription{secret}", "UNAUTHENTICATED"),
        ("subscription{fails}", "INTERNAL"),
        ("{panics}", "INTERNAL"),
        // An event that is not whole is none: whoever read on from it would have missed something.
        ("subscription{deeper{fails}}", "INTERNAL"),
        ("subscription{x:__typename}", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        socket.subscribe("1", query).await;
        let error = socket.hear().await;
        let errors = error["payload"].as_array().map_or(0, Vec::len);
        assert_eq!((&error["type"], &error["id"], errors), (&json!("error"), &json!("1"), 1), "{error}");
        assert_eq!(error["payload"][0]["extensions"]["code"], code, "{query}: {error}");
    }
    socket.subscribe("1", "subscription{panics}").await;
    assert_eq!(socket.hear().await, next("1", &json!({ "panics": true })));
    let error = socket.hear().await;
    assert_eq!(error["payload"][0]["extensions"]["code"], "INTERNAL", "{error}");
    socket.subscribe("1", "{hello}").await;
    assert_eq!(socket.hear().await, next("1", &json!({ "hello": 0 })));
}

#[tokio::test]
async fn the_token_is_taken_from_either_spelling_or_from_the_handshake() {
    let running = running(|_| {}).await;
    let (token, user) = (bearer(&running), json!(running.app.user.to_string()));
    for (header, payload, who) in [
        (None, json!({ "authorization": token }), &user),
        (None, json!({ "Authorization": token }), &user),
        (Some(&token), json!({}), &user),
        (Some(&token), json!(null), &user),
        (None, json!({}), &json!(null)),
    ] {
        let mut headers = vec![PROTOCOL];
        headers.extend(header.map(|token| ("authorization", token.as_str())));
        let mut socket = Socket::open(running.connect().await, &headers).await.expect("a socket");
        socket.say(&json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket.subscribe("1", "{who}").await;
        assert_eq!(socket.hear().await, next("1", &json!({ "who": who })), "{payload}");
    }
}

#[tokio::test]
async fn every_slip_has_its_code() {
    let running = running(|options| {
        options.init = Duration::from_millis(100);
        options.queries.max_body = 1000;
    })
    .await;
    let init = json!({ "type": "connection_init" });
    let wait = json!({ "type": "subscribe", "id": "1", "payload": { "query": "subscription{wait}" } });
    let token = |token: &str| json!({ "type": "connection_init", "payload": { "authorization": token } });
    let long = json!({ "type": "ping", "payload": { "long": "x".repeat(1000) } });
    let two = json!({ "type": "connection_init", "payload": { "authorization": "Bearer a", "Authorization": "b" } });
    for (said, code) in [
        (vec![], 4408),
        (vec![json!({ "type": "ping" })], 4408),
        (vec![wait.clone()], 4401),
        (vec![init.clone(), init.clone()], 4429),
        (vec![init.clone(), wait.clone(), wait.clone()], 4409),
        (vec![init.clone(), json!({ "type": "start" })], 4400),
        (vec![json!("hello")], 4400),
        (vec![init.clone(), json!({ "type": "subscribe", "id": "1", "payload": {} })], 0),
        (vec![init.clone(), json!({ "type": "subscribe", "payload": { "query": "{hello}" } })], 4400),
        (vec![init.clone(), long], 1009),
        (vec![token("Bearer bad")], 4403),
        (vec![token("bad")], 4403),
        (vec![two], 4403),
        (vec![init.clone(), json!({ "type": "ping", "payload": { "authorization": "Bearer bad" } })], 4403),
    ] {
        let mut socket = Socket::speaking(running.connect().await).await;
        for message in &said {
            socket.say(message).await;
        }
        if code == 0 {
            assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
            assert_eq!(socket.hear().await["type"], "error");
            continue;
        }
        // What was answered before the slip.
        let (found, reason) = loop {
            match socket.hear_or_closed().await {
                Ok(message) => {
                    assert!(message["type"] == "connection_ack" || message["type"] == "pong", "{message}");
                }
                Err(closed) => break closed,
            }
        };
        assert_eq!(found, code, "{said:?}: {reason}");
        assert!(!reason.is_empty() && !reason.contains("bad"), "{reason}");
    }
}

#[tokio::test]
async fn frames_that_are_no_text_are_refused() {
    let running = running(|_| {}).await;
    let mut socket = Socket::initialised(running.connect().await, json!({})).await;
    socket.send(Message::binary(&b"{\"type\":\"ping\"}"[..])).await;
    assert_eq!(socket.closed().await.0, 4400);
}

#[tokio::test]
async fn a_handshake_is_refused_to_other_origins_bad_tokens_and_other_protocols() {
    let running =
        running(|options| options.origins.push("https://app.example".parse().expect("a value"))).await;
    for (headers, status) in [
        (vec![("origin", "https://evil.example")], Some(403)),
        (vec![("origin", "https://app.example.evil")], Some(403)),
        (vec![("origin", "null")], Some(403)),
        (vec![("origin", "http://127.0.0.1:81")], Some(403)),
        (vec![("authorization", "Bearer bad")], Some(401)),
        (vec![("authorization", "Basic bad")], Some(401)),
        (vec![("sec-websocket-version", "8")], Some(400)),
        (vec![("origin", "https://app.example")], None),
        (vec![("origin", "http://127.0.0.1")], None),
        (vec![("origin", "HTTPS://127.0.0.1")], None),
        (vec![], None),
    ] {
        let all: Vec<_> = [PROTOCOL].into_iter().chain(headers.clone()).collect();
        let opened = Socket::open(running.connect().await, &all).await;
        let refused = opened.err().map(|answer| answer.status().as_u16());
        assert_eq!(refused, status, "{headers:?}");
    }
    for protocols in [vec![], vec![("sec-websocket-protocol", "graphql-ws")]] {
        // The client of these tests refuses an answer without the protocol that it asked for, as browsers do.
        let Ok(opened) = Socket::attempt(running.connect().await, &protocols).await else { continue };
        assert_eq!(opened.expect("a handshake").closed().await.0, 4406);
    }
}

#[tokio::test]
async fn what_proved_who_they_are_ends_and_so_does_the_socket() {
    let running = running(|_| {}).await;
    let mut socket =
        Socket::initialised(running.connect().await, json!({ "authorization": bearer(&running) })).await;
    let stranger = Socket::initialised(running.connect().await, json!({})).await;
    socket.subscribe("1", "subscription{wait}").await;
    running.app.stage.until_begun(1).await;
    running.app.api.refused.notify_waiters();
    assert_eq!(socket.closed().await.0, 4403);
    stranger.answers().await;
}

#[tokio::test]
async fn a_fresh_token_in_a_ping_counts_from_there_on() {
    let running = running(|_| {}).await;
    let fresh = json!({ "authorization": bearer(&running) });
    let mut socket = Socket::initialised(running.connect().await, json!({})).await;
    for (payload, who) in [(json!({}), json!(null)), (fresh, json!(running.app.user.to_string()))] {
        socket.say(&json!({ "type": "ping", "payload": payload })).await;
        assert_eq!(socket.hear().await, json!({ "type": "pong" }));
        socket.subscribe("1", "{who}").await;
        assert_eq!(socket.hear().await, next("1", &json!({ "who": who })));
        assert_eq!(socket.hear().await, complete("1"));
    }
}

#[tokio::test]
async fn an_operation_ends_when_its_client_says_so_and_its_id_is_free_again() {
    let running = running(|_| {}).await;
    let mut socket = Socket::initialised(running.connect().await, json!({})).await;
    for times in 1..=3 {
        socket.subscribe("1", "subscription{wait}").await;
        running.app.stage.until_begun(times).await;
        socket.say(&complete("1")).await;
    }
    socket.subscribe("1", "{hello}").await;
    assert_eq!(socket.hear().await, next("1", &json!({ "hello": 0 })));
}

#[tokio::test]
async fn at_the_end_of_the_server_sockets_are_told_the_rest_and_that_it_goes_away() {
    let running = running(|_| {}).await;
    let mut idle = Socket::initialised(running.connect().await, json!({})).await;
    let mut following = Socket::initialised(running.connect().await, json!({})).await;
    following.subscribe("1", "subscription{untilClosing}").await;
    following.subscribe("2", "{hello}").await;
    assert_eq!(following.hear().await, next("2", &json!({ "hello": 0 })));
    assert_eq!(following.hear().await, complete("2"));
    idle.subscribe("1", "mutation{insist}").await;
    running.app.stage.until_begun(1).await;
    let stage = running.app.stage.clone();
    let stop = tokio::spawn(running.stop());
    tokio::task::yield_now().await;
    stage.go.add_permits(1);
    assert_eq!(following.hear().await, next("1", &json!({ "untilClosing": 7 })));
    assert_eq!(following.closed().await.0, 1001);
    // What has an answer is not asked for again.
    assert_eq!(idle.hear().await, next("1", &json!({ "insist": true })));
    assert_eq!(idle.hear().await, complete("1"));
    assert_eq!(idle.closed().await.0, 1001);
    assert!(stop.await.expect("it stops"));
}

#[tokio::test]
async fn a_close_is_answered() {
    let running = running(|_| {}).await;
    let mut socket = Socket::initialised(running.connect().await, json!({})).await;
    socket.subscribe("1", "subscription{wait}").await;
    running.app.stage.until_begun(1).await;
    let frame = CloseFrame { code: 1000.into(), reason: "enough".into() };
    socket.send(Message::Close(Some(frame))).await;
    assert_eq!(socket.closed().await, (1000, "enough".to_owned()));
}
