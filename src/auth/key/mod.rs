//! The key that signs access tokens, and the keys that check them.
//!
//! An Ed25519 key stands in a file ([`KeyFile`]), which commands change while servers run. Whoever signs or checks asks
//! the [`KeyRing`], where a server holds the keys and follows the file.

mod fault;
mod file;
mod replace;
mod ring;
mod rotation;
mod text;

use std::fmt;
use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::crypto::{self, aws_lc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};
use zeroize::Zeroizing;

pub use fault::KeyFault;
pub(super) use ring::Held;
pub use ring::KeyRing;
pub use rotation::{KeyFile, ListedKey, Retirement};
pub use text::LONGEST_LIFE;

use crate::secret::Secret;

/// The secret that `.env.example` shows. Everybody knows it, so nothing may be signed with it.
pub const SAMPLE_SECRET: &str = "sample-secret-that-everybody-knows-put-your-own-random-text-here";

/// As long as the hash it keys: RFC 7518, section 3.2.
const SHORTEST_SECRET: usize = 32;

/// The private half of what tokens are signed with, and everything that its tokens may be checked with.
pub struct SigningKey {
    algorithm: Algorithm,
    kid: String,
    encoding: EncodingKey,
    accepted: KeySet,
}

impl SigningKey {
    /// The Ed25519 key in a PKCS#8 PEM file; makes the file, readable by its owner alone, when there is none.
    ///
    /// However many processes begin at once, all of them end up with the same key.
    pub fn ed25519_from_file(path: &Path) -> Result<Self, KeyFault> {
        let kept = KeyFile::at(path).read_or_make(LONGEST_LIFE, None)?;
        Ok(kept.signing)
    }

    /// An Ed25519 key that is kept nowhere: no token was ever signed with it.
    pub fn ed25519_unkept() -> Result<Self, KeyFault> {
        Self::ed25519_from_pem(new_ed25519_pem()?.as_bytes()).ok_or(KeyFault::Unusable)
    }

    fn ed25519_from_pem(pem: &[u8]) -> Option<Self> {
        let (encoding, pair) = ed25519_pair(pem)?;
        let key = VerificationKey::ed25519(pair.public_key().as_ref())?;
        Some(Self::new(encoding, key))
    }

    /// Signs and checks with one secret, which everyone who checks has to share.
    pub fn hs256(secret: &Secret) -> Result<Self, KeyFault> {
        choose_back_end();
        check_secret(secret)?;
        let text = secret.expose();
        let encoding = EncodingKey::from_secret(text.as_bytes());
        // A thumbprint (RFC 7638) would publish a plain hash of the secret; this tells no more than a token does.
        let kid = crypto::sign(b"kid", &encoding, Algorithm::HS256).map_err(|_| KeyFault::Unusable)?;
        let decoding = DecodingKey::from_secret(text.as_bytes());
        Ok(Self::new(encoding, VerificationKey { algorithm: Algorithm::HS256, kid, decoding, jwk: None }))
    }

    fn new(encoding: EncodingKey, own: VerificationKey) -> Self {
        Self { algorithm: own.algorithm, kid: own.kid.clone(), encoding, accepted: KeySet(vec![own]) }
    }

    /// `EdDSA` or `HS256`, as in a token's `alg`.
    pub fn algorithm(&self) -> &'static str {
        name(self.algorithm)
    }

    /// What its tokens name it by.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What tokens may be checked with: the key's own other half.
    pub fn accepted(&self) -> &KeySet {
        &self.accepted
    }

    /// The public keys as a JWK set (RFC 7517, section 5). Empty for a shared secret.
    pub fn jwks(&self) -> Value {
        self.accepted.jwks()
    }

    /// The signature of a text, in base64url; `None` when the library cannot make one.
    pub(super) fn sign(&self, text: &str) -> Option<String> {
        crypto::sign(text.as_bytes(), &self.encoding, self.algorithm).ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("alg", &self.algorithm())
            .finish_non_exhaustive()
    }
}

/// The keys that a token may be checked with, each known by its `kid`.
#[derive(Clone)]
pub struct KeySet(Vec<VerificationKey>);

impl KeySet {
    /// The names of the keys, in their order.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.kid.as_str())
    }

    /// The public ones as a JWK set (RFC 7517, section 5).
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.0.iter().filter_map(|key| key.jwk.as_ref()).collect::<Vec<_>>() })
    }

    pub(super) fn find(&self, kid: &str) -> Option<&VerificationKey> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// Whether checking with any of them costs enough to be worth remembering.
    pub(super) fn is_slow(&self) -> bool {
        self.0.iter().any(VerificationKey::is_slow)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| (&key.kid, name(key.algorithm)))).finish()
    }
}

/// One key, bound to the one algorithm that it is used with (RFC 8725, section 3.1).
#[derive(Clone)]
pub(super) struct VerificationKey {
    algorithm: Algorithm,
    kid: String,
    decoding: DecodingKey,
    jwk: Option<Jwk>,
}

