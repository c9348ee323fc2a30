//! Checking the tokens of other issuers, as strictly as own ones.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;

use super::claims::{LONGEST_LIFE, OtherClaims};
use super::keys::OtherKey;
use super::kind::Kind;
use super::parts::Parts;
use super::ring::{Ring, Unreachable};
use super::rules::{Algorithm, KeySource, OtherRules};
use crate::auth::KeyFault;
use crate::auth::key::{check_secret, choose_back_end};
use crate::auth::token::verifier::{LONGEST, REMEMBERED, asks_for_extension, fingerprint};
use crate::auth::token::{Rejected, VerifiedClaims};
use crate::time::Timestamp;

/// Why a bearer token proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproven {
    /// It does not count.
    Rejected(Rejected),
    /// Its issuer could not be asked for the key that it names; it may count in a moment.
    KeyUnknown,
}

impl From<Rejected> for Unproven {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

impl From<Unreachable> for Unproven {
    fn from(_: Unreachable) -> Self {
        Self::KeyUnknown
    }
}

/// One issuer whose tokens count here.
pub struct OtherIssuer {
    pub(super) rules: OtherRules,
    pub(super) keys: Keys,
}

pub(super) enum Keys {
    Published(Ring),
    Shared(Vec<OtherKey>),
}

impl OtherIssuer {
    /// An issuer by these rules. Its published keys are not fetched before they are needed.
    pub fn new(rules: OtherRules) -> Result<Self, KeyFault> {
        choose_back_end();
        let keys = match &rules.keys {
            KeySource::Jwks { address, fetcher, interval, max_age } => Keys::Published(Ring::new(
                address.clone(),
                fetcher.clone(),
                *interval,
                *max_age,
                rules.algorithms.clone(),
            )),
            KeySource::Secrets(secrets) => {
                secrets.iter().try_for_each(check_secret)?;
                let keys = secrets.iter().map(|secret| OtherKey::shared(secret.expose().as_bytes()));
                Keys::Shared(keys.collect())
            }
        };
        Ok(Self { rules, keys })
    }

    /// Everything about a token but the present, and the generation of the key that it was checked with.
    pub(super) async fn check(&self, parts: &Parts<'_>) -> Result<(OtherClaims, u64), Unproven> {
        let (keys, generation) = self.keys_for(parts).await?;
        if !keys.iter().any(|key| key.verifies(parts.signed, parts.signature)) {
            return Err(Rejected::because("the signature is wrong").into());
        }
        Ok((OtherClaims::read(&parts.payload, &self.rules)?, generation))
    }

    /// How the header says that the token is signed, where it says nothing else that would be in the way.
    pub(super) fn judge_header(&self, parts: &Parts<'_>) -> Result<Algorithm, Rejected> {
        if parts.header.contains_key("typ") && !parts.in_header("typ").is_some_and(may_be_access_token) {
            return Err(Rejected::because("typ is another profile's"));
        }
        if asks_for_extension(&parts.header) {
            return Err(Rejected::because("the header asks for an extension"));
        }
        self.algorithm_of(parts)
    }

    /// The issuer's keys that the header may mean, each bound to the header's algorithm.
    ///
    /// Keys and addresses of keys in it (`jwk`, `jku`, `x5c`, `x5u`) are not looked at, as a forger brings his own.
    async fn keys_for(&self, parts: &Parts<'_>) -> Result<(Vec<OtherKey>, u64), Unproven> {
        let algorithm = self.judge_header(parts)?;
        match &self.keys {
            Keys::Shared(keys) => Ok((keys.clone(), 0)),
            Keys::Published(ring) => {
                let kid = parts.in_header("kid").ok_or(Rejected::because("kid is missing or no text"))?;
                let (mut keys, generation) = ring.find(kid).await?;
                if keys.is_empty() {
                    return Err(Rejected::because("kid is unknown").into());
                }
                keys.retain(|key| key.algorithm() == algorithm);
                if keys.is_empty() {
                    return Err(Rejected::because("alg is not the key's").into());
                }
                Ok((keys, generation))
            }
        }
    }

    fn algorithm_of(&self, parts: &Parts<'_>) -> Result<Algorithm, Rejected> {
        let algorithm = parts.in_header("alg").and_then(Algorithm::of);
        algorithm.filter(|algorithm| self.rules.algorithms.contains(algorithm)).ok_or_else(|| {
            let hint = match self.keys {
                Keys::Shared(_) => {
                    "Its alg is not HS256, and this server shares a secret with its issuer: \
                    have tokens signed with that, or set the issuer's JWKS here instead."
                }
                Keys::Published(_) => "Its alg is none of those that are set here for its issuer.",
            };
            Rejected::because("alg is not allowed").hinting(hint)
        })
    }

