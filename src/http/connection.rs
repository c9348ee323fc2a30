//! One connection: the TLS handshake, the requests that come over it, and the clock that watches it.
//!
//! The clock is our own, because the library's ends with the first line of a request: it knows neither the time before
//! HTTP/1 and HTTP/2 can be told apart, nor an HTTP/2 connection on which nothing happens.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::UPGRADE;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::peer::Peer;
use super::transit;
use super::{Limits, Routes, Tls};

/// Largest head of an HTTP/1 request, in bytes.
const HEAD: usize = 64 * 1024;
/// Largest headers of an HTTP/2 request, in bytes.
const HEADERS: u32 = 64 * 1024;
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 100;

/// What all connections share.
pub(super) struct Shared {
    pub(super) routes: Routes,
    pub(super) tls: Option<Tls>,
    pub(super) limits: Limits,
    /// Ends what has not come as far as a request, which the watcher does not see.
    pub(super) closing: CancellationToken,
}

/// A place among the connections. It lasts as long as the last who holds it: a WebSocket outlives the requests.
#[derive(Debug, Clone)]
pub(super) struct Place(#[expect(dead_code, reason = "held for its end")] Option<Arc<OwnedSemaphorePermit>>);

impl Place {
    pub(super) fn new(permit: Option<OwnedSemaphorePermit>) -> Self {
        Self(permit.map(Arc::new))
    }
}

/// Serves one connection to its end.
pub(super) async fn serve(
    shared: &Arc<Shared>,
    stream: TcpStream,
    address: SocketAddr,
    watcher: Watcher,
    place: Place,
) {
    // An answer that waits for more to send is late.
    let _ = stream.set_nodelay(true);
    let peer = Peer { address: address.ip(), is_encrypted: shared.tls.is_some() };
    let Some(tls) = &shared.tls else {
        return requests(shared, stream, peer, watcher, place).await;
    };
    let handshake = timeout(shared.limits.handshake, tls.accept(stream));
    match shared.closing.run_until_cancelled(handshake).await {
        Some(Ok(Ok(stream))) => requests(shared, stream, peer, watcher, place).await,
        Some(Ok(Err(error))) => tracing::debug!(%error, "no TLS handshake"),
        Some(Err(_)) => tracing::debug!("the TLS handshake took too long"),
        None => {}
    }
}

async fn requests<S>(shared: &Arc<Shared>, stream: S, peer: Peer, watcher: Watcher, place: Place)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Arc::new(Activity::new());
    let (asked, own) = (Arc::clone(&activity), Arc::clone(shared));
    let service = service_fn(move |mut request: Request<Incoming>| {
        let (under_way, shared) = (Activity::begin(&asked), Arc::clone(&own));
        // It goes where the connection goes.
        if request.headers().contains_key(UPGRADE) {
            request.extensions_mut().insert(place.clone());
        }
        async move {
            let answer = shared.routes.answer(request.map(Body::new), peer).await;
            Ok::<_, Infallible>(transit::send(answer, &shared.routes.room, under_way).await)
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().max_buf_size(HEAD);
    builder.http2().max_header_list_size(HEADERS).max_concurrent_streams(STREAMS);
    let serving = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
    tokio::select! {
        result = watcher.watch(serving) => {
            if let Err(error) = result {
                tracing::debug!(%error, "connection broke");
            }
        }
        () = activity.quiet_for(shared.limits.quiet) => tracing::debug!("connection stood still for too long"),
    }
}

/// Whether anything is asked for on a connection, and since when nothing is.
struct Activity(Mutex<State>);

struct State {
    under_way: usize,
    /// For each answer on its way, when the client last took a piece of it.
    sending: HashMap<u64, Instant>,
    /// The name of the next of those.
    next: u64,
    quiet_since: Instant,
}

/// A request under way, while it lives.
pub(super) struct UnderWay(Arc<Activity>);

/// An answer on its way, while it lives.
pub(super) struct Sending(Arc<Activity>, u64);

impl Activity {
    fn new() -> Self {
        let quiet_since = Instant::now();
        Self(Mutex::new(State { under_way: 0, sending: HashMap::new(), next: 0, quiet_since }))
    }

    fn begin(activity: &Arc<Self>) -> UnderWay {
        activity.change(|state| state.under_way += 1);
        UnderWay(Arc::clone(activity))
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns once nothing was under way for so long, or one of the answers stood still for so long.
    async fn quiet_for(&self, time: Duration) {
        loop {
            let end = self.change(|state| {
                let quiet = if state.under_way == 0 { state.quiet_since } else { Instant::now() };
                state.sending.values().min().copied().unwrap_or(quiet) + time
            });
            if end <= Instant::now() {
                return;
            }
            sleep_until(end).await;
        }
    }
}

impl UnderWay {
    /// Its answer is there to be sent.
    pub(super) fn begin_sending(&self) -> Sending {
        let Self(activity) = self;
        let name = activity.change(|state| {
            state.next += 1;
            state.sending.insert(state.next, Instant::now());
            state.next
        });
        Sending(Arc::clone(activity), name)
    }
}

impl Sending {
    /// The client takes another piece.
    pub(super) fn moves(&self) {
        let Self(activity, name) = self;
        activity.change(|state| state.sending.insert(*name, Instant::now()));
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let Self(activity, name) = self;
        activity.change(|state| {
            state.sending.remove(name);
            state.quiet_since = Instant::now();
        });
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
