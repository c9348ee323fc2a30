//! What a token of another issuer may say, with an issuer that shares a secret, as that needs no network.

use std::time::Duration;

use serde_json::{Value, json};

use super::rules::ClaimPath;
use super::*;
use crate::auth::token::Rejected;
use crate::auth::token::forge::{Forge, NOW, base64url, changed};
use crate::secret::Secret;

pub(super) const SECRET: &str = "another-secret-of-more-than-32-bytes";

pub(super) fn rules() -> OtherRules {
    let path = |text| ClaimPath::parse(text).expect("a path");
    OtherRules {
        issuer: "https://auth.example".to_owned(),
        audience: "tasks".to_owned(),
        algorithms: vec![Algorithm::Hs256],
        claims: ClaimPaths { id: path("sub"), email: path("email"), name: path("name") },
        keys: KeySource::Secrets(vec![
            Secret::from("the-secret-that-came-after-the-other".to_owned()),
            Secret::from(SECRET.to_owned()),
        ]),
    }
}

fn verifiers(rules: OtherRules) -> Verifiers {
    let [forge, _] = Forge::both();
    Verifiers::new(forge.verifier, OtherIssuers::new(vec![OtherIssuer::new(rules).expect("usable")]))
}

pub(super) fn claims() -> Value {
    json!({
        "iss": "https://auth.example", "aud": "tasks", "sub": "Xy7|ada", "email": "Ada@example.com", "name": "Ada",
        "iat": NOW.seconds(), "exp": NOW.seconds() + 900,
    })
}

pub(super) fn sign(secret: &str, header: &Value, claims: &Value) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    let signed = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, jsonwebtoken::Algorithm::HS256);
    format!("{signed}.{}", signature.expect("signed"))
}

fn reason(verdict: &Result<VerifiedClaims, Unproven>) -> &'static str {
    match verdict {
        Ok(_) => "fine",
        Err(Unproven::Rejected(rejected)) => rejected.reason(),
        Err(Unproven::KeyUnknown) => "key unknown",
    }
}

async fn with_claims(rules: OtherRules, changes: Value) -> &'static str {
    let token = sign(SECRET, &json!({ "alg": "HS256" }), &changed(claims(), changes));
    reason(&verifiers(rules).verify(&token, NOW).await)
}

#[tokio::test]
async fn a_token_says_who_it_is_by_issuer_and_id() {
    let token = sign(SECRET, &json!({ "alg": "HS256", "typ": "JWT" }), &claims());
    let verified = verifiers(rules()).verify(&token, NOW).await.expect("good");
    let crate::auth::Subject::Other(identity) = verified.subject() else { panic!("no user of ours") };
    assert_eq!((identity.issuer(), identity.id()), ("https://auth.example", "Xy7|ada"));
    assert_eq!(identity.email().as_str(), "Ada@example.com");
    assert_eq!(identity.name().map(crate::field::PersonName::as_str), Some("Ada"));
    assert!(!identity.email_verified() && verified.user_id().is_none());
    assert!(!format!("{verified:?}").to_lowercase().contains("ada"), "{verified:?}");
}

#[tokio::test]
async fn what_a_token_has_to_say() {
    let now = NOW.seconds();
    for (changes, verdict) in [
        (json!({}), "fine"),
        (json!({ "aud": ["others", "tasks"] }), "fine"),
        (json!({ "name": null }), "fine"),
        (json!({ "name": 7, "emailVerified": true, "banned": false }), "fine"),
        (json!({ "iss": null }), "iss is unknown"),
        (json!({ "iss": "https://auth.example/" }), "iss is unknown"),
        (json!({ "iss": ["https://auth.example"] }), "iss is unknown"),
        (json!({ "aud": null }), "aud does not name us"),
        (json!({ "aud": "Tasks" }), "aud does not name us"),
        (json!({ "aud": ["tasks", 7] }), "aud does not name us"),
        (json!({ "iat": null }), "iat is missing or no instant"),
        (json!({ "exp": null }), "exp is missing or no instant"),
        (json!({ "exp": now - 5 , "iat": now - 900 }), "expired"),
        (json!({ "iat": now + 6 }), "issued in the future"),
        (json!({ "nbf": now + 6 }), "not yet valid"),
        (json!({ "nbf": "soon" }), "nbf is no instant"),
        (json!({ "exp": now + 86_400 }), "fine"),
        (json!({ "exp": now + 86_401 }), "its life is too long"),
        (json!({ "banned": true }), "banned"),
        (json!({ "banned": "true" }), "banned"),
        (json!({ "banned": 1 }), "banned"),
        (json!({ "banned": null }), "fine"),
        (json!({ "sub": null }), "no usable id"),
        (json!({ "sub": 7 }), "no usable id"),
        (json!({ "sub": " " }), "no usable id"),
        (json!({ "sub": "a\u{0}b" }), "no usable id"),
        (json!({ "sub": "x".repeat(256) }), "no usable id"),
        (json!({ "email": null }), "no email"),
        (json!({ "email": "ada" }), "the email is none"),
    ] {
        assert_eq!(with_claims(rules(), changes.clone()).await, verdict, "{changes}");
    }
}

