//! What a subscription and the connection that carries it have to say to each other.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// The thread of one subscription, which a reader can take up again where it broke off. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    taken_up: Option<String>,
    told: Arc<Mutex<Option<String>>>,
    closing: CancellationToken,
}

impl Thread {
    /// A thread that goes on behind the event of this id, if there was one before; it ends when `closing` comes, after
    /// what there is to be told by then.
    pub fn new(taken_up: Option<String>, closing: CancellationToken) -> Self {
        Self { taken_up, told: Arc::default(), closing }
    }

    /// The id of the event that came last.
    pub fn told(&self) -> Option<String> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn tell(&self, id: String) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(id);
    }

    pub(super) fn taken_up(&self) -> Option<String> {
        self.taken_up.clone()
    }

    /// Comes when the server ends.
    pub fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }
}
