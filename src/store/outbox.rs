//! Mails that are to be sent: queued in the transaction of what they are about, and handed out one at a time.
//!
//! A row says who is written to and about what. The token of its link does not exist before the mail is sent, and after
//! that only in the mail: neither the database nor a copy of it ever holds something that opens an account.
//!
//! Locks are taken in one order everywhere: the owner's clock, the user, then mails, then tokens.

use std::fmt;
use std::time::Duration;

use sqlx::FromRow;
use uuid::Uuid;

use crate::auth::LinkTokenHash;
use crate::email::EmailAddress;
use crate::id::UserId;
use crate::time::Timestamp;

use super::email_token::PUT_TOKEN;
use super::pool::on_connection;
use super::transaction::in_transaction;
use super::{Kind, Store, StoreError, User};

/// What a mail is about. The numbers are how it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[repr(i16)]
pub enum MailKind {
    /// A link to choose a new password.
    PasswordReset = 0,
    /// A link that shows that the address is the user's.
    EmailVerification = 1,
    /// The password is another than it was.
    PasswordChanged = 2,
}

impl MailKind {
    /// How long a link of this kind counts, and for how long it is tried to send the mail.
    pub const fn life(self) -> Duration {
        match self {
            Self::PasswordReset => Duration::from_mins(30),
            Self::EmailVerification => Duration::from_hours(24),
            Self::PasswordChanged => Duration::from_hours(72),
        }
    }

    /// Whether the mail has a link with a token.
    pub const fn has_link(self) -> bool {
        !matches!(self, Self::PasswordChanged)
    }

    /// Links and mails of which kind are void when this one is queued: a newer link takes the place of an older one, and
    /// whoever has just chosen a password shall not lose it to a link from before.
    pub(super) const fn ends(self) -> Self {
        match self {
            Self::PasswordReset | Self::PasswordChanged => Self::PasswordReset,
            Self::EmailVerification => Self::EmailVerification,
        }
    }
}

/// A mail that is somebody's to send, for as long as the lease lasts.
#[derive(FromRow)]
pub struct DueMail {
    /// Who is written to.
    #[sqlx(rename = "owner_id")]
    pub owner: UserId,
    /// Unique with its owner.
    pub id: Uuid,
    /// What it is about.
    pub kind: MailKind,
    email: String,
    /// When it was queued.
    pub created_at: Timestamp,
    /// From when on it is worth nothing, and its link neither.
    pub expires_at: Timestamp,
    /// The how-manieth try this is.
    pub tries: i16,
}

impl DueMail {
    /// Where it goes: the user's address when it was queued.
    pub fn address(&self) -> &str {
        &self.email
    }
}

/// Shows which it is and nothing personal, as `Debug` output ends up in logs.
impl fmt::Debug for DueMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DueMail").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Who is written to, as they are when the mail is sent.
#[derive(FromRow)]
struct Addressee {
    email: String,
    email_key: String,
    name: Option<String>,
    email_verified: bool,
    disabled_at: Option<Timestamp>,
}

/// What is to be sent.
pub struct Outbox<'s> {
    store: &'s Store,
}

impl Store {
    /// Opens what is to be sent.
    pub fn outbox(&self) -> Outbox<'_> {
        Outbox { store: self }
    }
}

pub(super) const FORGET_TOKEN: &str = "delete from email_tokens where owner_id = $1 and kind = $2";
/// All of a kind but this one.
pub(super) const FORGET_MAILS: &str = "delete from mails where owner_id = $1 and kind = $2 and id <> $3";

