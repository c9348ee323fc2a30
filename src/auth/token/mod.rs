//! Access tokens: JWTs in the profile of RFC 9068, made by [`Issuer`], read by [`Verifier`], strict as RFC 8725 asks.
//! [`Verifiers`] reads those of other issuers as well, and explains what is wrong with one.
//!
//! None of them has a clock for tokens: the caller says what time it is.

mod claims;
mod issuer;
mod json;
mod life;
mod other;
mod verifier;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod forge;

use std::fmt;
use std::time::Duration;

pub use claims::{Subject, VerifiedClaims};
pub use issuer::{AccessToken, Issuer, Recipient, TokenFault};
pub use life::LEEWAY;
pub use other::{
    Algorithm, Check, ClaimPath, ClaimPaths, Explanation, Finding, Identity, KeySource, OtherIssuer,
    OtherIssuers, OtherRules, Unproven, Verifiers,
};
pub use verifier::Verifier;

/// The header's `typ`: RFC 9068, section 2.1.
const TYPE: &str = "at+jwt";

/// What an issuer writes into its tokens and a verifier insists on.
#[derive(Debug, Clone)]
pub struct TokenRules {
    /// `iss`: who makes the tokens.
    pub issuer: String,
    /// `aud`: who they are for.
    pub audience: String,
    /// How long a token counts, also one that was given a longer time before.
    pub lifetime: Duration,
}

/// The token does not count. Whoever sent one of this server's own learns no more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected {
    reason: &'static str,
    hint: Option<&'static str>,
}

impl Rejected {
    const fn because(reason: &'static str) -> Self {
        Self { reason, hint: None }
    }

    const fn hinting(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// It counted once; its user has ended it.
    pub const fn cut_off() -> Self {
        Self::because("ended before it expired")
    }

    /// For debug logs: which check failed. Holds nothing out of the token.
    pub fn reason(self) -> &'static str {
        self.reason
    }

    /// For whoever sent the token of another issuer: what kind of token it is and what to do. Holds nothing out of it.
    pub fn hint(self) -> Option<&'static str> {
        self.hint
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token is not valid")
    }
}

impl std::error::Error for Rejected {}
