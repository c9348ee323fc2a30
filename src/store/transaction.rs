//! Transactions that are not an owner's writes: those move the owner's clock, and stand in `write.rs`.

/// Runs the body in a transaction, as an async block that is given it, and commits unless the body fails.
macro_rules! in_transaction {
    ($store:expr, |$transaction:ident| $body:block) => {
        match &$store.pool {
            $crate::store::pool::Pool::Sqlite(pools) => {
                let begun = pools.writer.begin_with("begin immediate").await?;
                $crate::store::transaction::in_transaction!(@in begun, |$transaction| $body)
            }
            $crate::store::pool::Pool::Postgres(pools) => {
                let _turn = pools.writes.acquire().await;
                let begun = pools.all.begin().await?;
                $crate::store::transaction::in_transaction!(@in begun, |$transaction| $body)
            }
        }
    };
    (@in $begun:ident, |$transaction:ident| $body:block) => {{
        let mut begun = $begun;
        let $transaction = &mut *begun;
        let answer: Result<_, $crate::store::StoreError> = async { $body }.await;
        let answer = answer?;
        begun.commit().await?;
        answer
    }};
}
pub(super) use in_transaction;
