//! Writes: one transaction each, begun by moving the owner's clock.

use sqlx::error::ErrorKind;

use super::StoreError;
use super::change::Mark;
use super::owned_sql::OwnedSql;
use super::transaction::End;

/// The clock's row is locked from here to the commit, so that an owner's writes stand in line and `rev` grows in the
/// order in which they are committed. One object takes each `rev`: pages of changes end between two of them.
pub(super) const TICK: OwnedSql =
    OwnedSql::new("update owner_clock set rev = rev + 1 where owner_id = $1 returning rev");

/// The same lock for what [`Store::changes`](super::Store::changes) does not tell of: moves nothing.
pub(super) const HOLD: OwnedSql =
    OwnedSql::new("update owner_clock set rev = rev where owner_id = $1 returning rev");

/// Whether an object was deleted, so that a late retry of its creation does not bring it back.
pub(super) const WAS_DELETED: OwnedSql =
    OwnedSql::new("select rev from tombstones where owner_id = $1 and node_id = $2");

/// Leaves a tombstone.
pub(super) const BURY: OwnedSql = OwnedSql::new(
    "insert into tombstones (owner_id, node_id, rev, deleted_at) values ($1, $2, $3, $4) returning rev",
);

/// How the body of a write ends.
pub(super) enum Outcome<T> {
    /// Something changed.
    Wrote(T),
    /// Several things changed, the last of them with this rev.
    WroteUpTo(i64, T),
    /// It was as asked for already.
    Unchanged(T),
    /// It cannot be done.
    Missed(Missed),
}

impl<T> Outcome<T> {
    /// Only what changed something is committed. `before` and `now` are the clock without and with that.
    pub(super) fn end(self, before: i64, now: i64) -> End<Result<(T, Mark), Missed>> {
        match self {
            Self::Wrote(answer) => End::Commit(Ok((answer, Mark::whole(now)))),
            Self::WroteUpTo(last, answer) => End::Commit(Ok((answer, Mark::whole(last)))),
            Self::Unchanged(answer) => End::Rollback(Ok((answer, Mark::whole(before)))),
            Self::Missed(missed) => End::Rollback(Err(missed)),
        }
    }
}

/// Why a write left everything as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// What it is about is absent, or another's.
    Absent,
    /// What it is about was changed meanwhile: its version is another than the one expected.
    Stale,
    /// The chosen id belongs to something that was created with other content, or was deleted.
    IdTaken,
    /// The name belongs to another.
    NameTaken,
    /// There are as many as there may be.
    Full,
}

/// What a write came to: nothing at all, or done, and then how far changes have to be read to have met with it.
pub type Written<T> = Result<Result<(T, Mark), Missed>, StoreError>;

/// Runs the body in a transaction of the owner's, as an async block that is given the transaction and the `rev` of what
/// it writes. Only what changed something is committed; after anything else the clock goes back as well.
macro_rules! write_owned {
    ($owned:expr, |$transaction:ident, $rev:ident| $body:block) => {{
        let written = $crate::store::write::write_owned!(@after TICK, 1, $owned, |$transaction, $rev| $body);
        if let Ok((_, mark)) = &written {
            $owned.store.tell($owned.owner, *mark);
        }
        Ok(written)
    }};
    (@after $first:ident, $step:expr, $owned:expr, |$transaction:ident, $rev:ident| $body:block) => {
        $crate::store::transaction::with_transaction!($owned.store, |begun| {
            let clock = $crate::store::write::$first.of($owned.owner).fetch_optional(&mut *begun).await?;
            let Some(($rev,)): Option<(i64,)> = clock else {
                return Err($crate::store::StoreError::NoOwner);
            };
            let (before, now) = ($rev - $step, $rev);
            let $transaction = begun;
            let outcome: Result<$crate::store::write::Outcome<_>, $crate::store::StoreError> =
                async { $body }.await;
            Ok(outcome?.end(before, now))
        })
    };
}
pub(super) use write_owned;

/// The same for what is no change of what the owner owns: the clock stands still.
macro_rules! hold_owned {
    ($owned:expr, |$transaction:ident| $body:block) => {
        Ok($crate::store::write::write_owned!(@after HOLD, 0, $owned, |$transaction, rev| $body))
    };
}
pub(super) use hold_owned;

/// Whether the statement would have made two rows alike that must not be.
pub(super) fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.kind() == ErrorKind::UniqueViolation)
}
