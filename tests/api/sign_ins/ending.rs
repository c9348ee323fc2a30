//! Ending one session, or all of them.

use serde_json::{Value, json};
use taskward::id::{SignInId, TaskId};

use super::{assert_ended, begin, counts, listed, logout, refresh, spliced, try_refresh};
use crate::on_both_databases;
use crate::support::forger::claims;
use crate::support::{Actor, Reply};

const END: &str = "mutation ($id: ID!) { endSignIn(id: $id) { ok } }";
const NODE: &str = "query ($id: ID!) { node(id: $id) { __typename id ... on SignIn { lastUsedAt } } }";

/// All of an answer that its caller can see, but for what differs between any two.
fn seen(reply: &Reply) -> (u16, Vec<(String, String)>, &[u8]) {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect();
    headers.sort();
    (reply.status.as_u16(), headers, &reply.bytes)
}

async fn end(person: &Actor<'_>, id: &str) -> Reply {
    person.ask(END, json!({ "id": id })).await
}

/// The id of the sign-in that an access token was issued from.
fn sign_in_of(access: &str) -> String {
    claims(access)["sid"].as_str().expect("a sign-in").to_owned()
}

on_both_databases! {
    async fn logout_ends_the_session_of_any_of_its_tokens_and_no_other(app: TestApp) {
        let ada = app.register("ada").await;
        let (first, other) = (begin(&ada).await, begin(&ada).await);
        let second = refresh(app, &first.refresh).await;
        logout(app, &first.refresh).await;
        for pair in [&first, &second] {
            assert_ended(&try_refresh(app, &pair.refresh).await);
            assert!(!counts(app, &pair.access).await);
        }
        assert!(counts(app, &other.access).await);
        refresh(app, &other.refresh).await;
        // Once more, and with what never was a token.
        for token in [&first.refresh, &second.refresh, "nonsense", ""] {
            logout(app, token).await;
        }
        assert!(counts(app, &other.access).await);
    }

    async fn nobody_logs_out_another_with_a_token_made_of_parts(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let (hers, his) = (begin(&ada).await, begin(&bob).await);
        for at in [0..16, 16..32] {
            logout(app, &spliced(&hers, &his, at.clone())).await;
            logout(app, &spliced(&his, &hers, at)).await;
        }
        assert!(counts(app, &hers.access).await && counts(app, &his.access).await);
        refresh(app, &hers.refresh).await;
        refresh(app, &his.refresh).await;
    }

    async fn logout_everywhere_ends_everything_of_ones_own(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let (first, second, his) = (begin(&ada).await, begin(&ada).await, begin(&bob).await);
        let data = ada.data("mutation { logoutEverywhere { ok } }", json!({})).await;
        assert_eq!(data, json!({ "logoutEverywhere": { "ok": true } }));
        for pair in [&first, &second] {
            assert!(!counts(app, &pair.access).await);
            assert_ended(&try_refresh(app, &pair.refresh).await);
        }
        assert!(!counts(app, ada.token.as_deref().expect("signed in")).await);
        let anew = begin(&ada).await;
        assert_eq!(listed(app, &anew.access).await, [sign_in_of(&anew.access)]);
        assert!(counts(app, &his.access).await);
        refresh(app, &his.refresh).await;
    }

    /// Tokens say when they were issued in whole seconds, and people come back faster than that.
    async fn a_token_issued_after_a_cut_off_counts_within_the_same_second(app: TestApp) {
        let ada = app.register("ada").await;
        let mut before = ada.token.clone().expect("signed in");
        let mut within_one_second = 0;
        for _ in 0..25 {
            app.with_token(&before).data("mutation { logoutEverywhere { ok } }", json!({})).await;
            let after = begin(&ada).await.access;
            assert!(!counts(app, &before).await);
            assert!(counts(app, &after).await);
            within_one_second += u32::from(claims(&before)["iat"] == claims(&after)["iat"]);
            before = after;
        }
        assert!(within_one_second > 0, "a machine too slow for this test");
    }

    async fn one_sign_in_is_ended_by_its_id(app: TestApp) {
        let ada = app.register("ada").await;
        let (ended, other) = (begin(&ada).await, begin(&ada).await);
        let id = sign_in_of(&ended.access);
        assert_eq!(*end(&ada, &id).await.data(), json!({ "endSignIn": { "ok": true } }));
        assert!(!counts(app, &ended.access).await);
        assert_ended(&try_refresh(app, &ended.refresh).await);
        assert!(counts(app, &other.access).await);
        refresh(app, &other.refresh).await;
        assert_eq!(end(&ada, &id).await.code(), "NOT_FOUND");
        assert_eq!(end(&ada, &TaskId::fresh().to_string()).await.field(), "id");
        assert_eq!(end(&ada, "signin_").await.field(), "id");
        // Also the one that asks.
        let own = app.with_token(&other.access);
        end(&own, &sign_in_of(&other.access)).await.data();
        assert!(!counts(app, &other.access).await);
    }

    async fn a_strangers_sign_in_is_as_absent_as_one_that_never_was(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let hers = begin(&ada).await;
        let (foreign, absent) = (sign_in_of(&hers.access), SignInId::fresh().to_string());
        let (theirs, nobodys) = (end(&bob, &foreign).await, end(&bob, &absent).await);
        assert_eq!(seen(&theirs), seen(&nobodys));
        assert_eq!(theirs.code(), "NOT_FOUND");
        for query in [NODE, "query ($id: ID!) { nodes(ids: [$id]) { id } }"] {
            let theirs = bob.ask(query, json!({ "id": foreign })).await;
            let nobodys = bob.ask(query, json!({ "id": absent })).await;
            assert_eq!(seen(&theirs), seen(&nobodys));
            theirs.data();
        }
        assert!(counts(app, &hers.access).await);
        refresh(app, &hers.refresh).await;
    }

    async fn a_sign_in_is_a_node_while_it_lives(app: TestApp) {
        let ada = app.register("ada").await;
        let pair = begin(&ada).await;
        let id = sign_in_of(&pair.access);
        let found = ada.data(NODE, json!({ "id": id })).await["node"].clone();
        assert_eq!(json!([found["__typename"], found["id"]]), json!(["SignIn", id]));
        logout(app, &pair.refresh).await;
        assert_eq!(ada.data(NODE, json!({ "id": id })).await, json!({ "node": Value::Null }));
    }
}
