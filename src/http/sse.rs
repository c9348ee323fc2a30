//! Server-sent events: what comes of a subscription, over plain HTTP
//! (<https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>, "Distinct connections mode").
//!
//! A stream that ends without `complete` was broken off: whoever comes back with `Last-Event-ID` goes on where it was.

use std::time::Duration;

use async_graphql::ServerError;
use axum::body::{Body as HttpBody, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, Stream, StreamExt, unfold};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::operation::Event;
use super::rejection::coded;
use super::response::Body;
use super::transit;
use crate::graphql::ErrorCode;

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream; charset=utf-8");
const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");
/// Has nginx hand on each event as it comes.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// How often something is sent when nothing happens, so that nobody between takes the connection for dead.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// A comment, of which clients take no notice.
const COMMENT: &str = ":\n\n";
const COMPLETE: &str = "event: complete\ndata:\n\n";

/// A subscription on its way out.
pub(super) struct Events {
    pub(super) told: BoxStream<'static, Event>,
    /// Comes when the caller's token counts no more.
    pub(super) until_refused: BoxFuture<'static, ()>,
    pub(super) closing: CancellationToken,
    /// Room for what is on its way, until more is asked for.
    pub(super) held: Option<OwnedSemaphorePermit>,
}

/// What a client has read already.
pub(super) fn last_event(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(LAST_EVENT)?.to_str().ok()?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// One event and the end.
pub(super) fn once(body: &Body<'_>) -> Response {
    respond(HttpBody::from(next(None, &json(body)) + COMPLETE))
}

/// An event for each that comes.
pub(super) fn stream(events: Events) -> Response {
    let pieces = pieces(events).map(|piece| Ok::<_, std::convert::Infallible>(Bytes::from(piece)));
    let mut response = respond(HttpBody::from_stream(pieces));
    transit::mark_lasting(&mut response);
    response
}

fn respond(body: HttpBody) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, EVENT_STREAM);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    response
}

fn pieces(events: Events) -> impl Stream<Item = String> {
    // At once, so that the client sees that it is connected.
    unfold((Some(events), Some(COMMENT)), |(events, first)| async move {
        let mut events = events?;
        if let Some(first) = first {
            return Some((first.to_owned(), (Some(events), None)));
        }
        let (piece, is_last) = events.piece().await?;
        Some((piece, ((!is_last).then_some(events), None)))
    })
}

impl Events {
    /// What is to be sent next, and whether it is the last; `None` where the stream breaks off.
    async fn piece(&mut self) -> Option<(String, bool)> {
        self.held = None;
        tokio::select! {
            biased;
            () = &mut self.until_refused => {
                let errors = vec![coded(ErrorCode::Unauthenticated, "The access token counts no more.")];
                Some((failed(&errors), true))
            }
            event = self.told.next() => match event {
                Some(Event::Failed(errors)) => Some((failed(&errors), true)),
                Some(Event::Told(written, id)) => {
                    let piece = next(id.as_deref(), &written.json);
                    self.held = written.into_held();
                    Some((piece, false))
                }
                None if self.closing.is_cancelled() => None,
                None => Some((COMPLETE.to_owned(), true)),
            },
            () = sleep(KEEPALIVE) => Some((COMMENT.to_owned(), false)),
        }
    }
}

/// The last event of what failed.
fn failed(errors: &[ServerError]) -> String {
    next(None, &json(&Body::failed(errors))) + COMPLETE
}

fn json(body: &Body<'_>) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

/// JSON has no line breaks of its own, so that it is one line of data.
fn next(id: Option<&str>, json: &str) -> String {
    let id = id.map_or(String::new(), |id| format!("id: {id}\n"));
    format!("event: next\n{id}data: {json}\n\n")
}
