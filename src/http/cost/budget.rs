//! What the queries of one user may cost in a minute, however many they are.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};

use super::Cost;
use crate::id::UserId;
use crate::throttle::{Rate, Share};

const MINUTE: Duration = Duration::from_mins(1);

/// So many rows at once for each user, which come back evenly within a minute. Each process counts for itself.
pub(in crate::http) struct Budget<C: Clock = DefaultClock> {
    share: Share<C>,
    hasher: RandomState,
}

impl Budget {
    /// `None` where costs are not counted.
    pub(in crate::http) fn of(rows: u32) -> Option<Self> {
        NonZeroU32::new(rows).map(|rows| Self::by(rows, DefaultClock::default()))
    }
}

impl<C: Clock> Budget<C> {
    fn by(rows: NonZeroU32, clock: C) -> Self {
        let share = Share::new(Rate { at_once: rows.get(), every: MINUTE / rows.get() }, clock);
        Self { share, hasher: RandomState::new() }
    }

    /// Takes what a request costs. `Err` says how long to wait until there is as much, and takes nothing.
    pub(in crate::http) fn spend(&self, user: UserId, Cost(rows): Cost) -> Result<(), Duration> {
        match NonZeroU32::new(u32::try_from(rows).unwrap_or(u32::MAX)) {
            None => Ok(()),
            // The settings see to it that there is enough for each request that may run.
            Some(rows) => self.share.take_many(self.hasher.hash_one(user), rows).unwrap_or(Err(MINUTE)),
        }
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    #[test]
    fn a_user_spends_what_there_is_and_gets_it_back_within_a_minute() {
        let clock = FakeRelativeClock::default();
        let budget = Budget::by(NonZeroU32::new(600).expect("some"), clock.clone());
        let (ada, bob) = (UserId::fresh(), UserId::fresh());
        assert_eq!(budget.spend(ada, Cost(400)), Ok(()));
        assert_eq!(budget.spend(ada, Cost(0)), Ok(()));
        assert_eq!(budget.spend(ada, Cost(300)), Err(Duration::from_secs(10)));
        assert_eq!(budget.spend(ada, Cost(200)), Ok(()));
        assert_eq!(budget.spend(bob, Cost(600)), Ok(()));
        clock.advance(Duration::from_secs(30));
        assert_eq!(budget.spend(ada, Cost(301)), Err(Duration::from_millis(100)));
        assert_eq!(budget.spend(ada, Cost(300)), Ok(()));
        clock.advance(MINUTE);
        assert_eq!(budget.spend(ada, Cost(601)), Err(MINUTE));
        assert_eq!(budget.spend(ada, Cost(600)), Ok(()));
    }

    #[test]
    fn nothing_is_counted_unless_that_was_set() {
        assert!(Budget::of(0).is_none());
    }
}
