//! Refresh tokens: opaque, random, and each able to tell its successor from a salt.
//!
//! A token names its user and its chain and proves that it belongs there. The store keeps digests of both proofs, so that
//! whoever reads the database can trade nothing. The successor of a token is made of the token and of a salt that is
//! stored for a moment: whoever trades the same token again within that moment is given the same successor, which is
//! itself stored nowhere.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::TokenFault;
use crate::id::UserId;
use crate::secret::Secret;

/// Tells scanners for leaked secrets, and people, what it is.
pub(super) const PREFIX: &str = "twr_";
const USER: usize = 16;
const HANDLE: usize = 16;
const PROOF: usize = 32;

/// What a client trades for a new access token, once.
///
/// On the wire: `twr_` and the base64url of user, handle and proof.
#[derive(Clone)]
pub struct RefreshToken {
    user: UserId,
    /// The same in all tokens of a chain; known only to those who held one.
    handle: [u8; HANDLE],
    /// 256 random bits in the first token of a chain, and as many that look so in every other.
    proof: Zeroizing<[u8; PROOF]>,
}

/// 256 random bits that make one token's successor.
#[derive(Clone)]
pub struct Salt(Zeroizing<[u8; PROOF]>);

impl RefreshToken {
    /// The first token of a new chain.
    pub fn fresh(user: UserId) -> Result<Self, TokenFault> {
        Ok(Self { user, handle: random()?, proof: Zeroizing::new(random()?) })
    }

    /// Reads what a client sent. `None` where it cannot be a refresh token; whether it is one only the store knows.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?);
        let (user, rest) = bytes.split_first_chunk::<USER>()?;
        let (handle, proof) = rest.split_first_chunk::<HANDLE>()?;
        let proof = Zeroizing::new(proof.try_into().ok()?);
        Some(Self { user: UserId::from(Uuid::from_bytes(*user)), handle: *handle, proof })
    }

    /// As it is handed to the client.
    pub fn text(&self) -> Secret {
        let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(self.bytes()));
        Secret::from(format!("{PREFIX}{}", *encoded))
    }

    /// Whose it says to be.
    pub fn user_id(&self) -> UserId {
        self.user
    }

    /// What the store knows the chain by: SHA-256, which is enough for what is random.
    pub fn handle_digest(&self) -> Vec<u8> {
        digest(&SHA256, &self.handle).as_ref().to_vec()
    }

    /// What the store knows this one token by.
    pub fn digest(&self) -> Vec<u8> {
        digest(&SHA256, &self.bytes()).as_ref().to_vec()
    }

    /// The token that takes this one's place.
    #[must_use]
    pub fn successor(&self, salt: &Salt) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*salt.0);
        let tag = hmac::sign(&key, &*self.proof);
        let mut proof = Zeroizing::new([0; PROOF]);
        proof.copy_from_slice(tag.as_ref());
        Self { user: self.user, handle: self.handle, proof }
    }

    fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(USER + HANDLE + PROOF));
        bytes.extend_from_slice(self.user.uuid().as_bytes());
        bytes.extend_from_slice(&self.handle);
        bytes.extend_from_slice(&*self.proof);
        bytes
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Salt {
    /// One that was never used.
    pub fn fresh() -> Result<Self, TokenFault> {
        random().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// One that was stored; `None` where it is none.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// As it is stored.
    pub fn bytes(&self) -> &[u8] {
        &*self.0
    }
}

fn random<const N: usize>() -> Result<[u8; N], TokenFault> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| TokenFault)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> RefreshToken {
        RefreshToken::fresh(UserId::fresh()).expect("random")
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = fresh();
        let text = token.text();
        assert_eq!(text.expose().len(), PREFIX.len() + 86);
        let read = RefreshToken::parse(text.expose()).expect("a token");
        assert_eq!(read.user_id(), token.user_id());
        assert_eq!((read.digest(), read.handle_digest()), (token.digest(), token.handle_digest()));
        assert_eq!(read.text(), text);
    }

    #[test]
    fn what_cannot_be_a_token_is_none() {
        let text = fresh().text().expose().to_owned();
        let other_bits = format!("{}_", &text[..text.len() - 1]);
        for wrong in [
            "",
            "twr_",
            &text[1..],
            &text[PREFIX.len()..],
            &text[..text.len() - 1],
            &format!("{text}A"),
            &format!("{text}="),
            &format!(" {text}"),
            &text.replace("twr_", "TWR_"),
            &other_bits,
            &format!("twr_{}", "A".repeat(100_000)),
            "eyJhbGciOiJub25lIn0.e30.",
        ] {
            assert!(RefreshToken::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn one_salt_makes_one_successor_of_the_same_chain() {
        let token = fresh();
        let (salt, other) = (Salt::fresh().expect("random"), Salt::fresh().expect("random"));
        let successor = token.successor(&salt);
        assert_eq!(successor.text(), token.successor(&salt).text());
        assert_eq!(successor.handle_digest(), token.handle_digest());
        assert_eq!(successor.user_id(), token.user_id());
        let all = [
            token.text(),
            successor.text(),
            token.successor(&other).text(),
            successor.successor(&salt).text(),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one));
        }
        let stored = Salt::from_stored(salt.bytes()).expect("as it was stored");
        assert_eq!(token.successor(&stored).text(), successor.text());
        assert!(Salt::from_stored(&salt.bytes()[1..]).is_none());
    }

    #[test]
    fn no_two_chains_are_alike_and_none_is_printed() {
        let user = UserId::fresh();
        let (one, other) =
            (RefreshToken::fresh(user).expect("random"), RefreshToken::fresh(user).expect("random"));
        assert_ne!(one.handle_digest(), other.handle_digest());
        assert_ne!(one.digest(), other.digest());
        let printed = format!("{one:?}");
        assert!(!printed.contains("handle") && !printed.contains("proof"), "{printed}");
    }
}
