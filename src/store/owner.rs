//! The proof that a request speaks for one user.

use crate::auth::{Subject, VerifiedClaims};
use crate::id::UserId;
use crate::time::Timestamp;

use super::identity::Known;
use super::{Store, StoreError};

/// Proof that this request speaks for one user whose token was verified.
///
/// Not `Clone`, not `Deserialize`, no `From<UserId>`: it is lent downwards and dies with its request. It cannot be made
/// up:
///
/// ```compile_fail,E0451
/// let owner = taskward::store::Owner {
///     user: taskward::id::UserId::fresh(),
///     proved_at: taskward::time::Timestamp::from_millis(0),
///     is_elsewhere: false,
/// };
/// ```
#[derive(Debug)]
pub struct Owner {
    user: UserId,
    proved_at: Timestamp,
    is_elsewhere: bool,
}

impl Owner {
    /// Whom the request speaks for. The store binds it; to everyone else it is an id to show.
    pub fn user_id(&self) -> UserId {
        self.user
    }

    /// When the token was issued.
    pub fn proved_at(&self) -> Timestamp {
        self.proved_at
    }

    /// Whether another issuer signs them in, who then also says what they are called.
    pub fn is_of_another_issuer(&self) -> bool {
        self.is_elsewhere
    }

    /// Whom the store knows, or has just made, for an identity out of verified claims.
    pub(super) fn of(known: &Known, claims: &VerifiedClaims) -> Self {
        Self { user: known.user(), proved_at: claims.issued_at(), is_elsewhere: true }
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
                let counts = self.cut_offs.spare(user, claims);
                Ok(counts.then(|| Owner { user, proved_at: claims.issued_at(), is_elsewhere: false }))
            }
            Subject::Other(identity) => Box::pin(self.owner_elsewhere(identity, claims, now)).await,
        }
    }
}
