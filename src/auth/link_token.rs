//! Tokens that travel in the links of mails.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::secret::Secret;

/// Bytes of chance in a token: too many to be guessed, so that a plain digest protects it.
const LENGTH: usize = 32;

/// A token that nobody has yet, and what is stored of it.
#[derive(Debug)]
pub struct LinkToken {
    /// For the link, and for nothing else.
    pub text: Secret,
    /// For the database.
    pub hash: LinkTokenHash,
}

/// What is stored of a token: its SHA-256, of which nobody can make the token again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkTokenHash([u8; 32]);

/// The system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoChance;

impl fmt::Display for NoChance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system gives no random bytes for a token")
    }
}

impl std::error::Error for NoChance {}

impl LinkToken {
    /// One that nobody has yet.
    pub fn fresh() -> Result<Self, NoChance> {
        let mut bytes = [0; LENGTH];
        SystemRandom::new().fill(&mut bytes).map_err(|_| NoChance)?;
        let text = Secret::from(URL_SAFE_NO_PAD.encode(bytes));
        Ok(Self { hash: LinkTokenHash::of(&text), text })
    }
}

impl LinkTokenHash {
    /// Of a token that somebody shows.
    pub fn of(text: &Secret) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, text.expose().as_bytes()).as_ref());
        Self(hash)
    }

    /// For the database.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_fit_for_a_link_and_never_the_same() {
        let (one, other) = (LinkToken::fresh().expect("chance"), LinkToken::fresh().expect("chance"));
        assert_eq!(one.text.expose().len(), 43);
        assert!(one.text.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
        assert!(one.text != other.text && one.hash != other.hash);
        assert_eq!(LinkTokenHash::of(&one.text), one.hash);
        assert!(!format!("{one:?}").contains(one.text.expose()));
    }
}
