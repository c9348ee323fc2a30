//! Tokens of other issuers that count.

use serde_json::json;
use taskward::auth::{KeySource, OtherRules};
use taskward::secret::Secret;
use taskward::time::Clock;

use super::*;
use crate::support::actor::PASSWORD;
use crate::support::forger::{changed, sign_with};
use crate::support::issuer::paths;

#[tokio::test]
async fn every_kind_of_key_signs_users_in() {
    for key in [Key::eddsa(), Key::es256(), Key::rs256(), Key::ps256()] {
        let alg = key.alg();
        let issuer = FakeIssuer::start(key).await;
        let app = app_with(vec![issuer.rules()]).await;
        let ada = user(&app, &issuer.token("ada")).await;
        let task = ada.create_task(json!({ "title": alg })).await;
        assert_eq!(task["title"], alg);
        let list = ada.data("{ tasks { nodes { title } } }", json!({})).await;
        assert_eq!(list["tasks"]["nodes"], json!([{ "title": alg }]));
        let again = user(&app, &issuer.token("ada")).await;
        assert_eq!(again.id, ada.id, "{alg}");
    }
}

#[tokio::test]
async fn a_secret_that_is_shared_signs_users_in_and_so_does_the_one_before_it() {
    let secrets = ["the-newer-secret-of-32-bytes-and-more", "the-older-secret-of-32-bytes-and-more"];
    let rules = OtherRules {
        issuer: "https://app.example".to_owned(),
        audience: "https://app.example".to_owned(),
        algorithms: vec![taskward::auth::Algorithm::Hs256],
        claims: paths(),
        keys: KeySource::Secrets(secrets.map(|secret| Secret::from(secret.to_owned())).to_vec()),
    };
    let app = app_with(vec![rules]).await;
    let issuer = FakeIssuer::start(Key::eddsa()).await;
    let claims = json!({ "iss": "https://app.example", "aud": ["https://app.example", "more"] });
    let claims = changed(issuer.claims("ada"), claims);
    let mut ids = Vec::new();
    for secret in secrets {
        let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        let header = r#"{"alg":"HS256","typ":"JWT"}"#;
        let token = sign_with(&key, jsonwebtoken::Algorithm::HS256, header, &claims);
        ids.push(user(&app, &token).await.id);
    }
    assert_eq!(ids[0], ids[1]);
    assert!(refusal(&app, &issuer.token("ada")).await.starts_with("Its issuer (iss)"));
}

#[tokio::test]
async fn an_id_is_any_text_and_an_audience_may_be_one_of_several() {
    let (app, issuer) = app_and_issuer().await;
    let mut ids = Vec::new();
    for sub in [
        "7",
        "Zt3vJ9 x/é'--",
        "auth0|5f7c",
        "0188bac7-4afa-78aa-bc3b-bd1eef28d881",
        "user_01h2xcejqtf2nbrexx3vqjhp41",
    ] {
        let email = json!({ "email": "same@example.com", "aud": ["others", "tasks"] });
        ids.push(user(&app, &issuer.token_with(sub, email)).await.id);
    }
    let known = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), known, "each is somebody else, whatever the address");
    assert!(!ids.contains(&"user_01h2xcejqtf2nbrexx3vqjhp41".to_owned()), "an id out there is none in here");
}

crate::on_both_databases! {
    async fn the_same_address_at_two_issuers_and_here_is_three_users(app: TestApp) {
        let (one, other) = (FakeIssuer::start(Key::eddsa()).await, FakeIssuer::start(Key::es256()).await);
        let issuers = vec![one.rules(), other.rules()];
        let app = app.beside(Setup { issuers, ..Setup::on(app.backend) }).await;
        let first = user(&app, &one.token("ada")).await;
        let registered = app.register("ada").await;
        let second = user(&app, &other.token("ada")).await;
        let people = [&first, &registered, &second];
        for person in people {
            assert_eq!(person.email, "ada@example.com");
            person.create_task(json!({ "title": person.id })).await;
        }
        for person in people {
            let data = person.data("{ me { id } tasks { nodes { title } } }", json!({})).await;
            let mine = json!({ "me": { "id": person.id }, "tasks": { "nodes": [{ "title": person.id }] } });
            assert_eq!(data, mine);
        }
    }

    async fn neither_login_nor_registration_reaches_another_issuers_user(app: TestApp) {
        let issuer = FakeIssuer::start(Key::eddsa()).await;
        let app = app.beside(Setup { issuers: vec![issuer.rules()], ..Setup::on(app.backend) }).await;
        let ada = user(&app, &issuer.token("ada")).await;
        let login = "mutation ($input: LoginInput!) { login(input: $input) { user { id } } }";
        for email in ["ada@example.com", ada.id.as_str(), ""] {
            let input = json!({ "input": { "email": email, "password": PASSWORD } });
            assert_eq!(app.anonymous().ask(login, input).await.code(), "INVALID_CREDENTIALS", "{email}");
        }
        let registered = app.register("ada").await;
        assert_ne!(registered.id, ada.id);
        let input = json!({ "input": { "email": "ada@example.com", "password": PASSWORD } });
        let data = app.anonymous().data(login, input).await;
        assert_eq!(data["login"]["user"]["id"], registered.id);
        assert_eq!(user(&app, &issuer.token("ada")).await.id, ada.id);
    }
}

#[tokio::test]
async fn a_link_proves_nothing_of_an_address_that_its_user_took_later() {
    let (app, issuer) = app_and_issuer().await;
    let now = Clock.now().seconds();
    let with = |email: &str, iat: i64| {
        issuer.token_with("eve", json!({ "email": email, "iat": iat, "exp": iat + 900 }))
    };
    let eve = user(&app, &with("eve@example.com", now - 2)).await;
    eve.request_verification().await;
    let link = app.last_mail().await.token();
    let moved = user(&app, &with("ceo@example.org", now - 1)).await;
    assert_eq!(app.verify(&link).await.field(), "token");
    let me = moved.data(ME, json!({})).await["me"].clone();
    assert_eq!((&me["email"], &me["emailVerified"]), (&json!("ceo@example.org"), &json!(false)));
}
