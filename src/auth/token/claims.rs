//! What a token says, and whether it still, or yet, counts.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Rejected, TokenRules};
use crate::id::{SignInId, UserId};
use crate::time::Timestamp;

/// How far the clocks of issuer and verifier may be apart.
pub const LEEWAY: Duration = Duration::from_secs(5);

/// The last second of the year 9999.
const LATEST: f64 = 253_402_300_799.0;

/// Proof that a token was checked and counted at that instant: what it says of its user.
///
/// Only [`Verifier`](super::Verifier) makes one. Not `Clone`, not `Deserialize`: it dies with its request.
#[derive(Debug)]
pub struct VerifiedClaims(Claims);

impl VerifiedClaims {
    /// The instants have to have been checked against the present.
    pub(super) fn new(claims: Claims) -> Self {
        Self(claims)
    }

    /// Claims that no token was checked for.
    #[cfg(test)]
    pub fn for_test(user: UserId, issued_at: Timestamp, expires_at: Timestamp) -> Self {
        Self(Claims { user, sign_in: None, epoch: Some(0), issued_at, not_before: None, expires_at })
    }

    /// The same, issued from this sign-in and in this epoch.
    #[cfg(test)]
    #[must_use]
    pub fn with(self, sign_in: Option<SignInId>, epoch: Option<i32>) -> Self {
        Self(Claims { sign_in, epoch, ..self.0 })
    }

    /// Whom the token speaks for.
    pub fn user_id(&self) -> UserId {
        self.0.user
    }

    /// The chain of refresh tokens that it was issued from.
    pub fn sign_in(&self) -> Option<SignInId> {
        self.0.sign_in
    }

    /// How often all of the user's tokens had been ended when it was issued; `None` where its issuer does not count.
    pub fn epoch(&self) -> Option<i32> {
        self.0.epoch
    }

    /// When it was issued; whole seconds in this server's own tokens.
    pub fn issued_at(&self) -> Timestamp {
        self.0.issued_at
    }

    /// The first instant at which it counts no more.
    pub fn expires_at(&self) -> Timestamp {
        self.0.expires_at
    }
}

/// What a token with a good signature says, in the form that is remembered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claims {
    user: UserId,
    sign_in: Option<SignInId>,
    epoch: Option<i32>,
    issued_at: Timestamp,
    not_before: Option<Timestamp>,
    expires_at: Timestamp,
}

impl Claims {
    /// Everything that can be checked without a clock.
    pub(super) fn read(payload: &Map<String, Value>, rules: &TokenRules) -> Result<Self, Rejected> {
        if text(payload, "iss") != Some(&rules.issuer) {
            return Err(Rejected::because("iss is not ours"));
        }
        if !names(payload.get("aud"), &rules.audience) {
            return Err(Rejected::because("aud does not name us"));
        }
        let subject = text(payload, "sub").ok_or(Rejected::because("sub is missing or no text"))?;
        let user: UserId = subject.parse().map_err(|_| Rejected::because("sub is no user's id"))?;
        if text(payload, "user_id") != Some(subject) {
            return Err(Rejected::because("user_id is not sub"));
        }
        let sign_in = payload.get("sid").map(|id| id.as_str().and_then(|id| id.parse().ok()));
        let epoch =
            payload.get("epoch").map(|epoch| epoch.as_i64().and_then(|epoch| i32::try_from(epoch).ok()));
        let required = |name, reason| instant(payload, name).ok().flatten().ok_or(Rejected::because(reason));
        let claims = Self {
            user,
            sign_in: sign_in.map(|id| id.ok_or(Rejected::because("sid is no sign-in's id"))).transpose()?,
            // Tokens that an earlier release signed do not say.
            epoch: Some(epoch.unwrap_or(Some(0)).ok_or(Rejected::because("epoch is no number"))?),
            issued_at: required("iat", "iat is missing or no instant")?,
            not_before: instant(payload, "nbf")
                .map_err(|NoInstant| Rejected::because("nbf is no instant"))?,
            expires_at: required("exp", "exp is missing or no instant")?,
        };
        if claims.expires_at <= claims.issued_at {
            return Err(Rejected::because("exp is not after iat"));
        }
        // What ends tokens before they expire is kept as long as a token lives by the present rules.
        let longest = claims.issued_at + rules.lifetime;
        Ok(Self { expires_at: claims.expires_at.min(longest), ..claims })
    }

    /// The checks that a token may fail later, or has failed before.
    pub(super) fn count_at(&self, now: Timestamp) -> Result<(), Rejected> {
        if now >= self.expires_at + LEEWAY {
            return Err(Rejected::because("expired"));
        }
        if self.issued_at > now + LEEWAY {
            return Err(Rejected::because("issued in the future"));
        }
        if self.not_before.is_some_and(|start| start > now + LEEWAY) {
            return Err(Rejected::because("not yet valid"));
        }
        Ok(())
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str()
}

/// One text, or a list of nothing but texts: RFC 7519, section 4.1.3.
fn names(audience: Option<&Value>, wanted: &str) -> bool {
    match audience {
        Some(Value::String(one)) => one == wanted,
        Some(Value::Array(several)) => {
            several.iter().all(Value::is_string) && several.iter().any(|one| one == wanted)
        }
        _ => false,
    }
}

struct NoInstant;

/// A `NumericDate` (RFC 7519, section 2) between 1970 and 9999.
fn instant(members: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, NoInstant> {
    let Some(value) = members.get(name) else { return Ok(None) };
    let seconds = value.as_f64().filter(|seconds| (0.0..=LATEST).contains(seconds)).ok_or(NoInstant)?;
    let since = Duration::try_from_secs_f64(seconds).map_err(|_| NoInstant)?;
    Ok(Some(Timestamp::from_millis(0) + since))
}
