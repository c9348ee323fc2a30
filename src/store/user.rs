//! The owner's own row.

use std::fmt;

use crate::field::PersonName;
use crate::id::UserId;
use crate::time::Timestamp;

use super::by_place::by_place;
use super::owned_sql::OwnedSql;
use super::pool::on_connection;
use super::write::{Outcome, Written, hold_owned};
use super::{Owner, Store, StoreError};

/// A person with an account.
#[derive(Clone)]
pub struct User {
    /// Whose `owner_id` it is.
    pub id: UserId,
    /// As it was typed at registration, or as another issuer's token has it.
    pub email: String,
    /// Whether a mail sent there came back to us.
    pub email_verified: bool,
    /// What to call them.
    pub name: Option<String>,
    /// When they registered.
    pub created_at: Timestamp,
    /// When their profile was last changed.
    pub updated_at: Timestamp,
}

by_place!(User { id, email, email_verified, name, created_at, updated_at });

/// Shows who it is and nothing personal, as `Debug` output ends up in logs.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The owner as a user.
pub struct OwnedUser<'s> {
    pub(super) store: &'s Store,
    pub(super) owner: &'s Owner,
}

impl Store {
    /// Opens the owner's own row.
    pub fn user<'s>(&'s self, owner: &'s Owner) -> OwnedUser<'s> {
        OwnedUser { store: self, owner }
    }
}

const FIND: OwnedSql = OwnedSql::on_users(
    "select id, email, email_verified, name, created_at, updated_at from users where id = $1",
);

impl OwnedUser<'_> {
    /// `None` when the token outlived its user.
    pub async fn find(&self) -> Result<Option<User>, StoreError> {
        Ok(on_connection!(self.store, |connection| FIND.of(self.owner).fetch_optional(connection).await?))
    }

    /// Renames the owner. The same name again changes nothing, not even the time of the last change.
    pub async fn rename(&self, name: Option<&PersonName>, now: Timestamp) -> Written<User> {
        const RENAME: OwnedSql = OwnedSql::on_users(
            "update users set name = $2, updated_at = $3 where id = $1 \
             returning id, email, email_verified, name, created_at, updated_at",
        );
        let name = name.map(PersonName::as_str);
        hold_owned!(self, |transaction| {
            let user: User = FIND.of(self.owner).fetch_one(&mut *transaction).await?;
            if user.name.as_deref() == name {
                Ok(Outcome::Unchanged(user))
            } else {
                Ok(Outcome::Wrote(
                    RENAME.of(self.owner).bind(name).bind(now).fetch_one(&mut *transaction).await?,
                ))
            }
        })
    }

    /// Erases the owner with everything that hangs on them, and refuses their tokens from here on. `false` when they are
    /// gone already.
    pub async fn delete(&self, now: Timestamp) -> Result<bool, StoreError> {
        self.store.erase(self.owner.user_id(), self.owner.proved_at(), now).await
    }
}
