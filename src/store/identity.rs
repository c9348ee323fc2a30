//! Users whom another issuer signs in: found by what their token says, made when it is their first.
//!
//! After that they are remembered, so that a request costs no look into the database before its own.

use std::sync::Arc;

use quick_cache::sync::Cache;
use sqlx::FromRow;

use crate::auth::{Identity, VerifiedClaims};
use crate::field::PersonName;
use crate::id::UserId;
use crate::time::Timestamp;

use super::cut_off::Subject;
use super::digest::Digest;
use super::owned_sql::OwnedSql;
use super::pool::on_connection;
use super::transaction::{End, with_transaction};
use super::user::OwnedUser;
use super::write::{Outcome, Written, hold_owned};
use super::{Owner, Store, StoreError, User};

/// How many of them are remembered.
const REMEMBERED: usize = 100_000;
/// How often it is tried to make a user whom somebody else makes and takes away at the same time.
const TRIES: usize = 3;

/// Who they are here, and what was last heard of them. Only a row of `identities` becomes one.
#[derive(FromRow)]
pub(super) struct Known {
    #[sqlx(rename = "owner_id")]
    user: UserId,
    told_at: Timestamp,
    email: String,
    email_verified: bool,
    name: Option<String>,
    disabled_at: Option<Timestamp>,
    /// How many cut-offs there had been when the row was read.
    #[sqlx(skip)]
    serial: u64,
    /// Until when a cut-off that came after that is still known of.
    #[sqlx(skip)]
    counts_until: Option<Timestamp>,
}

impl Known {
    pub(super) fn user(&self) -> UserId {
        self.user
    }

    fn is_as_told(&self, identity: &Identity) -> bool {
        self.email == identity.email().as_str()
            && self.email_verified == identity.email_verified()
            && self.name.as_deref() == identity.name().map(PersonName::as_str)
    }
}

/// The users of other issuers whom this process has met, by the digest of issuer and subject.
pub(super) struct Acquaintances(Cache<Vec<u8>, Arc<Known>>);

impl Default for Acquaintances {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

fn key(identity: &Identity) -> Vec<u8> {
    let mut digest = Digest::new("identity");
    digest.text(Some(identity.issuer()));
    digest.text(Some(identity.id()));
    digest.finish()
}

impl Store {
    /// The key of the user whom verified claims of another issuer are about. Makes the user if there is none, and writes
    /// down what the claims say that is new. `None` when the token was cut off, or the user is disabled.
    pub(super) async fn owner_elsewhere(
        &self,
        identity: &Identity,
        claims: &VerifiedClaims,
        now: Timestamp,
    ) -> Result<Option<Owner>, StoreError> {
        if !self.cut_offs.spare_identity(identity, claims) {
            return Ok(None);
        }
        let (key, told_at) = (key(identity), claims.issued_at());
        let remembered = self.acquaintances.0.get(&key).filter(|known| {
            let is_news = !known.is_as_told(identity) && told_at >= known.told_at;
            // Nobody says when the disabled may come back: they are looked up each time.
            let is_fresh = known.counts_until.is_some_and(|until| now < until)
                && !self.cut_offs.is_newer(known.user, known.serial);
            !is_news && is_fresh && known.disabled_at.is_none()
        });
        let known = match remembered {
            Some(known) => known,
            None => match self.look_up(&key, identity, claims, now).await? {
                Some(known) => known,
                None => return Ok(None),
            },
        };
        let counts = known.disabled_at.is_none() && self.cut_offs.spare(known.user, claims.into());
        Ok(counts.then(|| Owner::of(&known, claims)))
    }

    async fn look_up(
        &self,
        key: &[u8],
        identity: &Identity,
        claims: &VerifiedClaims,
        now: Timestamp,
    ) -> Result<Option<Arc<Known>>, StoreError> {
        let (told_at, serial) = (claims.issued_at(), self.cut_offs.serial());
        let Some(mut known) = self.meet(identity, told_at, now).await? else { return Ok(None) };
        if !known.is_as_told(identity) && told_at >= known.told_at {
            let user = OwnedUser { store: self, owner: &Owner::of(&known, claims) };
            // Somebody else may have heard something newer meanwhile, which then counts.
            if user.follow(identity, told_at, now).await?.is_ok() {
                known = self.find(identity).await?.ok_or(StoreError::NoOwner)?;
            }
        }
        let known = Arc::new(Known { serial, counts_until: Some(now + self.token_life), ..known });
        self.acquaintances.0.insert(key.to_vec(), Arc::clone(&known));
        Ok(Some(known))
    }

