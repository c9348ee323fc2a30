//! Access tokens from outside: what counts, and that everything else is refused in the same words.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderValue, Request};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::Full;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use serde_json::{Value, json};
use taskward::auth::SigningKey;
use taskward::id::UserId;
use taskward::time::Clock;

use crate::on_both_databases;
use crate::support::client::{HttpReply, get, post};
use crate::support::forger::{Forger, changed, sign_with};
use crate::support::{Actor, Backend, TestApp, beneath};

const ME: &str = r#"{"query":"{ me { id } }"}"#;

fn with_authorization(values: &[&str]) -> Request<Full<Bytes>> {
    let mut request = post(ME);
    for value in values {
        request.headers_mut().append("authorization", HeaderValue::from_str(value).expect("a valid header"));
    }
    request
}

/// The one refusal of every token that does not count.
fn assert_refused(reply: &HttpReply, why: &str) {
    assert_eq!(reply.status, 401, "{why}: {}", String::from_utf8_lossy(&reply.bytes));
    assert_eq!(reply.header("www-authenticate"), "Bearer error=\"invalid_token\"", "{why}");
    assert_eq!(reply.header("content-type"), "application/json; charset=utf-8", "{why}");
    assert_eq!(reply.header("cache-control"), "no-store", "{why}");
    let body = json!({ "errors": [{
        "message": "The access token is not valid.",
        "extensions": { "code": "UNAUTHENTICATED" },
    }] });
    assert_eq!(reply.json(), body, "{why}");
}

async fn expect_refusals(app: &TestApp, ada: &Actor<'_>, tokens: Vec<(&str, String)>) {
    let mut bytes: Option<Bytes> = None;
    for (why, token) in tokens {
        let reply = app.send(with_authorization(&[&format!("Bearer {token}")])).await;
        assert_refused(&reply, why);
        assert_eq!(*bytes.get_or_insert(reply.bytes.clone()), reply.bytes, "{why}");
    }
    assert_eq!(ada.data("{ me { id } }", json!({})).await["me"]["id"], ada.id);
}

async fn app() -> TestApp {
    TestApp::start(Backend::Sqlite).await.expect("SQLite is always there")
}

#[tokio::test]
async fn what_the_key_did_not_sign_is_refused() {
    let app = app().await;
    let ada = app.register("ada").await;
    let token = ada.token.clone().expect("signed in");
    let forger = Forger::new(&app, &token);
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let jwk = app.send(get("/.well-known/jwks.json")).await.json()["keys"][0].clone();
    let x = jwk["x"].as_str().expect("text");
    let raw = URL_SAFE_NO_PAD.decode(x).expect("base64url");
    let folder = tempfile::tempdir().expect("a folder");
    SigningKey::ed25519_from_file(&folder.path().join("key.pem")).expect("a key");
    let pem = std::fs::read(folder.path().join("key.pem")).expect("readable");
    let other = EncodingKey::from_ed_pem(&pem).expect("a key");
    let unsigned = |alg: &str, signature: &str| {
        let header = changed(forger.header.clone(), json!({ "alg": alg }));
        let [header, claims] = [header, forger.claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}.{claims}.{signature}")
    };
    let hs256 = json!({ "alg": "HS256" });
    let someone = changed(forger.claims.clone(), json!({ "sub": UserId::fresh().to_string() }));
    let someone = format!(
        "{}.{}.{signature}",
        token.split('.').next().expect("a header"),
        URL_SAFE_NO_PAD.encode(someone)
    );
    let tokens = vec![
        ("none", unsigned("none", "")),
        ("NONE", unsigned("NONE", "")),
        ("nOnE", unsigned("nOnE", "")),
        ("none, with a signature", unsigned("none", signature)),
        ("no signature", format!("{signed}.")),
        ("two parts", signed.to_owned()),
        ("four parts", format!("{token}.{signature}")),
        ("HMAC of the published text", forger.with_hmac(x.as_bytes(), hs256.clone())),
        ("HMAC of the public key", forger.with_hmac(&raw, hs256.clone())),
        ("HMAC of the published object", forger.with_hmac(jwk.to_string().as_bytes(), hs256.clone())),
        ("HMAC under the name of EdDSA", forger.with_hmac(&raw, json!({}))),
        ("HMAC of nothing", forger.with_hmac(b"", hs256)),
        (
            "another key",
            sign_with(&other, Algorithm::EdDSA, &forger.header.to_string(), &forger.claims.to_string()),
        ),
        ("another's claims under this signature", someone),
        ("the signature padded", format!("{token}=")),
        ("the signature cut", token[..token.len() - 1].to_owned()),
        ("a blank within", token.replacen('.', ". ", 1)),
    ];
    expect_refusals(&app, &ada, tokens).await;
}

