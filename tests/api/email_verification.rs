//! `requestEmailVerification` and `verifyEmail`.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use taskward::email::EmailAddress;
use taskward::store::MailKind;
use taskward::time::{Clock, Timestamp};

use crate::on_both_databases;
use crate::support::mails::APP;
use crate::support::{Actor, TestApp, beneath};

async fn is_verified(actor: &Actor<'_>) -> bool {
    actor.data("{ me { emailVerified } }", json!({})).await["me"]["emailVerified"] == json!(true)
}

async fn token_for(app: &TestApp, actor: &Actor<'_>) -> String {
    actor.request_verification().await;
    app.last_mail().await.token()
}

/// Queues the mail as if it had been asked for at that moment, and sends it.
async fn token_of_then(app: &TestApp, actor: &Actor<'_>, then: Timestamp) -> String {
    let email = EmailAddress::parse(&actor.email).expect("fine");
    let user = app.services.store.credentials().by_email(&email).await.expect("read").expect("there").user;
    app.services.store.outbox().queue(&user, MailKind::EmailVerification, then).await.expect("queued");
    app.mails_at(then).await.pop().expect("a mail").token()
}

on_both_databases! {
    async fn a_link_sent_by_mail_verifies_the_address_and_signs_nobody_in(app: TestApp) {
        let ada = app.register("ada").await;
        assert_eq!(ada.request_verification().await, json!({ "requestEmailVerification": { "ok": true } }));
        let [mail] = &app.mails().await[..] else { panic!("one mail") };
        assert_eq!(mail.header("To"), "ada@example.com");
        assert_eq!(mail.header("Subject"), "Confirm your email address");
        let token = mail.token();
        assert!(mail.whole.contains(&format!("{APP}/verify-email#token={token}\r\n")), "{}", mail.whole);
        assert!(!is_verified(&ada).await);

        let rev = ada.rev().await;
        let reply = app.verify(&token).await;
        let user = json!({ "id": ada.id, "email": ada.email, "emailVerified": true, "name": null });
        assert_eq!(reply.body, json!({ "data": { "verifyEmail": { "user": user } } }));
        assert!(is_verified(&ada).await);
        assert_eq!(app.verify(&token).await.field(), "token");
        assert_eq!(ada.rev().await, rev, "a profile is not among what changes tell of");
    }

    async fn a_verified_address_is_answered_alike_and_sent_nothing(app: TestApp) {
        let ada = app.register("ada").await;
        let token = token_for(app, &ada).await;
        app.verify(&token).await.data();
        assert_eq!(ada.request_verification().await, json!({ "requestEmailVerification": { "ok": true } }));
        assert_eq!(app.mails().await.len(), 1);
    }

    async fn a_token_that_does_not_count_is_refused_alike_for_every_reason(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let never = app.verify(&"x".repeat(43)).await;
        assert_eq!(never.field(), "token");
        let replaced = token_for(app, &ada).await;
        let newest = token_for(app, &ada).await;
        app.request_reset(&ada.email).await.data();
        let of_another_kind = app.last_mail().await.token();
        let late = token_of_then(app, &bob, Clock.now() - Duration::from_hours(25)).await;
        for token in [replaced.as_str(), &of_another_kind, &late, &newest[..42], ""] {
            let reply = app.verify(token).await;
            assert_eq!((reply.status, &reply.bytes), (never.status, &never.bytes), "{token:?}");
        }
        assert!(!is_verified(&ada).await && !is_verified(&bob).await);
        let in_time = token_of_then(app, &bob, Clock.now() - Duration::from_hours(23)).await;
        app.verify(&in_time).await.data();
        app.verify(&newest).await.data();
    }

    async fn of_many_that_come_with_one_token_at_once_one_is_answered(app: TestApp) {
        let ada = app.register("ada").await;
        let token = token_for(app, &ada).await;
        let replies = join_all((0..10).map(|_| app.verify(&token))).await;
        let (done, refused): (Vec<_>, Vec<_>) =
            replies.iter().partition(|reply| reply.body.get("errors").is_none());
        assert_eq!(done.len(), 1);
        assert!(refused.iter().all(|reply| reply.field() == "token"));
    }

    /// The two take their locks in one order.
    async fn a_link_that_is_opened_while_the_account_is_erased_is_answered_either_way(app: TestApp) {
        for round in 0..20 {
            let ada = app.register(&format!("ada{round}")).await;
            let token = token_for(app, &ada).await;
            let (operator, user) = (app.services.store.operator(), ada.id.parse().expect("an id"));
            let (reply, erased) = tokio::join!(app.verify(&token), operator.delete(user, Clock.now()));
            assert!(erased.expect("erased"), "she was there");
            if reply.body.get("errors").is_some() {
                assert_eq!(reply.field(), "token", "{}", reply.body);
            }
        }
    }

    async fn a_token_is_the_owners_whoever_shows_it(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let token = token_for(app, &ada).await;
        let reply = bob.verify(&token).await;
        assert_eq!(reply.data()["verifyEmail"]["user"]["id"], ada.id);
        assert!(is_verified(&ada).await && !is_verified(&bob).await);
        // What is hers stays hers: the token shows an address, and signs nobody in.
        let token = token_for(app, &bob).await;
        let query = "mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) {
            user { id tasks { totalCount } } } }";
        let reply = app.anonymous().ask(query, json!({ "input": { "token": token } })).await;
        assert_eq!(reply.code(), "UNAUTHENTICATED");
    }

    async fn a_token_counts_only_for_the_address_that_it_was_sent_to(app: TestApp) {
        let ada = app.register("ada").await;
        let token = token_for(app, &ada).await;
        ada.request_verification().await;
        let change = "update users set email = 'eve@example.com', email_key = 'eve@example.com'";
        beneath::execute(app.database.url.expose(), change).await;
        assert_eq!(app.verify(&token).await.field(), "token");
        // Nor is a mail sent that was queued for the address before.
        assert_eq!(app.mails().await.len(), 1);
        assert!(!is_verified(&ada).await);
    }

    async fn a_name_is_told_to_verified_addresses_only_and_is_never_a_tag(app: TestApp) {
        let ada = app.register("ada").await;
        let name = "<b>Ada</b>";
        let rename = "mutation ($name: String) { updateProfile(input: { name: $name }) { user { name } } }";
        ada.data(rename, json!({ "name": name })).await;
        let token = token_for(app, &ada).await;
        // Whoever registers somebody else's address chooses the name, and so could write to them.
        assert!(!app.last_mail().await.whole.contains("Ada</b>"));
        app.verify(&token).await.data();
        app.request_reset(&ada.email).await.data();
        let mail = app.last_mail().await;
        assert!(mail.whole.contains("Hello <b>Ada</b>,\r\n"), "{}", mail.whole);
        assert!(mail.whole.contains("<p>Hello &lt;b&gt;Ada&lt;/b&gt;,</p>"), "{}", mail.whole);
        assert_eq!(mail.header("To"), "=?utf-8?b?PGI+QWRhPC9iPg==?= <ada@example.com>");
    }

    async fn what_was_verified_shows_in_the_same_request(app: TestApp) {
        let ada = app.register("ada").await;
        let token = token_for(app, &ada).await;
        let query = "mutation ($token: String!) {
            before: updateProfile(input: {}) { user { emailVerified } }
            verifyEmail(input: { token: $token }) { user { id } }
            after: updateProfile(input: {}) { user { emailVerified } } }";
        let data = ada.data(query, json!({ "token": token })).await;
        let seen = |field: &str| data[field]["user"]["emailVerified"].clone();
        assert_eq!([seen("before"), seen("after")], [Value::Bool(false), Value::Bool(true)]);
    }
}
