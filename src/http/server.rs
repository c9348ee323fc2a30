//! The accept loop: connections in, a clean end.
//!
//! The clock that watches each connection is our own, because the library's ends with the first line of a request: it
//! knows neither the time before HTTP/1 and HTTP/2 can be told apart, nor an HTTP/2 connection on which nothing happens.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::task::TaskTracker;

use super::Routes;
use super::peer::Peer;

/// The pause after the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);
/// How long nothing is said of connections that wait after something was.
const TELL_AGAIN: Duration = Duration::from_mins(1);
/// Largest head of an HTTP/1 request, in bytes.
const HEAD: usize = 64 * 1024;
/// Largest headers of an HTTP/2 request, in bytes.
const HEADERS: u32 = 64 * 1024;
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 100;

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once. More wait in the system's queue, which costs this process nothing and refuses for itself
    /// when it is full; a client that waits is served late, one that is turned away comes back at once.
    pub connections: usize,
    /// How long a connection may go on without a request under way: before the first, between two, and while the head
    /// of one or the answer to one is on its way.
    pub quiet: Duration,
    /// How long requests may go on after the end was asked for.
    pub drain: Duration,
}

/// Serves until `stop` comes, then ends what runs, `work` included. `false`: the time was up before all had ended.
pub async fn serve(
    listener: TcpListener,
    routes: Routes,
    limits: Limits,
    work: TaskTracker,
    stop: impl Future<Output = ()>,
) -> bool {
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
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
        let routes = routes.clone();
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            connection(stream, peer, routes, watcher, limits.quiet).await;
            drop(place);
        });
    }
    drop(listener);
    work.close();
    let end = async {
        graceful.shutdown().await;
        work.wait().await;
    };
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

async fn connection(stream: TcpStream, peer: SocketAddr, routes: Routes, watcher: Watcher, quiet: Duration) {
    // An answer that waits for more to send is late.
    let _ = stream.set_nodelay(true);
    let peer = Peer(peer.ip());
    let activity = Arc::new(Activity::new());
    let requests = Arc::clone(&activity);
    let service = tower::service_fn(move |request: Request<_>| {
        let under_way = Activity::begin(&requests);
        let routes = routes.clone();
        async move {
            let response = routes.answer(request.map(Body::new), peer).await;
            drop(under_way);
            Ok::<_, Infallible>(response)
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().max_buf_size(HEAD);
    builder.http2().max_header_list_size(HEADERS).max_concurrent_streams(STREAMS);
    let serving =
        builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).into_owned();
    tokio::select! {
        result = watcher.watch(serving) => {
            if let Err(error) = result {
                tracing::debug!(%error, "connection broke");
            }
        }
        () = activity.quiet_for(quiet) => tracing::debug!("connection was quiet for too long"),
    }
}

/// Whether anything is asked for on a connection, and since when nothing is.
struct Activity(Mutex<State>);

struct State {
    under_way: usize,
    quiet_since: Instant,
}

/// A request under way, while it lives.
struct UnderWay(Arc<Activity>);

impl Activity {
    fn new() -> Self {
        Self(Mutex::new(State { under_way: 0, quiet_since: Instant::now() }))
    }

    fn begin(activity: &Arc<Self>) -> UnderWay {
        activity.change(|state| state.under_way += 1);
        UnderWay(Arc::clone(activity))
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns once nothing was under way for so long.
    async fn quiet_for(&self, time: Duration) {
        loop {
            let end = self.change(|state| {
                let since = if state.under_way == 0 { state.quiet_since } else { Instant::now() };
                since + time
            });
            if end <= Instant::now() {
                return;
            }
            sleep_until(end).await;
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.change(|state| {
            state.under_way -= 1;
            state.quiet_since = Instant::now();
        });
    }
}
