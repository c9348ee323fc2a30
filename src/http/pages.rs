//! Everything but the API: the front page, health, keys, and the answer where there is nothing.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::uri::Authority;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::accept::Media;
use super::api::Api;
use super::peer::Peer;
use super::rejection::Rejection;
use super::response::refused;
use super::{caller, compression};
use crate::graphql::ErrorCode;

/// How long the database may take to say that it is there.
const READY: Duration = Duration::from_secs(2);
/// Longest name of a host that the front page shows, in bytes; as long as a domain name can be.
const LONGEST_HOST: usize = 255;

const PAGE: &str = include_str!("front.html");
/// Stands in the page where the address of the server goes.
const ADDRESS: &str = "{{address}}";
/// Stands where the page leads to the playground.
const PLAYGROUND: &str = "{{playground}}";
const INVITATION: &str = r#"<p><a href="/playground/">Open the playground</a> to sign in, to try queries and to read what the API can do.</p>"#;

/// The page's one style sheet is allowed by its hash, and nothing else is (CSP Level 3, section 8.4).
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = PAGE.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
    let hash = STANDARD.encode(digest(&SHA256, style.map_or("", |(style, _)| style).as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

const fn json_type() -> [(HeaderName, &'static str); 1] {
    [(CONTENT_TYPE, "application/json; charset=utf-8")]
}

/// What this is and where things are: a page for browsers, JSON for everyone else.
pub(super) fn front(request: &Request, has_playground: bool) -> Response {
    let wants_html =
        request.headers().get_all(ACCEPT).iter().any(|value| {
            value.to_str().is_ok_and(|accept| accept.to_ascii_lowercase().contains("text/html"))
        });
    let vary = [(VARY, "accept")];
    if !wants_html {
        let mut places = json!({
            "name": "taskward",
            "version": env!("CARGO_PKG_VERSION"),
            "graphql": "/graphql",
            "live": "/livez",
            "ready": "/readyz",
            "keys": "/.well-known/jwks.json",
        });
        if has_playground {
            places["playground"] = "/playground".into();
        }
        return (vary, json_type(), places.to_string()).into_response();
    }
    let invitation = if has_playground { INVITATION } else { "" };
    let page = PAGE.replace(ADDRESS, &address(request)).replace(PLAYGROUND, invitation);
    let about = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, POLICY.clone()),
    ];
    let mut response = (vary, about, page).into_response();
    compression::allow(&mut response);
    response
}

/// The address that the browser used, as far as it is one: it ends up in a page.
fn address(request: &Request) -> String {
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let host = caller::authority(request.uri(), request.headers());
    let host = host.as_ref().map(Authority::as_str);
    let host = host.filter(|host| (1..=LONGEST_HOST).contains(&host.len()) && host.bytes().all(fit));
    let is_encrypted = request.extensions().get().is_some_and(|peer: &Peer| peer.is_encrypted);
    let scheme = if is_encrypted { "https" } else { "http" };
    format!("{scheme}://{}", host.unwrap_or("127.0.0.1:8080"))
}

/// The process runs.
pub(super) async fn live() -> Response {
    (json_type(), json!({ "status": "ok" }).to_string()).into_response()
}

/// The database answers, so that requests would be as well.
pub(super) async fn ready<A: Api>(State(api): State<Arc<A>>) -> Response {
    let is_ready = tokio::time::timeout(READY, api.is_ready()).await.unwrap_or(false);
    let (status, word) =
        if is_ready { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "unavailable") };
    (status, json_type(), json!({ "status": word, "database": word }).to_string()).into_response()
}

/// The public keys, for those who check tokens themselves.
pub(super) async fn keys<A: Api>(State(api): State<Arc<A>>) -> Response {
    let about = [(CONTENT_TYPE, "application/jwk-set+json"), (CACHE_CONTROL, "public, max-age=300")];
    (about, api.keys().to_string()).into_response()
}

/// There is nothing at this address.
pub(super) async fn nothing() -> Response {
    let message = "There is nothing here. The API is at POST /graphql.";
    refused(Media::Json, Rejection::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, message))
}

/// The pages can only be read.
pub(super) async fn only_get() -> Response {
    refused(Media::Json, Rejection::method("GET, HEAD", "Only GET and HEAD are answered here."))
}
