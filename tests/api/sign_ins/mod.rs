//! The life of a session after its beginning: going on, and ending; and the end of the account.

mod at_once;
mod chain;
mod chain_model;
mod chain_property;
mod cookie;
mod deletion;
mod ending;
mod list;
mod password;
mod refresh;

use std::ops::Range;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::actor::PASSWORD;
use crate::support::{Actor, Reply, TestApp};

/// What a client holds of a session.
#[derive(Debug, Clone, PartialEq)]
struct Pair {
    access: String,
    refresh: String,
}

impl Pair {
    /// What a payload gives.
    fn of(payload: &Value) -> Self {
        let text = |name: &str| payload[name].as_str().unwrap_or_else(|| panic!("no {name}: {payload}"));
        Self { access: text("accessToken").to_owned(), refresh: text("refreshToken").to_owned() }
    }
}

/// What is in a refresh token.
fn bytes(token: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(token.strip_prefix("twr_").expect("a prefix")).expect("base64url")
}

/// A refresh token with a part of another: 16 bytes of the user, 16 of the chain, 32 of the proof.
fn spliced(one: &Pair, other: &Pair, at: Range<usize>) -> String {
    let mut parts = bytes(&one.refresh);
    parts[at.clone()].copy_from_slice(&bytes(&other.refresh)[at]);
    format!("twr_{}", URL_SAFE_NO_PAD.encode(parts))
}

async fn log_in(app: &TestApp, email: &str, password: &str) -> Reply {
    let query = "mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }";
    app.anonymous().ask(query, json!({ "input": { "email": email, "password": password } })).await
}

/// A new session of this person's.
async fn begin(person: &Actor<'_>) -> Pair {
    Pair::of(&log_in(person.app, &person.email, PASSWORD).await.data()["login"])
}

async fn try_refresh(app: &TestApp, token: &str) -> Reply {
    let query = "mutation ($input: RefreshInput) { refresh(input: $input) {
        accessToken tokenType expiresIn refreshToken user { id email } } }";
    app.anonymous().ask(query, json!({ "input": { "refreshToken": token } })).await
}

/// The session that a token is traded for.
async fn refresh(app: &TestApp, token: &str) -> Pair {
    Pair::of(&try_refresh(app, token).await.data()["refresh"])
}

/// What a refresh token that is none, or none any more, is answered with.
fn assert_ended(reply: &Reply) {
    let error = json!({
        "message": "The refresh token is not valid: sign in again.",
        "path": ["refresh"],
        "extensions": { "code": "UNAUTHENTICATED" },
    });
    let mut body = reply.body.clone();
    drop(body["errors"][0].as_object_mut().and_then(|error| error.remove("locations")));
    assert_eq!((reply.status, body), (StatusCode::OK, json!({ "errors": [error], "data": null })));
}

async fn logout(app: &TestApp, token: &str) {
    let query = "mutation ($input: LogoutInput) { logout(input: $input) { ok } }";
    let data = app.anonymous().data(query, json!({ "input": { "refreshToken": token } })).await;
    assert_eq!(data, json!({ "logout": { "ok": true } }));
}

/// Whether an access token is taken.
async fn counts(app: &TestApp, access: &str) -> bool {
    let reply = app.with_token(access).ask("{ me { id } }", json!({})).await;
    match reply.status {
        StatusCode::OK => {
            reply.data();
            true
        }
        status => {
            assert_eq!((status, reply.code()), (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"));
            false
        }
    }
}

/// The ids of the sign-ins that are listed for whom this token speaks.
async fn listed(app: &TestApp, access: &str) -> Vec<String> {
    let data = app.with_token(access).data("{ signIns { id } }", json!({})).await;
    let entries = data["signIns"].as_array().expect("a list");
    entries.iter().map(|entry| entry["id"].as_str().expect("an id").to_owned()).collect()
}
