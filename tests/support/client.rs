//! A plain HTTP client over loopback.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub struct HttpReply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl HttpReply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("readable"))
    }
}

/// Sends one request on a connection of its own.
pub async fn send(address: SocketAddr, mut request: Request<Full<Bytes>>) -> HttpReply {
    let target = format!("http://{address}{}", request.uri());
    *request.uri_mut() = target.parse().expect("a valid address");
    let client: Client<_, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
    let response = client.request(request).await.expect("the server answers");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("the whole answer comes").to_bytes();
    HttpReply { status: parts.status, headers: parts.headers, bytes }
}

/// A POST to `/graphql` with this body.
pub fn post(body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post("/graphql")
        .header("content-type", "application/json")
        .body(Full::new(body.into()))
        .expect("a valid request")
}

/// A GET of this path.
pub fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(path).body(Full::default()).expect("a valid request")
}
