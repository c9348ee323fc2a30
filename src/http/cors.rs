//! Which pages of other origins may call the API (Fetch Standard, section 3.2).
//!
//! A page is known by its origin, byte for byte, and by nothing in it: neither a suffix nor another port will do. Where a
//! page may not call, nothing is said: its browser then sends no request that could do anything, and shows it no answer.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use axum::response::Response;

use super::caller;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");

/// The headers that mean something to the API and that no page may send without asking first.
const SENT: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, last-event-id, taskward-refresh, x-request-id, graphql-require-preflight, \
     apollo-require-preflight, x-apollo-operation-name",
);

/// The headers of an answer that a page may read, beside those that every page may.
const READ: HeaderValue = HeaderValue::from_static("x-request-id, retry-after, www-authenticate");

/// For how many seconds a browser may remember what it was told: two hours, which is as long as Chromium does.
const REMEMBERED: HeaderValue = HeaderValue::from_static("7200");

/// The origins whose pages may call; by default none.
#[derive(Debug, Clone)]
pub(super) struct Cors(Arc<[HeaderValue]>);

impl Cors {
    pub(super) fn of(origins: &[HeaderValue]) -> Self {
        Self(origins.into())
    }

    /// The origin of the page that sent this, if its pages may call.
    pub(super) fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let mut origins = headers.get_all(ORIGIN).iter();
        let origin = origins.next().filter(|_| origins.next().is_none())?;
        self.0.iter().find(|allowed| *allowed == origin).cloned()
    }

    /// Whether whoever sent this may open a WebSocket, which browsers let every page do: a page of this very server or of
    /// an allowed origin, and what is no page.
    pub(super) fn may_connect(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else { return true };
        // Which scheme it is depends on who ends TLS.
        let is_own = |origin: &str| {
            let (_, place) = origin.split_once("://")?;
            Some(caller::authority(uri, headers)?.as_str().eq_ignore_ascii_case(place))
        };
        let is_own = origins.next().is_none() && origin.to_str().ok().and_then(is_own).unwrap_or(false);
        is_own || self.allowed(headers).is_some()
    }

    /// Tells the browser who may read this answer.
    pub(super) fn tell(&self, allowed: Option<HeaderValue>, headers: &mut HeaderMap) {
        if self.0.is_empty() {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            // For the cookie that holds a refresh token.
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, READ);
        }
    }
}

/// Whether a browser asks what a page may send, instead of sending it.
pub(super) fn is_preflight(request: &Request<Body>) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// What a page that may call may send.
pub(super) fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, SENT);
    headers.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    response
}
