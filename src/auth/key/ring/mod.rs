//! The keys of a running server: one place that issuer, verifier and the published list read, and that follows the file.
//!
//! No server refuses what another one signed. A new key verifies and is published from the moment a server notices it,
//! and signs [`SETTLE`] later, when all others have noticed it as well; and whoever does not know a key looks once more
//! before its token is refused.

mod follow;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::rotation::Kept;
use super::{KeyFault, KeyFile, KeySet, SigningKey};
use crate::secret::Secret;
use crate::time::{Clock, Timestamp};
use follow::Source;

/// How long a new key is known before it signs: longer than it takes to notice it, and within a second with that.
const SETTLE: Duration = Duration::from_millis(500);

/// The keys that a server signs and checks with. Clones are the same ring.
#[derive(Clone)]
pub struct KeyRing(Arc<Ring>);

struct Ring {
    held: RwLock<Arc<Held>>,
    /// `None` for keys that only a new start changes.
    source: Option<Source>,
}

/// The keys between two changes.
pub(in crate::auth) struct Held {
    signing: Arc<SigningKey>,
    /// What signs from that instant on.
    next: Option<(Arc<SigningKey>, Instant)>,
    /// The newest first.
    pub(in crate::auth) accepted: KeySet,
    /// Grows with every change.
    pub(in crate::auth) serial: u64,
    /// What was found good under a smaller serial may have been so by a key that is gone.
    good_since: u64,
}

impl KeyRing {
    /// The keys of this file, which is made when there is none. Their tokens live no longer than this.
    ///
    /// However many processes begin at once, all of them end up with the same keys.
    pub fn ed25519_from_file(path: &Path, life: Duration, clock: Clock) -> Result<Self, KeyFault> {
        let file = KeyFile::at(path);
        let now = clock.now();
        let mut kept = file.read_or_make(life, Some(now))?;
        // Before it signs, so that whoever retires it knows. What cannot be written is told by whoever watches.
        while kept.text.current.longest_life < life && file.prolong(life).is_ok() {
            kept = file.read_or_make(life, Some(now))?;
        }
        if let Some(last) = kept.text.retired.first() {
            // Servers that run already may be about to notice the key with which this one would sign.
            std::thread::sleep(SETTLE.saturating_sub(between(last.since, now)));
        }
        let (accepted, ends) = kept.accepted(now);
        let source = Source::new(file, life, clock, &kept, ends);
        Ok(Self::new(Held::first(kept.signing, accepted), Some(source)))
    }

    /// Signs with one secret, and checks with it and with those that may have signed before.
    pub fn hs256(secret: &Secret, previous: &[Secret]) -> Result<Self, KeyFault> {
        let signing = SigningKey::hs256(secret)?;
        let mut accepted = signing.accepted().clone();
        for secret in previous {
            let key = SigningKey::hs256(secret).map_err(|fault| KeyFault::Previous(Box::new(fault)))?;
            if accepted.find(key.kid()).is_none() {
                accepted.0.extend(key.accepted.0);
            }
        }
        Ok(Self::new(Held::first(signing, accepted), None))
    }

    fn new(held: Held, source: Option<Source>) -> Self {
        Self(Arc::new(Ring { held: RwLock::new(Arc::new(held)), source }))
    }

    /// The key to sign with at this moment.
    pub fn signing(&self) -> Arc<SigningKey> {
        self.held().signing()
    }

    /// What tokens may be checked with at this moment, the newest first.
    pub fn accepted(&self) -> KeySet {
        self.held().accepted.clone()
    }

    /// The public keys as a JWK set (RFC 7517, section 5), the newest first. Empty for shared secrets.
    pub fn jwks(&self) -> Value {
        self.held().accepted.jwks()
    }

    pub(in crate::auth) fn held(&self) -> Arc<Held> {
        Arc::clone(&self.0.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a token that was found good under this serial was so by a key that still counts.
    pub(in crate::auth) fn still_holds(&self, serial: u64) -> bool {
        serial >= self.0.held.read().unwrap_or_else(PoisonError::into_inner).good_since
    }

    fn hold(&self, held: Held) {
        *self.0.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
    }
}

impl From<SigningKey> for KeyRing {
    /// One key, which stays as it is.
    fn from(key: SigningKey) -> Self {
        let accepted = key.accepted().clone();
        Self::new(Held::first(key, accepted), None)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.held();
        f.debug_struct("KeyRing")
            .field("signing", &held.signing)
            .field("accepted", &held.accepted)
            .finish_non_exhaustive()
    }
}

impl Held {
    fn first(signing: SigningKey, accepted: KeySet) -> Self {
        Self { signing: Arc::new(signing), next: None, accepted, serial: 0, good_since: 0 }
    }

    fn signing(&self) -> Arc<SigningKey> {
        match &self.next {
            Some((next, from)) if *from <= Instant::now() => Arc::clone(next),
            _ => Arc::clone(&self.signing),
        }
    }

    /// What comes after it, once this was found in the file.
    fn followed_by(&self, signing: SigningKey, accepted: KeySet) -> Self {
        let serial = self.serial + 1;
        let lost = self.accepted.kids().any(|kid| accepted.find(kid).is_none());
        let good_since = if lost { serial } else { self.good_since };
        let now = self.signing();
        let kid = signing.kid();
        let (signing, next) = if now.kid() == kid {
            (now, None)
        } else if accepted.find(now.kid()).is_none() {
            // Nothing that it signs is worth anything.
            (Arc::new(signing), None)
        } else {
            let known = self.next.clone().filter(|(next, _)| next.kid() == kid);
            (now, Some(known.unwrap_or_else(|| (Arc::new(signing), Instant::now() + SETTLE))))
        };
        Self { signing, next, accepted, serial, good_since }
    }
}

/// How long the one is after the other; nothing when it is before it.
fn between(one: Timestamp, other: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(other.millis() - one.millis()).unwrap_or(0))
}
