//! Changes as they happen.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::on_both_databases;
use crate::support::app::Setup;
use crate::support::live::{Heard, Live};
use crate::support::{Actor, Backend, TestApp};

const CHANGE: &str = "cursor kind nodeId caughtUp at node { id ... on Task { title tags { name } owner { email } } \
                      ... on Tag { name tasks { totalCount } } }";
/// Longer than anything takes that is on its way.
const A_WHILE: Duration = Duration::from_millis(300);

/// The next change.
async fn next(live: &mut Live) -> Value {
    match live.hear().await {
        Heard::Message(message) => {
            let change = &message["payload"]["data"]["changes"];
            assert!(!change.is_null(), "no change: {message}");
            change.clone()
        }
        other => panic!("no change: {other:?}"),
    }
}

/// Whether nothing comes for a while.
async fn is_quiet(live: &mut Live) -> bool {
    live.hear_within(A_WHILE).await.is_none()
}

async fn connect(app: &TestApp, person: &Actor<'_>) -> Live {
    let token = person.token.as_ref().expect("signed in");
    Live::connect(&app.address.to_string(), token).await.expect("a socket")
}

async fn following(app: &TestApp, person: &Actor<'_>, after: Option<&str>) -> Live {
    let mut live = connect(app, person).await;
    live.follow(after, CHANGE).await;
    // Once this is answered, the subscription has begun.
    live.say(&json!({ "type": "subscribe", "id": "me", "payload": { "query": "{ me { id } }" } })).await;
    let mut messages = [live.hear().await, live.hear().await].into_iter();
    let is_of_me = |heard: &Heard| matches!(heard, Heard::Message(message) if message["id"] == "me");
    assert!(messages.all(|heard| is_of_me(&heard)), "only what happens from here on");
    tokio::time::sleep(A_WHILE / 3).await;
    live
}

on_both_databases! {
    async fn each_change_is_told_once_as_it_happens_and_to_its_owner_alone(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        ada.create_tag("before").await;
        let (hers, also_hers) = (following(app, &ada, None).await, following(app, &ada, None).await);
        let mut his = following(app, &bob, None).await;
        let tag = ada.create_tag("home").await;
        // By then the first change is told.
        tokio::time::sleep(A_WHILE).await;
        let task = ada.create_task(json!({ "title": "tea", "tagIds": [tag] })).await["id"].clone();
        ada.done("updateTag", json!({ "id": tag, "name": "work" })).await;
        for mut live in [hers, also_hers] {
            let change = next(&mut live).await;
            assert_eq!((&change["kind"], &change["nodeId"]), (&json!("CREATED"), &json!(tag)));
            let change = next(&mut live).await;
            assert_eq!((&change["kind"], &change["nodeId"]), (&json!("CREATED"), &task), "{change}");
            assert_eq!(change["node"]["owner"]["email"], json!(ada.email));
            let change = next(&mut live).await;
            assert_eq!((&change["kind"], &change["node"]["name"]), (&json!("UPDATED"), &json!("work")));
            // What was loaded for one change is not taken for the next.
            assert_eq!(change["node"]["tasks"]["totalCount"], json!(1), "{change}");
            assert!(is_quiet(&mut live).await);
        }
        assert!(is_quiet(&mut his).await);
        bob.create_tag("home").await;
        assert_eq!(next(&mut his).await["node"]["name"], json!("home"));
    }

    async fn who_comes_back_hears_what_was_missed_and_then_what_happens(app: TestApp) {
        let ada = app.register("ada").await;
        let mut live = following(app, &ada, None).await;
        ada.create_tag("heard").await;
        let cursor = next(&mut live).await["cursor"].as_str().expect("a cursor").to_owned();
        drop(live);
        for number in 0..60 {
            ada.create_tag(&format!("missed {number}")).await;
        }
        let mut live = connect(app, &ada).await;
        live.follow(Some(&cursor), CHANGE).await;
        ada.create_tag("meanwhile").await;
        for number in 0..60 {
            let change = next(&mut live).await;
            assert_eq!(change["node"]["name"], json!(format!("missed {number}")));
        }
        let last = next(&mut live).await;
        assert_eq!((&last["node"]["name"], &last["caughtUp"]), (&json!("meanwhile"), &json!(true)));
        assert!(is_quiet(&mut live).await);
    }

    async fn a_cursor_that_is_refused_ends_the_subscription_and_not_the_socket(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let tag = ada.create_tag("home").await;
        let his = bob.data("{ changes { pageInfo { endCursor } } }", json!({})).await;
        let hers = ada.data("{ changes { pageInfo { endCursor } } }", json!({})).await;
        let end = |data: &Value| data["changes"]["pageInfo"]["endCursor"].as_str().expect("one").to_owned();
        ada.done("deleteTag", json!({ "id": tag })).await;
        app.services.store.forget_deletions(app.services.clock.now() + A_WHILE).await.expect("done");
        let mut live = connect(app, &ada).await;
        for (cursor, code) in [("x", "BAD_USER_INPUT"), (&end(&his), "BAD_USER_INPUT"), (&end(&hers), "CURSOR_FORGOTTEN")] {
            live.follow(Some(cursor), CHANGE).await;
            let Heard::Message(message) = live.hear().await else { panic!("closed") };
            assert_eq!((&message["type"], &message["payload"][0]["extensions"]["code"]), (&json!("error"), &json!(code)));
        }
        live.follow(None, CHANGE).await;
        tokio::time::sleep(A_WHILE).await;
        ada.create_tag("home").await;
        assert_eq!(next(&mut live).await["kind"], json!("CREATED"));
    }

    async fn a_socket_ends_within_a_second_of_its_token_on_every_server(app: TestApp) {
        let other = app.beside(Setup::on(app.backend)).await;
        for (name, ending) in [
            ("a", "mutation { logoutEverywhere { ok } }"),
            ("b", "mutation { deleteAccount(input: { password: \"correct horse battery staple 7\" }) { deletedUserId } }"),
            ("c", "mutation { changePassword(input: { currentPassword: \"correct horse battery staple 7\", \
             newPassword: \"another horse battery staple 7\" }) { tokenType } }"),
        ] {
            let (ada, bob) = (app.register(&format!("ada-{name}")).await, app.register(&format!("bob-{name}")).await);
            let mut sockets = [connect(app, &ada).await, connect(&other, &ada).await];
            sockets[1].follow(None, CHANGE).await;
            let mut his = connect(&other, &bob).await;
            ada.data(ending, json!({})).await;
            let ended = Instant::now();
            for live in &mut sockets {
                assert_eq!(live.hear().await, Heard::Closed(4403), "{ending}");
            }
            assert!(ended.elapsed() < Duration::from_secs(1), "{:?}", ended.elapsed());
            his.say(&json!({ "type": "ping" })).await;
            assert_eq!(his.hear().await, Heard::Message(json!({ "type": "pong" })));
        }
    }

    async fn changes_on_one_server_are_heard_of_on_another(app: TestApp) {
        let other = app.beside(Setup::on(app.backend)).await;
        let ada = app.register("ada").await;
        let mut live = following(&other, &ada, None).await;
        let begun = Instant::now();
        for number in 0..5 {
            ada.create_tag(&format!("tag {number}")).await;
            assert_eq!(next(&mut live).await["node"]["name"], json!(format!("tag {number}")));
        }
        // SQLite's servers find out by looking; PostgreSQL's are told.
        if app.backend == Backend::Postgres {
            assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        }
    }
}
