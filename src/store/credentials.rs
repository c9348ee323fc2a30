//! The door of whoever is about to sign in: email addresses and password hashes, one at a time.

use std::net::IpAddr;

use sqlx::FromRow;

use crate::auth::{LinkTokenHash, PasswordHash};
use crate::email::EmailAddress;
use crate::field::PersonName;
use crate::id::UserId;
use crate::throttle::subscriber;
use crate::time::Timestamp;

use super::cut_off::{CutOff, END_SIGN_INS, add_cut_off};
use super::email_token::SPEND;
use super::outbox::{MailKind, queue_mail};
use super::owned_sql::OwnedSql;
use super::pool::on_connection;
use super::sign_in::new::begin_sign_in;
use super::transaction::in_transaction;
use super::{NewSignIn, Owner, Store, StoreError, User};

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

/// What signing in asks about an account.
#[derive(Debug)]
pub struct Account {
    /// Whose it is.
    pub user: User,
    /// `None` for whom another issuer signs in.
    pub password_hash: Option<PasswordHash>,
    /// How often all of the user's tokens have been ended.
    pub epoch: i32,
    /// Whether they may not sign in.
    pub is_disabled: bool,
}

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    user: User,
    password_hash: Option<String>,
    epoch: i32,
    disabled_at: Option<Timestamp>,
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        Self {
            user: row.user,
            password_hash: row.password_hash.map(PasswordHash::from),
            epoch: row.epoch,
            is_disabled: row.disabled_at.is_some(),
        }
    }
}

const SET_PASSWORD: &str = "update users set password_hash = $2, epoch = epoch + 1 where id = $1 \
     and disabled_at is null and epoch = coalesce($3, epoch) \
     returning id, email, email_verified, name, created_at, updated_at, password_hash, epoch, disabled_at";

