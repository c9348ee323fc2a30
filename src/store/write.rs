//! Writes: one transaction each, begun by moving the owner's clock.

use sqlx::error::ErrorKind;

use super::StoreError;
use super::owned_sql::OwnedSql;
use super::transaction::End;

/// The clock's row is locked from here to the commit, so that an owner's writes stand in line and `rev` grows in the
/// order in which they are committed.
pub(super) const TICK: OwnedSql =
    OwnedSql::new("update owner_clock set rev = rev + 1 where owner_id = $1 returning rev");

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
    /// It was as asked for already.
    Unchanged(T),
    /// It cannot be done.
    Missed(Missed),
}

impl<T> Outcome<T> {
    /// Only what changed something is committed.
    pub(super) fn end(self) -> End<Result<T, Missed>> {
        match self {
            Self::Wrote(answer) => End::Commit(Ok(answer)),
            Self::Unchanged(answer) => End::Rollback(Ok(answer)),
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

/// What a write came to: done, or nothing at all.
pub type Written<T> = Result<Result<T, Missed>, StoreError>;

/// Runs the body in a transaction of the owner's, as an async block that is given the transaction and the `rev` of what
/// it writes. Only [`Outcome::Wrote`] is committed; after anything else the clock goes back as well.
macro_rules! write_owned {
    ($owned:expr, |$transaction:ident, $rev:ident| $body:block) => {{
        Ok($crate::store::transaction::with_transaction!($owned.store, |begun| {
            let ticked = $crate::store::write::TICK.of($owned.owner).fetch_optional(&mut *begun).await?;
            let Some(($rev,)): Option<(i64,)> = ticked else {
                return Err($crate::store::StoreError::NoOwner);
            };
            let $transaction = begun;
            let outcome: Result<$crate::store::write::Outcome<_>, $crate::store::StoreError> =
                async { $body }.await;
            Ok(outcome?.end())
        }))
    }};
}
pub(super) use write_owned;

/// Whether the statement would have made two rows alike that must not be.
pub(super) fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.kind() == ErrorKind::UniqueViolation)
}
