//! When to end: Ctrl-C, or SIGTERM where there is such a thing.

use std::io;
use std::process;

/// The exit code of a process that was ended by Ctrl-C, as shells count.
const INTERRUPTED: i32 = 130;

/// Returns at the first signal to end. From then on a second one ends the process at once.
pub(super) async fn asked() {
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            tracing::error!(%error, "Ctrl-C and SIGTERM will end the process without a word");
            return std::future::pending().await;
        }
    };
    signals.next().await;
    tracing::info!("stopping: no new requests, and those that run may end; Ctrl-C again stops at once");
    // The same listener, so that no signal falls between two.
    tokio::spawn(async move {
        signals.next().await;
        tracing::warn!("stopped at once");
        process::exit(INTERRUPTED);
    });
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
