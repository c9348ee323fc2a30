//! Access tokens that are refused before they expire.
//!
//! They stand in a table, which every instance reads again and again, and whole in its memory, so that no request has to
//! ask. Only what is younger than the longest life of a token matters; the rest is forgotten.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use aws_lc_rs::digest::{SHA256, digest};
use sqlx::FromRow;

use crate::auth::{Identity, LEEWAY, VerifiedClaims};
use crate::id::{SignInId, UserId};
use crate::time::Timestamp;

use super::bells::{Bells, Ear};
use super::owner::Proof;
use super::pool::on_connection;
use super::{Store, StoreError};

/// Later than any token's.
pub(super) const NO_EPOCH: i32 = i32::MAX;

/// Whose tokens are cut off, as a digest: the table outlives whom it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Subject([u8; 16]);

impl From<UserId> for Subject {
    fn from(user: UserId) -> Self {
        Self::of(&user.to_string())
    }
}

impl From<SignInId> for Subject {
    fn from(sign_in: SignInId) -> Self {
        Self::of(&sign_in.to_string())
    }
}

impl From<&Identity> for Subject {
    fn from(identity: &Identity) -> Self {
        Self::of_identity(identity.issuer(), identity.id())
    }
}

impl Subject {
    /// Somebody whom another issuer knows, who may be gone from here.
    pub(super) fn of_identity(issuer: &str, id: &str) -> Self {
        // The length keeps two pairs apart that read alike one behind the other.
        Self::of(&format!("{}:{issuer}{id}", issuer.len()))
    }

