//! What has to be done again and again, whether anyone asks or not.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use crate::store::StoreError;

use super::Services;

/// How often to look for what other instances have cut off. Theirs are to be refused here within a second.
const LEARN: Duration = Duration::from_millis(250);
/// How often to remove what has ended.
const CLEAN: Duration = Duration::from_mins(1);

impl Services {
    /// Learns of cut-offs and removes what has ended, until it is dropped. One for each process.
    pub async fn upkeep(&self) -> Infallible {
        let mut ticks = interval(LEARN);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut cleaned = Instant::now();
        let mut fails = false;
        loop {
            ticks.tick().await;
            let mut done = self.store.learn_cut_offs().await;
            if done.is_ok() && cleaned.elapsed() >= CLEAN {
                cleaned = Instant::now();
                done = self.clean().await;
            }
            // Four times a second would fill the log; the first time says it.
            if let Err(error) = &done
                && !fails
            {
                tracing::warn!(%error, "upkeep has to wait");
            }
            fails = done.is_err();
        }
    }

    /// Removes what has ended by now.
    pub async fn clean(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let grace = self.refresh.map_or(Duration::ZERO, |rules| rules.grace);
        self.store.clean(now, now - grace).await
    }
}
