//! The accept loop: connections in, a clean end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::connection::{self, Place, Shared};
use super::{Routes, Tls, Work};

/// The pause after the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);
/// How long nothing is said of connections that wait after something was.
const TELL_AGAIN: Duration = Duration::from_mins(1);

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once. More wait in the system's queue, which costs this process nothing and refuses for itself
    /// when it is full; a client that waits is served late, one that is turned away comes back at once.
    pub connections: usize,
    /// How long a client may take for the TLS handshake.
    pub handshake: Duration,
    /// How long a connection may go on without a request under way: before the first, between two, and while the head
    /// of one is on its way; and how long an answer to one may stand still.
    pub quiet: Duration,
    /// How long requests may go on after the end was asked for.
    pub drain: Duration,
}

/// Serves, with TLS alone where there is a certificate, until `stop` comes. Then ends what
/// runs, `work` included. `false`: the time was up before all had ended.
pub async fn serve(
    listener: TcpListener,
    routes: Routes,
    tls: Option<Tls>,
    limits: Limits,
    work: Work,
    stop: impl Future<Output = ()>,
) -> bool {
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let closing = CancellationToken::new();
    let shared = Arc::new(Shared { routes, tls, limits, closing: closing.clone() });
    let mut told = None;
    tokio::pin!(stop);
    loop {
        let next = async {
            let place = claim(&places, &mut told).await;
            (place, accept(&listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            biased;
            () = &mut stop => break,
            next = next => next,
        };
        let (shared, watcher) = (Arc::clone(&shared), graceful.watcher());
        tokio::spawn(async move {
            connection::serve(&shared, stream, peer, watcher, Place::new(place)).await;
        });
    }
    drop(listener);
    closing.cancel();
    work.draining.cancel();
    work.mutations.close();
    work.sockets.close();
    let follow = async {
        // Whoever follows changes is told of what is being written at this moment, too, unless that takes very long.
        let _ = tokio::time::timeout(limits.drain / 2, work.mutations.wait()).await;
        work.closing.cancel();
        work.sockets.wait().await;
        work.mutations.wait().await;
    };
    let end = async { tokio::join!(graceful.shutdown(), follow) };
    tokio::time::timeout(limits.drain, end).await.is_ok()
}

/// A place for a connection. Says so when there was none, but not again and again.
async fn claim(places: &Arc<Semaphore>, told: &mut Option<Instant>) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        return Some(place);
    }
    if told.is_none_or(|told| told.elapsed() > TELL_AGAIN) {
        tracing::warn!("as many connections as MAX_CONNECTIONS allows; more have to wait");
        *told = Some(Instant::now());
    }
    Arc::clone(places).acquire_owned().await.ok()
}

/// The next connection. Whatever goes wrong with one, the others still come.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        let error = match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => error,
        };
        let is_theirs = matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionRefused
        );
        if !is_theirs {
            tracing::error!(%error, "cannot take connections");
            sleep(NO_ROOM).await;
        }
    }
}
