//! The door of whoever runs the server: accounts as such, and nothing of what they own but how much of it there is.
//!
//! Only the command line opens it. It needs no proof of a user, as whoever reaches it reaches the database anyway.

use sqlx::FromRow;

use crate::email::EmailAddress;
use crate::id::UserId;
use crate::time::Timestamp;

use super::cut_off::{CutOff, NO_EPOCH, Subject, add_cut_off, end_sign_ins};
use super::pool::on_connection;
use super::transaction::in_transaction;
use super::{Kind, Store, StoreError};

/// An account as an operator sees it.
#[derive(Debug, FromRow)]
pub struct Overview {
    /// Whose it is.
    pub id: UserId,
    /// As it was typed at registration.
    pub email: String,
    /// Whether a mail sent there came back to us.
    pub email_verified: bool,
    /// When they registered.
    pub created_at: Timestamp,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
}

/// How much an account owns.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Belongings {
    /// Tasks.
    pub tasks: i64,
    /// Tags.
    pub tags: i64,
    /// Places where they are signed in.
    pub sign_ins: i64,
}

/// What operators do to accounts.
pub struct Operator<'s> {
    store: &'s Store,
}

impl Store {
    /// Opens the door of whoever runs the server.
    pub fn operator(&self) -> Operator<'_> {
        Operator { store: self }
    }

    /// Erases a user with everything that hangs on them, and refuses their tokens from here on. `false` when they are
    /// gone already. `proved_at` is when the token was issued that asks for it: its issuer's clock may be fast.
    #[expect(clippy::disallowed_methods, reason = "for the user's own door and the operator's")]
    pub(super) async fn erase(
        &self,
        user: UserId,
        proved_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        // Stands in line with the user's writes, whose locks it would meet in another order.
        const WAIT: &str = "update owner_clock set rev = rev + 1 where owner_id = $1 returning rev";
        const NAMES: &str = "select issuer, subject from identities where owner_id = $1";
        const UNASK: &str =
            "delete from reset_requests where email_key = (select email_key from users where id = $1)";
        const ERASE: &str = "delete from users where id = $1 returning id";
        // The full-text index only marks what was deleted or changed. This writes it anew without that: half a second
        // for each 200,000 tasks that there are.
        const FORGET_WORDS: &str = "insert into task_search (task_search) values ('optimize')";
        let cut_offs: Vec<CutOff> = in_transaction!(self, |transaction| {
            let rev: Option<(i64,)> =
                sqlx::query_as(WAIT).bind(user).fetch_optional(&mut *transaction).await?;
            let names: Vec<(String, String)> =
                sqlx::query_as(NAMES).bind(user).fetch_all(&mut *transaction).await?;
            sqlx::query(UNASK).bind(user).execute(&mut *transaction).await?;
            let erased: Option<(UserId,)> =
                sqlx::query_as(ERASE).bind(user).fetch_optional(&mut *transaction).await?;
            if erased.is_none() {
                return Ok(Vec::new());
            }
            // Who never wrote anything left no words.
            if self.kind() == Kind::Sqlite && rev > Some((1,)) {
                sqlx::query(FORGET_WORDS).execute(&mut *transaction).await?;
            }
            // A token of another issuer's that still lives would make the user anew.
            let mut cut_offs = vec![self.cut_off(user, NO_EPOCH, now)];
            for (issuer, id) in &names {
                let cut_off = self.cut_off(Subject::of_identity(issuer, id), NO_EPOCH, now);
                cut_offs.push(CutOff { since: now.max(proved_at), ..cut_off });
            }
            for cut_off in &cut_offs {
                add_cut_off!(self, transaction, cut_off);
            }
            Ok(cut_offs)
        });
        for cut_off in &cut_offs {
            self.cut_offs.apply(*cut_off);
        }
        Ok(!cut_offs.is_empty())
    }
}

#[expect(clippy::disallowed_methods, reason = "an operator is no user, so that there is no owner to bind")]
impl Operator<'_> {
    /// Accounts in the order in which they were made, those after this one.
    pub async fn list(&self, after: Option<UserId>, limit: i64) -> Result<Vec<Overview>, StoreError> {
        const LIST: &str = "select id, email, email_verified, created_at, disabled_at from users where id > $1 \
             order by id limit $2";
        let after = after.unwrap_or(UserId::from(uuid::Uuid::nil()));
        Ok(on_connection!(self.store, |connection| sqlx::query_as(LIST)
            .bind(after)
            .bind(limit)
            .fetch_all(connection)
            .await?))
    }

    /// The account of this id.
    pub async fn find(&self, user: UserId) -> Result<Option<Overview>, StoreError> {
        const FIND: &str =
            "select id, email, email_verified, created_at, disabled_at from users where id = $1";
        Ok(on_connection!(self.store, |connection| sqlx::query_as(FIND)
            .bind(user)
            .fetch_optional(connection)
            .await?))
    }

    /// The account of this address.
    pub async fn find_by_email(&self, email: &EmailAddress) -> Result<Option<Overview>, StoreError> {
        const FIND: &str =
            "select id, email, email_verified, created_at, disabled_at from users where email_key = $1";
        Ok(on_connection!(self.store, |connection| sqlx::query_as(FIND)
            .bind(email.key())
            .fetch_optional(connection)
            .await?))
    }

    /// How much an account owns.
    pub async fn belongings(&self, user: UserId, now: Timestamp) -> Result<Belongings, StoreError> {
        const COUNT: &str = "select (select count(*) from tasks where owner_id = $1) as tasks, \
             (select count(*) from tags where owner_id = $1) as tags, \
             (select count(*) from sign_ins where owner_id = $1 and ends_at > $2) as sign_ins";
        Ok(on_connection!(self.store, |connection| sqlx::query_as(COUNT)
            .bind(user)
            .bind(now)
            .fetch_one(connection)
            .await?))
    }

    /// Keeps a user out: ends every sign-in and every access token, and lets none begin. `false` when there is no such
    /// user; one who is kept out already stays so.
    pub async fn disable(&self, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
        const DISABLE: &str = "update users set disabled_at = coalesce(disabled_at, $2), epoch = epoch + 1 \
             where id = $1 returning epoch";
        const VOID: &str = "delete from email_tokens where owner_id = $1";
        let cut_off: Option<CutOff> = in_transaction!(self.store, |transaction| {
            let raised: Option<(i32,)> =
                sqlx::query_as(DISABLE).bind(user).bind(now).fetch_optional(&mut *transaction).await?;
            let Some((epoch,)) = raised else { return Ok(None) };
            // A link that is out is not to open the account once its user is let in again.
            sqlx::query(VOID).bind(user).execute(&mut *transaction).await?;
            Ok(Some(end_sign_ins!(self.store, transaction, user, epoch, now)))
        });
        if let Some(cut_off) = cut_off {
            self.store.cut_offs.apply(cut_off);
        }
        Ok(cut_off.is_some())
    }

    /// Lets a user in again. What was ended stays ended. `false` when there is no such user.
    pub async fn enable(&self, user: UserId) -> Result<bool, StoreError> {
        const ENABLE: &str = "update users set disabled_at = null where id = $1 returning id";
        let enabled: Option<(UserId,)> = in_transaction!(self.store, |transaction| {
            Ok(sqlx::query_as(ENABLE).bind(user).fetch_optional(&mut *transaction).await?)
        });
        Ok(enabled.is_some())
    }

    /// Erases an account and everything it owns. `false` when there is no such user.
    pub async fn delete(&self, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
        self.store.erase(user, now, now).await
    }
}
