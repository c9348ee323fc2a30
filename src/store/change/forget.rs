//! Forgetting what was deleted long ago.

use crate::id::UserId;
use crate::store::pool::on_connection;
use crate::store::transaction::in_transaction;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// Owners that one statement finds.
const OWNERS: i64 = 100;
/// Tombstones that one statement removes, more or less, so that none holds its locks for long.
const AT_ONCE: i64 = 1000;

impl Store {
    /// Forgets what was deleted before, of all owners. Cursors that lie before it are refused from then on.
    #[expect(
        clippy::disallowed_methods,
        reason = "what is old is found whosever it is, and goes owner by owner"
    )]
    pub async fn forget_deletions(&self, before: Timestamp) -> Result<(), StoreError> {
        const FIND: &str =
            "select owner_id from tombstones where deleted_at < $1 order by deleted_at limit $2";
        loop {
            let mut owners: Vec<(UserId,)> = on_connection!(self, |connection| {
                sqlx::query_as(FIND).bind(before).bind(OWNERS).fetch_all(connection).await?
            });
            owners.sort_unstable();
            owners.dedup();
            if owners.is_empty() {
                return Ok(());
            }
            for (owner,) in owners {
                self.forget_some(owner, before).await?;
            }
        }
    }

    /// The clock first, as every write takes it: nobody reads a cursor as one that is remembered while its tombstones go.
    #[expect(clippy::disallowed_methods, reason = "the owner was found by the store itself")]
    async fn forget_some(&self, owner: UserId, before: Timestamp) -> Result<(), StoreError> {
        const HOLD: &str = "update owner_clock set rev = rev where owner_id = $1";
        // As many as one statement removes, or all that are left.
        const MANY: &str = "select rev from tombstones where owner_id = $1 and deleted_at < $2 order by rev limit 1 offset $3";
        const LAST: &str = "select max(rev) from tombstones where owner_id = $1 and deleted_at < $2";
        const FORGET: &str = "update owner_clock set forgotten = $2 where owner_id = $1 and forgotten < $2";
        const REMOVE: &str = "delete from tombstones where owner_id = $1 and rev <= $2";
        let () = in_transaction!(self, |transaction| {
            sqlx::query(HOLD).bind(owner).execute(&mut *transaction).await?;
            let many = sqlx::query_as(MANY).bind(owner).bind(before).bind(AT_ONCE - 1);
            let many: Option<(i64,)> = many.fetch_optional(&mut *transaction).await?;
            let last: Option<i64> = match many {
                Some((rev,)) => Some(rev),
                None => {
                    sqlx::query_scalar(LAST).bind(owner).bind(before).fetch_one(&mut *transaction).await?
                }
            };
            if let Some(rev) = last {
                sqlx::query(FORGET).bind(owner).bind(rev).execute(&mut *transaction).await?;
                sqlx::query(REMOVE).bind(owner).bind(rev).execute(&mut *transaction).await?;
            }
            Ok(())
        });
        Ok(())
    }
}
