//! HTTP: connections, limits, bearer token to identity, the one GraphQL endpoint, and a few pages.
//!
//! `cli` starts it with [`serve`]. A request passes `server.rs` and `connection.rs`, `Routes::answer` (name, headers), the
//! routes below, and for `/graphql` the endpoint in `graphql.rs`, which shows the rest of the way.

mod accept;
mod access;
mod api;
mod batch;
mod caller;
mod compression;
mod connection;
mod cors;
mod cost;
mod document;
mod get;
mod graphql;
mod guard;
mod identity;
mod merge;
mod operation;
mod outcome;
mod pages;
mod peer;
mod playground;
mod prepare;
mod protection;
mod rejection;
mod request;
mod request_id;
mod response;
mod roots;
mod server;
mod session;
mod socket;
mod sse;
mod subscriptions;
mod tls;
mod transit;
mod values;
mod weight;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderValue, Method, Request};
use axum::response::Response;
use axum::routing::{any, get};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;
use tracing::Instrument;

pub use api::{Admitted, Api, NotAdmitted, Taskward};
pub use document::{Manifest, Trust, Untrusted};
pub use server::{Limits, serve};
pub use tls::{Tls, TlsFault};

use crate::proxies::TrustedProxies;
use crate::settings::QueryLimits;
use compression::{Coding, Packer};
use cors::Cors;
use graphql::Endpoint;
use peer::Peer;
use request_id::RequestId;
use transit::Room;

/// What outlives the request that began it. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Work {
    /// Mutations, whoever still waits for them.
    pub mutations: TaskTracker,
    /// `WebSocket`s.
    pub sockets: TaskTracker,
    /// Comes when the server begins to end: nothing more is begun over sockets.
    pub draining: CancellationToken,
    /// Comes when the server ends, after what was committed by then: those who follow changes are told of that.
    pub closing: CancellationToken,
}

/// What can be set about the routes.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, as whoever sets them has them"
)]
pub struct Options {
    /// GraphQL requests at once; one more is refused.
    pub concurrent_requests: usize,
    /// Subscriptions at once; one more is refused.
    pub max_subscriptions: usize,
    /// Memory for answers on their way, in bytes. One that would be too much is refused; small ones do not count.
    pub answers: usize,
    /// How long a WebSocket may take for `connection_init`.
    pub init: Duration,
    /// After so long without a word a WebSocket is asked whether it is still there; after twice as long it is not. A
    /// stranger's is closed when it had no use for so long.
    pub silence: Duration,
    /// How long a GraphQL request may take, its body included.
    pub deadline: Duration,
    /// Whether the schema can be asked for.
    pub introspection: bool,
    /// Whether there is a page to try queries on.
    pub playground: bool,
    /// Whether queries are answered over GET.
    pub get_queries: bool,
    /// Requests that one body may hold as a list; 0 takes no lists.
    pub max_batch: usize,
    /// How large a request may be, and how much a query may ask for.
    pub queries: QueryLimits,
    /// Web origins whose pages may call the API.
    pub origins: Vec<HeaderValue>,
    /// Proxies that may say where a request came from.
    pub proxies: TrustedProxies,
    /// Whether clients may send the hash of a query in the place of its text.
    pub persisted_queries: bool,
    /// Documents that are known by their ids from the start.
    pub trust: Option<Trust>,
}

impl Default for Options {
    /// What holds where nothing is set.
    fn default() -> Self {
        Self {
            concurrent_requests: 1024,
            max_subscriptions: 16384,
            answers: 256 * 1024 * 1024,
            init: Duration::from_secs(5),
            silence: Duration::from_secs(30),
            deadline: Duration::from_secs(10),
            introspection: true,
            playground: true,
            get_queries: true,
            max_batch: 0,
            queries: QueryLimits::default(),
            origins: Vec::new(),
            proxies: TrustedProxies::default(),
            persisted_queries: true,
            trust: None,
        }
    }
}

/// Everything that a request can ask for. Clones are the same.
#[derive(Debug, Clone)]
pub struct Routes {
    router: Router,
    cors: Cors,
    packer: Packer,
    room: Room,
}

/// All routes. What outlives its request is found in `work`. Refuses a trusted document that does not fit the schema.
pub fn routes<A: Api>(api: Arc<A>, options: &Options, work: Work) -> Result<Routes, Untrusted> {
    let room = Room::new(options.answers);
    let endpoint = Arc::new(Endpoint::new(Arc::clone(&api), options, work, room.clone())?);
    let playground = options.playground;
    let pages = if playground { playground::routes() } else { Router::new() };
    let router = pages
        .route("/", get(async move |request| pages::front(&request, playground)))
        .route("/livez", get(pages::live))
        .route("/readyz", get(pages::ready::<A>))
        .route("/.well-known/jwks.json", get(pages::keys::<A>))
        .with_state(api)
        .route("/graphql", any(graphql::answer::<A>).with_state(endpoint))
        .method_not_allowed_fallback(pages::only_get)
        .fallback(pages::nothing);
    Ok(Routes { router, cors: Cors::of(&options.origins), packer: Packer::new(), room })
}

impl Routes {
    /// Answers a request that came over no connection.
    #[cfg(any(test, fuzzing))]
    pub(crate) async fn answer_from_nowhere(&self, request: Request<Body>) -> Response {
        let address = std::net::Ipv4Addr::LOCALHOST.into();
        self.answer(request, Peer { address, is_encrypted: false }).await
    }

    /// Answers any request: names it, has its route answer it, and adds what every answer carries.
    async fn answer(&self, mut request: Request<Body>, peer: Peer) -> Response {
        let id = RequestId::of(request.headers());
        // An error's span, so that it is there for errors whatever the log leaves out.
        let span = tracing::error_span!("request", id = id.as_str());
        request.extensions_mut().insert(id.clone());
        request.extensions_mut().insert(peer);
        let stays_encrypted = peer.is_encrypted && !caller::is_this_machine(request.uri(), request.headers());
        let origin = self.cors.allowed(request.headers());
        let coding = Coding::wanted(request.headers());
        let is_head = request.method() == Method::HEAD;
        let response = if origin.is_some() && cors::is_preflight(&request) {
            cors::preflight()
        } else {
            match self.router.clone().call(request).instrument(span).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        };
        let mut response = self.packer.pack(response, coding).await;
        let headers = response.headers_mut();
        if is_head && coding.is_some() {
            // It is that of the plain answer, and GET may have a packed one (RFC 9110, section 8.6).
            headers.remove(CONTENT_LENGTH);
        }
        headers.insert(request_id::HEADER, id.header());
        self.cors.tell(origin, headers);
        protection::protect(headers, stays_encrypted);
        response
    }
}
