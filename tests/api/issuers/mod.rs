//! Users whom another issuer signs in.

mod ended;
mod first_sight;
mod keys;
mod refused;
mod tokens;

use serde_json::json;

use crate::support::app::Setup;
use crate::support::issuer::{FakeIssuer, Key};
use crate::support::{Actor, Backend, Reply, TestApp};

const ME: &str = "{ me { id email emailVerified name updatedAt } }";

/// A server on SQLite to which these issuers are known.
async fn app_with(issuers: Vec<taskward::auth::OtherRules>) -> TestApp {
    TestApp::start_with(Setup { issuers, ..Setup::on(Backend::Sqlite) })
        .await
        .expect("SQLite is always there")
}

/// A server, and an issuer that is known to it.
async fn app_and_issuer() -> (TestApp, FakeIssuer) {
    let issuer = FakeIssuer::start(Key::eddsa()).await;
    (app_with(vec![issuer.rules()]).await, issuer)
}

async fn ask(app: &TestApp, token: &str) -> Reply {
    app.with_token(token).ask(ME, json!({})).await
}

/// The user whom this token signs in.
async fn user<'a>(app: &'a TestApp, token: &str) -> Actor<'a> {
    let me = app.with_token(token).data(ME, json!({})).await["me"].clone();
    let text = |name: &str| me[name].as_str().expect("text").to_owned();
    Actor { id: text("id"), email: text("email"), ..app.with_token(token) }
}

/// Why a token was refused, as its sender is told.
async fn refusal(app: &TestApp, token: &str) -> String {
    let reply = ask(app, token).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (401, "UNAUTHENTICATED"), "{}", reply.body);
    let header = reply.headers.get("www-authenticate").expect("a challenge");
    assert_eq!(header, "Bearer error=\"invalid_token\"");
    let message = reply.body["errors"][0]["message"].as_str().expect("text");
    message.strip_prefix("The access token is not valid.").expect(message).trim().to_owned()
}