    /// Of several who meet somebody for the first time at once, one makes the user and all others find it. `None` when the
    /// token is of before they were erased, of which this process may not have heard.
    async fn meet(
        &self,
        identity: &Identity,
        told_at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Known>, StoreError> {
        for _ in 0..TRIES {
            if let Some(known) = self.find(identity).await? {
                return Ok(Some(known));
            }
            if !self.make(identity, told_at, now).await? {
                return Ok(None);
            }
        }
        self.find(identity).await?.map(Some).ok_or(StoreError::NoOwner)
    }

    #[expect(clippy::disallowed_methods, reason = "the token names somebody whose id here is not known yet")]
    async fn find(&self, identity: &Identity) -> Result<Option<Known>, StoreError> {
        const FIND: &str = "select i.owner_id, i.told_at, u.email, u.email_verified, u.name, u.disabled_at \
             from identities i join users u on u.id = i.owner_id where i.issuer = $1 and i.subject = $2";
        Ok(on_connection!(self, |connection| {
            sqlx::query_as(FIND)
                .bind(identity.issuer())
                .bind(identity.id())
                .fetch_optional(connection)
                .await?
        }))
    }

    /// Makes a user, the clock of what they will own, and what they are found by; nothing when they are there. `false`
    /// when they were erased after the token was issued.
    #[expect(clippy::disallowed_methods, reason = "nobody is there yet, so there is no owner to bind")]
    async fn make(
        &self,
        identity: &Identity,
        told_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const ADD: &str = "insert into users (id, email, email_key, email_verified, name, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $6)";
        const ADD_CLOCK: &str = "insert into owner_clock (owner_id, rev) values ($1, 0)";
        const ADD_IDENTITY: &str = "insert into identities (owner_id, issuer, subject, told_at) \
             values ($1, $2, $3, $4) on conflict (issuer, subject) do nothing returning owner_id";
        // Asked last: whoever erases them at this moment has committed by then, or finds the identity and erases that.
        const ERASED: &str = "select seq from cut_offs where subject = $1 and since >= $2 limit 1";
        let user = UserId::fresh();
        let second = Timestamp::from_millis(told_at.seconds() * 1000);
        Ok(with_transaction!(self, |transaction| {
            sqlx::query(ADD)
                .bind(user)
                .bind(identity.email().as_str())
                .bind(unreachable_key(user))
                .bind(identity.email_verified())
                .bind(identity.name().map(PersonName::as_str))
                .bind(now)
                .execute(&mut *transaction)
                .await?;
            sqlx::query(ADD_CLOCK).bind(user).execute(&mut *transaction).await?;
            let added: Option<(UserId,)> = sqlx::query_as(ADD_IDENTITY)
                .bind(user)
                .bind(identity.issuer())
                .bind(identity.id())
                .bind(told_at)
                .fetch_optional(&mut *transaction)
                .await?;
            let erased: Option<(i64,)> = sqlx::query_as(ERASED)
                .bind(Subject::from(identity).bytes())
                .bind(second)
                .fetch_optional(&mut *transaction)
                .await?;
            let may_be = erased.is_none();
            Ok(if may_be && added.is_some() { End::Commit(may_be) } else { End::Rollback(may_be) })
        }))
    }
}

/// What stands in the place of an address's key: unique, and no address has it, as each holds an @.
fn unreachable_key(user: UserId) -> String {
    user.to_string()
}

impl OwnedUser<'_> {
    /// Takes over what a token says, unless what is there is of a newer one.
    async fn follow(&self, identity: &Identity, told_at: Timestamp, now: Timestamp) -> Written<()> {
        const HEAR: OwnedSql = OwnedSql::new(
            "update identities set told_at = $4 \
             where owner_id = $1 and issuer = $2 and subject = $3 and told_at <= $4 returning owner_id",
        );
        const FOLLOW: OwnedSql = OwnedSql::on_users(
            "update users set email = $2, email_verified = $3, name = $4, updated_at = $5 where id = $1 \
             returning id, email, email_verified, name, created_at, updated_at",
        );
        hold_owned!(self, |transaction| {
            let heard: Option<(UserId,)> = HEAR
                .of(self.owner)
                .bind(identity.issuer())
                .bind(identity.id())
                .bind(told_at)
                .fetch_optional(&mut *transaction)
                .await?;
            if heard.is_none() {
                return Ok(Outcome::Unchanged(()));
            }
            let _user: User = FOLLOW
                .of(self.owner)
                .bind(identity.email().as_str())
                .bind(identity.email_verified())
                .bind(identity.name().map(PersonName::as_str))
                .bind(now)
                .fetch_one(&mut *transaction)
                .await?;
            Ok(Outcome::Wrote(()))
        })
    }
}
