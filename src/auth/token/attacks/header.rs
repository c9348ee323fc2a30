use serde_json::{Value, json};

use crate::auth::token::forge::Forge;

/// Each of these changes to the header, in turn, is refused for this reason.
fn refused_header(reason: &str, attempts: &[Value]) {
    for forge in Forge::both() {
        for attempt in attempts {
            assert_eq!(forge.with_header(attempt.clone()), Err(reason), "{attempt}");
        }
    }
}

#[test]
fn the_token_does_not_choose_its_algorithm() {
    refused_header(
        "alg is not the key's",
        &[
            "none", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "ES256", "PS256", "eddsa", "hs256",
            "Ed25519",
        ]
        .map(|alg| json!({ "alg": alg })),
    );
    refused_header("alg is not the key's", &[json!({ "alg": null }), json!({ "alg": ["EdDSA", "HS256"] })]);
    let [eddsa, hs256] = Forge::both();
    assert_eq!(eddsa.with_header(json!({ "alg": "HS256" })), Err("alg is not the key's"));
    assert_eq!(hs256.with_header(json!({ "alg": "EdDSA" })), Err("alg is not the key's"));
}

#[test]
fn a_kid_is_a_name_and_nothing_else() {
    refused_header(
        "kid is missing or no text",
        &[json!({ "kid": null }), json!({ "kid": 1 }), json!({ "kid": ["a"] })],
    );
    refused_header(
        "kid is unknown",
        &["", "../../../../dev/null", "key.pem", "' or 1=1 --", "http://evil.example/key"]
            .map(|kid| json!({ "kid": kid })),
    );
    for forge in Forge::both() {
        let key = forge.issuer.key();
        let kid = key.kid();
        for near in [kid.to_lowercase(), format!("{kid} "), kid[1..].to_owned()] {
            assert_eq!(forge.with_header(json!({ "kid": near })), Err("kid is unknown"));
        }
    }
}

#[test]
fn extensions_are_refused() {
    refused_header(
        "the header asks for an extension",
        &[
            json!({ "crit": ["exp"], "exp": 1 }),
            json!({ "crit": [] }),
            json!({ "crit": ["b64"], "b64": true }),
            json!({ "b64": false }),
            json!({ "zip": "DEF" }),
            json!({ "enc": "A128GCM" }),
        ],
    );
}

#[test]
fn another_kind_of_token_does_not_count() {
    refused_header(
        "typ is not at+jwt",
        &[
            json!({ "typ": null }),
            json!({ "typ": "JWT" }),
            json!({ "typ": "" }),
            json!({ "typ": "at+jwt " }),
            json!({ "typ": "text/at+jwt" }),
            json!({ "typ": "application/application/at+jwt" }),
            json!({ "typ": "refresh+jwt" }),
            json!({ "typ": ["at+jwt"] }),
        ],
    );
    for forge in Forge::both() {
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            assert_eq!(forge.with_header(json!({ "typ": typ })), Ok(()), "{typ}");
        }
    }
}
