//! Bells: each rings for one key, and tells how far a count has come.
//!
//! A ring may come twice or for nothing; whoever hears it looks for themselves. What the count said last is not lost
//! while nobody listened just then, as long as somebody holds the bell.

use std::collections::HashMap;
use std::hash::Hash;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The bells that somebody listens to.
#[derive(Debug)]
pub(super) struct Bells<K>(Mutex<HashMap<K, Arc<Bell>>>);

/// There may be very many, each for one listener: smaller than the channels that do the same.
#[derive(Debug)]
struct Bell {
    count: Mutex<Count>,
    rings: Notify,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    known: i64,
    /// How often the count was found to be less than it had been.
    setbacks: u32,
}

/// Hears one bell. The bell goes with the last who hears it.
#[derive(Debug)]
pub(super) struct Ear<K: Eq + Hash + Copy> {
    bells: Arc<Bells<K>>,
    key: K,
    /// There until it is dropped.
    bell: Option<Arc<Bell>>,
    setbacks: u32,
}

impl Bell {
    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> Default for Bells<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Copy> Bells<K> {
    /// Listens from here on.
    pub(super) fn listen(self: &Arc<Self>, key: K) -> Ear<K> {
        let silent = || {
            let count = Mutex::new(Count { known: i64::MIN, setbacks: 0 });
            Arc::new(Bell { count, rings: Notify::new() })
        };
        let bell = Arc::clone(self.all().entry(key).or_insert_with(silent));
        let setbacks = bell.count().setbacks;
        Ear { bells: Arc::clone(self), key, bell: Some(bell), setbacks }
    }

    /// The count of this key has come so far. What it had come to before makes no noise.
    pub(super) fn ring(&self, key: K, known: i64) {
        self.change(key, |count| {
            let is_news = known > count.known;
            count.known = known.max(count.known);
            is_news
        });
    }

    /// The count of this key was just found to be this. Less than it was makes noise as well: it was set back.
    pub(super) fn correct(&self, key: K, found: i64, known_before: i64) {
        self.change(key, |count| {
            let is_back = found < known_before && count.known == known_before;
            if is_back {
                *count = Count { known: found, setbacks: count.setbacks + 1 };
            }
            let is_news = found > count.known;
            count.known = found.max(count.known);
            is_back || is_news
        });
    }

    fn change(&self, key: K, change: impl FnOnce(&mut Count) -> bool) {
        // The list is held all the while, as `Drop` counts who holds a bell.
        let all = self.all();
        if let Some(bell) = all.get(&key)
            && change(&mut bell.count())
        {
            bell.rings.notify_waiters();
        }
    }

    /// The keys that somebody listens to, and how far their counts have come.
    pub(super) fn known(&self) -> Vec<(K, i64)> {
        self.all().iter().map(|(key, bell)| (*key, bell.count().known)).collect()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<K, Arc<Bell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Copy> Ear<K> {
    /// How far the count has come.
    pub(super) fn heard(&self) -> i64 {
        self.bell.as_ref().map_or(i64::MIN, |bell| bell.count().known)
    }

    /// Returns once the count has come further than this, which it may have done already, or was set back.
    pub(super) async fn hear_beyond(&mut self, count: i64) {
        let Some(bell) = &self.bell else { return };
        loop {
            // Before the look, so that no ring falls between the two.
            let mut ring = pin!(bell.rings.notified());
            ring.as_mut().enable();
            let heard = *bell.count();
            if heard.known > count || heard.setbacks != self.setbacks {
                self.setbacks = heard.setbacks;
                return;
            }
            ring.await;
        }
    }
}

impl<K: Eq + Hash + Copy> Drop for Ear<K> {
    fn drop(&mut self) {
        let mut all = self.bells.all();
        // Within the lock, so that of two who go at once one sees that it is the last.
        drop(self.bell.take());
        if all.get(&self.key).is_some_and(|bell| Arc::strong_count(bell) == 1) {
            all.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_bell_is_heard_by_its_own_listeners_alone_and_goes_with_the_last() {
        let bells = Arc::new(Bells::default());
        let (mut one, mut other) = (bells.listen(1), bells.listen(2));
        let second = bells.listen(1);
        bells.ring(1, 7);
        one.hear_beyond(6).await;
        assert!(one.hear_beyond(7).now_or_never().is_none());
        assert!(other.hear_beyond(0).now_or_never().is_none());
        drop(one);
        assert_eq!(bells.known().len(), 2);
        drop((second, other));
        assert!(bells.known().is_empty());
    }

    #[tokio::test]
    async fn what_rang_late_does_not_take_a_count_back() {
        let bells = Arc::new(Bells::default());
        let mut ear = bells.listen(1);
        bells.ring(1, 7);
        bells.ring(1, 5);
        ear.hear_beyond(6).await;
    }

    #[tokio::test]
    async fn a_count_that_was_set_back_is_heard_once() {
        let bells = Arc::new(Bells::default());
        let mut ear = bells.listen(1);
        bells.ring(1, 7);
        // What was found before somebody else rang says nothing.
        bells.correct(1, 5, 6);
        assert!(ear.hear_beyond(7).now_or_never().is_none());
        bells.correct(1, 5, 7);
        ear.hear_beyond(7).await;
        assert!(ear.hear_beyond(7).now_or_never().is_none());
        bells.correct(1, 6, 5);
        ear.hear_beyond(5).await;
        assert_eq!(ear.heard(), 6);
    }

    #[test]
    fn ears_that_go_at_once_take_their_bell_with_them() {
        let bells = Arc::new(Bells::default());
        for _ in 0..200 {
            let ears: Vec<_> = (0..8).map(|_| bells.listen(1)).collect();
            std::thread::scope(|scope| ears.into_iter().for_each(|ear| drop(scope.spawn(move || drop(ear)))));
            assert!(bells.known().is_empty());
        }
    }
}
