//! Making access tokens (RFC 9068).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use uuid::{NoContext, Uuid};

use super::{TYPE, TokenRules, Verifier};
use crate::auth::{KeyRing, SigningKey};
use crate::id::{SignInId, UserId};
use crate::secret::Secret;
use crate::time::Timestamp;

/// Makes the access tokens of this server.
#[derive(Debug)]
pub struct Issuer {
    keys: KeyRing,
    rules: TokenRules,
}

/// A fresh access token.
#[derive(Debug)]
pub struct AccessToken {
    /// What the client sends back as a bearer token.
    pub text: Secret,
    /// How long it counts, from the instant it was issued at.
    pub expires_in: Duration,
}

/// Whom a token speaks for, and what may end it before it expires.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Whom it speaks for.
    pub user: UserId,
    /// For the token's readers; this server goes by the id alone.
    pub email: &'a str,
    /// The chain of refresh tokens that it belongs to, and ends with.
    pub sign_in: Option<SignInId>,
    /// How often all of the user's tokens have been ended.
    pub epoch: i32,
}

/// The cryptographic library could not sign, or gave no random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenFault;

impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a token could not be made")
    }
}

impl std::error::Error for TokenFault {}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'a str,
    kid: &'a str,
}

/// RFC 9068, section 2.2. `user_id` repeats `sub` for readers that look for it under that name; `sid` is registered by
/// `OpenID` Connect Back-Channel Logout 1.0, section 2.4.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    user_id: &'a str,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    epoch: i32,
    iat: i64,
    exp: i64,
    jti: String,
}

impl Issuer {
    /// An issuer of tokens by these rules, signed with the key that is this ring's at the time.
    pub fn new(keys: impl Into<KeyRing>, rules: TokenRules) -> Self {
        Self { keys: keys.into(), rules }
    }

    /// The key it signs with at this moment.
    pub fn key(&self) -> Arc<SigningKey> {
        self.keys.signing()
    }

    /// Reads what this issuer issues, and nothing else.
    pub fn verifier(&self) -> Verifier {
        Verifier::new(self.keys.clone(), self.rules.clone())
    }

    /// A token that says who the user is.
    pub fn issue(&self, subject: &Subject<'_>, now: Timestamp) -> Result<AccessToken, TokenFault> {
        let key = self.keys.signing();
        let user = subject.user.to_string();
        let header = Header { typ: TYPE, alg: key.algorithm(), kid: key.kid() };
        let claims = Claims {
            iss: &self.rules.issuer,
            aud: &self.rules.audience,
            sub: &user,
            user_id: &user,
            email: subject.email,
            sid: subject.sign_in.map(|id| id.to_string()),
            epoch: subject.epoch,
            iat: now.seconds(),
            exp: (now + self.rules.lifetime).seconds(),
            jti: unique(now).to_string(),
        };
        let signed = format!("{}.{}", encoded(&header)?, encoded(&claims)?);
        let signature = key.sign(&signed).ok_or(TokenFault)?;
        let text = Secret::from(format!("{signed}.{signature}"));
        Ok(AccessToken { text, expires_in: self.rules.lifetime })
    }
}

/// A UUID of version 7 and of that instant.
fn unique(now: Timestamp) -> Uuid {
    let millis = now.millis().unsigned_abs();
    let nanos = u32::try_from(millis % 1000 * 1_000_000).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, millis / 1000, nanos))
}

fn encoded(part: &impl Serialize) -> Result<String, TokenFault> {
    serde_json::to_vec(part).map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(|_| TokenFault)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::auth::token::forge::{NOW, ada, ed25519, hs256, rules, sign_in, user};
    use crate::auth::token::json;

    fn parts(token: &AccessToken) -> (serde_json::Value, serde_json::Value) {
        let parts: Vec<_> = token
            .text
            .expose()
            .split('.')
            .map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url"))
            .collect();
        assert_eq!(parts.len(), 3);
        let read = |part: &[u8]| json::object(part).expect("a strict object").into();
        (read(&parts[0]), read(&parts[1]))
    }

    #[test]
    fn a_token_holds_what_rfc_9068_asks_for() {
        for key in [ed25519(), hs256()] {
            let issuer = Issuer::new(key, rules());
            let token = issuer.issue(&ada(), NOW).expect("signed");
            let (header, mut claims) = parts(&token);
            assert_eq!(
                header,
                json!({ "typ": "at+jwt", "alg": issuer.key().algorithm(), "kid": issuer.key().kid() })
            );
            let jti: Uuid = claims["jti"].take().as_str().expect("text").parse().expect("a UUID");
            assert_eq!(jti.get_version_num(), 7);
            let millis = jti.get_timestamp().map(|at| at.to_unix()).expect("an instant");
            assert_eq!(millis, (1_800_000_000, 250_000_000));
            assert_eq!(
                claims,
                json!({
                    "iss": "https://tasks.example",
                    "aud": "taskward",
                    "sub": user().to_string(),
                    "user_id": user().to_string(),
                    "email": "ada@example.com",
                    "sid": sign_in().to_string(),
                    "epoch": 3,
                    "iat": 1_800_000_000,
                    "exp": 1_800_003_600,
                    "jti": null,
                })
            );
            assert_eq!(token.expires_in, Duration::from_hours(1));
        }
    }

    #[test]
    fn no_two_tokens_are_the_same() {
        let issuer = Issuer::new(ed25519(), rules());
        let one = issuer.issue(&ada(), NOW).expect("signed");
        let other = issuer.issue(&ada(), NOW).expect("signed");
        assert_ne!(one.text, other.text);
    }

    #[test]
    fn neither_the_issuer_nor_its_tokens_print_what_counts() {
        let issuer = Issuer::new(hs256(), rules());
        let token = issuer.issue(&ada(), NOW).expect("signed");
        let printed = format!("{issuer:?} {token:?}");
        assert!(!printed.contains("eyJ") && !printed.contains("0123456789"), "{printed}");
    }
}
