//! A share of tries for every key, in bounded memory.

use std::sync::Arc;
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use quick_cache::sync::{Cache, EntryAction, EntryResult};

use super::quota::Rate;

/// Keys that one share remembers. Full, it takes less than a mebibyte.
pub(super) const KEYS: usize = 10_000;

/// Who or what tries, as a keyed hash.
pub(super) type Key = u64;

/// So many tries at once for each key, which come back one by one.
pub(super) struct Share<C: Clock> {
    limiter: RateLimiter<Key, Shelf, C, NoOpMiddleware<C::Instant>>,
    shelf: Shelf,
    /// What one try weighs.
    every: Nanos,
}

impl<C: Clock> Share<C> {
    pub(super) fn new(rate: Rate, clock: C) -> Self {
        let shelf = Shelf::new();
        let limiter = RateLimiter::new(rate.quota(), shelf.clone(), clock);
        Self { limiter, shelf, every: rate.every.into() }
    }

    /// Takes a try. `Err` says how long to wait for the next one, and took none.
    pub(super) fn take(&self, key: Key) -> Result<Taken<'_>, Duration> {
        match self.limiter.check_key(&key) {
            Ok(()) => Ok(Taken { shelf: &self.shelf, key, every: self.every }),
            Err(until) => Err(until.wait_time_from(self.limiter.clock().now())),
        }
    }

    #[cfg(test)]
    pub(super) fn shelf(&self) -> &Shelf {
        &self.shelf
    }
}

/// A try that was taken out of a share.
pub(super) struct Taken<'s> {
    shelf: &'s Shelf,
    key: Key,
    every: Nanos,
}

impl Taken<'_> {
    /// Puts it back, as if it had not been taken.
    pub(super) fn give_back(self) {
        self.shelf.earlier(self.key, self.every);
    }
}

/// When each key will have all its tries again, which is all that is to know of it.
///
/// What has not been asked for lately makes room for what is new. A key that came again, even soon after it was forgotten,
/// is kept before those that came once, so that a flood of new keys does not wash away the one that is hammered.
#[derive(Clone)]
pub(super) struct Shelf(Arc<Cache<Key, Nanos>>);

impl Shelf {
    fn new() -> Self {
        Self(Arc::new(Cache::new(KEYS)))
    }

    /// A key that is not remembered has all its tries already.
    fn earlier(&self, key: Key, by: Nanos) {
        // Whoever holds the place of a new key holds it for no longer than it takes to fill it.
        drop(self.0.entry(&key, None, |_, full| {
            *full = full.saturating_sub(by);
            EntryAction::Retain(())
        }));
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.0.memory_used().total()
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
            // None of these can come of an entry that is retained and waited for; a key of which nothing is known.
            EntryResult::Removed(..) | EntryResult::Replaced(..) | EntryResult::Timeout => {
                measure(None).map(|(taken, _)| taken)
            }
        }
    }
}
