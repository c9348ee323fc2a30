use std::time::Duration;

use serde_json::{Value, json};

use crate::auth::SigningKey;
use crate::auth::token::forge::{Forge, NOW, ada, claims, rules, user};
use crate::auth::token::{Issuer, Rejected, TokenRules};
use crate::id::{TaskId, UserId};
use crate::secret::Secret;

/// Each of these changes to the claims, in turn, is refused for this reason.
fn refused_claims(reason: &str, attempts: &[Value]) {
    for forge in Forge::both() {
        for attempt in attempts {
            assert_eq!(forge.with_claims(attempt.clone()), Err(reason), "{attempt}");
        }
    }
}

fn accepted_claims(attempts: &[Value]) {
    for forge in Forge::both() {
        for attempt in attempts {
            assert_eq!(forge.with_claims(attempt.clone()), Ok(()), "{attempt}");
        }
    }
}

#[test]
fn another_issuers_token_does_not_count() {
    refused_claims(
        "iss is not ours",
        &[
            json!({ "iss": null }),
            json!({ "iss": "https://evil.example" }),
            json!({ "iss": "https://tasks.example/" }),
            json!({ "iss": "HTTPS://tasks.example" }),
            json!({ "iss": ["https://tasks.example"] }),
        ],
    );
}

#[test]
fn a_token_for_somebody_else_does_not_count() {
    refused_claims(
        "aud does not name us",
        &[
            json!({ "aud": null }),
            json!({ "aud": "" }),
            json!({ "aud": "another" }),
            json!({ "aud": "taskward2" }),
            json!({ "aud": [] }),
            json!({ "aud": ["another", "Taskward"] }),
            json!({ "aud": ["taskward", 7] }),
            json!({ "aud": [["taskward"]] }),
            json!({ "aud": { "taskward": true } }),
        ],
    );
    accepted_claims(&[json!({ "aud": ["taskward"] }), json!({ "aud": ["another", "taskward"] })]);
}

#[test]
fn a_token_speaks_for_one_user() {
    let other = UserId::from(uuid::Uuid::now_v7()).to_string();
    let task = TaskId::from(user().uuid()).to_string();
    refused_claims("sub is missing or no text", &[json!({ "sub": null }), json!({ "sub": 7 })]);
    refused_claims(
        "sub is no user's id",
        &[
            json!({ "sub": "" }),
            json!({ "sub": "ada@example.com" }),
            json!({ "sub": task, "user_id": task }),
            json!({ "sub": user().to_string().to_uppercase() }),
        ],
    );
    refused_claims(
        "user_id is not sub",
        &[
            json!({ "user_id": null }),
            json!({ "user_id": other }),
            json!({ "sub": other }),
            json!({ "user_id": 7 }),
        ],
    );
}

#[test]
fn a_token_ends_when_it_says_and_has_to_say_it() {
    let now = NOW.seconds();
    refused_claims("expired", &[json!({ "exp": now - 5, "iat": now - 60 }), json!({ "exp": 1, "iat": 0 })]);
    accepted_claims(&[
        json!({ "exp": now - 4, "iat": now - 60 }),
        json!({ "exp": 253_402_300_799_i64 }),
        json!({ "exp": 1.9e9, "iat": 1_799_999_999.5 }),
    ]);
    refused_claims(
        "exp is missing or no instant",
        &[
            json!({ "exp": null }),
            json!({ "exp": (now + 60).to_string() }),
            json!({ "exp": true }),
            json!({ "exp": [now + 60] }),
            json!({ "exp": -1 }),
            json!({ "exp": 253_402_300_800_i64 }),
            json!({ "exp": u64::MAX }),
            json!({ "exp": 1e300 }),
        ],
    );
    refused_claims(
        "exp is not after iat",
        &[json!({ "exp": now, "iat": now }), json!({ "exp": now, "iat": now + 1 })],
    );
}

#[test]
fn a_token_of_the_future_does_not_count_yet() {
    let now = NOW.seconds();
    refused_claims("issued in the future", &[json!({ "iat": now + 6 }), json!({ "iat": now + 1800 })]);
    refused_claims("not yet valid", &[json!({ "nbf": now + 6 }), json!({ "nbf": 4_000_000_000.5 })]);
    refused_claims("iat is missing or no instant", &[json!({ "iat": null }), json!({ "iat": "1800000000" })]);
    refused_claims("nbf is no instant", &[json!({ "nbf": "0" }), json!({ "nbf": -1 }), json!({ "nbf": {} })]);
    accepted_claims(&[json!({ "iat": now + 5 }), json!({ "nbf": now + 5 }), json!({ "nbf": 0 })]);
    for forge in Forge::both() {
        let payload = claims().to_string().replacen('{', "{\"nbf\":null,", 1);
        let token = forge.sign(&forge.header().to_string(), &payload);
        assert_eq!(forge.verdict(&token), Err("nbf is no instant"));
    }
}

#[test]
fn rules_that_differ_in_one_thing_do_not_accept_each_others_tokens() {
    let secret = Secret::from("0123456789abcdef0123456789abcdef".to_owned());
    let issuer = |rules| Issuer::new(SigningKey::hs256(&secret).expect("a key"), rules);
    let token = issuer(rules()).issue(&ada(), NOW).expect("signed");
    let verdict = |rules| issuer(rules).verifier().verify(token.text.expose(), NOW).map_err(Rejected::reason);
    assert!(verdict(TokenRules { lifetime: Duration::from_secs(1), ..rules() }).is_ok());
    assert_eq!(
        verdict(TokenRules { issuer: "other".to_owned(), ..rules() }).expect_err("other"),
        "iss is not ours"
    );
    assert_eq!(
        verdict(TokenRules { audience: "other".to_owned(), ..rules() }).expect_err("other"),
        "aud does not name us"
    );
}