    fn generation(&self) -> u64 {
        match &self.keys {
            Keys::Published(ring) => {
                ring.freshen();
                ring.generation()
            }
            Keys::Shared(_) => 0,
        }
    }
}

/// `JWT` for those who write it, `at+jwt` for those who follow RFC 9068; every other type is a token for something else
/// (RFC 8725, section 3.11).
fn may_be_access_token(media_type: &str) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    ["jwt", "at+jwt"].contains(&media_type.strip_prefix("application/").unwrap_or(&media_type))
}

impl fmt::Debug for OtherIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rules.fmt(f)
    }
}

/// All issuers beside this server itself.
pub struct OtherIssuers {
    pub(super) issuers: Vec<OtherIssuer>,
    /// Good tokens of published keys, by their SHA-256.
    remembered: Cache<[u8; 32], Remembered>,
}

#[derive(Clone)]
struct Remembered {
    claims: Arc<OtherClaims>,
    /// Which of the issuers.
    issuer: usize,
    generation: u64,
}

impl OtherIssuers {
    /// No token of theirs counts for longer than this, so that nothing about one has to be remembered for longer.
    pub const LONGEST_LIFE: Duration = LONGEST_LIFE;

    /// These issuers, each with a name of its own.
    pub fn new(issuers: Vec<OtherIssuer>) -> Self {
        Self { issuers, remembered: Cache::new(REMEMBERED) }
    }

    /// Whether only this server's own tokens count.
    pub fn is_empty(&self) -> bool {
        self.issuers.is_empty()
    }

    /// What a token proves that is none of `own`, the issuer who rejected it before.
    pub(super) async fn verify(
        &self,
        bearer: &str,
        now: Timestamp,
        own: &str,
        rejected: Rejected,
    ) -> Result<VerifiedClaims, Unproven> {
        if bearer.len() > LONGEST {
            return Err(rejected.into());
        }
        let fingerprint = fingerprint(bearer);
        if let Some(remembered) = self.remembered.get(&fingerprint)
            && self.issuers[remembered.issuer].generation() == remembered.generation
        {
            return Ok(verified(remembered.claims, now)?);
        }
        let hinted = |rejected: Rejected, kind: Kind| match kind.hint() {
            Some(hint) => rejected.hinting(hint),
            None => rejected,
        };
        let parts = Parts::read(bearer).map_err(|_| hinted(rejected, Kind::of(bearer)))?;
        let name = parts.claim("iss");
        if name == Some(own) {
            return Err(rejected.into());
        }
        let kind = Kind::of_parts(&parts);
        if kind != Kind::Jwt {
            return Err(hinted(Rejected::because("no access token"), kind).into());
        }
        let Some(at) = self.issuers.iter().position(|issuer| Some(issuer.rules.issuer.as_str()) == name)
        else {
            let hint = "Its issuer (iss) is none of those that are set here.";
            return Err(Rejected::because("iss is unknown").hinting(hint).into());
        };
        let (claims, generation) = self.issuers[at].check(&parts).await?;
        let claims = Arc::new(claims);
        let verified = verified(Arc::clone(&claims), now)?;
        if matches!(self.issuers[at].keys, Keys::Published(_)) {
            self.remembered.insert(fingerprint, Remembered { claims, issuer: at, generation });
        }
        Ok(verified)
    }
}

/// A remembered token is held against the clock every time.
fn verified(claims: Arc<OtherClaims>, now: Timestamp) -> Result<VerifiedClaims, Rejected> {
    claims.life.count_at(now).map(|()| VerifiedClaims::of_another(claims))
}

impl fmt::Debug for OtherIssuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.issuers).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::token::forge::NOW;
    use crate::auth::token::other::tests::{claims, rules};

    #[test]
    fn no_more_than_the_bound_is_remembered() {
        let others = OtherIssuers::new(Vec::new());
        let claims = claims();
        let claims = OtherClaims::read(claims.as_object().expect("an object"), &rules()).expect("good");
        assert!(claims.life.count_at(NOW).is_ok());
        let remembered = Remembered { claims: Arc::new(claims), issuer: 0, generation: 0 };
        for number in 0..2 * REMEMBERED {
            others.remembered.insert(fingerprint(&number.to_string()), remembered.clone());
        }
        assert!(others.remembered.len() <= REMEMBERED, "{}", others.remembered.len());
    }
}