#[tokio::test]
async fn what_the_key_signed_under_another_header_is_refused() {
    let app = app().await;
    let ada = app.register("ada").await;
    let forger = Forger::new(&app, ada.token.as_ref().expect("signed in"));
    let kid = forger.header["kid"].as_str().expect("text").to_owned();
    let doubled = changed(forger.header.clone(), json!({})).replacen('{', "{\"alg\":\"none\",", 1);
    let mut tokens = vec![("a member twice", forger.sign(&doubled, &forger.claims.to_string()))];
    for header in [
        json!({ "alg": null }),
        json!({ "alg": "none" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "ES256" }),
        json!({ "alg": "eddsa" }),
        json!({ "alg": ["EdDSA"] }),
        json!({ "typ": null }),
        json!({ "typ": "JWT" }),
        json!({ "typ": "id+jwt" }),
        json!({ "kid": null }),
        json!({ "kid": "" }),
        json!({ "kid": [kid] }),
        json!({ "kid": format!("{kid}\0") }),
        json!({ "kid": "../../key.pem" }),
        json!({ "kid": "' or '1'='1" }),
        json!({ "kid": "https://evil.example/jwks.json" }),
        json!({ "crit": ["exp"] }),
        json!({ "crit": [] }),
        json!({ "b64": false }),
        json!({ "zip": "DEF" }),
    ] {
        tokens.push(("header", forger.with_header(header)));
    }
    expect_refusals(&app, &ada, tokens).await;
    // What only points at keys is not looked at, so that it neither helps nor harms.
    let pointing =
        forger.with_header(json!({ "jku": "https://evil.example/jwks.json", "jwk": { "kty": "OKP" } }));
    app.with_token(&pointing).data("{ me { id } }", json!({})).await;
}

#[tokio::test]
async fn what_the_key_signed_for_others_or_other_times_is_refused() {
    let app = app().await;
    let ada = app.register("ada").await;
    let forger = Forger::new(&app, ada.token.as_ref().expect("signed in"));
    let now = Clock.now().seconds();
    let doubled = changed(forger.claims.clone(), json!({})).replacen('{', "{\"exp\":99999999999,", 1);
    let mut tokens = vec![
        ("expired", app.token_of(&ada, Clock.now() - Duration::from_hours(2))),
        ("of tomorrow", app.token_of(&ada, Clock.now() + Duration::from_hours(24))),
        ("a member twice", forger.sign(&forger.header.to_string(), &doubled)),
        ("oversized", forger.with_claims(json!({ "more": "x".repeat(9000) }))),
        ("no object", forger.sign(&forger.header.to_string(), "[]")),
        ("no JSON", forger.sign(&forger.header.to_string(), "me")),
    ];
    for claims in [
        json!({ "iss": null }),
        json!({ "iss": "Taskward" }),
        json!({ "iss": ["taskward"] }),
        json!({ "aud": null }),
        json!({ "aud": "other" }),
        json!({ "aud": ["other"] }),
        json!({ "aud": [] }),
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "sub": "ada@example.com" }),
        json!({ "sub": forger.claims["sub"].as_str().expect("text").replace("user_", "task_") }),
        json!({ "user_id": null }),
        json!({ "user_id": UserId::fresh().to_string() }),
        json!({ "exp": null }),
        json!({ "exp": now - 10 }),
        json!({ "exp": "99999999999" }),
        json!({ "exp": 1e300 }),
        json!({ "iat": null }),
        json!({ "iat": now + 60 }),
        json!({ "nbf": now + 60 }),
        json!({ "nbf": "0" }),
    ] {
        tokens.push(("claims", forger.with_claims(claims)));
    }
    expect_refusals(&app, &ada, tokens).await;
    let several = forger.with_claims(json!({ "aud": ["other", "taskward"], "nbf": now - 60 }));
    app.with_token(&several).data("{ me { id } }", json!({})).await;
}

