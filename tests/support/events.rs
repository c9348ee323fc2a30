//! What comes of a subscription over plain HTTP.

use std::time::Duration;

use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::client::post;
use super::{Actor, Reply};

/// Whoever has said nothing for so long has nothing to say.
const SILENCE: Duration = Duration::from_millis(500);

/// The first event that somebody is told of, or the answer where there are no events. Silence is an empty list.
pub async fn first_event(person: &Actor<'_>, query: &str, variables: Value) -> Reply {
    let mut request = post(json!({ "query": query, "variables": variables }).to_string());
    let uri = format!("http://{}/graphql", person.app.address);
    *request.uri_mut() = uri.parse().expect("an address");
    request.headers_mut().insert("accept", "text/event-stream".parse().expect("a value"));
    if let Some(token) = &person.token {
        let bearer = format!("Bearer {token}").parse().expect("a value");
        request.headers_mut().insert("authorization", bearer);
    }
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request).await.expect("an answer").into_parts();
    let is_stream = parts.headers["content-type"].as_bytes().starts_with(b"text/event-stream");
    let bytes = if is_stream { first(body).await } else { body.collect().await.expect("a body").to_bytes() };
    let body = serde_json::from_slice(&bytes).expect("JSON");
    let request_id = parts.headers["x-request-id"].to_str().expect("text").to_owned();
    Reply { status: parts.status, headers: parts.headers, bytes, body, request_id }
}

async fn first(mut body: Incoming) -> Bytes {
    let mut text = String::new();
    while let Ok(Some(frame)) = timeout(SILENCE, body.frame()).await {
        let data = frame.expect("a piece").into_data().unwrap_or_default();
        text.push_str(std::str::from_utf8(&data).expect("text"));
        let data = text.lines().find_map(|line| line.strip_prefix("data: "));
        if let Some(data) = data.filter(|_| text.ends_with("\n\n")) {
            return data.to_owned().into();
        }
    }
    json!({ "data": { "changes": { "nodes": [] } } }).to_string().into()
}
