//! The keys that an issuer publishes (RFC 7517), each bound to the one algorithm that it is used with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, crypto};
use serde_json::Value;

use super::rules::Algorithm;
use crate::auth::token::json;

/// How many keys of a set are looked at. Issuers publish a handful.
const MOST: usize = 64;
/// Longest name of a key, in bytes.
const LONGEST_KID: usize = 256;
/// Fewest bytes of an RSA modulus: RFC 7518, section 3.3.
const SHORTEST_MODULUS: usize = 256;

/// One key and what it may be used for.
#[derive(Clone)]
pub(super) struct OtherKey {
    algorithm: Algorithm,
    decoding: DecodingKey,
    /// The key as it was published, to tell whether it is still the same.
    published: (String, String),
}

impl OtherKey {
    /// A secret that is shared with the issuer. It has no name of its own.
    pub(super) fn shared(secret: &[u8]) -> Self {
        let decoding = DecodingKey::from_secret(secret);
        Self { algorithm: Algorithm::Hs256, decoding, published: (String::new(), String::new()) }
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn kid(&self) -> &str {
        &self.published.0
    }

    /// Whether the signature, in base64url, is this key's signature of the text.
    pub(super) fn verifies(&self, text: &str, signature: &str) -> bool {
        let algorithm = self.algorithm.library();
        crypto::verify(signature, text.as_bytes(), &self.decoding, algorithm).unwrap_or(false)
    }

    /// `None` for a key that is of no use here: of another kind, for another purpose, without a name, or broken.
    fn published(jwk: &Value, allowed: &[Algorithm]) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let kid = text("kid").filter(|kid| !kid.is_empty() && kid.len() <= LONGEST_KID)?;
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let operations = jwk.get("key_ops").and_then(Value::as_array);
        if operations.is_some_and(|operations| !operations.iter().any(|one| one == "verify")) {
            return None;
        }
        let fit: &[Algorithm] = match (text("kty")?, text("crv")) {
            ("OKP", Some("Ed25519")) => &[Algorithm::EdDsa],
            ("EC", Some("P-256")) => &[Algorithm::Es256],
            ("RSA", _) => &[Algorithm::Rs256, Algorithm::Ps256],
            _ => return None,
        };
        let algorithm = match text("alg") {
            Some(alg) => Algorithm::of(alg).filter(|alg| fit.contains(alg) && allowed.contains(alg))?,
            // A key that does not say is used with one algorithm all the same (RFC 8725, section 3.1).
            None => *fit.iter().find(|alg| allowed.contains(alg))?,
        };
        let decoding = match algorithm {
            Algorithm::EdDsa => DecodingKey::from_ed_components(text("x")?),
            Algorithm::Es256 => DecodingKey::from_ec_components(text("x")?, text("y")?),
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let modulus = URL_SAFE_NO_PAD.decode(text("n")?).ok()?;
                if modulus.iter().skip_while(|byte| **byte == 0).count() < SHORTEST_MODULUS {
                    return None;
                }
                DecodingKey::from_rsa_components(text("n")?, text("e")?)
            }
            Algorithm::Hs256 => return None,
        };
        let published = (kid.to_owned(), jwk.to_string());
        Some(Self { algorithm, decoding: decoding.ok()?, published })
    }
}

impl PartialEq for OtherKey {
    fn eq(&self, other: &Self) -> bool {
        self.published == other.published
    }
}

/// The keys of a JWK set that tokens may be checked with; `None` when the text is no JWK set. Keys that are of no use here
/// are passed over, as RFC 7517, section 5, asks.
pub(super) fn read(set: &[u8], allowed: &[Algorithm]) -> Option<Vec<OtherKey>> {
    let set = json::object(set)?;
    let keys = set.get("keys")?.as_array()?;
    Some(keys.iter().take(MOST).filter_map(|jwk| OtherKey::published(jwk, allowed)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn algorithms(keys: &Value, allowed: &[Algorithm]) -> Vec<&'static str> {
        let set = json!({ "keys": keys }).to_string();
        let keys = read(set.as_bytes(), allowed).expect("a set");
        keys.iter().map(|key| key.algorithm().name()).collect()
    }

    #[test]
    fn a_key_is_bound_to_one_algorithm_that_its_issuer_may_use() {
        let all = &Algorithm::PUBLISHED[..];
        let n = URL_SAFE_NO_PAD.encode([0xc1; 256]);
        let rsa = json!({ "kty": "RSA", "kid": "k", "n": n, "e": "AQAB" });
        let with = |mut jwk: Value, name: &str, value: Value| {
            jwk[name] = value;
            jwk
        };
        for (jwk, allowed, bound) in [
            (json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": X }), all, vec!["EdDSA"]),
            (
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": X, "alg": "Ed25519" }),
                all,
                vec!["EdDSA"],
            ),
            (json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": X, "alg": "ES256" }), all, vec![]),
            (json!({ "kty": "OKP", "crv": "Ed25519", "x": X }), all, vec![]),
            (json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": X }), &[Algorithm::Es256], vec![]),
            (json!({ "kty": "OKP", "crv": "X25519", "kid": "k", "x": X }), all, vec![]),
            (json!({ "kty": "oct", "kid": "k", "k": X, "alg": "HS256" }), all, vec![]),
            (json!({ "kty": "EC", "crv": "P-521", "kid": "k", "x": X, "y": X, "alg": "ES512" }), all, vec![]),
            (json!({ "kty": "EC", "crv": "P-256", "kid": "k", "x": X, "y": X }), all, vec!["ES256"]),
            (rsa.clone(), all, vec!["RS256"]),
            (rsa.clone(), &[Algorithm::Ps256], vec!["PS256"]),
            (with(rsa.clone(), "alg", json!("PS256")), all, vec!["PS256"]),
            (with(rsa.clone(), "use", json!("enc")), all, vec![]),
            (with(rsa.clone(), "use", json!("sig")), all, vec!["RS256"]),
            (with(rsa.clone(), "key_ops", json!(["encrypt"])), all, vec![]),
            (with(rsa.clone(), "key_ops", json!(["verify"])), all, vec!["RS256"]),
            (with(rsa, "n", json!(URL_SAFE_NO_PAD.encode([0xc1; 255]))), all, vec![]),
            (json!("no key"), all, vec![]),
        ] {
            assert_eq!(algorithms(&json!([jwk]), allowed), bound, "{jwk}");
        }
    }

    #[test]
    fn a_set_is_read_as_far_as_it_is_one() {
        for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, "<html>"] {
            assert!(read(text.as_bytes(), &Algorithm::PUBLISHED).is_none(), "{text}");
        }
        let key = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": X });
        let many: Vec<_> = std::iter::repeat_n(key, 2 * MOST).collect();
        assert_eq!(algorithms(&json!(many), &Algorithm::PUBLISHED).len(), MOST);
    }
}