    fn of(name: &str) -> Self {
        let mut subject = [0; 16];
        subject.copy_from_slice(&digest(&SHA256, name.as_bytes()).as_ref()[..16]);
        Self(subject)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

/// From when on which tokens are refused, and until when that has to be known.
#[derive(Debug, Clone, Copy)]
pub(super) struct CutOff {
    pub(super) subject: Subject,
    /// Tokens of earlier epochs are refused.
    pub(super) epoch: i32,
    /// Tokens that tell no epoch are refused when they were issued before.
    pub(super) since: Timestamp,
    /// By then all these tokens have expired.
    pub(super) ends_at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    seq: i64,
    subject: Vec<u8>,
    epoch: i32,
    since: Timestamp,
    ends_at: Timestamp,
}

/// All that still matter.
#[derive(Default)]
pub(super) struct CutOffs {
    living: RwLock<Living>,
    /// Ring for those whose tokens are cut off while they are in use.
    bells: Arc<Bells<Subject>>,
}

#[derive(Default)]
struct Living {
    by_subject: HashMap<Subject, Refused>,
    seen: i64,
    /// Grows with each that is learned of.
    serial: u64,
}

struct Refused {
    epoch: i32,
    since: Timestamp,
    ends_at: Timestamp,
    serial: u64,
}

impl CutOffs {
    /// Refuses from here on what the cut-off refuses.
    pub(super) fn apply(&self, cut_off: CutOff) {
        let serial = {
            let mut living = self.living.write().unwrap_or_else(PoisonError::into_inner);
            living.apply(cut_off);
            living.serial
        };
        self.bells.ring(cut_off.subject, count(serial));
    }

    /// Hears when tokens of the subject are cut off.
    pub(super) fn listen(&self, subject: impl Into<Subject>) -> Ear<Subject> {
        self.bells.listen(subject.into())
    }

    /// How many were learned of so far, as [`CutOffs::listen`] counts them.
    pub(super) fn count(&self) -> i64 {
        count(self.serial())
    }

    /// Whether a token of the user's still counts.
    pub(super) fn spare(&self, user: UserId, proof: Proof) -> bool {
        let living = self.read();
        if living.by_subject.is_empty() {
            return true;
        }
        let is_ended = proof.sign_in.is_some_and(|sign_in| living.by_subject.contains_key(&sign_in.into()));
        !is_ended
            && living.by_subject.get(&user.into()).is_none_or(|refused| match proof.epoch {
                Some(epoch) => epoch >= refused.epoch,
                None => refused.epoch < NO_EPOCH && refused.spares_second_of(proof),
            })
    }

    /// Whether a token of somebody whom another issuer knows was issued after they were erased here, if they ever were.
    pub(super) fn spare_identity(&self, identity: &Identity, claims: &VerifiedClaims) -> bool {
        let living = self.read();
        living.by_subject.get(&identity.into()).is_none_or(|refused| refused.spares_later_than(claims))
    }

    /// How many were learned of so far.
    pub(super) fn serial(&self) -> u64 {
        self.read().serial
    }

    /// Whether the user was cut off after so many had been learned of.
    pub(super) fn is_newer(&self, user: UserId, serial: u64) -> bool {
        self.read().by_subject.get(&user.into()).is_some_and(|refused| refused.serial > serial)
    }

    fn read(&self) -> RwLockReadGuard<'_, Living> {
        self.living.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> i64 {
        self.read().seen
    }

    fn learn(&self, rows: &[Row]) {
        let Some(last) = rows.last() else { return };
        for row in rows {
            if let Ok(subject) = row.subject.as_slice().try_into() {
                let Row { epoch, since, ends_at, .. } = *row;
                self.apply(CutOff { subject: Subject(subject), epoch, since, ends_at });
            }
        }
        let mut living = self.living.write().unwrap_or_else(PoisonError::into_inner);
        living.seen = living.seen.max(last.seq);
    }

    /// Forgets what only refuses tokens that have expired.
    pub(super) fn forget_before(&self, now: Timestamp) {
        let mut living = self.living.write().unwrap_or_else(PoisonError::into_inner);
        living.by_subject.retain(|_, refused| refused.ends_at > now);
        living.by_subject.shrink_to_fit();
    }
}

fn count(serial: u64) -> i64 {
    i64::try_from(serial).unwrap_or(i64::MAX)
}

impl Refused {
    /// Tokens tell whole seconds: of the tokens of one second none may be refused that was issued later.
    fn spares_second_of(&self, proof: Proof) -> bool {
        proof.issued_at.seconds() >= self.since.seconds()
    }

    /// Whoever was erased is not made anew by the token that they were erased with, nor by one as old: what counts again
    /// is a token of a later second.
    fn spares_later_than(&self, claims: &VerifiedClaims) -> bool {
        claims.issued_at().seconds() > self.since.seconds()
    }
}

impl Living {
    /// The same subject may be cut off again and again, and learned of in any order.
    fn apply(&mut self, new: CutOff) {
        self.serial += 1;
        let CutOff { subject, epoch, since, ends_at } = new;
        let refused =
            self.by_subject.entry(subject).or_insert(Refused { epoch, since, ends_at, serial: self.serial });
        refused.epoch = refused.epoch.max(epoch);
        refused.since = refused.since.max(since);
        refused.ends_at = refused.ends_at.max(ends_at);
        refused.serial = self.serial;
    }
}

/// Keeps cut-offs in the order of their numbers until they are committed, so that whoever has read one has missed none.
/// Has to be the last lock of its transaction.
pub(super) const LOCK_POSTGRES: &str = "select pg_advisory_xact_lock(20260823)";

pub(super) const ADD: &str = "insert into cut_offs (subject, epoch, since, ends_at) values ($1, $2, $3, $4)";

/// Adds a cut-off in a transaction, as its last statement. It has to be applied once that is committed.
macro_rules! add_cut_off {
    ($store:expr, $transaction:expr, $cut_off:expr) => {{
        if $store.kind() == $crate::store::Kind::Postgres {
            sqlx::query($crate::store::cut_off::LOCK_POSTGRES).execute(&mut *$transaction).await?;
        }
        sqlx::query($crate::store::cut_off::ADD)
            .bind($cut_off.subject.bytes())
            .bind($cut_off.epoch)
            .bind($cut_off.since)
            .bind($cut_off.ends_at)
            .execute(&mut *$transaction)
            .await?;
    }};
}
pub(super) use add_cut_off;

pub(super) const END_SIGN_INS: &str = "delete from sign_ins where owner_id = $1";

/// Ends every sign-in of a user whose epoch was raised to this one in the same transaction, as its last statements. Gives
/// the cut-off, which has to be applied once that is committed.
macro_rules! end_sign_ins {
    ($store:expr, $transaction:expr, $user:expr, $epoch:expr, $now:expr) => {{
        sqlx::query($crate::store::cut_off::END_SIGN_INS).bind($user).execute(&mut *$transaction).await?;
        let cut_off = $store.cut_off($user, $epoch, $now);
        $crate::store::cut_off::add_cut_off!($store, $transaction, cut_off);
        cut_off
    }};
}
pub(super) use end_sign_ins;

impl Store {
    /// Learns which tokens other instances have cut off since the last time. To be called at least twice a second.
    #[expect(clippy::disallowed_methods, reason = "every instance refuses the tokens of every user")]
    pub async fn learn_cut_offs(&self) -> Result<(), StoreError> {
        const NEW: &str =
            "select seq, subject, epoch, since, ends_at from cut_offs where seq > $1 order by seq";
        let seen = self.cut_offs.seen();
        let rows: Vec<Row> =
            on_connection!(self, |connection| sqlx::query_as(NEW).bind(seen).fetch_all(connection).await?);
        self.cut_offs.learn(&rows);
        Ok(())
    }

    /// A cut-off at this instant, kept for as long as a token can count: its issuer's clock may be fast, and ours slow.
    pub(super) fn cut_off(&self, subject: impl Into<Subject>, epoch: i32, now: Timestamp) -> CutOff {
        let ends_at = now + LEEWAY + self.token_life + LEEWAY;
        CutOff { subject: subject.into(), epoch, since: now, ends_at }
    }
}
