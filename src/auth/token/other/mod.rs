//! Tokens that other issuers make, such as Better Auth: who they are, which keys they sign with, what their tokens say.
//!
//! A token is tried as this server's own first; only then its `iss` chooses, byte for byte, one of the other issuers,
//! whose keys and names it has to fit. No issuer's token can pass as another's: each is held to its own `iss`, `aud`
//! and keys, and own tokens carry a `typ` and a `kid` besides.

mod claims;
mod explain;
mod issuer;
mod keys;
mod kind;
mod parts;
mod ring;
mod rules;

#[cfg(test)]
mod tests;

pub use claims::Identity;
pub(in crate::auth) use claims::OtherClaims;
pub use explain::{Check, Explanation, Finding};
pub use issuer::{OtherIssuer, OtherIssuers, Unproven};
pub use rules::{Algorithm, ClaimPath, ClaimPaths, KeySource, OtherRules};

use super::{VerifiedClaims, Verifier};
use crate::time::Timestamp;

/// Checks bearer tokens, whoever made them.
#[derive(Debug)]
pub struct Verifiers {
    own: Verifier,
    others: OtherIssuers,
}

impl Verifiers {
    /// This server's own tokens, and those of these issuers.
    pub fn new(own: Verifier, others: OtherIssuers) -> Self {
        Self { own, others }
    }

    /// What a bearer token proves at this instant. May ask another issuer for its keys.
    pub async fn verify(&self, bearer: &str, now: Timestamp) -> Result<VerifiedClaims, Unproven> {
        match self.own.verify(bearer, now) {
            Ok(claims) => Ok(claims),
            Err(rejected) if self.others.is_empty() => Err(rejected.into()),
            Err(rejected) => self.others.verify(bearer, now, &self.own.rules().issuer, rejected).await,
        }
    }
}