/// Sets a password and ends what was begun with the one before, as the last statements of a transaction.
macro_rules! set_password {
    ($store:expr, $transaction:ident, $user:expr, $epoch:expr, $hash:expr, $sign_in:expr, $now:expr) => {{
        let (user, sign_in): (_, Option<&NewSignIn>) = ($user, $sign_in);
        let set = sqlx::query_as(SET_PASSWORD).bind(user).bind($hash.as_str()).bind($epoch);
        let row: Option<Row> = set.fetch_optional(&mut *$transaction).await?;
        let Some(row) = row else { return Ok(None) };
        queue_mail!($transaction, user, &row.user.email, MailKind::PasswordChanged, $now);
        sqlx::query(END_SIGN_INS).bind(user).execute(&mut *$transaction).await?;
        if let Some(new) = sign_in {
            begin_sign_in!($transaction, user, new);
        }
        let cut_off = $store.cut_off(user, row.epoch, $now);
        add_cut_off!($store, $transaction, cut_off);
        Ok(Some((row, cut_off)))
    }};
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
    /// The account of this address.
    pub async fn by_email(&self, email: &EmailAddress) -> Result<Option<Account>, StoreError> {
        const FIND: &str = "select id, email, email_verified, name, created_at, updated_at, password_hash, epoch, \
             disabled_at from users where email_key = $1";
        let found: Option<Row> = on_connection!(self.store, |connection| sqlx::query_as(FIND)
            .bind(email.key())
            .fetch_optional(connection)
            .await?);
        Ok(found.map(Account::from))
    }

    /// The account of the owner, who is to prove once more who they are.
    pub async fn of(&self, owner: &Owner) -> Result<Option<Account>, StoreError> {
        const FIND: OwnedSql = OwnedSql::on_users(
            "select id, email, email_verified, name, created_at, updated_at, password_hash, epoch, disabled_at \
             from users where id = $1",
        );
        let found: Option<Row> =
            on_connection!(self.store, |connection| FIND.of(owner).fetch_optional(connection).await?);
        Ok(found.map(Account::from))
    }

    /// Makes an account and the clock of what it will own, and signs its user in where that is wanted. `None` when the
    /// address has an account.
    pub async fn add(
        &self,
        user: &NewUser,
        sign_in: Option<&NewSignIn>,
    ) -> Result<Option<Account>, StoreError> {
        const ADD: &str = "insert into users (id, email, email_key, name, password_hash, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $6) on conflict (email_key) do nothing \
             returning id, email, email_verified, name, created_at, updated_at, password_hash, epoch, disabled_at";
        const ADD_CLOCK: &str = "insert into owner_clock (owner_id, rev) values ($1, 0)";
        Ok(in_transaction!(self.store, |transaction| {
            let added: Option<Row> = sqlx::query_as(ADD)
                .bind(user.id)
                .bind(user.email.as_str())
                .bind(user.email.key())
                .bind(user.name.as_ref().map(PersonName::as_str))
                .bind(user.password_hash.as_str())
                .bind(user.now)
                .fetch_optional(&mut *transaction)
                .await?;
            if added.is_some() {
                sqlx::query(ADD_CLOCK).bind(user.id).execute(&mut *transaction).await?;
                if let Some(new) = sign_in {
                    begin_sign_in!(transaction, user.id, new);
                }
            }
            Ok(added.map(Account::from))
        }))
    }

    /// Signs in a user who has just proved who they are. `false` when all sign-ins of theirs were ended since the account
    /// was read.
    pub async fn begin_sign_in(&self, account: &Account, new: &NewSignIn) -> Result<bool, StoreError> {
        // Waits for whoever is ending all of the user's sign-ins, and has them wait for this one.
        const LOCK: &str = "update users set epoch = epoch where id = $1 and epoch = $2 and disabled_at is null \
             returning epoch";
        let user = account.user.id;
        Ok(in_transaction!(self.store, |transaction| {
            let lock = sqlx::query_as(LOCK).bind(user).bind(account.epoch);
            let locked: Option<(i32,)> = lock.fetch_optional(&mut *transaction).await?;
            if locked.is_some() {
                begin_sign_in!(transaction, user, new);
            }
            Ok(locked.is_some())
        }))
    }

    /// Sets the password of a user who has just shown the one that is to go, and signs them in where that is wanted. Ends
    /// every sign-in and every access token that there was before, voids links to choose a password that are still out, and
    /// has the user told by mail. `None` when the user is gone or disabled, or all sign-ins of theirs were ended since the
    /// account was read: what was shown may be no password any more.
    pub async fn replace_password(
        &self,
        account: &Account,
        hash: &PasswordHash,
        sign_in: Option<&NewSignIn>,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        let (user, epoch) = (account.user.id, account.epoch);
        let set = in_transaction!(self.store, |transaction| {
            set_password!(self.store, transaction, user, Some(epoch), hash, sign_in, now)
        });
        Ok(self.password_was_set(set))
    }

    /// The same for a user who shows a token from a mail, which counts no more after it, and signs nobody in. `None` also
    /// when somebody used the token before, or a newer one took its place.
    pub async fn reset_password(
        &self,
        user: UserId,
        token: &LinkTokenHash,
        hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        // Changes nothing, but holds the user before the token, as every write does.
        const LOCK: &str = "update users set epoch = epoch where id = $1 returning epoch";
        let set = in_transaction!(self.store, |transaction| {
            let locked: Option<(i32,)> =
                sqlx::query_as(LOCK).bind(user).fetch_optional(&mut *transaction).await?;
            let spend = sqlx::query_as(SPEND).bind(user).bind(MailKind::PasswordReset);
            let mine: Option<(UserId,)> =
                spend.bind(token.as_bytes()).fetch_optional(&mut *transaction).await?;
            if locked.is_none() || mine.is_none() {
                return Ok(None);
            }
            set_password!(self.store, transaction, user, None::<i32>, hash, None, now)
        });
        Ok(self.password_was_set(set))
    }

    fn password_was_set(&self, set: Option<(Row, CutOff)>) -> Option<Account> {
        set.map(|(row, cut_off)| {
            self.store.cut_offs.apply(cut_off);
            self.store.bell.notify_one();
            Account::from(row)
        })
    }

    /// Whether someone in the network of this address is signed in as the user.
    pub async fn is_known_at(
        &self,
        user: UserId,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const FIND: &str = "select ip_address from sign_ins where owner_id = $1 and ends_at > $2";
        let found: Vec<(Option<String>,)> = on_connection!(self.store, |connection| sqlx::query_as(FIND)
            .bind(user)
            .bind(now)
            .fetch_all(connection)
            .await?);
        let mut addresses = found.into_iter().filter_map(|(seen,)| seen?.parse::<IpAddr>().ok());
        Ok(addresses.any(|seen| subscriber(seen) == subscriber(address)))
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
        in_transaction!(self.store, |transaction| {
            let rehash = sqlx::query(REHASH).bind(user).bind(old.as_str()).bind(new.as_str());
            rehash.execute(&mut *transaction).await?;
            Ok(())
        });
        Ok(())
    }
}