/// Queues a mail within a transaction. Once that is committed, the bell has to ring.
macro_rules! queue_mail {
    ($transaction:expr, $user:expr, $email:expr, $kind:expr, $now:expr) => {{
        const QUEUE: &str = "insert into mails (owner_id, id, kind, email, created_at, expires_at, due_at, tries) \
             values ($1, $2, $3, $4, $5, $6, $5, 0)";
        let (id, kind, now) = (uuid::Uuid::now_v7(), $kind, $now);
        let queued = sqlx::query(QUEUE).bind($user).bind(id).bind(kind).bind($email).bind(now);
        queued.bind(now + kind.life()).execute(&mut *$transaction).await?;
        let forget = sqlx::query($crate::store::outbox::FORGET_MAILS).bind($user).bind(kind.ends()).bind(id);
        forget.execute(&mut *$transaction).await?;
        let forget = sqlx::query($crate::store::outbox::FORGET_TOKEN).bind($user).bind(kind.ends());
        forget.execute(&mut *$transaction).await?;
    }};
}
pub(super) use queue_mail;

#[expect(clippy::disallowed_methods, reason = "mails are sent for owners who are not there to ask for it")]
impl Outbox<'_> {
    /// Queues a mail to the user's address, and wakes who sends mails in this process.
    pub async fn queue(&self, user: &User, kind: MailKind, now: Timestamp) -> Result<(), StoreError> {
        in_transaction!(self.store, |transaction| {
            queue_mail!(transaction, user.id, &user.email, kind, now);
            Ok(())
        });
        self.store.bell.notify_one();
        Ok(())
    }

    /// Keeps that somebody asked for a new password for this address. The same statement and the same time whether it has
    /// an account: who that is, is looked up when nobody waits for the answer.
    pub async fn ask_for_reset(&self, email: &EmailAddress, now: Timestamp) -> Result<(), StoreError> {
        const ASK: &str = "insert into reset_requests (id, email_key, requested_at) values ($1, $2, $3)";
        in_transaction!(self.store, |transaction| {
            let ask = sqlx::query(ASK).bind(Uuid::now_v7()).bind(email.key()).bind(now);
            ask.execute(&mut *transaction).await?;
            Ok(())
        });
        self.store.bell.notify_one();
        Ok(())
    }

    /// Makes a mail, or nothing, of the oldest such request; `false` when there is none. A request whose mail would be late
    /// comes to nothing.
    pub async fn settle_reset(&self, now: Timestamp) -> Result<bool, StoreError> {
        const TAKE_SQLITE: &str = "delete from reset_requests \
             where id = (select id from reset_requests order by id limit 1) returning email_key, requested_at";
        // Others take the next one meanwhile; SQLite has one writer and no such words.
        const TAKE_POSTGRES: &str = "delete from reset_requests \
             where id = (select id from reset_requests order by id limit 1 for update skip locked) \
             returning email_key, requested_at";
        const FIND: &str = "select id, email from users where email_key = $1 and password_hash is not null \
             and disabled_at is null";
        let take = if self.store.kind() == Kind::Sqlite { TAKE_SQLITE } else { TAKE_POSTGRES };
        Ok(in_transaction!(self.store, |transaction| {
            let taken: Option<(String, Timestamp)> =
                sqlx::query_as(take).fetch_optional(&mut *transaction).await?;
            let Some((email_key, requested_at)) = taken else { return Ok(false) };
            let found: Option<(UserId, String)> =
                sqlx::query_as(FIND).bind(email_key).fetch_optional(&mut *transaction).await?;
            if let Some((user, email)) = found
                && requested_at + MailKind::PasswordReset.life() > now
            {
                queue_mail!(transaction, user, email, MailKind::PasswordReset, requested_at);
            }
            Ok(true)
        }))
    }

    /// The mail that is due for longest, leased for so long: until then nobody else gets it, afterwards whoever asks.
    pub async fn claim(&self, now: Timestamp, lease: Duration) -> Result<Option<DueMail>, StoreError> {
        const CLAIM_SQLITE: &str = "update mails set due_at = $2, tries = tries + 1 where (owner_id, id) = \
             (select owner_id, id from mails where due_at <= $1 order by due_at limit 1) \
             returning owner_id, id, kind, email, created_at, expires_at, tries";
        const CLAIM_POSTGRES: &str = "update mails set due_at = $2, tries = tries + 1 where (owner_id, id) = \
             (select owner_id, id from mails where due_at <= $1 order by due_at limit 1 for update skip locked) \
             returning owner_id, id, kind, email, created_at, expires_at, tries";
        let claim = if self.store.kind() == Kind::Sqlite { CLAIM_SQLITE } else { CLAIM_POSTGRES };
        Ok(in_transaction!(self.store, |transaction| {
            let claim = sqlx::query_as(claim).bind(now).bind(now + lease);
            Ok(claim.fetch_optional(&mut *transaction).await?)
        }))
    }

    /// Makes the token of a claimed mail's link count, in place of an earlier try's, and tells what to call the user.
    /// `None` when the mail is not to be sent after all: somebody withdrew it, the user is disabled, or the address is
    /// another by now.
    ///
    /// A name is only told where the address was verified. Otherwise whoever registers somebody else's could have this
    /// server send them a text of his choice.
    pub async fn prepare(
        &self,
        mail: &DueMail,
        token: &LinkTokenHash,
    ) -> Result<Option<Option<String>>, StoreError> {
        // Change nothing, but hold the rows until the token counts.
        const USER: &str = "update users set epoch = epoch where id = $1 \
             returning email, email_key, name, email_verified, disabled_at";
        const IS_MINE: &str =
            "update mails set tries = tries where owner_id = $1 and id = $2 and tries = $3 returning tries";
        Ok(in_transaction!(self.store, |transaction| {
            let user = sqlx::query_as(USER).bind(mail.owner).fetch_optional(&mut *transaction).await?;
            let Some(user): Option<Addressee> = user else { return Ok(None) };
            let mine = sqlx::query_as(IS_MINE).bind(mail.owner).bind(mail.id).bind(mail.tries);
            let mine: Option<(i16,)> = mine.fetch_optional(&mut *transaction).await?;
            if mine.is_none() {
                return Ok(None);
            }
            if mail.kind.has_link() {
                if user.disabled_at.is_some() || user.email != mail.email {
                    return Ok(None);
                }
                let put = sqlx::query(PUT_TOKEN).bind(mail.owner).bind(mail.kind).bind(token.as_bytes());
                put.bind(user.email_key).bind(mail.expires_at).execute(&mut *transaction).await?;
            }
            Ok(Some(user.name.filter(|_| user.email_verified)))
        }))
    }

    /// Forgets a mail that was sent, or never will be.
    pub async fn remove(&self, mail: &DueMail) -> Result<(), StoreError> {
        const REMOVE: &str = "delete from mails where owner_id = $1 and id = $2";
        in_transaction!(self.store, |transaction| {
            sqlx::query(REMOVE).bind(mail.owner).bind(mail.id).execute(&mut *transaction).await?;
            Ok(())
        });
        Ok(())
    }

    /// Gives a claimed mail back, to be tried again from then on. Does nothing when somebody else has it by now.
    pub async fn put_off(&self, mail: &DueMail, until: Timestamp) -> Result<(), StoreError> {
        const PUT_OFF: &str = "update mails set due_at = $4 where owner_id = $1 and id = $2 and tries = $3";
        in_transaction!(self.store, |transaction| {
            let put_off = sqlx::query(PUT_OFF).bind(mail.owner).bind(mail.id).bind(mail.tries);
            put_off.bind(until).execute(&mut *transaction).await?;
            Ok(())
        });
        Ok(())
    }

    /// Since when, or from when on, there is something to do; `None` when there is nothing.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        const REQUESTED: &str = "select requested_at from reset_requests order by id limit 1";
        const DUE: &str = "select min(due_at) from mails";
        let requested: Option<(Timestamp,)> =
            on_connection!(self.store, |connection| sqlx::query_as(REQUESTED)
                .fetch_optional(connection)
                .await?);
        let (due,): (Option<Timestamp>,) =
            on_connection!(self.store, |connection| sqlx::query_as(DUE).fetch_one(connection).await?);
        Ok([requested.map(|(at,)| at), due].into_iter().flatten().min())
    }

    /// Returns when something was queued in this process since the last time.
    pub async fn rings(&self) {
        self.store.bell.notified().await;
    }
}
