use std::time::Duration;

use serde_json::json;

use super::sockets::{bearer, complete, next, running};
use crate::http::testing::Socket;

#[tokio::test]
async fn a_socket_has_so_many_operations_at_once_and_a_caller_so_many_subscriptions() {
    // Of which one caller may have an eighth.
    let running = running(|options| options.max_subscriptions = 808).await;
    let mut sockets = [
        Socket::initialised(running.connect().await, json!({})).await,
        Socket::initialised(running.connect().await, json!({})).await,
    ];
    for number in 0..100 {
        sockets[0].subscribe(&number.to_string(), "subscription{wait}").await;
    }
    sockets[0].subscribe("more", "{hello}").await;
    let refused = sockets[0].hear().await;
    assert_eq!((&refused["id"], &refused["type"]), (&json!("more"), &json!("error")), "{refused}");
    running.app.stage.until_begun(100).await;
    sockets[1].subscribe("1", "subscription{wait}").await;
    running.app.stage.until_begun(101).await;
    sockets[1].subscribe("2", "subscription{wait}").await;
    let refused = sockets[1].hear().await;
    assert_eq!(refused["payload"][0]["extensions"]["code"], "UNAVAILABLE", "{refused}");
}

#[tokio::test]
async fn a_mutation_is_carried_out_though_its_socket_is_gone() {
    let running = running(|_| {}).await;
    let mut socket = Socket::initialised(running.connect().await, json!({})).await;
    socket.subscribe("1", "mutation{wait}").await;
    running.app.stage.until_begun(1).await;
    drop(socket);
    running.app.stage.go.add_permits(1);
    running.app.stage.until_ended(1).await;
}

#[tokio::test]
async fn who_does_not_answer_is_gone_and_strangers_do_not_stay_for_nothing() {
    let running = running(|options| options.silence = Duration::from_millis(100)).await;
    let token = json!({ "authorization": bearer(&running) });
    let silent = Socket::initialised(running.connect().await, token.clone()).await;
    assert!(silent.breaks().await);
    let stranger = Socket::initialised(running.connect().await, json!({})).await;
    assert_eq!(stranger.closed().await.0, 4403);
    // One who answers pings, as the client does by itself while it listens, stays.
    let mut user = Socket::initialised(running.connect().await, token).await;
    user.subscribe("1", "subscription{wait}").await;
    running.app.stage.until_begun(1).await;
    assert!(tokio::time::timeout(Duration::from_secs(1), user.hear()).await.is_err());
}

#[tokio::test]
async fn what_a_client_does_not_read_holds_up_nothing_that_it_has_under_way() {
    let running = running(|_| {}).await;
    let mut socket = Socket::initialised(running.connect_narrowly().await, json!({})).await;
    for number in 0..3 {
        socket.subscribe(&format!("wait {number}"), "{wait}").await;
    }
    running.app.stage.until_begun(3).await;
    for number in 0..8 {
        socket.subscribe(&format!("long {number}"), "{long(length:4000000)}").await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    running.app.stage.go.add_permits(3);
    running.app.stage.until_ended(3).await;
    drop(socket);
}

#[tokio::test]
async fn an_event_may_cost_less_than_an_operation() {
    let running = running(|options| options.queries.max_cost = 20).await;
    let mut socket = Socket::initialised(running.connect().await, json!({})).await;
    let deep = "deeper{deeper{deeper{deeper{hello}}}}";
    socket.subscribe("1", &format!("{{{deep}}}")).await;
    assert_eq!(socket.hear().await["type"], "next");
    assert_eq!(socket.hear().await, complete("1"));
    socket.subscribe("1", &format!("subscription{{{deep}}}")).await;
    assert_eq!(socket.hear().await["payload"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn answers_that_a_socket_does_not_read_have_a_bound_all_together() {
    let running = running(|options| options.answers = 20_000_000).await;
    let mut silent = Socket::initialised(running.connect_narrowly().await, json!({})).await;
    // More than the system takes for a client that does not read.
    silent.subscribe("1", "{long(length:14000000)}").await;
    let mut socket = Socket::initialised(running.connect().await, json!({})).await;
    let is_full = async |socket: &mut Socket, full: bool| {
        for _ in 0..100 {
            socket.subscribe("long", "{long(length:14000000)}").await;
            let heard = socket.hear().await;
            let refused = heard["payload"][0]["extensions"]["code"] == "UNAVAILABLE";
            if !refused {
                assert_eq!(socket.hear().await, complete("long"));
            }
            if refused == full {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("full: {}", !full);
    };
    is_full(&mut socket, true).await;
    socket.subscribe("1", "{hello}").await;
    assert_eq!(socket.hear().await, next("1", &json!({ "hello": 0 })));
    assert_eq!(socket.hear().await, complete("1"));
    drop(silent);
    // With them goes what they held.
    is_full(&mut socket, false).await;
}