#[tokio::test]
async fn claims_may_stand_deeper() {
    let path = |text| ClaimPath::parse(text).expect("a path");
    let deeper = || OtherRules {
        claims: ClaimPaths { id: path("user.id"), email: path("user.email"), name: path("user.name") },
        ..rules()
    };
    let user =
        json!({ "id": "7", "email": "ada@example.com", "name": "\u{7}".to_owned() + &"é".repeat(200) });
    assert_eq!(with_claims(deeper(), json!({ "sub": null, "user": user })).await, "fine");
    assert_eq!(with_claims(deeper(), json!({})).await, "no usable id");
    let banned = json!({ "id": "7", "email": "ada@example.com", "banned": true });
    assert_eq!(with_claims(deeper(), json!({ "user": banned })).await, "banned");
    // However its claims are laid out, a session cookie has no issuer.
    let cookie = json!({ "user": user, "session": { "token": "t" }, "iss": null, "sub": null, "aud": null });
    assert_eq!(with_claims(deeper(), cookie).await, "no access token");
    assert!(["", ".", "user.", ".id", "user..id"].iter().all(|path| ClaimPath::parse(path).is_none()));
}

#[tokio::test]
async fn what_a_header_may_say() {
    let verifiers = verifiers(rules());
    for (header, verdict) in [
        (json!({ "alg": "HS256" }), "fine"),
        (json!({ "alg": "HS256", "typ": "application/JWT", "kid": "any" }), "fine"),
        (json!({ "alg": "HS256", "jku": "https://evil.example", "jwk": {}, "x5u": "x", "x5c": [] }), "fine"),
        (json!({ "alg": "HS256", "typ": "better-auth.session-cache+jwt" }), "no access token"),
        (json!({ "alg": "HS256", "typ": "id_token+jwt" }), "typ is another profile's"),
        (json!({ "alg": "HS256", "typ": 7 }), "typ is another profile's"),
        (json!({ "alg": "HS256", "crit": [] }), "the header asks for an extension"),
        (json!({ "alg": "HS256", "b64": true }), "the header asks for an extension"),
        (json!({ "alg": "none" }), "alg is not allowed"),
        (json!({ "alg": "hs256" }), "alg is not allowed"),
        (json!({ "alg": "EdDSA" }), "alg is not allowed"),
        (json!({}), "alg is not allowed"),
    ] {
        let token = sign(SECRET, &header, &claims());
        assert_eq!(reason(&verifiers.verify(&token, NOW).await), verdict, "{header}");
    }
    let forged = sign("a-secret-that-was-never-shared-with-us", &json!({ "alg": "HS256" }), &claims());
    assert_eq!(reason(&verifiers.verify(&forged, NOW).await), "the signature is wrong");
    let doubled = sign(SECRET, &json!({ "alg": "HS256" }), &claims()).replacen('.', ".e30", 1);
    assert_eq!(reason(&verifiers.verify(&doubled, NOW).await), "typ is not at+jwt");
    let long =
        sign(SECRET, &json!({ "alg": "HS256" }), &changed(claims(), json!({ "image": "x".repeat(9000) })));
    assert_eq!(reason(&verifiers.verify(&long, NOW).await), "too long");
}

#[tokio::test]
async fn no_issuers_token_passes_as_anothers() {
    let [forge, _] = Forge::both();
    let others = || OtherIssuers::new(vec![OtherIssuer::new(rules()).expect("usable")]);
    let own_key = forge.issuer.verifier();
    let (own, name) = (forge.honest(), own_key.rules().issuer.clone());
    let verifiers = Verifiers::new(own_key, others());
    assert!(verifiers.verify(&own, NOW).await.is_ok());
    // Signed with the other's secret, in the server's own name.
    let posing = changed(forge_claims(), json!({ "email": "ada@example.com", "iss": name }));
    let header = json!({ "alg": "HS256", "typ": "at+jwt", "kid": forge.issuer.key().kid() });
    let rejected = verifiers.verify(&sign(SECRET, &header, &posing), NOW).await.expect_err("posing");
    assert_eq!(rejected, Unproven::Rejected(Rejected::because("alg is not the key's")));
    // Signed with the server's own key, in the other's name.
    let token = forge.sign(&forge.header().to_string(), &claims().to_string());
    assert_eq!(reason(&verifiers.verify(&token, NOW).await), "alg is not allowed");
}

fn forge_claims() -> Value {
    crate::auth::token::forge::claims()
}

#[tokio::test]
async fn hints_are_given_where_another_issuer_is_set_and_never_for_own_tokens() {
    let [forge, _] = Forge::both();
    let hint = |verdict: Result<VerifiedClaims, Unproven>| match verdict {
        Err(Unproven::Rejected(rejected)) => rejected.hint(),
        other => panic!("{other:?}"),
    };
    let alone = Verifiers::new(forge.issuer.verifier(), OtherIssuers::new(Vec::new()));
    let beside = verifiers(rules());
    let own =
        forge.sign(&forge.header().to_string(), &changed(forge_claims(), json!({ "exp": 1 })).to_string());
    for token in ["opaque.signature", own.as_str(), "a.b.c"] {
        assert_eq!(hint(alone.verify(token, NOW).await), None, "{token}");
    }
    for own in [own.as_str(), "twr_refresh"] {
        assert_eq!(hint(beside.verify(own, NOW).await), None);
    }
    assert!(
        hint(beside.verify("opaque.signature", NOW).await)
            .is_some_and(|hint| hint.contains("/api/auth/token"))
    );
    let later = NOW + Duration::from_hours(1);
    let token = sign(SECRET, &json!({ "alg": "HS256" }), &claims());
    assert_eq!(hint(beside.verify(&token, later).await), None, "it is only too old");
}
