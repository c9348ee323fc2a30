//! Which owners' clocks have moved here, and other instances have yet to be told of.
//!
//! A notification in the transaction of every write would have all commits of the database stand in line: PostgreSQL lets
//! one transaction at a time commit that notifies. So moves are collected, and told of by a statement of its own: at once
//! where an owner was quiet, and a few times a second where not.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::id::UserId;

/// The pause between two tellings, in which moves come together.
pub(super) const PAUSE: Duration = Duration::from_millis(10);
/// The pause between two tellings of one owner.
const SPACING: Duration = Duration::from_millis(250);
/// Clocks that fit into the 8,000 bytes of one notification: 32 digits, at most 16, and a comma.
const AT_ONCE: usize = 150;

/// Collects what is to be told.
#[derive(Debug)]
pub(super) struct Herald {
    /// Tells this instance's own notifications from others'.
    name: String,
    state: Mutex<State>,
    /// Rings when there is something to be told.
    pub(super) bell: Notify,
}

#[derive(Debug, Default)]
struct State {
    moved: HashMap<UserId, i64>,
    told: HashMap<UserId, Instant>,
}

impl Default for Herald {
    fn default() -> Self {
        Self { name: Uuid::new_v4().simple().to_string(), state: Mutex::default(), bell: Notify::new() }
    }
}

impl Herald {
    /// An owner's clock has come so far.
    pub(super) fn note(&self, owner: UserId, clock: i64) {
        let mut state = self.state();
        let moved = state.moved.entry(owner).or_insert(clock);
        *moved = clock.max(*moved);
        drop(state);
        self.bell.notify_one();
    }

    /// What is to be told now, as notifications, and whether something is left for later.
    pub(super) fn take(&self, now: Instant) -> (Vec<String>, bool) {
        let mut state = self.state();
        let State { moved, told } = &mut *state;
        told.retain(|_, at| now.saturating_duration_since(*at) < SPACING);
        let due: Vec<_> = moved.extract_if(|owner, _| !told.contains_key(owner)).collect();
        told.extend(due.iter().map(|(owner, _)| (*owner, now)));
        if moved.is_empty() {
            moved.shrink_to_fit();
        }
        (due.chunks(AT_ONCE).map(|due| self.write(due)).collect(), !moved.is_empty())
    }

    /// All that is left to be told, spacing or not.
    pub(super) fn take_all(&self) -> Vec<String> {
        let due: Vec<_> = self.state().moved.drain().collect();
        due.chunks(AT_ONCE).map(|due| self.write(due)).collect()
    }

    fn write(&self, due: &[(UserId, i64)]) -> String {
        let clocks = due.iter().map(|(owner, clock)| format!(",{}{clock:x}", owner.uuid().as_simple()));
        std::iter::once(self.name.clone()).chain(clocks).collect()
    }

    /// The clocks that a notification of another instance tells of; of one's own, and of what is none, nothing.
    pub(super) fn read(&self, notification: &str) -> Vec<(UserId, i64)> {
        let mut parts = notification.split(',');
        if parts.next() == Some(&self.name) {
            return Vec::new();
        }
        let clock = |part: &str| {
            let (owner, clock) = part.split_at_checked(32)?;
            Some((UserId::from(Uuid::try_parse(owner).ok()?), i64::from_str_radix(clock, 16).ok()?))
        };
        parts.filter_map(clock).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_told_of_at_once_and_then_not_again_for_a_while() {
        let (herald, other) = (Herald::default(), Herald::default());
        let (ada, bob) = (UserId::fresh(), UserId::fresh());
        let start = Instant::now();
        herald.note(ada, 1);
        herald.note(ada, 3);
        herald.note(ada, 2);
        let (told, more) = herald.take(start);
        assert_eq!((told.len(), more), (1, false));
        assert_eq!((other.read(&told[0]), herald.read(&told[0])), (vec![(ada, 3)], vec![]));
        herald.note(ada, 4);
        herald.note(bob, i64::MAX);
        let (told, more) = herald.take(start + SPACING / 2);
        assert_eq!((other.read(&told[0]), more), (vec![(bob, i64::MAX)], true));
        let (told, more) = herald.take(start + SPACING);
        assert_eq!((other.read(&told[0]), more), (vec![(ada, 4)], false));
        assert_eq!(herald.take(start + SPACING), (vec![], false));
    }

    #[test]
    fn a_notification_has_room_for_what_is_put_into_it() {
        let (herald, other) = (Herald::default(), Herald::default());
        for _ in 0..=2 * AT_ONCE {
            herald.note(UserId::fresh(), i64::MAX);
        }
        let (told, _) = herald.take(Instant::now());
        assert!(told.len() == 3 && told.iter().all(|one| one.len() < 8000));
        assert_eq!(told.iter().map(|one| other.read(one).len()).sum::<usize>(), 2 * AT_ONCE + 1);
    }

    #[test]
    fn what_is_no_notification_tells_nothing() {
        let herald = Herald::default();
        for text in [
            "",
            ",",
            "a,b",
            "a,caf\u{e9}",
            &format!("a,{}", "0".repeat(32)),
            &format!("a,{}g", "0".repeat(32)),
        ] {
            assert_eq!(herald.read(text), vec![], "{text}");
        }
    }
}
