//! What a token says, and whether it still, or yet, counts.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::life::{Life, names, text};
use super::other::{Identity, OtherClaims};
use super::{Rejected, TokenRules};
use crate::id::{SignInId, UserId};
use crate::time::Timestamp;

/// Proof that a token was checked and counted at that instant: what it says of its user.
///
/// Only [`Verifier`](super::Verifier) makes one. Not `Clone`, not `Deserialize`: it dies with its request.
#[derive(Debug)]
pub struct VerifiedClaims(Proof);

#[derive(Debug)]
enum Proof {
    Own(Claims),
    Other(Arc<OtherClaims>),
}

/// Whom a token speaks for.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'c> {
    /// Somebody with an account here, by a token of this server's own.
    User(UserId),
    /// Somebody whom another issuer knows. Who that is here, only the store can tell.
    Other(&'c Identity),
}

impl VerifiedClaims {
    /// The instants have to have been checked against the present.
    pub(super) fn new(claims: Claims) -> Self {
        Self(Proof::Own(claims))
    }

    /// The same, of a token that another issuer made.
    pub(super) fn of_another(claims: Arc<OtherClaims>) -> Self {
        Self(Proof::Other(claims))
    }

    /// Claims that no token was checked for.
    #[cfg(test)]
    pub fn for_test(user: UserId, issued_at: Timestamp, expires_at: Timestamp) -> Self {
        let life = Life { issued_at, not_before: None, expires_at };
        Self(Proof::Own(Claims { user, sign_in: None, epoch: 0, life }))
    }

    /// The same, issued from this sign-in and in this epoch.
    #[cfg(test)]
    #[must_use]
    pub fn with(self, sign_in: Option<SignInId>, epoch: i32) -> Self {
        match self.0 {
            Proof::Own(claims) => Self(Proof::Own(Claims { sign_in, epoch, ..claims })),
            other @ Proof::Other(_) => Self(other),
        }
    }

    /// Whom the token speaks for.
    pub fn subject(&self) -> Subject<'_> {
        match &self.0 {
            Proof::Own(claims) => Subject::User(claims.user),
            Proof::Other(claims) => Subject::Other(&claims.identity),
        }
    }

    /// Whom it speaks for, where that is somebody with an account here.
    pub fn user_id(&self) -> Option<UserId> {
        match self.subject() {
            Subject::User(user) => Some(user),
            Subject::Other(_) => None,
        }
    }

    /// The chain of refresh tokens that it was issued from.
    pub fn sign_in(&self) -> Option<SignInId> {
        match &self.0 {
            Proof::Own(claims) => claims.sign_in,
            Proof::Other(_) => None,
        }
    }

    /// How often all of the user's tokens had been ended when it was issued; `None` where its issuer does not count.
    pub fn epoch(&self) -> Option<i32> {
        match &self.0 {
            Proof::Own(claims) => Some(claims.epoch),
            Proof::Other(_) => None,
        }
    }

    /// When it was issued; whole seconds in this server's own tokens.
    pub fn issued_at(&self) -> Timestamp {
        self.life().issued_at
    }

    /// The first instant at which it counts no more.
    pub fn expires_at(&self) -> Timestamp {
        self.life().expires_at
    }

    fn life(&self) -> &Life {
        match &self.0 {
            Proof::Own(claims) => &claims.life,
            Proof::Other(claims) => &claims.life,
        }
    }
}

/// What a token with a good signature says, in the form that is remembered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claims {
    user: UserId,
    sign_in: Option<SignInId>,
    epoch: i32,
    life: Life,
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
        let life = Life::read(payload)?;
        // What ends tokens before they expire is kept as long as a token lives by the present rules.
        let longest = life.issued_at + rules.lifetime;
        Ok(Self {
            user,
            sign_in: sign_in.map(|id| id.ok_or(Rejected::because("sid is no sign-in's id"))).transpose()?,
            // Tokens that an earlier release signed do not say.
            epoch: epoch.unwrap_or(Some(0)).ok_or(Rejected::because("epoch is no number"))?,
            life: Life { expires_at: life.expires_at.min(longest), ..life },
        })
    }

    /// The checks that a token may fail later, or has failed before.
    pub(super) fn count_at(&self, now: Timestamp) -> Result<(), Rejected> {
        self.life.count_at(now)
    }
}
