//! When the time of a request is up.
//!
//! `http` sets it around a mutation; whoever waits on behalf of one, for a connection, for a statement or for a password's
//! hash, does so in [`in_time`]. It travels with the task and not as an argument: what lies between the two are the
//! engine and the resolvers, which have no use for it. A query needs none. It is dropped when its time is up, and its SQL
//! with it; a mutation must not be, as it may just be committing.

use std::time::Instant;

use tokio::time::timeout_at;

tokio::task_local! {
    static DEADLINE: Instant;
}

/// The time of the request is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeUp;

/// Does work that has to end by then.
pub async fn until<T>(deadline: Instant, work: impl Future<Output = T>) -> T {
    DEADLINE.scope(deadline, work).await
}

/// What the work comes to, unless the request's time is up before: then it is dropped, wherever it is. Work that is not a
/// mutation's has all the time that it takes.
pub async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, TimeUp> {
    match DEADLINE.try_with(|deadline| *deadline) {
        Err(_) => Ok(work.await),
        Ok(deadline) if deadline <= Instant::now() => Err(TimeUp),
        Ok(deadline) => timeout_at(deadline.into(), work).await.map_err(|_| TimeUp),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_waits_for_ever_ends_with_the_time_and_nothing_begins_after_it() {
        let begun = Instant::now();
        let deadline = begun + Duration::from_millis(50);
        until(deadline, async {
            assert_eq!(in_time(ready(1)).await, Ok(1));
            assert_eq!(in_time(pending::<()>()).await, Err(TimeUp));
            assert!(begun.elapsed() >= Duration::from_millis(50));
            assert_eq!(in_time(ready(1)).await, Err(TimeUp));
        })
        .await;
        assert_eq!(in_time(ready(1)).await, Ok(1));
    }
}
