//! The door for whoever shows a token from a mail: it opens onto the one user whom the token was sent to, and once.

use crate::auth::LinkTokenHash;
use crate::id::UserId;
use crate::time::Timestamp;

use super::outbox::MailKind;
use super::pool::on_connection;
use super::transaction::in_transaction;
use super::{Store, StoreError, User};

/// Tokens from mails.
pub struct EmailTokens<'s> {
    store: &'s Store,
}

impl Store {
    /// Opens the door to what tokens from mails are for.
    pub fn email_tokens(&self) -> EmailTokens<'_> {
        EmailTokens { store: self }
    }
}

/// A token is worth nothing once its time is up, once its owner is disabled, or once the address that it was sent to is
/// another's.
const FIND: &str = "select u.id, u.email, u.email_verified, u.name, u.created_at, u.updated_at from email_tokens t \
     join users u on u.id = t.owner_id and u.email_key = t.email_key and u.disabled_at is null \
     where t.token_hash = $1 and t.kind = $2 and t.expires_at > $3";
/// In place of an older one of its kind.
pub(super) const PUT_TOKEN: &str = "insert into email_tokens (owner_id, kind, token_hash, email_key, expires_at) \
     values ($1, $2, $3, $4, $5) on conflict (owner_id, kind) do update set token_hash = excluded.token_hash, \
     email_key = excluded.email_key, expires_at = excluded.expires_at";
/// Of several that come at once one gets the row.
pub(super) const SPEND: &str =
    "delete from email_tokens where owner_id = $1 and kind = $2 and token_hash = $3 returning owner_id";

#[expect(clippy::disallowed_methods, reason = "nobody is signed in: the token itself is the proof")]
impl EmailTokens<'_> {
    /// Whom a token for a new password belongs to. It goes on counting.
    pub async fn resets(&self, token: &LinkTokenHash, now: Timestamp) -> Result<Option<User>, StoreError> {
        Ok(on_connection!(self.store, |connection| {
            let find = sqlx::query_as(FIND).bind(token.as_bytes()).bind(MailKind::PasswordReset).bind(now);
            find.fetch_optional(connection).await?
        }))
    }

    /// Makes a token count that chooses this user's new password, in place of any other. `None` when there is no such user,
    /// when they are disabled, and when another issuer signs them in.
    pub async fn put_reset(
        &self,
        user: UserId,
        token: &LinkTokenHash,
        until: Timestamp,
    ) -> Result<Option<()>, StoreError> {
        // Changes nothing, but holds the row until the token counts.
        const USER: &str = "update users set epoch = epoch where id = $1 and password_hash is not null \
             and disabled_at is null returning email_key";
        const FORGET_MAILS: &str = "delete from mails where owner_id = $1 and kind = $2";
        let kind = MailKind::PasswordReset;
        Ok(in_transaction!(self.store, |transaction| {
            let found: Option<(String,)> =
                sqlx::query_as(USER).bind(user).fetch_optional(&mut *transaction).await?;
            let Some((email_key,)) = found else { return Ok(None) };
            sqlx::query(FORGET_MAILS).bind(user).bind(kind).execute(&mut *transaction).await?;
            let put = sqlx::query(PUT_TOKEN).bind(user).bind(kind).bind(token.as_bytes());
            put.bind(email_key).bind(until).execute(&mut *transaction).await?;
            Ok(Some(()))
        }))
    }

    /// Uses up a token that shows an address to be its owner's, and keeps that it is. `None` when the token does not count.
    pub async fn verify_email(
        &self,
        token: &LinkTokenHash,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        // Change nothing, but hold the rows in the order in which every write takes them: the clock, the user, tokens.
        const CLOCK: &str = "update owner_clock set rev = rev where owner_id = $1";
        const USER: &str = "update users set epoch = epoch where id = $1";
        const VERIFY: &str = "update users set email_verified = true, updated_at = $2 where id = $1 and email = $3 \
             returning id, email, email_verified, name, created_at, updated_at";
        let kind = MailKind::EmailVerification;
        Ok(in_transaction!(self.store, |transaction| {
            let find = sqlx::query_as(FIND).bind(token.as_bytes()).bind(kind).bind(now);
            let found: Option<User> = find.fetch_optional(&mut *transaction).await?;
            let Some(user) = found else { return Ok(None) };
            for hold in [CLOCK, USER] {
                sqlx::query(hold).bind(user.id).execute(&mut *transaction).await?;
            }
            let spend = sqlx::query_as(SPEND).bind(user.id).bind(kind).bind(token.as_bytes());
            let mine: Option<(UserId,)> = spend.fetch_optional(&mut *transaction).await?;
            if mine.is_none() {
                return Ok(None);
            }
            let verify = sqlx::query_as(VERIFY).bind(user.id).bind(now).bind(&user.email);
            Ok(verify.fetch_optional(&mut *transaction).await?)
        }))
    }
}
