//! Signing in.

use futures_util::future::join_all;
use serde_json::json;
use taskward::auth::HashParams;

use crate::on_both_databases;
use crate::support::actor::PASSWORD;
use crate::support::app::Setup;
use crate::support::{Backend, Reply, TestApp, beneath};

const LOGIN: &str = "mutation ($input: LoginInput!) { login(input: $input) {
    accessToken tokenType expiresIn refreshToken user { id email } } }";

async fn log_in(app: &TestApp, email: &str, password: &str) -> Reply {
    app.anonymous().ask(LOGIN, json!({ "input": { "email": email, "password": password } })).await
}

async fn stored_hash(app: &TestApp) -> String {
    beneath::texts(app.database.url.expose(), "select password_hash from users").await.concat()
}

fn params(memory: u32, passes: u32) -> HashParams {
    HashParams::new(memory, passes, 1, None).expect("within argon2's bounds")
}

on_both_databases! {
    async fn the_right_password_is_answered_with_a_token_that_works(app: TestApp) {
        let ada = app.register("ada").await;
        let reply = log_in(app, " ADA@example.com ", PASSWORD).await;
        let session = &reply.data()["login"];
        assert_eq!(
            json!([session["tokenType"], session["expiresIn"], session["user"]]),
            json!(["Bearer", 3600, { "id": ada.id, "email": ada.email }])
        );
        assert!(session["refreshToken"].as_str().expect("a token").starts_with("twr_"));
        let token = session["accessToken"].as_str().expect("a token");
        assert_ne!(ada.token.as_deref(), Some(token), "no token is handed out twice");
        assert_eq!(app.with_token(token).data("{ me { id } }", json!({})).await["me"]["id"], ada.id);
        assert_eq!(ada.data("{ me { id } }", json!({})).await["me"]["id"], ada.id);
    }

    async fn a_wrong_password_and_an_unknown_address_get_the_same_bytes(app: TestApp) {
        let ada = app.register("ada").await;
        let wrong = log_in(app, &ada.email, "gravel otter marmalade").await;
        assert_eq!((wrong.status.as_u16(), wrong.code()), (200, "INVALID_CREDENTIALS"));
        let long = "x".repeat(60_000);
        for (email, password) in [
            ("nobody@example.com", PASSWORD),
            ("nobody@example.com", "gravel otter marmalade"),
            (ada.email.as_str(), ""),
            (ada.email.as_str(), &PASSWORD.to_uppercase()),
            (ada.email.as_str(), &format!("{PASSWORD} ")),
            (ada.email.as_str(), &format!("{PASSWORD}\0")),
            (ada.email.as_str(), &long),
            ("no address at all", PASSWORD),
            ("", ""),
            ("ada@example.com' or '1'='1", PASSWORD),
            ("ada@example.com\0", PASSWORD),
        ] {
            let reply = log_in(app, email, password).await;
            assert_eq!((reply.status, &reply.bytes), (wrong.status, &wrong.bytes), "{email:?} {password:?}");
        }
        log_in(app, &ada.email, PASSWORD).await.data();
        // Somebody whom another issuer signs in has no password, and so none is right.
        beneath::execute(app.database.url.expose(), "update users set password_hash = null").await;
        assert_eq!(log_in(app, &ada.email, PASSWORD).await.bytes, wrong.bytes);
    }

    async fn a_weak_hash_becomes_a_stronger_one_at_login_and_never_the_other_way(app: TestApp) {
        let ada = app.register("ada").await;
        let weak = stored_hash(app).await;
        assert!(weak.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{weak}");
        let stricter = app.beside(Setup { hash_params: params(16, 2), ..Setup::on(app.backend) }).await;

        assert_eq!(
            log_in(&stricter, &ada.email, "gravel otter marmalade").await.code(),
            "INVALID_CREDENTIALS"
        );
        assert_eq!(stored_hash(app).await, weak);
        log_in(&stricter, &ada.email, PASSWORD).await.data();
        let strong = stored_hash(app).await;
        assert!(strong.starts_with("$argon2id$v=19$m=16,t=2,p=1$"), "{strong}");

        log_in(&stricter, &ada.email, PASSWORD).await.data();
        log_in(app, &ada.email, PASSWORD).await.data();
        assert_eq!(log_in(app, &ada.email, "gravel otter marmalade").await.code(), "INVALID_CREDENTIALS");
        assert_eq!(stored_hash(app).await, strong);
    }

    async fn a_stored_hash_that_is_none_is_a_fault_of_ours_and_opens_nothing(app: TestApp) {
        let ada = app.register("ada").await;
        for stored in ["", "plain", "$argon2id$v=19$m=8,t=1,p=1$", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ"] {
            beneath::execute(
                app.database.url.expose(),
                &format!("update users set password_hash = '{stored}'"),
            )
            .await;
            for password in ["", PASSWORD, stored] {
                let reply = log_in(app, &ada.email, password).await;
                assert_eq!(reply.code(), "INTERNAL", "{stored:?}");
                assert_eq!(reply.body["errors"][0]["extensions"]["requestId"], reply.request_id);
                assert!(stored.is_empty() || !reply.body.to_string().contains(stored), "{}", reply.body);
            }
        }
    }
}

#[tokio::test]
async fn whoever_comes_when_the_queue_is_full_is_told_when_to_come_back() {
    let setup = Setup { hash_params: params(65_536, 4), hashing: (1, 0), ..Setup::on(Backend::Sqlite) };
    let app = TestApp::start_with(setup).await.expect("SQLite is always there");
    let replies = join_all((0..10).map(|_| log_in(&app, "nobody@example.com", PASSWORD))).await;
    let (refused, done): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.code() == "UNAVAILABLE");
    assert!(!refused.is_empty() && !done.is_empty(), "{refused:?} {done:?}");
    assert!(done.iter().all(|reply| reply.code() == "INVALID_CREDENTIALS"));
    for reply in refused {
        let error = &reply.body["errors"][0];
        assert_eq!(error["message"], "For a while this cannot be answered: try again.");
        assert!((1..=60).contains(&error["extensions"]["retryAfter"].as_u64().expect("seconds")));
    }
    assert_eq!(log_in(&app, "nobody@example.com", PASSWORD).await.code(), "INVALID_CREDENTIALS");
}
