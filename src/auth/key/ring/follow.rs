//! Noticing what a command, or an operator, did to the file.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};

use super::{Held, Kept, KeyRing};
use crate::auth::key::{KeyFault, KeyFile, KeySet};
use crate::time::{Clock, Timestamp};
use crate::watch::Watch;

/// How often the file is looked at: it is read, and not asked when it was changed, as only what is opened is certain to
/// be the present file where it lies on another machine, and a new file may be as long and seem as old as the one before.
const LOOK: Duration = Duration::from_millis(250);

/// How soon the file is looked at again for the sake of an unknown key, however many tokens name one.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// After how long a look that has not ended is taken for one that hangs, and not waited for.
const HANGS: Duration = Duration::from_millis(20);

/// Where the keys of a ring come from.
pub(super) struct Source {
    file: KeyFile,
    /// How long the tokens of this server live.
    life: Duration,
    clock: Clock,
    /// Held while somebody looks.
    seen: Mutex<Seen>,
    /// Since when.
    looking: Mutex<Option<Instant>>,
}

/// What the last look at the file found.
struct Seen {
    /// SHA-256 of the file when its keys were taken.
    digest: [u8; 32],
    /// How long tokens may live by what it says.
    longest_life: Duration,
    /// When the next of its keys goes.
    ends: Option<Timestamp>,
    /// When it was last looked at for an unknown key's sake.
    asked: Option<Instant>,
    /// The file cannot be used, and the log says so.
    is_unreadable: bool,
    /// Nothing can be written to it, and the log says so; not tried again before it changes.
    is_unwritable: bool,
}

impl Source {
    pub(super) fn new(
        file: KeyFile,
        life: Duration,
        clock: Clock,
        kept: &Kept,
        ends: Option<Timestamp>,
    ) -> Self {
        let seen = Seen {
            digest: sha256(&kept.bytes),
            longest_life: kept.text.current.longest_life,
            ends,
            asked: None,
            is_unreadable: false,
            is_unwritable: false,
        };
        Self { file, life, clock, seen: Mutex::new(seen), looking: Mutex::default() }
    }

    /// The keys of the file, when they are others than those that were taken last.
    fn read(&self, seen: &Seen, now: Timestamp) -> Result<Option<Kept>, KeyFault> {
        let bytes = self.file.bytes()?;
        let is_the_same = sha256(&bytes) == seen.digest && seen.ends.is_none_or(|ends| now < ends);
        if is_the_same { Ok(None) } else { self.file.kept(bytes).map(Some) }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` when somebody looks for so long that no request should wait for it.
    fn seen_soon(&self) -> Option<MutexGuard<'_, Seen>> {
        loop {
            match self.seen.try_lock() {
                Ok(seen) => return Some(seen),
                Err(TryLockError::Poisoned(seen)) => return Some(seen.into_inner()),
                Err(TryLockError::WouldBlock) if self.is_hanging() => return None,
                Err(TryLockError::WouldBlock) => std::thread::sleep(HANGS / 100),
            }
        }
    }

    pub(super) fn is_hanging(&self) -> bool {
        self.looking_since().is_some_and(|since| since.elapsed() > HANGS)
    }

    fn looking_since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.looking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What its tokens may live has to stand in the file before a key is retired.
    fn prolong(&self) {
        let is_due = |seen: &Seen| seen.longest_life < self.life && !seen.is_unwritable;
        // Waiting for one's turn to write must not keep others from looking.
        if !is_due(&self.seen()) {
            return;
        }
        if let Err(fault) = self.file.prolong(self.life) {
            tracing::warn!(%fault, "tokens that live longer than the key file says end early when keys rotate");
            self.seen().is_unwritable = true;
        }
    }
}

impl KeyRing {
    /// Follows the file from here on, if the keys come from one.
    pub fn watch(&self) -> io::Result<Option<Watch>> {
        let Some(source) = &self.0.source else { return Ok(None) };
        let (ring, clock) = (self.clone(), source.clock);
        ring.follow(clock.now());
        Watch::start("keys", LOOK, move || ring.follow(clock.now())).map(Some)
    }

    /// Looks at the file as at that instant.
    pub(super) fn follow(&self, now: Timestamp) {
        let Some(source) = &self.0.source else { return };
        self.look(source, &mut source.seen(), now);
        source.prolong();
    }

    /// Other keys than those, if there are any by now; for a token whose key is not among them.
    pub(in crate::auth) fn newer_than(&self, held: &Arc<Held>) -> Option<Arc<Held>> {
        let source = self.0.source.as_ref()?;
        let newer = || Some(self.held()).filter(|newer| !Arc::ptr_eq(newer, held));
        let mut seen = source.seen_soon()?;
        if let Some(newer) = newer() {
            return Some(newer);
        }
        if seen.asked.is_some_and(|asked| asked.elapsed() < LOOK_AGAIN) {
            return None;
        }
        seen.asked = Some(Instant::now());
        self.look(source, &mut seen, source.clock.now());
        newer()
    }

    /// Takes what the file holds. What cannot be used changes nothing.
    fn look(&self, source: &Source, seen: &mut Seen, now: Timestamp) {
        *source.looking_since() = Some(Instant::now());
        let found = source.read(seen, now);
        *source.looking_since() = None;
        match found {
            Ok(None) => seen.is_unreadable = false,
            Ok(Some(kept)) => {
                let (accepted, ends) = kept.accepted(now);
                *seen = Seen {
                    digest: sha256(&kept.bytes),
                    longest_life: kept.text.current.longest_life,
                    ends,
                    asked: seen.asked,
                    is_unreadable: false,
                    is_unwritable: false,
                };
                let before = self.held();
                tell(&before.accepted, &accepted);
                self.hold(before.followed_by(kept.signing, accepted));
            }
            Err(fault) if !seen.is_unreadable => {
                tracing::error!(%fault, "the keys stay as they are");
                seen.is_unreadable = true;
            }
            Err(_) => {}
        }
    }
}

fn tell(before: &KeySet, after: &KeySet) {
    for kid in after.kids().filter(|kid| before.find(kid).is_none()) {
        tracing::info!(kid, "a new key verifies tokens");
    }
    for kid in before.kids().filter(|kid| after.find(kid).is_none()) {
        tracing::info!(kid, "a key is gone, and its tokens with it");
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sum
}
