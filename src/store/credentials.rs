//! The one door without a key: email addresses and password hashes, one at a time.

use sqlx::FromRow;

use crate::auth::PasswordHash;
use crate::email::EmailAddress;
use crate::field::PersonName;
use crate::id::UserId;
use crate::time::Timestamp;

use super::pool::{Pool, on_pool};
use super::write::is_duplicate;
use super::{Store, StoreError, User};

/// Someone who is about to have an account.
#[derive(Debug)]
pub struct NewUser {
    /// Theirs from here on.
    pub id: UserId,
    /// Must be nobody else's.
    pub email: EmailAddress,
    /// What to call them.
    pub name: Option<PersonName>,
    /// Of a password that was judged.
    pub password_hash: PasswordHash,
    /// When they came.
    pub now: Timestamp,
}

#[derive(FromRow)]
struct Row {
    password_hash: Option<String>,
    #[sqlx(flatten)]
    user: User,
}

/// What signing in needs, and nothing that people own.
pub struct Credentials<'s> {
    store: &'s Store,
}

impl Store {
    /// Opens the door to email addresses and password hashes.
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials { store: self }
    }
}

#[expect(clippy::disallowed_methods, reason = "nobody is signed in yet, so there is no owner to bind")]
impl Credentials<'_> {
    /// The account of this address and its password's hash; `None` for the hash of whom another issuer signs in.
    pub async fn by_email(
        &self,
        email: &EmailAddress,
    ) -> Result<Option<(User, Option<PasswordHash>)>, StoreError> {
        const FIND: &str = "select id, email, email_verified, name, created_at, updated_at, password_hash \
             from users where email_key = $1";
        let found: Option<Row> =
            on_pool!(self.store, |pool| sqlx::query_as(FIND).bind(email.key()).fetch_optional(pool).await?);
        Ok(found.map(|row| (row.user, row.password_hash.map(PasswordHash::from))))
    }

    /// Makes an account, and the clock of what it will own. `None` when the address has one.
    pub async fn add(&self, user: &NewUser) -> Result<Option<User>, StoreError> {
        const ADD: &str = "insert into users (id, email, email_key, name, password_hash, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $6) \
             returning id, email, email_verified, name, created_at, updated_at";
        const ADD_CLOCK: &str = "insert into owner_clock (owner_id, rev) values ($1, 0)";
        macro_rules! add {
            ($begun:expr) => {{
                let mut transaction = $begun.await?;
                let added = sqlx::query_as(ADD)
                    .bind(user.id)
                    .bind(user.email.as_str())
                    .bind(user.email.key())
                    .bind(user.name.as_ref().map(PersonName::as_str))
                    .bind(user.password_hash.as_str())
                    .bind(user.now)
                    .fetch_one(&mut *transaction)
                    .await;
                let added: User = match added {
                    Err(error) if is_duplicate(&error) => return Ok(None),
                    added => added?,
                };
                sqlx::query(ADD_CLOCK).bind(user.id).execute(&mut *transaction).await?;
                transaction.commit().await?;
                added
            }};
        }
        Ok(Some(match &self.store.pool {
            Pool::Sqlite(pools) => add!(pools.writer.begin_with("begin immediate")),
            Pool::Postgres(pools) => add!(pools.all.begin()),
        }))
    }

    /// Puts a stronger hash of the same password in place of the one that was verified. Does nothing when the
    /// password was changed meanwhile.
    pub async fn rehash(
        &self,
        user: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), StoreError> {
        const REHASH: &str = "update users set password_hash = $3 where id = $1 and password_hash = $2";
        macro_rules! rehash {
            ($pool:expr) => {{
                sqlx::query(REHASH).bind(user).bind(old.as_str()).bind(new.as_str()).execute($pool).await?;
            }};
        }
        match &self.store.pool {
            Pool::Sqlite(pools) => rehash!(&pools.writer),
            Pool::Postgres(pools) => rehash!(&pools.all),
        }
        Ok(())
    }
}
