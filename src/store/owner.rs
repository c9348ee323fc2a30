//! The proof that a request speaks for one user.

use crate::auth::VerifiedClaims;
use crate::id::UserId;
use crate::time::Timestamp;

use super::Store;

/// Proof that this request speaks for one user whose token was verified.
///
/// Not `Clone`, not `Deserialize`, no `From<UserId>`: it is lent downwards and dies with its request. It cannot be made
/// up:
///
/// ```compile_fail,E0451
/// let owner = taskward::store::Owner { user: taskward::id::UserId::fresh(), proved_at: taskward::time::Timestamp::from_millis(0) };
/// ```
#[derive(Debug)]
pub struct Owner {
    user: UserId,
    proved_at: Timestamp,
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
}

impl Store {
    /// Turns verified claims into the key to what their user owns. Nothing else makes an [`Owner`].
    ///
    /// `None` when the token was cut off: its user signed out, changed the password, or is gone.
    pub fn owner(&self, claims: &VerifiedClaims) -> Option<Owner> {
        self.cut_offs.spare(claims).then(|| Owner { user: claims.user_id(), proved_at: claims.issued_at() })
    }
}
