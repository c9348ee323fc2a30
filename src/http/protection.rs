//! The headers by which browsers are told to make nothing of an answer but what it is.
//!
//! An answer is data for a program. Should a browser be led to it all the same, it is neither guessed to be a page, nor
//! drawn, framed, run, put into another site's page, kept, or named to whoever comes next.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// What an answer says unless it has its own to say.
static HEADERS: [(HeaderName, HeaderValue); 7] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    // Says nothing to requests by CORS, which have permissions of their own (Fetch Standard, section 3.7).
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // For browsers that do not know `frame-ancestors`.
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// A year (RFC 6797). The domain's other hosts are not this server's to speak for.
const ENCRYPTED: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds to an answer what it does not say itself, and that its host is to be asked over TLS from here on, if it is.
pub(super) fn protect(headers: &mut HeaderMap, stays_encrypted: bool) {
    headers.reserve(HEADERS.len() + 1);
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    if stays_encrypted {
        headers.insert(STRICT_TRANSPORT_SECURITY, ENCRYPTED);
    }
}