#[tokio::test]
async fn a_token_counts_in_one_authorization_header_and_nowhere_else() {
    let app = app().await;
    let ada = app.register("ada").await;
    let token = ada.token.clone().expect("signed in");
    let (bearer, basic) = (format!("Bearer {token}"), format!("Basic {token}"));
    for values in [
        &[bearer.as_str(), &bearer][..],
        &[&bearer, "Bearer nonsense"],
        &["", &bearer],
        &[&basic],
        &[&token],
        &["Bearer"],
        &["Bearer "],
        &[&format!("{bearer}, {bearer}")],
        &[&format!("Bearer \"{token}\"")],
    ] {
        assert_refused(&app.send(with_authorization(values)).await, &format!("{} headers", values.len()));
    }
    // In other places a token makes nobody of anybody, and nothing worse either.
    let mut in_query = post(ME);
    *in_query.uri_mut() = format!("/graphql?access_token={token}&token={token}").parse().expect("an address");
    let mut in_cookie = post(ME);
    in_cookie.headers_mut().insert("cookie", format!("access_token={token}").parse().expect("a header"));
    let mut in_header = post(ME);
    in_header.headers_mut().insert("x-access-token", token.parse().expect("a header"));
    let body =
        json!({ "query": "{ me { id } }", "access_token": token, "extensions": { "authorization": bearer } });
    for request in [in_query, in_cookie, in_header, post(body.to_string())] {
        let reply = app.send(request).await.json();
        assert_eq!(reply["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{reply}");
        assert_eq!(reply["data"], Value::Null, "{reply}");
    }
    ada.data("{ me { id } }", json!({})).await;
}

#[tokio::test]
async fn the_published_keys_are_public_and_check_real_tokens() {
    let app = app().await;
    let ada = app.register("ada").await;
    let reply = app.send(get("/.well-known/jwks.json")).await;
    let keys = reply.json();
    let members: Vec<_> = keys["keys"][0].as_object().expect("a key").keys().map(String::as_str).collect();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(1));

    let set: JwkSet = serde_json::from_value(keys).expect("a key set");
    let token = ada.token.as_deref().expect("signed in");
    let kid = jsonwebtoken::decode_header(token).expect("a header").kid.expect("a kid");
    let key = DecodingKey::from_jwk(set.find(&kid).expect("the key of the token")).expect("a key");
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_audience(&["taskward"]);
    rules.set_issuer(&["taskward"]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let claims = jsonwebtoken::decode::<Value>(token, &key, &rules).expect("a good token").claims;
    assert_eq!(
        json!([claims["sub"], claims["user_id"], claims["email"]]),
        json!([ada.id, ada.id, ada.email])
    );
}

on_both_databases! {
    async fn a_token_whose_user_is_gone_speaks_for_nobody(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let tag = ada.create_tag("home").await;
        let user: UserId = ada.id.parse().expect("an id");
        let uuid = match app.backend {
            Backend::Sqlite => format!("x'{}'", user.uuid().simple()),
            Backend::Postgres => format!("'{}'", user.uuid()),
        };
        beneath::execute(app.database.url.expose(), &format!("delete from users where id = {uuid}")).await;
        for query in [
            "{ me { id } }",
            "query ($tag: ID!) { me { tasks(filter: { tagIds: [$tag] }) { totalCount } } }",
            "mutation { createTask(input: { title: \"tea\" }) { task { id } } }",
            "mutation { createTag(input: { name: \"home\" }) { tag { id } } }",
            "mutation { updateProfile(input: { name: \"Ada\" }) { user { id } } }",
            "mutation ($tag: ID!) { deleteTag(input: { id: $tag }) { deletedTagId } }",
        ] {
            let variables = if query.contains("$tag") { json!({ "tag": tag }) } else { json!({}) };
            assert_eq!(ada.ask(query, variables).await.code(), "UNAUTHENTICATED", "{query}");
        }
        // Lists say nothing of people, and of what the user had there is nothing left.
        let rest = ada
            .data("{ tasks { totalCount nodes { id } } tags { totalCount nodes { id } } }", json!({}))
            .await;
        let nothing = json!({ "totalCount": 0, "nodes": [] });
        assert_eq!(rest, json!({ "tasks": nothing, "tags": nothing }));
        bob.data("{ me { id } }", json!({})).await;
    }
}
