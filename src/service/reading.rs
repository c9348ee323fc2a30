//! Reads that many wait for at once, made once for all of them.
//!
//! Whoever follows an owner's changes wakes when all others do who follow the same, and mostly stands at the same place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use tokio::time::timeout;

use crate::id::UserId;
use crate::store::{Changes, Owner, Wanted};

use super::{Answer, Failure, Services};

/// How long a read may take.
const LONGEST: Duration = Duration::from_secs(10);

type Key = (UserId, Wanted);
type Work = BoxFuture<'static, Answer<Arc<Changes>>>;

/// The reads that have yet to begin. They live as long as somebody waits for them.
#[derive(Default)]
pub struct Readings(Mutex<HashMap<Key, WeakShared<Work>>>);

impl Readings {
    fn all(&self) -> MutexGuard<'_, HashMap<Key, WeakShared<Work>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a read out when it begins, or nobody waits for it any more.
struct Registered(Arc<Services>, Key);

impl Drop for Registered {
    fn drop(&mut self) {
        let Self(services, key) = self;
        services.readings.all().remove(key);
    }
}

/// A database that is lost without a word would be waited for for ever.
pub(super) async fn in_time<T>(work: impl Future<Output = Answer<T>>) -> Answer<T> {
    timeout(LONGEST, work).await.unwrap_or(Err(Failure::Unavailable(LONGEST, None)))
}

impl Services {
    /// What changed, as a read finds it that begins after the call.
    ///
    /// With `is_next` it looks for a single change first.
    pub(super) fn read_together(
        self: &Arc<Self>,
        owner: &Arc<Owner>,
        wanted: Wanted,
        is_next: bool,
    ) -> Shared<Work> {
        let key = (owner.user_id(), wanted);
        let mut all = self.readings.all();
        if let Some(reading) = all.get(&key).and_then(WeakShared::upgrade) {
            return reading;
        }
        let registered = Registered(Arc::clone(self), key);
        let (services, owner) = (Arc::clone(self), Arc::clone(owner));
        let reading = async move {
            let turn = services.store.turn_to_follow().await;
            // Whoever comes from here on may know of something that this read does not find.
            drop(registered);
            let changes = in_time(services.look(&owner, wanted, is_next)).await;
            drop(turn);
            changes.map(Arc::new)
        };
        let reading = reading.boxed().shared();
        all.extend(reading.downgrade().map(|weak| (key, weak)));
        reading
    }

    async fn look(&self, owner: &Owner, wanted: Wanted, is_next: bool) -> Answer<Changes> {
        if is_next
            && !wanted.tags
            && let Some(changes) = self.store.changes(owner).next(wanted.after).await?
        {
            return Ok(changes);
        }
        self.changes(owner, wanted).await
    }
}
