//! How many subscriptions there may be at once: all together, and of one caller.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::document::Asker;

/// The part of all that one caller may have.
const SHARE: usize = 8;

/// Places for subscriptions.
pub(super) struct Subscriptions {
    most: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by: HashMap<Asker, usize>,
}

/// A place, while it lives.
pub(super) struct Place(Arc<Subscriptions>, Asker);

impl Subscriptions {
    pub(super) fn new(most: usize) -> Self {
        Self { most, taken: Mutex::default() }
    }

    /// A place, unless all are taken, or the caller has as many as one may have.
    pub(super) fn take(self: &Arc<Self>, asker: Asker) -> Option<Place> {
        let mut taken = self.taken();
        let own = taken.by.get(&asker).copied().unwrap_or_default();
        if taken.all >= self.most || own >= (self.most / SHARE).max(1) {
            return None;
        }
        taken.all += 1;
        taken.by.insert(asker, own + 1);
        Some(Place(Arc::clone(self), asker))
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Self(subscriptions, asker) = self;
        let mut taken = subscriptions.taken();
        taken.all -= 1;
        match taken.by.get_mut(asker) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.by.remove(asker)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::UserId;

    #[test]
    fn one_caller_leaves_most_of_them_to_others_and_gives_places_back() {
        let places = Arc::new(Subscriptions::new(16));
        let (ada, bob) = (Asker::User(UserId::fresh()), Asker::User(UserId::fresh()));
        let hers: Vec<_> = (0..3).map(|_| places.take(ada)).collect();
        assert_eq!(hers.iter().flatten().count(), 2);
        let others: Vec<_> = (0..20).filter_map(|_| places.take(Asker::User(UserId::fresh()))).collect();
        assert_eq!(others.len(), 14);
        assert!(places.take(bob).is_none());
        drop(hers);
        assert!(places.take(bob).is_some() && places.take(ada).is_some());
        drop(others);
        assert!(places.taken().all == 0 && places.taken().by.is_empty());
    }
}
