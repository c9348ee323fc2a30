//! Where people are signed in: what is stored of it, and what a signed-in user does with it.

mod chain;
pub(super) mod new;

use std::net::IpAddr;
use std::time::Duration;

use sqlx::FromRow;

use crate::id::SignInId;
use crate::time::Timestamp;

use super::cut_off::{CutOff, NO_EPOCH, add_cut_off, end_sign_ins};
use super::owned_query::Value;
use super::owned_sql::OwnedSql;
use super::pool::on_connection;
use super::transaction::in_transaction;
use super::{Owner, Store, StoreError};

pub use chain::{Chain, SignedIn, Traded};
pub use new::NewSignIn;

/// A place where someone is signed in: a living chain of refresh tokens.
#[derive(Debug, Clone, FromRow)]
pub struct SignIn {
    /// Unique with its owner.
    pub id: SignInId,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When the newest refresh token was made.
    pub last_used_at: Timestamp,
    /// When it ends unless it is used before.
    pub ends_at: Timestamp,
    /// What the program called itself the last time.
    pub user_agent: Option<String>,
    /// Where the last request came from.
    pub ip_address: Option<String>,
}

/// The circumstances under which a refresh token is made.
#[derive(Debug, Clone)]
pub struct Visit {
    /// When.
    pub now: Timestamp,
    /// What the program calls itself.
    pub user_agent: Option<String>,
    /// Where it is.
    pub address: IpAddr,
}

/// How long refresh tokens can be traded.
#[derive(Debug, Clone, Copy)]
pub struct RefreshRules {
    /// For how long one may lie unused.
    pub idle: Duration,
    /// For how long a chain may go on.
    pub lifetime: Duration,
    /// For how long a traded one is answered with its successor once more.
    pub grace: Duration,
}

/// The sign-ins of one owner.
pub struct OwnedSignIns<'s> {
    store: &'s Store,
    owner: &'s Owner,
}

impl Store {
    /// Opens the owner's sign-ins.
    pub fn sign_ins<'s>(&'s self, owner: &'s Owner) -> OwnedSignIns<'s> {
        OwnedSignIns { store: self, owner }
    }
}

impl OwnedSignIns<'_> {
    /// Those that live, the one used last first.
    pub async fn list(&self, now: Timestamp) -> Result<Vec<SignIn>, StoreError> {
        const LIST: OwnedSql = OwnedSql::new(
            "select id, created_at, last_used_at, ends_at, user_agent, ip_address from sign_ins \
             where owner_id = $1 and ends_at > $2 order by last_used_at desc, id desc",
        );
        Ok(on_connection!(self.store, |connection| LIST
            .of(self.owner)
            .bind(now)
            .fetch_all(connection)
            .await?))
    }

    /// Those of the wanted ones that live and are the owner's, in no order.
    pub async fn find(&self, ids: &[SignInId], now: Timestamp) -> Result<Vec<SignIn>, StoreError> {
        const FIND: OwnedSql = OwnedSql::new(
            "select id, created_at, last_used_at, ends_at, user_agent, ip_address from sign_ins \
             where owner_id = $1 and id",
        );
        let mut query = FIND.query(self.owner, self.store.kind());
        query.among(ids.iter().map(|id| id.uuid()).collect());
        query.push(" and ends_at > ").bind(Value::Time(now));
        Ok(on_connection!(self.store, |connection| query.rows()?.fetch_all(connection).await?))
    }

    /// Ends one of them and all access tokens that were issued from it. `false` when there is none of this id.
    #[expect(clippy::disallowed_methods, reason = "a cut-off has no owner")]
    pub async fn end(&self, id: SignInId, now: Timestamp) -> Result<bool, StoreError> {
        const END: OwnedSql =
            OwnedSql::new("delete from sign_ins where owner_id = $1 and id = $2 returning id");
        let cut_off = self.store.cut_off(id, NO_EPOCH, now);
        let ended = in_transaction!(self.store, |transaction| {
            let ended: Option<(SignInId,)> =
                END.of(self.owner).bind(id).fetch_optional(&mut *transaction).await?;
            if ended.is_some() {
                add_cut_off!(self.store, transaction, cut_off);
            }
            Ok(ended.is_some())
        });
        if ended {
            self.store.cut_offs.apply(cut_off);
        }
        Ok(ended)
    }

    /// Ends all of them and every access token of the owner's. `false` when the owner is gone.
    #[expect(clippy::disallowed_methods, reason = "a cut-off has no owner")]
    pub async fn end_all(&self, now: Timestamp) -> Result<bool, StoreError> {
        const RAISE: OwnedSql =
            OwnedSql::on_users("update users set epoch = epoch + 1 where id = $1 returning epoch");
        let cut_off: Option<CutOff> = in_transaction!(self.store, |transaction| {
            let raised: Option<(i32,)> = RAISE.of(self.owner).fetch_optional(&mut *transaction).await?;
            let Some((epoch,)) = raised else { return Ok(None) };
            Ok(Some(end_sign_ins!(self.store, transaction, self.owner.user_id(), epoch, now)))
        });
        if let Some(cut_off) = cut_off {
            self.store.cut_offs.apply(cut_off);
        }
        Ok(cut_off.is_some())
    }
}
