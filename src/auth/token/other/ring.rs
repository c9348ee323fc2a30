//! An issuer's published keys, fetched when they are needed and kept from then on.
//!
//! The set is fetched at the first token, again when a token names a key that is not in it, though never twice within the
//! interval, and again when it is old, while the old one is still used. While the issuer is down, what was fetched last
//! counts. Whoever needs a fetch that is under way waits for that one; it goes on when whoever began it is gone.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::keys::{self, OtherKey};
use super::rules::Algorithm;
use crate::fetch::{Address, Fetcher};

/// Largest JWK set, in bytes.
const LARGEST: usize = 256 * 1024;
/// How long a fetch may take, connecting and redirects included.
const PATIENCE: Duration = Duration::from_secs(5);

/// The keys of one issuer.
#[derive(Clone)]
pub(super) struct Ring(Arc<Shared>);

struct Shared {
    address: Address,
    fetcher: Fetcher,
    interval: Duration,
    max_age: Duration,
    allowed: Vec<Algorithm>,
    state: RwLock<State>,
    fetching: Arc<Mutex<()>>,
}

#[derive(Clone, Default)]
struct State {
    keys: Arc<[OtherKey]>,
    /// Grows with every change of the keys.
    generation: u64,
    fetched: Option<Instant>,
    tried: Option<Instant>,
    ended: Option<Instant>,
    has_failed: bool,
}

/// The issuer could not be asked, so that nothing is known of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreachable;

impl Ring {
    pub(super) fn new(
        address: Address,
        fetcher: Fetcher,
        interval: Duration,
        max_age: Duration,
        allowed: Vec<Algorithm>,
    ) -> Self {
        let (state, fetching) = (RwLock::default(), Arc::default());
        Self(Arc::new(Shared { address, fetcher, interval, max_age, allowed, state, fetching }))
    }

    /// Changes whenever the keys do.
    pub(super) fn generation(&self) -> u64 {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner).generation
    }

    /// All keys of that name, and the generation that they are of. None when the issuer has no such key.
    pub(super) async fn find(&self, kid: &str) -> Result<(Vec<OtherKey>, u64), Unreachable> {
        let asked = Instant::now();
        if let Some(found) = self.0.state().find(kid) {
            self.freshen();
            return Ok(found);
        }
        self.refresh(asked).await;
        let state = self.0.state();
        match state.find(kid) {
            Some(found) => Ok(found),
            None if state.has_failed || state.fetched.is_none() => Err(Unreachable),
            None => Ok((Vec::new(), state.generation)),
        }
    }

    /// Has old keys fetched again, and does not wait for it.
    pub(super) fn freshen(&self) {
        let state = self.0.state();
        let is_old = state.fetched.is_some_and(|fetched| fetched.elapsed() >= self.0.max_age);
        if is_old && self.0.may_try(&state) {
            // Without the lock somebody is at it already.
            if let Ok(lock) = Arc::clone(&self.0.fetching).try_lock_owned() {
                let shared = Arc::clone(&self.0);
                tokio::spawn(async move {
                    shared.fetch().await;
                    drop(lock);
                });
            }
        }
    }

    /// Returns once a fetch has ended since then, or none is due.
    async fn refresh(&self, asked: Instant) {
        let lock = Arc::clone(&self.0.fetching).lock_owned().await;
        let state = self.0.state();
        // One that was under way, or that somebody else was quicker to begin, will do.
        if state.ended.is_some_and(|ended| ended >= asked) || !self.0.may_try(&state) {
            return;
        }
        let shared = Arc::clone(&self.0);
        let fetch = tokio::spawn(async move {
            shared.fetch().await;
            drop(lock);
        });
        // A fetch that fell over has left everything as it was.
        let _ended = fetch.await;
    }
}

impl Shared {
    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn may_try(&self, state: &State) -> bool {
        state.tried.is_none_or(|tried| tried.elapsed() >= self.interval)
    }

    async fn fetch(&self) {
        self.change(|state| state.tried = Some(Instant::now()));
        let fetched = self.fetcher.get(&self.address, LARGEST, PATIENCE).await;
        let keys = match fetched {
            Ok(body) => keys::read(&body, &self.allowed).ok_or_else(|| "it is no JWK set".to_owned()),
            Err(fault) => Err(fault.to_string()),
        };
        match keys {
            Ok(keys) => self.change(|state| {
                (state.fetched, state.has_failed) = (Some(Instant::now()), false);
                if *state.keys != *keys {
                    (state.keys, state.generation) = (keys.into(), state.generation + 1);
                }
            }),
            Err(why) => {
                tracing::warn!(address = %self.address, why, "an issuer's keys could not be fetched");
                self.change(|state| state.has_failed = true);
            }
        }
        self.change(|state| state.ended = Some(Instant::now()));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl State {
    fn find(&self, kid: &str) -> Option<(Vec<OtherKey>, u64)> {
        let found: Vec<_> = self.keys.iter().filter(|key| key.kid() == kid).cloned().collect();
        (!found.is_empty()).then_some((found, self.generation))
    }
}
