//! A chain of refresh tokens, as whoever holds one of them reaches it.

use sqlx::FromRow;

use crate::auth::{RefreshToken, Salt};
use crate::id::SignInId;
use crate::store::cut_off::{NO_EPOCH, add_cut_off};
use crate::store::held_sql::HeldSql;
use crate::store::pool::on_connection;
use crate::store::transaction::in_transaction;
use crate::store::{Store, StoreError, User};
use crate::time::Timestamp;

use super::{RefreshRules, Visit};

/// What became of a refresh token that someone wanted to trade.
#[derive(Debug)]
pub enum Traded {
    /// It has a successor, and this is it.
    For(RefreshToken, SignedIn),
    /// It had been traded before, by its owner or by a thief: neither can go on.
    Reused(SignInId),
    /// It is none, or its chain has ended.
    Unknown,
}

/// What the access token that goes with a refresh token has to say.
#[derive(Debug, FromRow)]
pub struct SignedIn {
    /// Who it is.
    #[sqlx(flatten)]
    pub user: User,
    /// The chain.
    #[sqlx(rename = "sign_in_id")]
    pub id: SignInId,
    /// When it ends unless it is used before.
    pub ends_at: Timestamp,
    /// How often all tokens of the user have been ended.
    pub epoch: i32,
}

/// The chain that a token belongs to, if it belongs to any.
pub struct Chain<'s> {
    store: &'s Store,
    token: &'s RefreshToken,
}

impl Store {
    /// Opens the chain of a refresh token.
    pub fn chain<'s>(&'s self, token: &'s RefreshToken) -> Chain<'s> {
        Chain { store: self, token }
    }
}

const FIND: HeldSql = HeldSql::new(
    "select u.id, u.email, u.email_verified, u.name, u.created_at, u.updated_at, s.id as sign_in_id, s.ends_at, \
     u.epoch from sign_ins s join users u on u.id = $1 and u.disabled_at is null \
     where s.owner_id = $1 and s.handle = $2",
);

impl Chain<'_> {
    /// Trades the token for its successor, which no other trade of it can differ in. `salt` makes the successor, unless
    /// the token was traded a moment ago.
    #[expect(clippy::disallowed_methods, reason = "a cut-off has no owner")]
    pub async fn trade(&self, salt: &Salt, rules: RefreshRules, visit: &Visit) -> Result<Traded, StoreError> {
        const TRADE: HeldSql = HeldSql::new(
            "update sign_ins set token = $4, last_used_at = $5, \
             ends_at = case when expires_at < $6 then expires_at else $6 end, user_agent = $7, ip_address = $8 \
             where owner_id = $1 and handle = $2 and token = $3 and ends_at > $5 returning id",
        );
        const KEEP: HeldSql = HeldSql::new(
            "insert into refresh_tokens (owner_id, sign_in_id, token, salt, traded_at) \
             select s.owner_id, s.id, $3, $4, $5 from sign_ins s where s.owner_id = $1 and s.handle = $2 \
             returning traded_at",
        );
        const FORGET: HeldSql = HeldSql::new(
            "delete from refresh_tokens where owner_id = $1 and traded_at < $3 \
             and sign_in_id in (select id from sign_ins where owner_id = $1 and handle = $2) returning traded_at",
        );
        const AGAIN: HeldSql = HeldSql::new(
            "select r.salt from refresh_tokens r join sign_ins s on s.owner_id = $1 and s.id = r.sign_in_id \
             where r.owner_id = $1 and s.handle = $2 and r.token = $3 and r.traded_at >= $4 and s.ends_at > $5",
        );
        const END: HeldSql = HeldSql::new(
            "delete from sign_ins where owner_id = $1 and handle = $2 and ends_at > $3 returning id",
        );
        let (now, token) = (visit.now, self.token.digest());
        let fresh = self.token.successor(salt);
        let traded = in_transaction!(self.store, |transaction| {
            let traded: Option<(SignInId,)> = TRADE
                .of(self.token)
                .bind(&token)
                .bind(fresh.digest())
                .bind(now)
                .bind(now + rules.idle)
                .bind(visit.user_agent.as_deref())
                .bind(visit.address.to_string())
                .fetch_optional(&mut *transaction)
                .await?;
            let oldest = now - rules.grace;
            let successor = if traded.is_some() {
                let _kept: (Timestamp,) = KEEP
                    .of(self.token)
                    .bind(&token)
                    .bind(salt.bytes())
                    .bind(now)
                    .fetch_one(&mut *transaction)
                    .await?;
                let _forgotten: Vec<(Timestamp,)> =
                    FORGET.of(self.token).bind(oldest).fetch_all(&mut *transaction).await?;
                Some(fresh)
            } else {
                let again: Option<(Vec<u8>,)> = AGAIN
                    .of(self.token)
                    .bind(&token)
                    .bind(oldest)
                    .bind(now)
                    .fetch_optional(&mut *transaction)
                    .await?;
                again.and_then(|(salt,)| Salt::from_stored(&salt)).map(|salt| self.token.successor(&salt))
            };
            if let Some(successor) = successor {
                // Whoever comes again holds no lock, and the chain may have been ended this moment; or its user is
                // disabled.
                let signed_in = FIND.of(self.token).fetch_optional(&mut *transaction).await?;
                return Ok(signed_in.map_or(Traded::Unknown, |signed_in| Traded::For(successor, signed_in)));
            }
            let ended: Option<(SignInId,)> =
                END.of(self.token).bind(now).fetch_optional(&mut *transaction).await?;
            let Some((ended,)) = ended else { return Ok(Traded::Unknown) };
            add_cut_off!(self.store, transaction, self.store.cut_off(ended, NO_EPOCH, now));
            Ok(Traded::Reused(ended))
        });
        if let Traded::Reused(ended) = traded {
            self.store.cut_offs.apply(self.store.cut_off(ended, NO_EPOCH, now));
        }
        Ok(traded)
    }

    /// Ends the chain and all access tokens that were issued from it, which may live longer; `None` when there is none.
    #[expect(clippy::disallowed_methods, reason = "a cut-off has no owner")]
    pub async fn end(&self, now: Timestamp) -> Result<Option<SignInId>, StoreError> {
        const END: HeldSql =
            HeldSql::new("delete from sign_ins where owner_id = $1 and handle = $2 returning id");
        const THERE: HeldSql = HeldSql::new("select id from sign_ins where owner_id = $1 and handle = $2");
        // Anyone may make tokens up, and those are to hold up nobody's writes.
        let there: Option<(SignInId,)> =
            on_connection!(self.store, |connection| THERE.of(self.token).fetch_optional(connection).await?);
        if there.is_none() {
            return Ok(None);
        }
        let ended = in_transaction!(self.store, |transaction| {
            let ended: Option<(SignInId,)> = END.of(self.token).fetch_optional(&mut *transaction).await?;
            let Some((ended,)) = ended else { return Ok(None) };
            add_cut_off!(self.store, transaction, self.store.cut_off(ended, NO_EPOCH, now));
            Ok(Some(ended))
        });
        if let Some(ended) = ended {
            self.store.cut_offs.apply(self.store.cut_off(ended, NO_EPOCH, now));
        }
        Ok(ended)
    }
}
