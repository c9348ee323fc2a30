//! The first time that a user of another issuer's comes, and what is heard of them later.

use futures_util::future::join_all;
use serde_json::json;

use super::*;
use crate::support::beneath;

async fn count(app: &TestApp, table: &str) -> i64 {
    let sql = format!("select cast(count(*) as text) from {table}");
    beneath::texts(app.database.url.expose(), &sql).await[0].parse().expect("a number")
}

crate::on_both_databases! {
    async fn of_many_first_requests_at_once_one_makes_the_user(app: TestApp) {
        let issuer = FakeIssuer::start(Key::eddsa()).await;
        let setup = || Setup { issuers: vec![issuer.rules()], ..Setup::on(app.backend) };
        let (one, other) = (app.beside(setup()).await, app.beside(setup()).await);
        let tokens: Vec<_> = (0..40).map(|number| issuer.token(["ada", "bob"][number % 2])).collect();
        let requests = tokens.iter().enumerate().map(|(number, token)| {
            let server = if number % 4 < 2 { &one } else { &other };
            async move { user(server, token).await.id }
        });
        let ids = join_all(requests).await;
        assert!(ids.iter().enumerate().all(|(number, id)| *id == ids[number % 2]), "{ids:?}");
        assert_ne!(ids[0], ids[1]);
        for table in ["users", "identities", "owner_clock"] {
            assert_eq!(count(app, table).await, 2, "{table}");
        }
    }

    async fn after_the_first_request_nothing_is_asked_of_the_database_but_what_was_asked_for(app: TestApp) {
        let issuer = FakeIssuer::start(Key::eddsa()).await;
        let app = app.beside(Setup { issuers: vec![issuer.rules()], ..Setup::on(app.backend) }).await;
        let first = ask(&app, &issuer.token("ada")).await.statements();
        assert_eq!(first.len(), 7, "find, three rows, whether erased, find, and the query itself: {first:#?}");
        for token in [issuer.token("ada"), issuer.token("ada")] {
            let statements = ask(&app, &token).await.statements();
            assert_eq!(statements.len(), 1, "{statements:#?}");
        }
        let unknown = app.with_token(&issuer.token("ada")).ask("{ __typename }", json!({})).await;
        assert_eq!(unknown.statements().len(), 0);
        let bad = ask(&app, &issuer.token_with("eve", json!({ "aud": "others" }))).await;
        assert_eq!((bad.status.as_u16(), bad.statements().len()), (401, 0), "refused without a look");
    }

    async fn whether_the_address_is_theirs_is_for_their_issuer_to_say(app: TestApp) {
        let issuer = FakeIssuer::start(Key::eddsa()).await;
        let app = app.beside(Setup { issuers: vec![issuer.rules()], ..Setup::on(app.backend) }).await;
        let query = "mutation { requestEmailVerification { ok } }";
        let reply = app.with_token(&issuer.token("ada")).ask(query, json!({})).await;
        assert_eq!(reply.code(), "FORBIDDEN", "{}", reply.body);
        assert_eq!(count(&app, "mails").await, 0);
    }

    async fn email_and_name_follow_the_token_and_never_an_older_one(app: TestApp) {
        let issuer = FakeIssuer::start(Key::eddsa()).await;
        let setup = || Setup { issuers: vec![issuer.rules()], ..Setup::on(app.backend) };
        let (one, other) = (app.beside(setup()).await, app.beside(setup()).await);
        let now = taskward::time::Clock.now().seconds();
        let older = issuer.token_with("ada", json!({ "iat": now - 60 }));
        let newer = json!({ "email": "countess@example.com", "name": "Ada, Countess", "emailVerified": true });
        let newer = issuer.token_with("ada", newer);
        let before = ask(&one, &older).await.data()["me"].clone();
        assert_eq!((&before["email"], &before["name"]), (&json!("ada@example.com"), &json!("ada")));
        ask(&other, &older).await.data();
        let rev = user(&one, &older).await.rev().await;

        let after = ask(&one, &newer).await.data()["me"].clone();
        assert_eq!(after["id"], before["id"]);
        assert_eq!((&after["email"], &after["name"]), (&json!("countess@example.com"), &json!("Ada, Countess")));
        assert_eq!(after["emailVerified"], true);
        for (server, token) in [(&one, &older), (&one, &newer), (&other, &older), (&other, &newer), (&one, &older)] {
            assert_eq!(ask(server, token).await.data()["me"], after);
        }
        assert_eq!(user(&one, &newer).await.rev().await, rev, "a profile is not among what changes tell of");

        let nameless = issuer.token_with("ada", json!({ "iat": now + 1, "name": null }));
        assert_eq!(ask(&other, &nameless).await.data()["me"]["name"], json!(null));
    }

    async fn a_user_of_another_issuers_is_called_as_their_token_says(app: TestApp) {
        let issuer = FakeIssuer::start(Key::eddsa()).await;
        let app = app.beside(Setup { issuers: vec![issuer.rules()], ..Setup::on(app.backend) }).await;
        let ada = user(&app, &issuer.token("ada")).await;
        let rename = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { name } } }";
        for name in [json!("Eve"), json!(null), json!("")] {
            let reply = ada.ask(rename, json!({ "input": { "name": name } })).await;
            assert_eq!(reply.field(), "name");
        }
        let kept = ada.data(rename, json!({ "input": {} })).await;
        assert_eq!(kept["updateProfile"]["user"]["name"], "ada");
    }

    async fn what_they_own_is_as_far_from_strangers_as_anybodys(app: TestApp) {
        let issuer = FakeIssuer::start(Key::eddsa()).await;
        let app = app.beside(Setup { issuers: vec![issuer.rules()], ..Setup::on(app.backend) }).await;
        let (ada, bob) = (user(&app, &issuer.token("ada")).await, app.register("bob").await);
        let task = ada.create_task(json!({ "title": "hers" })).await;
        let id = json!({ "id": task["id"] });
        let find = "query ($id: ID!) { task(id: $id) { title } }";
        assert_eq!(bob.ask(find, id.clone()).await.code(), "NOT_FOUND");
        let other = user(&app, &issuer.token("eve")).await;
        assert_eq!(other.ask(find, id.clone()).await.code(), "NOT_FOUND");
        assert_eq!(ada.data(find, id).await["task"]["title"], "hers");
    }
}
