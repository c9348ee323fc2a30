//! Looking again and again at something that nobody tells of.

use std::convert::Infallible;
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::Builder;
use std::time::Duration;

/// Looks on while it lives.
#[derive(Debug)]
#[must_use]
pub struct Watch(#[expect(dead_code, reason = "held for its end")] Sender<Infallible>);

impl Watch {
    /// Looks that often, on a thread of that name: where a file system hangs, that is what waits for it.
    pub fn start(name: &str, often: Duration, mut look: impl FnMut() + Send + 'static) -> io::Result<Self> {
        let (watch, ended) = mpsc::channel();
        let run = move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(often) {
                look();
            }
        };
        Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Self(watch))
    }
}
