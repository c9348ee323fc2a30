//! What goes in, and what comes back.

use aws_lc_rs::digest::{self, SHA256};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::Value;

/// The SHA-256 of a text, as clients write it.
pub(in crate::http) fn digest(text: &str) -> String {
    let digest = digest::digest(&SHA256, text.as_bytes());
    digest.as_ref().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// A GraphQL request with this body.
pub(in crate::http) fn post(body: &str) -> Request<Body> {
    with_headers(&[("content-type", "application/json")], body.to_owned())
}

pub(in crate::http) fn with_headers(headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let request = headers
        .iter()
        .fold(Request::post("/graphql"), |request, (name, value)| request.header(*name, *value));
    request.body(body.into()).expect("a request")
}

/// What came back.
#[derive(Debug)]
pub(in crate::http) struct Answer {
    pub(in crate::http) status: StatusCode,
    pub(in crate::http) headers: HeaderMap,
    pub(in crate::http) bytes: Bytes,
    /// The same, as far as it is text.
    pub(in crate::http) text: String,
}

impl Answer {
    pub(super) async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Self { status: parts.status, headers: parts.headers, bytes, text }
    }

    pub(in crate::http) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect(&self.text)
    }

    pub(in crate::http) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// Code and message of the only error.
    pub(in crate::http) fn error(&self) -> (String, String) {
        let json = self.json();
        let [error] = json["errors"].as_array().expect("errors").as_slice() else { panic!("{}", self.text) };
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        (text(&error["extensions"]["code"]), text(&error["message"]))
    }
}
