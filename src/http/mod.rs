//! HTTP: connections, limits, bearer token to identity, the one GraphQL endpoint, and a few pages.
//!
//! `cli` starts it with [`serve`]. A request passes `server.rs` (connections), `answer` (name, headers), the routes
//! below, and for `/graphql` the endpoint in `graphql.rs`, which shows the rest of the way.

mod api;
mod caller;
mod document;
mod graphql;
mod guard;
mod identity;
mod outcome;
mod pages;
mod peer;
mod request;
mod request_id;
mod response;
mod server;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{
    AUTHORIZATION, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Method, Request};
use axum::response::Response;
use axum::routing::{any, get};
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower_http::cors::CorsLayer;
use tracing::Instrument;

pub use api::{Admitted, Api, NotAdmitted, Taskward};
pub use server::{Limits, serve};

use crate::proxies::TrustedProxies;
use graphql::Endpoint;
use peer::Peer;
use request_id::RequestId;

/// How long a browser may remember what another origin's page is allowed to send.
const PREFLIGHT: Duration = Duration::from_mins(10);

/// What can be set about the routes.
#[derive(Debug, Clone)]
pub struct Options {
    /// GraphQL requests at once; one more is refused.
    pub concurrent_requests: usize,
    /// How long a GraphQL request may take, its body included.
    pub deadline: Duration,
    /// Whether the schema can be asked for.
    pub introspection: bool,
    /// Web origins whose pages may call the API.
    pub origins: Vec<HeaderValue>,
    /// Proxies that may say where a request came from.
    pub proxies: TrustedProxies,
}

/// All routes. Mutations that outlive their request are found in `mutations`.
pub fn router<A: Api>(api: Arc<A>, options: &Options, mutations: TaskTracker) -> Router {
    let endpoint = Arc::new(Endpoint::new(Arc::clone(&api), options, mutations));
    let router = Router::new()
        .route("/", get(pages::front))
        .route("/livez", get(pages::live))
        .route("/readyz", get(pages::ready::<A>))
        .route("/.well-known/jwks.json", get(pages::keys::<A>))
        .with_state(api)
        .route("/graphql", any(graphql::answer::<A>).with_state(endpoint))
        .method_not_allowed_fallback(pages::only_get)
        .fallback(pages::nothing);
    if options.origins.is_empty() { router } else { router.layer(cors(options.origins.clone())) }
}

fn cors(origins: Vec<HeaderValue>) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, caller::HEADER, request_id::HEADER])
        .expose_headers([request_id::HEADER, RETRY_AFTER, WWW_AUTHENTICATE])
        .allow_credentials(true)
        .max_age(PREFLIGHT)
}

/// Answers any request: names it, has the routes answer it, and adds what every answer carries.
async fn answer(router: Router, mut request: Request<Body>, peer: SocketAddr) -> Response {
    let id = RequestId::of(request.headers());
    // An error's span, so that it is there for errors whatever the log leaves out.
    let span = tracing::error_span!("request", id = id.as_str());
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(Peer(peer.ip()));
    let mut response = match router.oneshot(request).instrument(span).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let headers = response.headers_mut();
    headers.insert(request_id::HEADER, id.header());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
