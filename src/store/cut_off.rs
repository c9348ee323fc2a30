//! Access tokens that are refused before they expire.
//!
//! They stand in a table, which every instance reads again and again, and whole in its memory, so that no request has to
//! ask. Only what is younger than the longest life of a token matters; the rest is forgotten.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use aws_lc_rs::digest::{SHA256, digest};
use sqlx::FromRow;

use crate::auth::{LEEWAY, VerifiedClaims};
use crate::id::{SignInId, UserId};
use crate::time::Timestamp;

use super::pool::on_pool;
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

impl Subject {
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
pub(super) struct CutOffs(RwLock<Living>);

#[derive(Default)]
struct Living {
    by_subject: HashMap<Subject, (i32, Timestamp, Timestamp)>,
    seen: i64,
}

impl CutOffs {
    /// Refuses from here on what the cut-off refuses.
    pub(super) fn apply(&self, cut_off: CutOff) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).apply(cut_off);
    }

    /// Whether a token still counts.
    pub(super) fn spare(&self, claims: &VerifiedClaims) -> bool {
        let living = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if living.by_subject.is_empty() {
            return true;
        }
        let find = |subject: Subject| living.by_subject.get(&subject);
        if claims.sign_in().is_some_and(|sign_in| find(sign_in.into()).is_some()) {
            return false;
        }
        find(claims.user_id().into()).is_none_or(|(epoch, since, _)| match claims.epoch() {
            Some(token) => token >= *epoch,
            // Whole seconds: of the tokens of one second none may be refused that was issued later.
            None => *epoch < NO_EPOCH && claims.issued_at().seconds() >= since.seconds(),
        })
    }

    fn seen(&self) -> i64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).seen
    }

    fn learn(&self, rows: &[Row]) {
        let Some(last) = rows.last() else { return };
        let mut living = self.0.write().unwrap_or_else(PoisonError::into_inner);
        living.seen = living.seen.max(last.seq);
        for row in rows {
            if let Ok(subject) = row.subject.as_slice().try_into() {
                let Row { epoch, since, ends_at, .. } = *row;
                living.apply(CutOff { subject: Subject(subject), epoch, since, ends_at });
            }
        }
    }

    /// Forgets what only refuses tokens that have expired.
    pub(super) fn forget_before(&self, now: Timestamp) {
        let mut living = self.0.write().unwrap_or_else(PoisonError::into_inner);
        living.by_subject.retain(|_, (_, _, ends_at)| *ends_at > now);
        living.by_subject.shrink_to_fit();
    }
}

impl Living {
    /// The same subject may be cut off again and again, and learned of in any order.
    fn apply(&mut self, new: CutOff) {
        let (epoch, since, ends_at) =
            self.by_subject.entry(new.subject).or_insert((new.epoch, new.since, new.ends_at));
        *epoch = new.epoch.max(*epoch);
        *since = new.since.max(*since);
        *ends_at = new.ends_at.max(*ends_at);
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

impl Store {
    /// Learns which tokens other instances have cut off since the last time. To be called at least twice a second.
    #[expect(clippy::disallowed_methods, reason = "every instance refuses the tokens of every user")]
    pub async fn learn_cut_offs(&self) -> Result<(), StoreError> {
        const NEW: &str =
            "select seq, subject, epoch, since, ends_at from cut_offs where seq > $1 order by seq";
        let seen = self.cut_offs.seen();
        let rows: Vec<Row> = on_pool!(self, |pool| sqlx::query_as(NEW).bind(seen).fetch_all(pool).await?);
        self.cut_offs.learn(&rows);
        Ok(())
    }

    /// A cut-off at this instant, kept for as long as a token can count: its issuer's clock may be fast, and ours slow.
    pub(super) fn cut_off(&self, subject: impl Into<Subject>, epoch: i32, now: Timestamp) -> CutOff {
        let ends_at = now + LEEWAY + self.token_life + LEEWAY;
        CutOff { subject: subject.into(), epoch, since: now, ends_at }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_250);

    fn claims(user: UserId, sign_in: Option<SignInId>, epoch: Option<i32>, at: Timestamp) -> VerifiedClaims {
        VerifiedClaims::for_test(user, at, at + Duration::from_hours(1)).with(sign_in, epoch)
    }

    fn cut(subject: impl Into<Subject>, epoch: i32) -> CutOff {
        CutOff { subject: subject.into(), epoch, since: NOW, ends_at: NOW + Duration::from_hours(1) }
    }

    #[test]
    fn tokens_of_earlier_epochs_are_refused_whenever_they_were_issued() {
        let (cut_offs, ada, bob) = (CutOffs::default(), UserId::fresh(), UserId::fresh());
        cut_offs.apply(cut(ada, 2));
        let later = NOW + Duration::from_mins(1);
        for (user, epoch, counts) in
            [(ada, 0, false), (ada, 1, false), (ada, 2, true), (ada, 3, true), (bob, 0, true)]
        {
            for at in [NOW, later] {
                assert_eq!(cut_offs.spare(&claims(user, None, Some(epoch), at)), counts, "{epoch}");
            }
        }
        cut_offs.apply(cut(ada, 1));
        assert!(!cut_offs.spare(&claims(ada, None, Some(1), NOW)), "an older one takes nothing back");
    }

    #[test]
    fn tokens_without_an_epoch_are_refused_when_they_are_of_an_earlier_second() {
        let (cut_offs, ada) = (CutOffs::default(), UserId::fresh());
        cut_offs.apply(cut(ada, 1));
        let at = |millis: i64| Timestamp::from_millis(NOW.millis() + millis);
        for (millis, counts) in [(-251, false), (-250, true), (0, true), (700, true)] {
            assert_eq!(cut_offs.spare(&claims(ada, None, None, at(millis))), counts, "{millis}");
        }
        cut_offs.apply(cut(ada, NO_EPOCH));
        assert!(!cut_offs.spare(&claims(ada, None, None, at(700))), "nobody is there any more");
    }

    #[test]
    fn what_was_issued_from_a_sign_in_ends_with_it() {
        let (cut_offs, ada) = (CutOffs::default(), UserId::fresh());
        let (ended, other) = (SignInId::fresh(), SignInId::fresh());
        cut_offs.apply(cut(ended, NO_EPOCH));
        for (sign_in, counts) in [(Some(ended), false), (Some(other), true), (None, true)] {
            assert_eq!(cut_offs.spare(&claims(ada, sign_in, Some(0), NOW)), counts);
        }
    }

    #[test]
    fn a_burst_is_forgotten_once_its_tokens_have_expired() {
        let cut_offs = CutOffs::default();
        let users: Vec<UserId> = (0..100_000).map(|_| UserId::fresh()).collect();
        for user in &users {
            cut_offs.apply(cut(*user, 1));
            cut_offs.apply(cut(*user, 1));
        }
        let living = |cut_offs: &CutOffs| {
            let living = cut_offs.0.read().expect("whole");
            (living.by_subject.len(), living.by_subject.capacity())
        };
        assert_eq!(living(&cut_offs).0, users.len());
        // A megabyte for each twenty thousand.
        let bytes = living(&cut_offs).1 * (size_of::<(Subject, (i32, Timestamp, Timestamp))>() + 1);
        assert!(bytes <= users.len() * 100, "{bytes}");
        cut_offs.forget_before(NOW + Duration::from_hours(1));
        assert_eq!(living(&cut_offs), (0, 0));
    }
}
