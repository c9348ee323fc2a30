//! What is known of an issuer from the settings.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jsonwebtoken::Algorithm as Library;
use serde_json::{Map, Value};

use crate::fetch::{Address, Fetcher};
use crate::secret::Secret;

/// How another issuer's tokens may be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA with P-256.
    Es256,
    /// RSA, PKCS #1 version 1.5.
    Rs256,
    /// RSA, PSS.
    Ps256,
    /// A shared secret.
    Hs256,
}

impl Algorithm {
    /// All that a published key may be used with.
    pub const PUBLISHED: [Self; 4] = [Self::EdDsa, Self::Es256, Self::Rs256, Self::Ps256];

    /// As `alg` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Hs256 => "HS256",
        }
    }

    /// Ed25519 has two names: RFC 8037, section 3.1, and RFC 9864, section 2.2.
    pub(super) fn of(alg: &str) -> Option<Self> {
        match alg {
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "HS256" => Some(Self::Hs256),
            _ => None,
        }
    }

    pub(super) fn library(self) -> Library {
        match self {
            Self::EdDsa => Library::EdDSA,
            Self::Es256 => Library::ES256,
            Self::Rs256 => Library::RS256,
            Self::Ps256 => Library::PS256,
            Self::Hs256 => Library::HS256,
        }
    }
}

impl FromStr for Algorithm {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::of(text).ok_or(())
    }
}

/// Where in a token's payload a text stands: names with dots between them, from the outside in.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimPath(Vec<String>);

impl ClaimPath {
    /// `None` for a path with an empty name in it.
    pub fn parse(text: &str) -> Option<Self> {
        let names: Vec<_> = text.split('.').map(str::to_owned).collect();
        (!names.iter().any(String::is_empty)).then_some(Self(names))
    }

    pub(super) fn find<'p>(&self, payload: &'p Map<String, Value>) -> Option<&'p Value> {
        let (last, outer) = self.0.split_last()?;
        enter(outer, payload)?.get(last)
    }

    /// What stands under another name beside the text.
    pub(super) fn beside<'p>(&self, payload: &'p Map<String, Value>, name: &str) -> Option<&'p Value> {
        let (_, outer) = self.0.split_last()?;
        enter(outer, payload)?.get(name)
    }
}

fn enter<'p>(outer: &[String], payload: &'p Map<String, Value>) -> Option<&'p Map<String, Value>> {
    outer.iter().try_fold(payload, |object, name| object.get(name)?.as_object())
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

impl fmt::Debug for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where an issuer's tokens say who it is.
#[derive(Debug, Clone)]
pub struct ClaimPaths {
    /// What, with the issuer, identifies.
    pub id: ClaimPath,
    /// The address to show. Never identifies.
    pub email: ClaimPath,
    /// What to call them; may be missing.
    pub name: ClaimPath,
}

/// What an issuer's tokens are checked with.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A JWK set that the issuer publishes.
    Jwks {
        /// Where.
        address: Address,
        /// Gets it.
        fetcher: Fetcher,
        /// The least time between two fetches, whatever tokens come.
        interval: Duration,
        /// After which it is fetched again while the old one is still used.
        max_age: Duration,
    },
    /// Secrets that are shared with the issuer; any of them counts.
    Secrets(Vec<Secret>),
}

/// An issuer whose tokens count here.
#[derive(Debug, Clone)]
pub struct OtherRules {
    /// `iss`, byte for byte.
    pub issuer: String,
    /// What `aud` has to name.
    pub audience: String,
    /// How its tokens may be signed.
    pub algorithms: Vec<Algorithm>,
    /// Where they say who it is.
    pub claims: ClaimPaths,
    /// What they are checked with.
    pub keys: KeySource,
}
