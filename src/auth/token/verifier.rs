//! Checking access tokens, as strictly as RFC 8725 asks.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};

use super::claims::{Claims, VerifiedClaims};
use super::{Rejected, TYPE, TokenRules, json};
use crate::auth::key::{Held, KeyRing, KeySet, VerificationKey};
use crate::time::Timestamp;

/// In bytes. This server's own tokens have about 600.
const LONGEST: usize = 8 * 1024;

/// How many tokens are remembered as good.
const REMEMBERED: usize = 10_000;

const UNKNOWN_KEY: Rejected = Rejected::because("kid is unknown");

/// Checks the tokens of one issuer.
pub struct Verifier {
    keys: KeyRing,
    rules: TokenRules,
    /// Good tokens by their SHA-256, where checking them again would cost more than that; with the serial of the keys
    /// that they were good by.
    remembered: Option<Cache<[u8; 32], (Claims, u64)>>,
}

impl Verifier {
    pub(super) fn new(keys: KeyRing, rules: TokenRules) -> Self {
        let remembered = keys.accepted().is_slow().then(|| Cache::new(REMEMBERED));
        Self { keys, rules, remembered }
    }

    /// What a bearer token proves at this instant.
    ///
    /// The key decides which algorithm it is used with; nothing in the token can (RFC 8725, section 3.1).
    pub fn verify(&self, bearer: &str, now: Timestamp) -> Result<VerifiedClaims, Rejected> {
        if bearer.len() > LONGEST {
            return Err(Rejected::because("too long"));
        }
        let Some(remembered) = &self.remembered else {
            return self.check(bearer).and_then(|checked| verified(checked.claims, now));
        };
        let fingerprint = fingerprint(bearer);
        if let Some((claims, serial)) = remembered.get(&fingerprint)
            && self.keys.still_holds(serial)
        {
            return verified(claims, now);
        }
        let checked = self.check(bearer)?;
        let verified = verified(checked.claims, now)?;
        if checked.is_slow {
            remembered.insert(fingerprint, (checked.claims, checked.serial));
        }
        Ok(verified)
    }

    /// Everything about a token but the present. What names an unknown key may be held against newer keys.
    fn check(&self, bearer: &str) -> Result<Checked, Rejected> {
        let held = self.keys.held();
        match self.check_with(&held, bearer) {
            Err(UNKNOWN_KEY) => {
                let newer = self.keys.newer_than(&held).ok_or(UNKNOWN_KEY)?;
                self.check_with(&newer, bearer)
            }
            result => result,
        }
    }

    /// A token's payload is not looked at before its signature is good.
    fn check_with(&self, held: &Held, bearer: &str) -> Result<Checked, Rejected> {
        let (signed, signature) = bearer.rsplit_once('.').ok_or(Rejected::because("not three parts"))?;
        let (header, payload) = signed.split_once('.').ok_or(Rejected::because("not three parts"))?;
        let header = object(header).ok_or(Rejected::because("the header is no strict JSON object"))?;
        let key = key_for(&header, &held.accepted)?;
        if !key.verifies(signed, signature) {
            return Err(Rejected::because("the signature is wrong"));
        }
        let payload = object(payload).ok_or(Rejected::because("the payload is no strict JSON object"))?;
        let claims = Claims::read(&payload, &self.rules)?;
        Ok(Checked { claims, is_slow: key.is_slow(), serial: held.serial })
    }
}

/// What a token says by a good signature.
struct Checked {
    claims: Claims,
    /// Whether checking it again would cost more than remembering it.
    is_slow: bool,
    /// Of the keys that it is good by.
    serial: u64,
}

/// The one of our own keys that the header names.
///
/// Keys and addresses of keys in it (`jwk`, `jku`, `x5c`, `x5u`) are not looked at, as a forger brings his own.
fn key_for<'k>(header: &Map<String, Value>, keys: &'k KeySet) -> Result<&'k VerificationKey, Rejected> {
    let text = |name| header.get(name).and_then(Value::as_str);
    if !text("typ").is_some_and(is_access_token) {
        return Err(Rejected::because("typ is not at+jwt"));
    }
    // Each changes what the other parts mean (RFC 7515, 4.1.11; RFC 7797, 3; RFC 7516, 4.1.2 and 4.1.3).
    if ["crit", "b64", "enc", "zip"].iter().any(|name| header.contains_key(*name)) {
        return Err(Rejected::because("the header asks for an extension"));
    }
    let kid = text("kid").ok_or(Rejected::because("kid is missing or no text"))?;
    let key = keys.find(kid).ok_or(UNKNOWN_KEY)?;
    if text("alg") != Some(key.algorithm()) {
        return Err(Rejected::because("alg is not the key's"));
    }
    Ok(key)
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("keys", &self.keys)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// A remembered token is held against the clock every time.
fn verified(claims: Claims, now: Timestamp) -> Result<VerifiedClaims, Rejected> {
    claims.count_at(now).map(|()| VerifiedClaims::new(claims))
}

