//! How long things take.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a piece of work takes: a moving average, to which each piece adds an eighth.
#[derive(Debug)]
pub(super) struct Pace {
    micros: AtomicU64,
}

impl Pace {
    pub(super) fn new(typical: Duration) -> Self {
        Self { micros: AtomicU64::new(micros(typical)) }
    }

    /// Two notes at the same instant may lose one of them, which an average survives.
    pub(super) fn note(&self, elapsed: Duration) {
        let before = self.micros.load(Ordering::Relaxed);
        self.micros.store(before - before / 8 + micros(elapsed) / 8, Ordering::Relaxed);
    }

    pub(super) fn typical(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

/// An hour at most, so that no sum of them overflows.
fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.min(Duration::from_hours(1)).as_micros()).unwrap_or(u64::MAX)
}
