//! Tokens that are taken for access tokens and are none, and what their senders are told.

use serde_json::{Value, json};
use taskward::time::Clock;

use super::*;
use crate::support::forger::{changed, sign_with};

const SECRET: &str = "better-auths-own-secret-of-32-bytes-and-more";

fn hs256(claims: &Value) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    sign_with(&key, jsonwebtoken::Algorithm::HS256, r#"{"alg":"HS256"}"#, &claims.to_string())
}

/// What Better Auth hands out beside its access tokens, in its own shapes.
fn no_access_tokens(issuer: &FakeIssuer) -> [(&'static str, String); 5] {
    let now = Clock.now().seconds();
    let user = json!({ "id": "ada", "email": "ada@example.com", "emailVerified": true, "name": "Ada" });
    let session = json!({ "id": "s1", "token": "4eUDCgzKzY7LmT8nJtQ3rWvB6xYpHs2f", "userId": "ada" });
    let cookie = json!({
        "session": session, "user": user, "updatedAt": now * 1000, "version": "1", "iat": now, "exp": now + 300,
    });
    let by_key = changed(
        issuer.claims("ada"),
        json!({ "aud": "better-auth:session-cache", "sid": "s1", "session": session, "user": user }),
    );
    let header = changed(issuer.header(), json!({ "typ": "better-auth.session-cache+jwt" }));
    let ours = changed(issuer.claims("ada"), json!({ "session": session, "user": user }));
    let link =
        json!({ "email": "ada@example.com", "updateTo": "eve@example.com", "iat": now, "exp": now + 3600 });
    [
        (
            "no JWT",
            "4eUDCgzKzY7LmT8nJtQ3rWvB6xYpHs2f.mFq3c0Yx2HbQ9k7uJt1VwZ8sLrD4nA6eXyGpTi5oKcM=".to_owned(),
        ),
        ("session cookie", hs256(&cookie)),
        ("session cookie", issuer.key.sign(&header, &by_key)),
        ("session cookie", issuer.key.sign(&header, &ours)),
        ("mails to confirm an address", hs256(&link)),
    ]
}

#[tokio::test]
async fn better_auths_other_tokens_are_refused_by_name() {
    let (app, issuer) = app_and_issuer().await;
    for (name, token) in no_access_tokens(&issuer) {
        let message = refusal(&app, &token).await;
        assert!(message.contains(name) && message.contains("/api/auth/token"), "{name}: {message}");
        assert!(!message.contains("example.com") && !message.contains("s1"), "{message}");
    }
    assert_eq!(issuer.asked(), 0, "nobody has to be asked about these");
}

#[tokio::test]
async fn where_no_other_issuer_is_set_every_token_is_refused_in_the_same_words() {
    let issuer = FakeIssuer::start(Key::eddsa()).await;
    let app = app_with(Vec::new()).await;
    for (_, token) in no_access_tokens(&issuer) {
        assert_eq!(refusal(&app, &token).await, "");
    }
    assert_eq!(refusal(&app, &issuer.token("ada")).await, "");
}

#[tokio::test]
async fn an_own_token_is_refused_in_the_same_words_wherever() {
    let (app, _issuer) = app_and_issuer().await;
    let ada = app.register("ada").await;
    let token = ada.token.clone().expect("signed in");
    let expired = app.token_of(&ada, Clock.now() - std::time::Duration::from_hours(2));
    for own in [format!("{token}x"), expired] {
        assert_eq!(refusal(&app, &own).await, "");
    }
    assert_eq!(ask(&app, &token).await.data()["me"]["id"], ada.id);
}

#[tokio::test]
async fn what_a_good_signature_does_not_mend() {
    let (app, issuer) = app_and_issuer().await;
    let now = Clock.now().seconds();
    for (changes, told) in [
        (json!({ "iss": "https://other.example" }), "Its issuer (iss)"),
        (json!({ "iss": "taskward" }), ""),
        (json!({ "aud": "others" }), "another audience (aud)"),
        (json!({ "banned": true }), "has banned its user"),
        (json!({ "email": null }), "no email address"),
        (json!({ "sub": null }), "names no user"),
        (json!({ "exp": now + 2 * 86_400 }), "more than 24 hours"),
        (json!({ "iat": now - 900, "exp": now - 60 }), ""),
        (json!({ "iat": null }), ""),
        (json!({ "exp": null }), ""),
        (json!({ "nbf": now + 60 }), ""),
    ] {
        let message = refusal(&app, &issuer.token_with("ada", changes.clone())).await;
        assert!(message.contains(told) && message.is_empty() == told.is_empty(), "{changes}: {message}");
    }
    user(&app, &issuer.token("ada")).await;
}

#[tokio::test]
async fn an_issuer_speaks_for_its_own_users_alone() {
    let (one, other) = (FakeIssuer::start(Key::eddsa()).await, FakeIssuer::start(Key::eddsa()).await);
    let app = app_with(vec![one.rules(), other.rules()]).await;
    let ada = user(&app, &one.token("ada")).await;
    for claims in [json!({ "iss": one.name }), json!({ "iss": "taskward", "aud": "taskward", "sub": ada.id })]
    {
        let header = changed(other.header(), json!({ "typ": "at+jwt" }));
        let token = other.key.sign(&header, &changed(other.claims("ada"), claims));
        assert_eq!(refusal(&app, &token).await, "", "the key's name is the same, the key is not");
    }
    assert_ne!(user(&app, &other.token("ada")).await.id, ada.id);
}

#[tokio::test]
async fn a_signature_that_is_not_the_issuers_is_refused() {
    let (app, issuer) = app_and_issuer().await;
    user(&app, &issuer.token("ada")).await;
    let claims = issuer.claims("eve").to_string();
    let eve = Key::eddsa();
    let jwk = issuer.key.jwk(&issuer.kid);
    let public = jwk["x"].as_str().expect("text");
    let hmac = |secret: &[u8], header: &str| {
        let key = jsonwebtoken::EncodingKey::from_secret(secret);
        sign_with(&key, jsonwebtoken::Algorithm::HS256, header, &claims)
    };
    let header = |changes| changed(issuer.header(), changes);
    let own_key = json!({ "jwk": eve.jwk("first"), "jku": "https://evil.example/jwks", "x5c": [] });
    let doubled = issuer.header().to_string().replacen('{', "{\"alg\":\"none\",", 1);
    for (why, token) in [
        ("another's key", eve.sign(&issuer.header().to_string(), &claims)),
        ("another's key in the header", eve.sign(&header(own_key), &claims)),
        ("the published key as a secret", hmac(public.as_bytes(), &header(json!({ "alg": "HS256" })))),
        ("the same under the key's name", hmac(public.as_bytes(), &issuer.header().to_string())),
        (
            "none",
            format!(
                "{}.",
                issuer
                    .key
                    .sign(&header(json!({ "alg": "none" })), &claims)
                    .rsplit_once('.')
                    .expect("parts")
                    .0
            ),
        ),
        ("no kid", issuer.key.sign(&header(json!({ "kid": null })), &claims)),
        ("another kid", issuer.key.sign(&header(json!({ "kid": "second" })), &claims)),
        ("crit", issuer.key.sign(&header(json!({ "crit": ["exp"] })), &claims)),
        ("another profile", issuer.key.sign(&header(json!({ "typ": "logout+jwt" })), &claims)),
        ("a member twice", issuer.key.sign(&doubled, &claims)),
        (
            "a claim twice",
            issuer.key.sign(&issuer.header().to_string(), &claims.replacen('{', "{\"sub\":\"ada\",", 1)),
        ),
    ] {
        let reply = ask(&app, &token).await;
        assert_eq!(reply.status, 401, "{why}: {}", reply.body);
    }
}
