//! Answers on their way: how much memory they may hold, and whether their clients take them.
//!
//! An answer is made faster than it travels, and a client may ask without ever reading. What is on its way counts as work
//! of its connection, which is closed when one of its answers stands still for too long; and all of it together has a
//! bound.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::accept::Media;
use super::connection::{Sending, UnderWay};
use super::rejection::Rejection;
use super::response;

/// An answer is handed out in pieces of so many bytes, so that it is seen whether the client takes them.
const PIECE: usize = 64 * 1024;
/// Answers up to so many bytes go out as they are, however much is on its way: a connection can hold no more of them than
/// it may have requests.
const SMALL: u64 = 4 * 1024;

const TOO_MANY: &str = "Too many answers are on their way for this one; what was asked for has been done.";

/// Room for answers. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    /// For so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_many_owned(u32::try_from(bytes).ok()?).ok()
    }
}

/// An answer to go out with others over one connection: its JSON, and the room that it takes.
pub(super) struct Written {
    pub(super) json: String,
    held: Option<OwnedSemaphorePermit>,
}

impl Written {
    /// What is left of it when its text is on its way.
    pub(super) fn into_held(self) -> Option<OwnedSemaphorePermit> {
        self.held
    }
}

impl Room {
    /// Writes an answer down, if there is room for it.
    pub(super) fn write(&self, answer: &impl Serialize) -> Result<Written, Rejection> {
        // Values of the engine are always JSON: names are text, and numbers are finite.
        let json = serde_json::to_string(answer).unwrap_or_default();
        if json.len() as u64 <= SMALL {
            return Ok(Written { json, held: None });
        }
        let held = self.take(json.len()).ok_or_else(|| Rejection::later(TOO_MANY))?;
        Ok(Written { json, held: Some(held) })
    }
}

/// The answer has no end that could be waited for: it is made as it is read.
#[derive(Debug, Clone, Copy)]
struct Lasting;

/// Has an answer go out as it is made.
pub(super) fn mark_lasting(answer: &mut Response) {
    answer.extensions_mut().insert(Lasting);
}

/// The answer as it goes out: counted, and in pieces. One that is too large for what is already on its way is refused.
pub(super) async fn send(answer: Response, room: &Room, under_way: UnderWay) -> Response {
    if answer.size_hint().upper().is_some_and(|bytes| bytes <= SMALL) {
        return answer;
    }
    if answer.extensions().get::<Lasting>().is_some() {
        return answer.map(|body| Body::new(Flow { body, sending: None, under_way }));
    }
    let (mut parts, body) = answer.into_parts();
    // All of it is there already; nothing fails and nothing is waited for.
    let Ok(whole) = body.collect().await else {
        return Response::from_parts(parts, Body::empty());
    };
    let rest = whole.to_bytes();
    let Some(held) = room.take(rest.len()) else {
        let busy = response::refused(Media::Json, Rejection::later(TOO_MANY));
        let (refused, body) = busy.into_parts();
        for name in [CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE] {
            parts.headers.remove(name);
        }
        parts.headers.extend(refused.headers);
        parts.status = StatusCode::SERVICE_UNAVAILABLE;
        return Response::from_parts(parts, body);
    };
    Response::from_parts(parts, Body::new(Pieces { rest, sending: under_way.begin_sending(), _held: held }))
}

/// An answer that lasts. It stands still only while there is a piece that the client does not take.
struct Flow {
    body: Body,
    sending: Option<Sending>,
    under_way: UnderWay,
}

impl HttpBody for Flow {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let flow = self.get_mut();
        // Whoever asks for another piece has taken the last one.
        flow.sending = None;
        let frame = ready!(Pin::new(&mut flow.body).poll_frame(context));
        flow.sending = frame.is_some().then(|| flow.under_way.begin_sending());
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

struct Pieces {
    rest: Bytes,
    sending: Sending,
    _held: OwnedSemaphorePermit,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        self.sending.moves();
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
    }
}