/// The media type with or without its `application/`: RFC 9068, section 4.
fn is_access_token(media_type: &str) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    media_type.strip_prefix("application/").unwrap_or(&media_type) == TYPE
}

/// The engine refuses padding, whitespace and stray bits, so that a token has one spelling.
fn object(part: &str) -> Option<Map<String, Value>> {
    json::object(&URL_SAFE_NO_PAD.decode(part).ok()?)
}

fn fingerprint(bearer: &str) -> [u8; 32] {
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest(&SHA256, bearer.as_bytes()).as_ref());
    fingerprint
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::auth::token::forge::{Forge, NOW, claims, hs256, user};

    fn remembered(forge: &Forge) -> Option<usize> {
        forge.verifier.remembered.as_ref().map(Cache::len)
    }

    #[test]
    fn only_tokens_that_are_dear_to_check_are_remembered() {
        let [eddsa, hs256] = Forge::both();
        for forge in [&eddsa, &hs256] {
            forge.verifier.verify(&forge.honest(), NOW).expect("honest");
        }
        assert_eq!((remembered(&eddsa), remembered(&hs256)), (Some(1), None));
    }

    #[test]
    fn a_remembered_token_needs_no_key() {
        let [mut forge, _] = Forge::both();
        let (seen, unseen) = (forge.honest(), forge.honest());
        forge.verifier.verify(&seen, NOW).expect("honest");
        forge.verifier.keys = KeyRing::from(hs256());
        assert_eq!(forge.verifier.verify(&seen, NOW).expect("remembered").user_id(), user());
        assert_eq!(forge.verdict(&unseen), Err("kid is unknown"));
    }

    #[test]
    fn a_remembered_token_still_ends() {
        let [forge, _] = Forge::both();
        let token = forge.honest();
        let end = Timestamp::from_millis((NOW.seconds() + 3600 + 5) * 1000);
        let before = Timestamp::from_millis(end.millis() - 1);
        assert_eq!(forge.verdict(&token), Ok(()));
        assert!(forge.verifier.verify(&token, before).is_ok());
        for late in [end, end + Duration::from_hours(1)] {
            assert_eq!(forge.verifier.verify(&token, late).expect_err("expired").reason(), "expired");
        }
        let early = Timestamp::from_millis((NOW.seconds() - 6) * 1000);
        let rejected = forge.verifier.verify(&token, early).expect_err("before its time");
        assert_eq!(rejected.reason(), "issued in the future");
    }

    #[test]
    fn what_was_rejected_is_not_remembered() {
        let [forge, _] = Forge::both();
        let now = NOW.seconds();
        let early = json!({ "iss": "https://tasks.example", "aud": "taskward", "sub": user().to_string(),
            "user_id": user().to_string(), "iat": now + 60, "exp": now + 120 });
        let token = forge.sign(&forge.header().to_string(), &early.to_string());
        assert!(forge.verdict(&token).is_err());
        assert!(forge.with_claims(json!({ "iss": "other" })).is_err());
        assert!(forge.with_header(json!({ "kid": "other" })).is_err());
        assert!(forge.verdict("a.b.c").is_err());
        assert_eq!(remembered(&forge), Some(0));
        let later = NOW + Duration::from_mins(1);
        assert!(forge.verifier.verify(&token, later).is_ok(), "it was early, not bad");
    }

    #[test]
    fn no_more_than_the_bound_is_remembered() {
        let [forge, _] = Forge::both();
        let memory = forge.verifier.remembered.as_ref().expect("EdDSA");
        let claims =
            Claims::read(claims().as_object().expect("an object"), &forge.verifier.rules).expect("good");
        for number in 0..2 * REMEMBERED {
            memory.insert(fingerprint(&number.to_string()), (claims, 0));
        }
        assert!(memory.len() <= REMEMBERED, "{}", memory.len());
    }

    #[test]
    fn every_rejection_reads_the_same() {
        let [forge, _] = Forge::both();
        let one = forge.verifier.verify("a.b.c", NOW).expect_err("no token");
        let other = forge.verifier.verify(&forge.honest(), Timestamp::from_millis(0)).expect_err("too early");
        assert_ne!(one, other);
        assert_eq!((one.to_string(), other.to_string()), ("the token is not valid".into(), one.to_string()));
    }
}
