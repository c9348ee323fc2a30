//! What has to be done again and again, whether anyone asks or not.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::store::StoreError;

use super::Services;

/// How often to look for what other instances have cut off. Theirs are to be refused here within a second.
const LEARN: Duration = Duration::from_millis(250);
/// How often to look for changes that nobody told of.
const LOOK: Duration = Duration::from_secs(5);
/// How often to remove what has ended.
const CLEAN: Duration = Duration::from_mins(1);
/// How long one time may take.
const LONGEST: Duration = Duration::from_secs(30);

impl Services {
    /// Learns of cut-offs and of changes, tells of changes, and removes what has ended, until it is dropped. One for each
    /// process.
    pub async fn upkeep(&self) -> Infallible {
        // Beside each other: what is removed may have to wait for locks, and no cut-off may wait for that.
        let (never, ..) = tokio::join!(
            again_and_again(LEARN, || self.store.learn_cut_offs()),
            again_and_again(LOOK, || self.store.look_for_news()),
            again_and_again(CLEAN, || self.clean()),
            self.store.tell_others(),
            self.store.hear_others(),
        );
        never
    }

    /// Removes what has ended by now.
    pub async fn clean(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let grace = self.refresh.map_or(Duration::ZERO, |rules| rules.grace);
        self.store.clean(now, now - grace).await?;
        self.store.forget_deletions(now - self.changes_retention).await
    }
}

/// Does this every so often, and goes on when it fails.
async fn again_and_again<F>(every: Duration, what: impl Fn() -> F) -> Infallible
where
    F: Future<Output = Result<(), StoreError>>,
{
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut fails = false;
    loop {
        ticks.tick().await;
        // A database that is lost without a word would be waited for for ever.
        let done = timeout(LONGEST, what()).await.unwrap_or(Err(StoreError::TimeUp));
        // Four times a second would fill the log; the first time says it.
        if let Err(error) = &done
            && !fails
        {
            tracing::warn!(%error, "upkeep has to wait");
        }
        fails = done.is_err();
    }
}
