//! The proof that a request speaks for one user.

use crate::auth::VerifiedClaims;
use crate::id::UserId;

use super::Store;

/// Proof that this request speaks for one user whose token was verified.
///
/// Not `Clone`, not `Deserialize`, no `From<UserId>`: it is lent downwards and dies with its request. It cannot be made
/// up:
///
/// ```compile_fail,E0451
/// let owner = taskward::store::Owner { user: taskward::id::UserId::fresh() };
/// ```
#[derive(Debug)]
pub struct Owner {
    user: UserId,
}

impl Owner {
    /// Whom the request speaks for. The store binds it; to everyone else it is an id to show.
    pub fn user_id(&self) -> UserId {
        self.user
    }
}

impl Store {
    /// Turns verified claims into the key to what their user owns. Nothing else makes an [`Owner`].
    pub fn owner(&self, claims: &VerifiedClaims) -> Owner {
        Owner { user: claims.user_id() }
    }
}
