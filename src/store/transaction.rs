//! Transactions, and how they end: committed, or as if they had never been.
//!
//! Up to the commit the request's time may be up at any moment, which rolls back. A commit that has begun is waited for.

use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::timeout;

use crate::deadline;

use super::StoreError;

/// How long a commit may take before nobody waits for the answer any more.
const COMMIT: Duration = Duration::from_secs(5);

/// What the body of a transaction wants.
pub(super) enum End<T> {
    Commit(T),
    Rollback(T),
}

/// Runs the body in a transaction, as an async block that is given it, and ends it as the body wants: rolled back when the
/// body fails, and when the request's time is up before the body is done.
macro_rules! with_transaction {
    ($store:expr, |$transaction:ident| $body:block) => {
        match &$store.pool {
            $crate::store::pool::Pool::Sqlite(pools) => {
                use futures_util::TryFutureExt as _;
                let mut lent =
                    $crate::store::transaction::in_time(async { Ok(pools.writer.lend().await?) }).await?;
                let asked = std::time::Instant::now();
                let begun = loop {
                    let begin = Box::pin(sqlx::Connection::begin_with(&mut *lent, "begin immediate"))
                        .map_err($crate::store::StoreError::from);
                    match $crate::store::transaction::in_time(begin).await {
                        Err(error) if error.is_busy() && asked.elapsed() < $crate::store::pool::BUSY => {}
                        begun => break begun?,
                    }
                };
                let (answer, is_over) =
                    $crate::store::transaction::with_transaction!(@in begun, |$transaction| $body);
                if is_over {
                    lent.give_back();
                }
                answer
            }
            $crate::store::pool::Pool::Postgres(pools) => {
                let (_turn, mut lent) = $crate::store::transaction::in_time(async {
                    let turn = pools.turn().await?;
                    Ok((turn, pools.all.lend().await?))
                })
                .await?;
                let begin = Box::pin(async { Ok(sqlx::Connection::begin(&mut *lent).await?) });
                let begun = $crate::store::transaction::in_time(begin).await?;
                let (answer, is_over) =
                    $crate::store::transaction::with_transaction!(@in begun, |$transaction| $body);
                if is_over {
                    lent.give_back();
                }
                answer
            }
        }
    };
    (@in $begun:ident, |$transaction:ident| $body:block) => {{
        let mut begun = $begun;
        // On the heap: all that waits for it, up to the request, would be as large, and moved about.
        let body = Box::pin(async {
            let $transaction = &mut *begun;
            $body
        });
        match $crate::store::transaction::in_time(body).await? {
            $crate::store::transaction::End::Commit(answer) => {
                $crate::store::transaction::committed(Box::pin(begun.commit())).await?;
                (answer, true)
            }
            $crate::store::transaction::End::Rollback(answer) => {
                // The answer is known already; a connection that has not rolled back is looked after before it is used again.
                let rollback = Box::pin(async { Ok(begun.rollback().await?) });
                (answer, $crate::store::transaction::in_time(rollback).await.is_ok())
            }
        }
    }};
}
pub(super) use with_transaction;

/// The same for a body that is committed unless it fails. Those of an owner move the owner's clock, and stand in
/// `write.rs`.
macro_rules! in_transaction {
    ($store:expr, |$transaction:ident| $body:block) => {
        $crate::store::transaction::with_transaction!($store, |begun| {
            let $transaction = begun;
            let answer: Result<_, $crate::store::StoreError> = async { $body }.await;
            Ok($crate::store::transaction::End::Commit(answer?))
        })
    };
}
pub(super) use in_transaction;

/// Runs the body, which only reads, on one state of the database, however many statements it has.
macro_rules! on_snapshot {
    ($store:expr, |$connection:ident| $body:block) => {
        match &$store.pool {
            $crate::store::pool::Pool::Sqlite(pools) => {
                $crate::store::transaction::on_snapshot!(@on pools.reader, "begin", |$connection| $body)
            }
            $crate::store::pool::Pool::Postgres(pools) => {
                $crate::store::transaction::on_snapshot!(
                    @on pools.all, "begin isolation level repeatable read, read only", |$connection| $body
                )
            }
        }
    };
    (@on $connections:expr, $begin:literal, |$connection:ident| $body:block) => {{
        let lend = async { Ok($connections.lend().await?) };
        let mut lent = $crate::store::transaction::in_time(lend).await?;
        // On the heap: all that waits for it would be as large, and moved about.
        let work = Box::pin(async {
            let mut begun = sqlx::Connection::begin_with(&mut *lent, $begin).await?;
            let $connection = &mut *begun;
            let answer: Result<_, $crate::store::StoreError> = async { $body }.await;
            begun.rollback().await?;
            answer
        });
        let answer = $crate::store::transaction::in_time(work).await?;
        lent.give_back();
        Ok(answer)
    }};
}
pub(super) use on_snapshot;

/// What the work comes to, as long as the request has time.
pub(super) fn in_time<T>(
    work: impl Future<Output = Result<T, StoreError>>,
) -> impl Future<Output = Result<T, StoreError>> {
    deadline::in_time(work).map(|done| done.unwrap_or(Err(StoreError::TimeUp)))
}

/// Waits for a commit, of which it may remain unknown what became of it.
pub(super) async fn committed(
    commit: impl Future<Output = Result<(), sqlx::Error>>,
) -> Result<(), StoreError> {
    match timeout(COMMIT, commit).await {
        Ok(Err(error @ (sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_)))) => {
            Err(StoreError::Unsettled(error))
        }
        Ok(done) => Ok(done?),
        Err(_) => Err(StoreError::Unsettled(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))),
    }
}