impl VerificationKey {
    /// Named by its thumbprint (RFC 7638, with the members that RFC 8037 says).
    fn ed25519(public: &[u8]) -> Option<Self> {
        let algorithm = Algorithm::EdDSA;
        let decoding = DecodingKey::from_ed_der(public);
        let mut jwk = Jwk::from_decoding_key(&decoding, Some(algorithm)).ok()?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Some(Self { algorithm, kid, decoding, jwk: Some(jwk) })
    }

    pub(super) fn algorithm(&self) -> &'static str {
        name(self.algorithm)
    }

    /// An Ed25519 check takes 36 µs and a remembered one less than one; HMAC takes 2.5.
    pub(super) fn is_slow(&self) -> bool {
        self.algorithm != Algorithm::HS256
    }

    /// Whether the signature, in base64url, is this key's signature of the text.
    pub(super) fn verifies(&self, text: &str, signature: &str) -> bool {
        crypto::verify(signature, text.as_bytes(), &self.decoding, self.algorithm).unwrap_or(false)
    }
}

/// `alg` as the tokens write it (RFC 7518, section 3.1; RFC 8037, section 3.1).
fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::HS256 => "HS256",
        _ => "EdDSA",
    }
}

/// Whether a secret is fit to sign with.
pub(super) fn check_secret(secret: &Secret) -> Result<(), KeyFault> {
    let text = secret.expose();
    if text.trim() == SAMPLE_SECRET {
        return Err(KeyFault::SampleSecret);
    }
    if text.len() < SHORTEST_SECRET {
        return Err(KeyFault::ShortSecret { bytes: text.len(), at_least: SHORTEST_SECRET });
    }
    Ok(())
}

/// jsonwebtoken panics at first use when a build turns on both of its back ends and nobody has chosen one.
pub(super) fn choose_back_end() {
    // An error says that the choice was made before.
    let _chosen = aws_lc::DEFAULT_PROVIDER.install_default();
}

fn ed25519_pair(pem: &[u8]) -> Option<(EncodingKey, Ed25519KeyPair)> {
    choose_back_end();
    let encoding = EncodingKey::from_ed_pem(pem).ok()?;
    let pair = Ed25519KeyPair::from_pkcs8(encoding.as_bytes()).ok()?;
    Some((encoding, pair))
}

fn new_ed25519_pem() -> Result<Zeroizing<String>, KeyFault> {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).map_err(|_| KeyFault::Unusable)?;
    let body = Zeroizing::new(STANDARD.encode(pkcs8.as_ref()));
    Ok(text::pem("PRIVATE KEY", &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::from(text.to_owned())
    }

    #[test]
    fn the_key_of_rfc_8037_is_published_as_the_rfc_says() {
        let seed = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
            .expect("base64url");
        let mut pkcs8 = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
        pkcs8.extend(seed);
        let pem =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(pkcs8));
        let key = SigningKey::ed25519_from_pem(pem.as_bytes()).expect("a key");
        assert_eq!(
            key.jwks(),
            json!({ "keys": [{
                "kty": "OKP",
                "crv": "Ed25519",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                "alg": "EdDSA",
                "use": "sig",
            }] })
        );
    }

    #[test]
    fn a_shared_secret_is_never_published() {
        let key = SigningKey::hs256(&secret("0123456789abcdef0123456789abcdef")).expect("long enough");
        assert_eq!(key.jwks(), json!({ "keys": [] }));
    }

    #[test]
    fn two_secrets_have_two_kids_and_neither_is_a_plain_hash() {
        let one = SigningKey::hs256(&secret("0123456789abcdef0123456789abcdef")).expect("long enough");
        let other = SigningKey::hs256(&secret("0123456789abcdef0123456789abcdeF")).expect("long enough");
        assert_ne!(one.kid(), other.kid());
        let jwk = Jwk::from_encoding_key(&one.encoding, Algorithm::HS256).expect("a key");
        assert_ne!(one.kid(), jwk.thumbprint(ThumbprintHash::SHA256).expect("a thumbprint"));
    }

    #[test]
    fn a_short_secret_and_the_sample_are_refused() {
        let short = SigningKey::hs256(&secret("0123456789abcdef0123456789abcde")).expect_err("31 bytes");
        assert_eq!(short.to_string(), "the secret that signs tokens has 31 bytes and needs at least 32");
        let sample = SigningKey::hs256(&secret(&format!("{SAMPLE_SECRET}\n"))).expect_err("the sample");
        assert!(sample.to_string().contains("sample"), "{sample}");
    }

    #[test]
    fn nothing_prints_key_material() {
        let key = SigningKey::hs256(&secret("correct-horse-battery-staple-0123")).expect("long enough");
        let printed = format!("{key:?} {:?}", key.accepted());
        assert!(printed.contains(key.kid()) && printed.contains("HS256"), "{printed}");
        assert!(!printed.contains("horse") && !printed.contains("encoding"), "{printed}");
    }
}
