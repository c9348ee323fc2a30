//! Tokens of other issuers that were cut off, and who comes after them.

use std::time::Duration;

use serde_json::{Value, json};
use taskward::id::UserId;
use taskward::time::Clock;

use super::{ME, user};
use crate::on_both_databases;
use crate::support::app::Setup;
use crate::support::beneath;
use crate::support::issuer::{FakeIssuer, Key};
use crate::support::{Actor, TestApp};

/// A token that was issued so many seconds from now.
fn token_at(issuer: &FakeIssuer, seconds: i64) -> String {
    let iat = Clock.now().seconds() + seconds;
    issuer.token_with("ada", json!({ "iat": iat, "exp": iat + 3600 }))
}

async fn status(app: &TestApp, token: &str) -> u16 {
    app.with_token(token).ask(ME, json!({})).await.status.as_u16()
}

async fn delete(person: &Actor<'_>) -> Value {
    let query = "mutation { deleteAccount(input: {}) { deletedUserId } }";
    person.ask(query, json!({})).await.body
}

/// A server that knows the issuer, and one beside it with the same database.
async fn two_servers(app: &TestApp, issuer: &FakeIssuer) -> (TestApp, TestApp) {
    let setup = || Setup { issuers: vec![issuer.rules()], ..Setup::on(app.backend) };
    (app.beside(setup()).await, app.beside(setup()).await)
}

/// Waits for what the other server is to learn.
async fn until_refused(app: &TestApp, token: &str) {
    for _ in 0..200 {
        if status(app, token).await == 401 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the token is not refused");
}

on_both_databases! {
    async fn who_signs_out_everywhere_is_let_in_again_with_a_newer_token(app: TestApp) {
        let issuer = FakeIssuer::start(Key::eddsa()).await;
        let (app, other) = two_servers(app, &issuer).await;
        let (old, new) = (token_at(&issuer, -2), token_at(&issuer, 2));
        let ada = user(&app, &old).await;
        assert_eq!(status(&other, &old).await, 200);
        ada.data("mutation { logoutEverywhere { ok } }", json!({})).await;
        assert_eq!(status(&app, &old).await, 401);
        until_refused(&other, &old).await;
        for server in [&app, &other] {
            assert_eq!(user(server, &new).await.id, ada.id);
        }
    }

    async fn who_was_erased_comes_back_as_somebody_new_and_with_a_newer_token_only(app: TestApp) {
        let issuer = FakeIssuer::start(Key::eddsa()).await;
        let (app, other) = two_servers(app, &issuer).await;
        let (stale, old, new) = (token_at(&issuer, -301), token_at(&issuer, -2), token_at(&issuer, 2));
        let ada = user(&app, &old).await;
        ada.create_task(json!({ "title": "tea" })).await;
        assert_eq!(status(&other, &old).await, 200);
        let refused = delete(&app.with_token(&stale)).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
        assert_eq!(delete(&ada).await["data"]["deleteAccount"]["deletedUserId"], ada.id);
        for token in [&stale, &old] {
            assert_eq!(status(&app, token).await, 401);
            until_refused(&other, token).await;
        }
        let again = user(&other, &new).await;
        assert_ne!(again.id, ada.id);
        assert_eq!(user(&app, &new).await.id, again.id);
        assert_eq!(again.data("{ tasks { totalCount } }", json!({})).await["tasks"]["totalCount"], 0);
    }

    async fn whom_a_token_erased_it_does_not_make_anew_however_new_it_is(app: TestApp) {
        let issuer = FakeIssuer::start(Key::eddsa()).await;
        let (app, other) = two_servers(app, &issuer).await;
        // Of this second, and by a clock that is fast.
        for (who, seconds) in [("ada", 0), ("bob", 4)] {
            let iat = Clock.now().seconds() + seconds;
            let token = issuer.token_with(who, json!({ "iat": iat, "exp": iat + 3600 }));
            delete(&user(&app, &token).await).await;
            assert_eq!(status(&app, &token).await, 401, "{who}");
            // The other one has never seen them, and may not have heard yet.
            assert_eq!(status(&other, &token).await, 401, "{who}");
        }
        // Nor does an older one.
        let iat = Clock.now().seconds() - 2;
        let cleo = |iat| issuer.token_with("cleo", json!({ "iat": iat, "exp": iat + 3600 }));
        delete(&user(&app, &cleo(iat + 2)).await).await;
        assert_eq!(status(&other, &cleo(iat)).await, 401);
        let left = beneath::texts(app.database.url.expose(), "select name from users").await;
        assert!(left.is_empty(), "{left:?}");
    }

    async fn who_is_disabled_stays_out_with_every_token(app: TestApp) {
        let issuer = FakeIssuer::start(Key::eddsa()).await;
        let (app, other) = two_servers(app, &issuer).await;
        let (old, new) = (token_at(&issuer, -2), token_at(&issuer, 2));
        let ada = user(&app, &old).await;
        assert_eq!(status(&other, &new).await, 200);
        let (operator, id) = (app.services.store.operator(), ada.id.parse::<UserId>().expect("an id"));
        assert!(operator.disable(id, Clock.now()).await.expect("an answer"));
        for token in [&old, &new] {
            assert_eq!(status(&app, token).await, 401);
            until_refused(&other, token).await;
        }
        assert!(operator.enable(id).await.expect("an answer"));
        assert_eq!(status(&app, &old).await, 401, "what was ended stays ended");
        assert_eq!(user(&app, &new).await.id, ada.id);
    }
}
