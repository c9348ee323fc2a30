//! The proof that a request speaks for one user.

use crate::auth::{Subject, VerifiedClaims};
use crate::id::{SignInId, UserId};
use crate::time::Timestamp;

use super::identity::Known;
use super::{Store, StoreError};

/// Proof that this request speaks for one user whose token was verified.
///
/// Not `Clone`, not `Deserialize`, no `From<UserId>`: it is lent downwards and dies with the request, the socket or the
/// stream that it was proved for. It cannot be made up:
///
/// ```compile_fail,E0451
/// let owner = taskward::store::Owner { user: taskward::id::UserId::fresh(), proof: (), is_elsewhere: false };
/// ```
#[derive(Debug)]
pub struct Owner {
    user: UserId,
    proof: Proof,
    is_elsewhere: bool,
}

/// What decides whether a token that was verified still counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof {
    pub(super) sign_in: Option<SignInId>,
    pub(super) epoch: Option<i32>,
    pub(super) issued_at: Timestamp,
    expires_at: Timestamp,
}

impl From<&VerifiedClaims> for Proof {
    fn from(claims: &VerifiedClaims) -> Self {
        Self {
            sign_in: claims.sign_in(),
            epoch: claims.epoch(),
            issued_at: claims.issued_at(),
            expires_at: claims.expires_at(),
        }
    }
}

impl Owner {
    /// Whom the request speaks for. The store binds it; to everyone else it is an id to show.
    pub fn user_id(&self) -> UserId {
        self.user
    }

    /// When the token was issued.
    pub fn proved_at(&self) -> Timestamp {
        self.proof.issued_at
    }

    /// The first instant at which the token counts no more.
    pub fn expires_at(&self) -> Timestamp {
        self.proof.expires_at
    }

    /// Whether another issuer signs them in, who then also says what they are called.
    pub fn is_of_another_issuer(&self) -> bool {
        self.is_elsewhere
    }

    /// Whom the store knows, or has just made, for an identity out of verified claims.
    pub(super) fn of(known: &Known, claims: &VerifiedClaims) -> Self {
        Self { user: known.user(), proof: claims.into(), is_elsewhere: true }
    }
}

impl Store {
    /// Turns verified claims into the key to what their user owns. Nothing else makes an [`Owner`].
    ///
    /// Asks the database for users of other issuers alone: when they are met for the first time, when their token tells
    /// something new of them, and after their tokens were cut off. `None` when the token was cut off: its user signed out,
    /// changed the password, is disabled or gone.
    pub async fn owner(&self, claims: &VerifiedClaims, now: Timestamp) -> Result<Option<Owner>, StoreError> {
        match claims.subject() {
            Subject::User(user) => {
                let proof = claims.into();
                let counts = self.cut_offs.spare(user, proof);
                Ok(counts.then_some(Owner { user, proof, is_elsewhere: false }))
            }
            Subject::Other(identity) => Box::pin(self.owner_elsewhere(identity, claims, now)).await,
        }
    }

    /// Returns once the owner's token is cut off. That it expires is for whoever waits to see.
    pub async fn cut_off_of(&self, owner: &Owner) {
        // Before the first look, so that nothing falls between the two.
        let mut of_user = self.cut_offs.listen(owner.user);
        let mut of_sign_in = owner.proof.sign_in.map(|sign_in| self.cut_offs.listen(sign_in));
        loop {
            let known = self.cut_offs.count();
            if !self.cut_offs.spare(owner.user, owner.proof) {
                return;
            }
            match &mut of_sign_in {
                Some(of_sign_in) => tokio::select! {
                    () = of_user.hear_beyond(known) => {}
                    () = of_sign_in.hear_beyond(known) => {}
                },
                None => of_user.hear_beyond(known).await,
            }
        }
    }
}
