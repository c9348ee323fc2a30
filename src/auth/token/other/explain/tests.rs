use serde_json::{Value, json};

use super::*;
use crate::auth::token::forge::{Forge, NOW, changed};
use crate::auth::token::other::tests::{SECRET, claims, rules, sign};
use crate::auth::token::other::{OtherIssuer, OtherIssuers};

fn verifiers() -> (Verifiers, Forge) {
    let [forge, _] = Forge::both();
    let others = OtherIssuers::new(vec![OtherIssuer::new(rules()).expect("usable")]);
    (Verifiers::new(forge.issuer.verifier(), others), forge)
}

/// The names of the checks that fail.
async fn failing(verifiers: &Verifiers, token: &str) -> Vec<&'static str> {
    let explained = verifiers.explain(token, NOW, true).await;
    let is_accepted = verifiers.verify(token, NOW).await.is_ok();
    assert_eq!(explained.is_accepted, is_accepted, "{explained:?}");
    let signature = token.rsplit('.').next().expect("a part");
    assert!(signature.len() < 20 || !format!("{explained:?}").contains(signature), "{explained:?}");
    let failing = explained.checks.iter().filter(|check| check.finding == Finding::Fails);
    let failing: Vec<_> =
        failing.inspect(|check| assert!(check.advice.is_some())).map(|check| check.name).collect();
    assert_eq!(failing.is_empty(), is_accepted, "a refusal has its reason: {explained:?}");
    failing
}

#[tokio::test]
async fn what_is_said_of_anothers_token_is_what_the_verifier_finds() {
    let (verifiers, _) = verifiers();
    let now = NOW.seconds();
    for (changes, name) in [
        (json!({}), None),
        (json!({ "iss": "https://auth.example/" }), Some("iss")),
        (json!({ "iss": null }), Some("iss")),
        (json!({ "aud": "others" }), Some("aud")),
        (json!({ "iat": now + 60 }), Some("iat")),
        (json!({ "iat": "x" }), Some("iat")),
        (json!({ "iat": now - 900, "exp": now - 60 }), Some("exp")),
        (json!({ "exp": null }), Some("exp")),
        (json!({ "nbf": now + 60 }), Some("nbf")),
        (json!({ "nbf": true }), Some("nbf")),
        (json!({ "exp": now + 100_000 }), Some("life")),
        (json!({ "iat": now + 3, "exp": now + 2 }), Some("life")),
        (json!({ "sub": 7 }), Some("id")),
        (json!({ "email": null }), Some("email")),
        (json!({ "email": "none" }), Some("email")),
        (json!({ "banned": true }), Some("banned")),
    ] {
        let token = sign(SECRET, &json!({ "alg": "HS256" }), &changed(claims(), changes.clone()));
        assert_eq!(failing(&verifiers, &token).await, Vec::from_iter(name), "{changes}");
    }
    for (header, name) in [
        (json!({ "alg": "EdDSA" }), "alg"),
        (json!({ "alg": "HS256", "typ": "id+jwt" }), "typ"),
        (json!({ "alg": "HS256", "crit": [] }), "header"),
    ] {
        assert_eq!(failing(&verifiers, &sign(SECRET, &header, &claims())).await, [name], "{header}");
    }
    let forged = sign("a-secret-that-was-never-shared-with-us", &json!({ "alg": "HS256" }), &claims());
    assert_eq!(failing(&verifiers, &forged).await, ["signature"]);
}

#[tokio::test]
async fn what_is_said_of_an_own_token_is_what_the_verifier_finds() {
    let (verifiers, forge) = verifiers();
    assert!(failing(&verifiers, &forge.honest()).await.is_empty());
    let own = crate::auth::token::forge::claims;
    let now = NOW.seconds();
    for (changes, name) in [
        (json!({ "aud": "others" }), "aud"),
        (json!({ "iat": now - 900, "exp": now - 60 }), "exp"),
        (json!({ "sub": "ada" }), "sub"),
        (json!({ "user_id": null }), "sub"),
    ] {
        let token = forge.sign(&forge.header().to_string(), &changed(own(), changes.clone()).to_string());
        assert_eq!(failing(&verifiers, &token).await, [name], "{changes}");
    }
    for (changes, name) in [
        (json!({ "typ": "JWT" }), "typ"),
        (json!({ "typ": null }), "typ"),
        (json!({ "alg": "HS256" }), "alg"),
        (json!({ "kid": "other" }), "key"),
        (json!({ "kid": null }), "key"),
        (json!({ "crit": ["exp"] }), "header"),
    ] {
        let header: Value =
            serde_json::from_str(&changed(forge.header(), changes.clone()).to_string()).expect("JSON");
        let token = forge.sign(&header.to_string(), &own().to_string());
        assert_eq!(failing(&verifiers, &token).await, [name], "{changes}");
    }
    let [other, _] = Forge::both();
    let forged = other.sign(&forge.header().to_string(), &own().to_string());
    assert_eq!(failing(&verifiers, &forged).await, ["signature"]);
}

#[tokio::test]
async fn every_kind_is_told_and_what_could_play_tricks_is_not_printed() {
    let (verifiers, _) = verifiers();
    let user = json!({ "id": "ada", "email": "ada@example.com" });
    let header = json!({ "alg": "HS256" });
    let cookie = json!({ "session": { "token": "hunter2" }, "user": user, "iat": 1, "exp": 2 });
    let by_key = changed(claims(), json!({ "aud": "better-auth:session-cache" }));
    let link = json!({ "email": "ada@example.com", "iat": 1, "exp": 2 });
    for (token, kind) in [
        ("hunter2.mFq3c0Yx2HbQ9k7uJt1VwZ8sLrD4nA6eXyGpTi5oKcM".to_owned(), "no JWT"),
        ("hunter2".to_owned(), "no JWT"),
        ("twr_hunter2".to_owned(), "a refresh token"),
        (String::new(), "no JWT"),
        (sign(SECRET, &header, &cookie), "signed with its secret"),
        (sign(SECRET, &header, &by_key), "signed with its key"),
        (sign(SECRET, &header, &link), "mails to confirm"),
        (sign(SECRET, &header, &claims()), "signed with a shared secret"),
        (
            sign(SECRET, &header, &changed(claims(), json!({ "iss": "x", "emailVerified": true }))),
            "JWT plugin",
        ),
        ("a.b.c".to_owned(), "a JWT"),
        (sign(SECRET, &header, &changed(claims(), json!({ "iss": "\u{1b}[2J\u{202e}" }))), "a JWT"),
    ] {
        let explained = verifiers.explain(&token, NOW, false).await;
        assert!(explained.kind.contains(kind), "{token}: {explained:?}");
        let told: Vec<_> = explained.checks.iter().map(|check| check.told.as_str()).collect();
        assert!(
            !told.concat().contains("hunter2") && !told.concat().contains(['\u{1b}', '\u{202e}']),
            "{told:?}"
        );
    }
}
