//! Another password, and what that ends.

use serde_json::{Value, json};

use super::{Pair, assert_ended, begin, counts, listed, log_in, refresh, try_refresh};
use crate::on_both_databases;
use crate::support::actor::PASSWORD;
use crate::support::app::Setup;
use crate::support::{Actor, Reply, beneath};

const NEW: &str = "gravel otter marmalade 12";

async fn change(person: &Actor<'_>, current: &str, new: &str) -> Reply {
    let query = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) {
        accessToken tokenType expiresIn refreshToken user { id email } } }";
    person.ask(query, json!({ "input": { "currentPassword": current, "newPassword": new } })).await
}

on_both_databases! {
    async fn another_password_ends_every_session_but_the_new_one(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let (first, his) = (begin(&ada).await, begin(&bob).await);
        let reply = change(&ada, PASSWORD, NEW).await;
        let payload = &reply.data()["changePassword"];
        assert_eq!(
            json!([payload["tokenType"], payload["expiresIn"], payload["user"]]),
            json!(["Bearer", 3600, { "id": ada.id, "email": ada.email }])
        );
        let new = Pair::of(payload);
        assert!(counts(app, &new.access).await);
        assert_eq!(listed(app, &new.access).await.len(), 1);
        assert!(counts(app, &refresh(app, &new.refresh).await.access).await);

        assert!(!counts(app, ada.token.as_deref().expect("signed in")).await);
        assert!(!counts(app, &first.access).await);
        assert_ended(&try_refresh(app, &first.refresh).await);
        assert_eq!(log_in(app, &ada.email, PASSWORD).await.code(), "INVALID_CREDENTIALS");
        log_in(app, &ada.email, NEW).await.data();

        assert!(counts(app, &his.access).await);
        refresh(app, &his.refresh).await;
        log_in(app, &bob.email, PASSWORD).await.data();
    }

    async fn a_wrong_current_or_a_weak_new_password_changes_nothing(app: TestApp) {
        let ada = app.register("ada").await;
        let pair = begin(&ada).await;
        for wrong in ["", NEW, &PASSWORD.to_uppercase()] {
            let reply = change(&ada, wrong, NEW).await;
            assert_eq!((reply.code(), &reply.body["data"]), ("INVALID_CREDENTIALS", &Value::Null));
        }
        for weak in ["", "short", "password1234", "aaaaaaaaaaaaaaaaaaaa", "ada@example.com"] {
            assert_eq!(change(&ada, PASSWORD, weak).await.field(), "newPassword", "{weak}");
        }
        assert!(counts(app, ada.token.as_deref().expect("signed in")).await);
        assert!(counts(app, &pair.access).await);
        refresh(app, &pair.refresh).await;
        log_in(app, &ada.email, PASSWORD).await.data();
        assert_eq!(log_in(app, &ada.email, NEW).await.code(), "INVALID_CREDENTIALS");
    }

    async fn whom_another_issuer_signs_in_has_none_to_change(app: TestApp) {
        let ada = app.register("ada").await;
        beneath::execute(app.database.url.expose(), "update users set password_hash = null").await;
        assert_eq!(change(&ada, PASSWORD, NEW).await.code(), "FORBIDDEN");
        assert!(counts(app, ada.token.as_deref().expect("signed in")).await);
    }

    async fn who_is_disabled_neither_signs_in_nor_goes_on_nor_takes_another_password(app: TestApp) {
        let ada = app.register("ada").await;
        let pair = begin(&ada).await;
        beneath::execute(app.database.url.expose(), "update users set disabled_at = created_at").await;
        assert_ended(&try_refresh(app, &pair.refresh).await);
        assert_eq!(log_in(app, &ada.email, PASSWORD).await.code(), "FORBIDDEN");
        assert_eq!(log_in(app, &ada.email, NEW).await.code(), "INVALID_CREDENTIALS");
        assert_eq!(change(&ada, PASSWORD, NEW).await.code(), "UNAUTHENTICATED");
        assert_eq!(log_in(app, &ada.email, PASSWORD).await.code(), "FORBIDDEN");
    }

    async fn without_refresh_tokens_it_ends_what_was_issued_before_too(app: TestApp) {
        let stateless = app.beside(Setup { refresh: None, ..Setup::on(app.backend) }).await;
        let ada = stateless.register("ada").await;
        let reply = change(&ada, PASSWORD, NEW).await;
        let payload = &reply.data()["changePassword"];
        assert_eq!(payload["refreshToken"], Value::Null);
        assert!(counts(&stateless, payload["accessToken"].as_str().expect("text")).await);
        assert!(!counts(&stateless, ada.token.as_deref().expect("signed in")).await);
    }
}
