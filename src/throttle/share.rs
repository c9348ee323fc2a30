//! A share of tries for every key, in bounded memory.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{InsufficientCapacity, RateLimiter};
use quick_cache::sync::{Cache, EntryAction, EntryResult};

use super::quota::Rate;

/// Keys that one share remembers; full, it takes less than a mebibyte. A power of two, as the shards of the cache are.
const KEYS: usize = 8192;

/// Who or what tries, as a keyed hash.
pub type Key = u64;

/// So many tries at once for each key, which come back one by one.
pub struct Share<C: Clock> {
    limiter: RateLimiter<Key, Shelf, C, NoOpMiddleware<C::Instant>>,
    shelf: Shelf,
    /// What one try weighs.
    every: Nanos,
}

impl<C: Clock> Share<C> {
    /// All keys have all their tries.
    pub fn new(rate: Rate, clock: C) -> Self {
        let shelf = Shelf::new();
        let limiter = RateLimiter::new(rate.quota(), shelf.clone(), clock);
        Self { limiter, shelf, every: rate.every.into() }
    }

    /// Takes a try. `Err` says how long to wait for the next one, and took none.
    pub fn take(&self, key: Key) -> Result<Taken<'_>, Duration> {
        match self.limiter.check_key(&key) {
            Ok(()) => Ok(Taken { shelf: &self.shelf, key, every: self.every }),
            Err(until) => Err(until.wait_time_from(self.limiter.clock().now())),
        }
    }

    /// Takes so many at once. `Err(_)` where there never are so many; within it as for one.
    pub fn take_many(
        &self,
        key: Key,
        count: NonZeroU32,
    ) -> Result<Result<(), Duration>, InsufficientCapacity> {
        let taken = self.limiter.check_key_n(&key, count)?;
        Ok(taken.map_err(|until| until.wait_time_from(self.limiter.clock().now())))
    }
}

/// A try that was taken out of a share.
pub struct Taken<'s> {
    shelf: &'s Shelf,
    key: Key,
    every: Nanos,
}

impl Taken<'_> {
    /// Puts it back, as if it had not been taken.
    pub fn give_back(self) {
        self.shelf.earlier(self.key, self.every);
    }
}

/// When each key will have all its tries again, which is all that is to know of it.
///
/// What has not been asked for lately makes room for what is new. A key that came again, even soon after it was forgotten,
/// is kept before those that came once, so that a flood of new keys does not wash away the one that is hammered.
#[derive(Clone)]
struct Shelf(Arc<Cache<Key, Nanos>>);

impl Shelf {
    fn new() -> Self {
        Self(Arc::new(Cache::new(KEYS)))
    }

    /// A key that is not remembered has all its tries already.
    fn earlier(&self, key: Key, by: Nanos) {
        // The place that a key of which nothing is known would get is let go with the result.
        drop(self.0.entry(&key, None, |_, full| {
            *full = full.saturating_sub(by);
            EntryAction::Retain(())
        }));
    }
}

impl StateStore for Shelf {
    type Key = Key;

    fn measure_and_replace<T, F, E>(&self, key: &Key, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let known = self.0.entry(key, None, |_, full| {
            EntryAction::Retain(measure(Some(*full)).map(|(taken, later)| {
                *full = later;
                taken
            }))
        });
        match known {
            EntryResult::Retained(outcome) => outcome,
            EntryResult::Vacant(place) => {
                let (taken, later) = measure(None)?;
                // Refused when the key was taken off meanwhile; then it has all its tries.
                let _ = place.insert(later);
                Ok(taken)
            }
            // What is retained and waited for never ends like this. If it did, nothing would be known of the key.
            EntryResult::Removed(..) | EntryResult::Replaced(..) | EntryResult::Timeout => {
                measure(None).map(|(taken, _)| taken)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;
    use proptest::prelude::*;

    use super::*;

    const AT_ONCE: usize = 10;

    fn share() -> Share<FakeRelativeClock> {
        Share::new(Rate { at_once: 10, every: Duration::from_mins(1) }, FakeRelativeClock::default())
    }

    fn bytes(share: &Share<FakeRelativeClock>) -> usize {
        share.shelf.0.memory_used().total()
    }

    #[test]
    fn a_flood_of_new_keys_fills_no_memory_and_washes_away_none_that_is_hammered() {
        let share = share();
        let hammered: Key = 7;
        assert_eq!((0..100).filter(|_| share.take(hammered).is_ok()).count(), AT_ONCE);
        let mut strangers = 1_000_000..;
        let mut flood = |keys: usize| strangers.by_ref().take(keys).all(|key| share.take(key).is_ok());
        assert!(flood(20 * KEYS));
        assert!(share.shelf.0.len() <= KEYS, "{} remembered", share.shelf.0.len());
        assert!(bytes(&share) < 1024 * 1024, "{} bytes", bytes(&share));
        assert!(share.take(hammered).is_err(), "forgotten in the flood");

        // Nor does it help to go slowly about it.
        let careful: Key = 8;
        let guesses = (0..100).take_while(|_| share.take(careful).is_ok() && flood(KEYS / 4)).count();
        assert!(guesses <= AT_ONCE + 2, "{guesses} guesses");
    }

    #[test]
    fn a_share_is_small_as_long_as_nobody_comes() {
        let share = share();
        assert!(bytes(&share) < 32 * 1024, "{} bytes", bytes(&share));
    }

    #[test]
    fn tries_that_come_at_the_same_time_are_counted_one_by_one() {
        let share = share();
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| (0..100).filter(|_| share.take(7).is_ok()).count())).collect();
            threads.into_iter().map(|thread| thread.join().expect("counted")).sum()
        });
        assert_eq!(taken, AT_ONCE);
    }

    /// What may happen to one key.
    #[derive(Debug, Clone, Copy)]
    enum Event {
        Take,
        GiveBack,
        Wait(u64),
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            4 => Just(Event::Take),
            1 => Just(Event::GiveBack),
            1 => (0..200_u64).prop_map(Event::Wait),
        ]
    }

    proptest! {
        /// The model counts seconds of debt: a try costs a minute, time pays it off, and ten minutes are the most.
        #[test]
        fn tries_are_taken_given_back_and_paid_off_as_in_the_model(
            events in prop::collection::vec(event(), 1..100),
        ) {
            let clock = FakeRelativeClock::default();
            let share = Share::new(Rate { at_once: 10, every: Duration::from_mins(1) }, clock.clone());
            let (mut debt, mut taken) = (0_u64, Vec::new());
            for event in events {
                match event {
                    Event::Take => match share.take(7) {
                        Ok(one) => {
                            prop_assert!(debt + 60 <= 600, "one too many");
                            debt += 60;
                            taken.push(one);
                        }
                        Err(wait) => prop_assert_eq!(wait, Duration::from_secs(debt + 60 - 600)),
                    },
                    Event::GiveBack => {
                        if let Some(one) = taken.pop() {
                            one.give_back();
                            debt = debt.saturating_sub(60);
                        }
                    }
                    Event::Wait(seconds) => {
                        clock.advance(Duration::from_secs(seconds));
                        debt = debt.saturating_sub(seconds);
                    }
                }
            }
        }
    }
}
