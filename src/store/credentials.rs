//! The door of whoever is about to sign in: email addresses and password hashes, one at a time.

use std::net::IpAddr;

use sqlx::FromRow;

use crate::auth::{PasswordHash, RefreshToken};
use crate::email::EmailAddress;
use crate::field::PersonName;
use crate::id::{SignInId, UserId};
use crate::throttle::subscriber;
use crate::time::Timestamp;

use super::cut_off::{CutOff, end_sign_ins};
use super::outbox::{MailKind, queue_mail};
use super::owned_sql::OwnedSql;
use super::pool::on_pool;
use super::transaction::in_transaction;
use super::{Owner, RefreshRules, Store, StoreError, User, Visit};

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
    password_hash: Option<String>,
    epoch: i32,
    disabled_at: Option<Timestamp>,
    #[sqlx(flatten)]
    user: User,
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

/// Sign-ins of one user that were used, and as many that never were. One more of a kind ends the oldest of that kind:
/// programs that log in each time and never refresh drive out one another, and no person. Access tokens live out their time.
const MOST_SIGN_INS: i64 = 100;

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
        let found: Option<Row> =
            on_pool!(self.store, |pool| sqlx::query_as(FIND).bind(email.key()).fetch_optional(pool).await?);
        Ok(found.map(Account::from))
    }

    /// The account of the owner, who is to prove once more who they are.
    pub async fn of(&self, owner: &Owner) -> Result<Option<Account>, StoreError> {
        const FIND: OwnedSql = OwnedSql::on_users(
            "select id, email, email_verified, name, created_at, updated_at, password_hash, epoch, disabled_at \
             from users where id = $1",
        );
        let found: Option<Row> = on_pool!(self.store, |pool| FIND.of(owner).fetch_optional(pool).await?);
        Ok(found.map(Account::from))
    }

    /// Makes an account, and the clock of what it will own. `None` when the address has one.
    pub async fn add(&self, user: &NewUser) -> Result<Option<Account>, StoreError> {
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
            }
            Ok(added.map(Account::from))
        }))
    }

    /// Begins a chain of refresh tokens with this one, for a user who has just proved who they are: its id, and when it
    /// ends unless it is used. `None` when all sign-ins of theirs were ended since the account was read.
    pub async fn begin_sign_in(
        &self,
        account: &Account,
        token: &RefreshToken,
        rules: RefreshRules,
        visit: &Visit,
    ) -> Result<Option<(SignInId, Timestamp)>, StoreError> {
        // Waits for whoever is ending all of the user's sign-ins, and has them wait for this one.
        const LOCK: &str = "update users set epoch = epoch where id = $1 and epoch = $2 and disabled_at is null \
             returning epoch";
        const BEGIN: &str = "insert into sign_ins (owner_id, id, handle, token, created_at, last_used_at, ends_at, \
             expires_at, user_agent, ip_address) values ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)";
        const END_UNUSED: &str = "delete from sign_ins where owner_id = $1 and id in (select id from sign_ins \
             where owner_id = $1 and last_used_at = created_at order by created_at desc, id desc \
             limit 1000 offset $2)";
        const END_USED: &str = "delete from sign_ins where owner_id = $1 and id in (select id from sign_ins \
             where owner_id = $1 and last_used_at > created_at order by last_used_at desc, id desc \
             limit 1000 offset $2)";
        let (user, id) = (account.user.id, SignInId::fresh());
        let expires_at = visit.now + rules.lifetime;
        let ends_at = expires_at.min(visit.now + rules.idle);
        Ok(in_transaction!(self.store, |transaction| {
            let locked: Option<(i32,)> =
                sqlx::query_as(LOCK).bind(user).bind(account.epoch).fetch_optional(&mut *transaction).await?;
            if locked.is_none() {
                return Ok(None);
            }
            sqlx::query(BEGIN)
                .bind(user)
                .bind(id)
                .bind(token.handle_digest())
                .bind(token.digest())
                .bind(visit.now)
                .bind(ends_at)
                .bind(expires_at)
                .bind(visit.user_agent.as_deref())
                .bind(visit.address.to_string())
                .execute(&mut *transaction)
                .await?;
            for end in [END_UNUSED, END_USED] {
                sqlx::query(end).bind(user).bind(MOST_SIGN_INS).execute(&mut *transaction).await?;
            }
            Ok(Some((id, ends_at)))
        }))
    }

    /// Sets a password, ends every sign-in and every access token that there was before, voids links to choose one that are
    /// still out, and has the user told by mail. `None` when the user is gone or disabled.
    pub async fn set_password(
        &self,
        user: UserId,
        hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        self.put_password(user, None, hash, now).await
    }

    /// The same for a user who has just shown the password that is to go. `None` also when all sign-ins of theirs were
    /// ended since the account was read: what was shown may be no password any more.
    pub async fn replace_password(
        &self,
        account: &Account,
        hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        self.put_password(account.user.id, Some(account.epoch), hash, now).await
    }

    async fn put_password(
        &self,
        user: UserId,
        epoch: Option<i32>,
        hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        const SET: &str = "update users set password_hash = $2, epoch = epoch + 1 where id = $1 \
             and disabled_at is null and epoch = coalesce($3, epoch) \
             returning id, email, email_verified, name, created_at, updated_at, password_hash, epoch, disabled_at";
        let set: Option<(Row, CutOff)> = in_transaction!(self.store, |transaction| {
            let set = sqlx::query_as(SET).bind(user).bind(hash.as_str()).bind(epoch);
            let row: Option<Row> = set.fetch_optional(&mut *transaction).await?;
            let Some(row) = row else { return Ok(None) };
            queue_mail!(transaction, user, &row.user.email, MailKind::PasswordChanged, now);
            let cut_off = end_sign_ins!(self.store, transaction, user, row.epoch, now);
            Ok(Some((row, cut_off)))
        });
        Ok(set.map(|(row, cut_off)| {
            self.store.cut_offs.apply(cut_off);
            self.store.bell.notify_one();
            Account::from(row)
        }))
    }

    /// Whether someone in the network of this address is signed in as the user.
    pub async fn is_known_at(
        &self,
        user: UserId,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const FIND: &str = "select ip_address from sign_ins where owner_id = $1 and ends_at > $2";
        let found: Vec<(Option<String>,)> =
            on_pool!(self.store, |pool| sqlx::query_as(FIND).bind(user).bind(now).fetch_all(pool).await?);
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
