use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::sign;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;

use crate::auth::SigningKey;
use crate::auth::token::Issuer;
use crate::auth::token::forge::{Forge, NOW, ada, base64url, claims, ed25519, rules};
use crate::secret::Secret;

#[test]
fn a_token_without_a_good_signature_does_not_count() {
    for forge in Forge::both() {
        let honest = forge.honest();
        let (signed, signature) = honest.rsplit_once('.').expect("three parts");
        let unsigned =
            format!("{}.{}", base64url(forge.header().to_string()), base64url(claims().to_string()));
        let half = &signature[..signature.len() / 2];
        for token in [
            format!("{signed}."),
            format!("{signed}.{half}"),
            format!("{signed}.{signature}AAAA"),
            format!("{signed}.{}", base64url([0; 32])),
            format!("{signed}.{}", base64url([0; 64])),
            format!("{unsigned}.{signature}"),
            format!("{unsigned}."),
        ] {
            assert_eq!(forge.verdict(&token), Err("the signature is wrong"), "{token}");
        }
    }
}

#[test]
fn the_public_key_is_no_shared_secret() {
    let [forge, _] = Forge::both();
    let jwks = forge.issuer.key().jwks();
    let x = jwks["keys"][0]["x"].as_str().expect("public");
    let raw = URL_SAFE_NO_PAD.decode(x).expect("base64url");
    let jwk = jwks["keys"][0].to_string().into_bytes();
    for secret in [x.as_bytes().to_vec(), raw, jwk, jwks.to_string().into_bytes()] {
        for alg in ["HS256", "EdDSA"] {
            let mut header = forge.header();
            header["alg"] = alg.into();
            let signed = format!("{}.{}", base64url(header.to_string()), base64url(claims().to_string()));
            let mac = sign(signed.as_bytes(), &EncodingKey::from_secret(&secret), Algorithm::HS256)
                .expect("signed");
            assert!(forge.verdict(&format!("{signed}.{mac}")).is_err());
        }
    }
}

#[test]
fn another_key_under_our_kid_does_not_count() {
    for forge in Forge::both() {
        let key = forge.issuer.key();
        let kid = key.kid();
        let other = match forge.issuer.key().algorithm() {
            "EdDSA" => ed25519(),
            _ => SigningKey::hs256(&Secret::from("another secret of sufficient length".to_owned()))
                .expect("a key"),
        };
        let signed = format!("{}.{}", base64url(forge.header().to_string()), base64url(claims().to_string()));
        let token = format!("{signed}.{}", other.sign(&signed).expect("signed"));
        assert_ne!(kid, other.kid());
        assert_eq!(forge.verdict(&token), Err("the signature is wrong"));
        let own = Issuer::new(other, rules()).issue(&ada(), NOW).expect("signed");
        assert_eq!(forge.verdict(own.text.expose()), Err("kid is unknown"));
    }
}

#[test]
fn keys_in_the_header_are_ignored() {
    let evil = ed25519();
    let mut header = json!({
        "jwk": evil.jwks()["keys"][0],
        "jku": "https://evil.example/jwks.json",
        "x5u": "https://evil.example/cert.pem",
        "x5c": ["MIIB"],
        "x5t": "abc",
        "cty": "JWT",
    });
    for forge in Forge::both() {
        assert_eq!(forge.with_header(header.clone()), Ok(()));
    }
    let [forge, _] = Forge::both();
    for (name, value) in [("typ", "at+jwt"), ("alg", "EdDSA"), ("kid", forge.issuer.key().kid())] {
        header[name] = value.into();
    }
    let signed = format!("{}.{}", base64url(header.to_string()), base64url(claims().to_string()));
    let token = format!("{signed}.{}", evil.sign(&signed).expect("signed"));
    assert_eq!(forge.verdict(&token), Err("the signature is wrong"));
}
