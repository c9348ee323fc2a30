//! Bells: each rings for one key, and tells how far a count has come.
//!
//! A ring may come twice or for nothing; whoever hears it looks for themselves. What the count said last is not lost
//! while nobody listened just then, as long as somebody holds the bell.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// The bells that somebody listens to.
#[derive(Debug)]
pub(super) struct Bells<K>(Mutex<HashMap<K, watch::Sender<i64>>>);

/// Hears one bell. The bell goes with the last who hears it.
#[derive(Debug)]
pub(super) struct Ear<K: Eq + Hash + Copy> {
    bells: Arc<Bells<K>>,
    key: K,
    count: watch::Receiver<i64>,
}

impl<K> Default for Bells<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Copy> Bells<K> {
    /// Listens from here on.
    pub(super) fn listen(self: &Arc<Self>, key: K) -> Ear<K> {
        let mut all = self.all();
        let bell = all.entry(key).or_insert_with(|| watch::Sender::new(i64::MIN));
        Ear { bells: Arc::clone(self), key, count: bell.subscribe() }
    }

    /// The count of this key has come so far. What it had come to before makes no noise.
    pub(super) fn ring(&self, key: K, count: i64) {
        if let Some(bell) = self.all().get(&key) {
            bell.send_if_modified(|known| {
                let is_news = count > *known;
                *known = count.max(*known);
                is_news
            });
        }
    }

    /// The keys that somebody listens to.
    pub(super) fn keys(&self) -> Vec<K> {
        self.all().keys().copied().collect()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<K, watch::Sender<i64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Copy> Ear<K> {
    /// How far the count has come, as far as this ear has heard.
    pub(super) fn heard(&self) -> i64 {
        *self.count.borrow()
    }

    /// Returns once the count has come further than this, which it may have done already.
    pub(super) async fn hear_beyond(&mut self, count: i64) {
        // It fails when the bell is gone, which it is not before this ear is.
        let _ = self.count.wait_for(|known| *known > count).await;
    }
}

impl<K: Eq + Hash + Copy> Drop for Ear<K> {
    fn drop(&mut self) {
        let mut all = self.bells.all();
        if all.get(&self.key).is_some_and(|bell| bell.receiver_count() <= 1) {
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
        assert_eq!(bells.keys().len(), 2);
        drop((second, other));
        assert!(bells.keys().is_empty());
    }

    #[tokio::test]
    async fn what_rang_late_does_not_take_a_count_back() {
        let bells = Arc::new(Bells::default());
        let mut ear = bells.listen(1);
        bells.ring(1, 7);
        bells.ring(1, 5);
        ear.hear_beyond(6).await;
    }
}
