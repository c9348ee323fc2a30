//! Removing what has ended, of all owners.

use crate::time::Timestamp;

use super::transaction::in_transaction;
use super::{Store, StoreError};

/// Rows that one statement removes, so that none holds its locks for long.
const AT_ONCE: u32 = 1000;

impl Store {
    /// Removes sign-ins and cut-offs that had ended by then, and tokens that were traded before their grace.
    #[expect(clippy::disallowed_methods, reason = "what has ended is nobody's")]
    pub async fn clean(&self, now: Timestamp, graced: Timestamp) -> Result<(), StoreError> {
        const SIGN_INS: &str = "delete from sign_ins where (owner_id, id) in \
             (select owner_id, id from sign_ins where ends_at <= $1 limit $2)";
        const TRADED: &str = "delete from refresh_tokens where (owner_id, sign_in_id, token) in \
             (select owner_id, sign_in_id, token from refresh_tokens where traded_at < $1 limit $2)";
        const CUT_OFFS: &str =
            "delete from cut_offs where seq in (select seq from cut_offs where ends_at <= $1 limit $2)";
        for (statement, before) in [(SIGN_INS, now), (TRADED, graced), (CUT_OFFS, now)] {
            let mut removed = u64::from(AT_ONCE);
            while removed >= AT_ONCE.into() {
                removed = in_transaction!(self, |transaction| {
                    let delete = sqlx::query(statement).bind(before).bind(i64::from(AT_ONCE));
                    Ok(delete.execute(&mut *transaction).await?.rows_affected())
                });
            }
        }
        self.cut_offs.forget_before(now);
        Ok(())
    }
}
