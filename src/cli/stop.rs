//! When to end: Ctrl-C, or SIGTERM where there is such a thing.

use std::process;

/// The exit code of a process that was ended by Ctrl-C, as shells count.
const INTERRUPTED: i32 = 130;

/// Returns at the first signal to end. From then on a second one ends the process at once.
pub(super) async fn asked() {
    signal().await;
    tracing::info!("stopping: no new requests, and those that run may end; Ctrl-C again stops at once");
    tokio::spawn(async {
        signal().await;
        tracing::warn!("stopped at once");
        process::exit(INTERRUPTED);
    });
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            () = interrupt() => {}
            _ = terminate.recv() => {}
        },
        Err(error) => {
            tracing::error!(%error, "SIGTERM will end the process without a word");
            interrupt().await;
        }
    }
}

#[cfg(not(unix))]
async fn signal() {
    interrupt().await;
}

async fn interrupt() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!(%error, "Ctrl-C will end the process without a word");
        std::future::pending::<()>().await;
    }
}
