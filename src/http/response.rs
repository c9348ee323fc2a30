//! How a GraphQL answer is written.

use std::collections::BTreeMap;

use async_graphql::{Response as Outcome, ServerError, Value};
use axum::body::Body as HttpBody;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::accept::{Accepted, Media};
use super::rejection::Rejection;
use super::sse::{self, Events};

/// Partial success, which no RFC knows (GraphQL over HTTP, edition of September 2026, "294 Partial Success").
const PARTIAL: u16 = 294;

/// What became of a request.
pub(super) enum Answered {
    /// The operation ran, whatever came of it.
    One(Outcome),
    /// Each request of a list was answered by itself.
    Many(Vec<Result<Outcome, Rejection>>),
    /// A subscription has begun.
    Events(Events),
    /// The connection is a WebSocket from here on.
    Socket(Response),
}

/// The answer to a request.
pub(super) fn write(accepted: Accepted, answered: Result<Answered, Rejection>) -> Response {
    let media = accepted.media.unwrap_or(Media::Json);
    match answered {
        Ok(Answered::One(outcome)) if accepted.prefers_events => sse::once(&Body::of(&outcome)),
        Ok(Answered::One(outcome)) => executed(media, outcome),
        Ok(Answered::Many(outcomes)) => batch(media, outcomes),
        Ok(Answered::Events(events)) => sse::stream(events),
        Ok(Answered::Socket(response)) => response,
        // A browser gives up on a stream that does not begin with 200.
        Err(rejection) if accepted.prefers_events && rejection.is_of_graphql() => {
            sse::once(&Body::refused(&rejection))
        }
        Err(rejection) => refused(media, rejection),
    }
}

/// Of `application/json` a client may take for an answer only what comes with 200 (appendix A), even where nothing but
/// `RATE_LIMITED` came of it; the other media type has a status for answers with errors. `Retry-After` is there for those
/// who know HTTP alone; no status forbids it (RFC 9110, section 10.2.3).
fn executed(media: Media, outcome: Outcome) -> Response {
    let status = match media {
        Media::GraphqlResponse if !outcome.errors.is_empty() => partial(),
        Media::GraphqlResponse | Media::Json => StatusCode::OK,
    };
    let mut response = json(status, media, &Body::of(&outcome));
    let header = retry_after(&outcome).map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds)));
    response.headers_mut().extend(header);
    response.headers_mut().extend(outcome.http_headers);
    response
}

fn partial() -> StatusCode {
    StatusCode::from_u16(PARTIAL).unwrap_or(StatusCode::OK)
}

/// A list of answers in the order of the requests. It says 200 whatever each of them would say.
fn batch(media: Media, outcomes: Vec<Result<Outcome, Rejection>>) -> Response {
    let bodies: Vec<_> =
        outcomes.iter().map(|outcome| outcome.as_ref().map_or_else(Body::refused, Body::of)).collect();
    let mut response = json(StatusCode::OK, media, &bodies);
    for outcome in outcomes.into_iter().flatten() {
        response.headers_mut().extend(outcome.http_headers);
    }
    response
}

/// The refusal as an answer, without a `data` entry.
pub(super) fn refused(media: Media, rejection: Rejection) -> Response {
    let mut response = json(rejection.status(media), media, &Body::refused(&rejection));
    response.headers_mut().extend(rejection.into_header());
    response
}

/// What `OPTIONS` is answered: which methods there are (RFC 9110, section 9.3.7).
pub(super) fn options(allowed: &'static str) -> Response {
    let mut response = Response::new(HttpBody::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// After how many seconds to come back, when all that came of a request is to come back later.
fn retry_after(outcome: &Outcome) -> Option<u64> {
    let came_to_nothing = match &outcome.data {
        Value::Object(fields) => fields.values().all(|field| *field == Value::Null),
        data => *data == Value::Null,
    };
    let seconds = |error: &ServerError| match error.extensions.as_ref()?.get("retryAfter")? {
        Value::Number(seconds) => seconds.as_u64(),
        _ => None,
    };
    // With an error that no waiting mends there is nothing to wait for.
    let waits: Option<Vec<u64>> = outcome.errors.iter().map(seconds).collect();
    waits.filter(|_| came_to_nothing)?.into_iter().max()
}

/// Errors first, so that a reader meets them before long data (GraphQL specification, section 7.1).
#[derive(Serialize)]
pub(super) struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<&'a BTreeMap<String, Value>>,
}

impl<'a> Body<'a> {
    pub(super) fn of(outcome: &'a Outcome) -> Self {
        let extensions = Some(&outcome.extensions).filter(|extensions| !extensions.is_empty());
        Self { errors: &outcome.errors, data: Some(&outcome.data), extensions }
    }

    /// Of what came to nothing.
    pub(super) fn failed(errors: &'a [ServerError]) -> Self {
        Self { errors, data: None, extensions: None }
    }

    fn refused(rejection: &'a Rejection) -> Self {
        Self { errors: rejection.errors(), data: None, extensions: None }
    }
}

fn json(status: StatusCode, media: Media, body: &impl Serialize) -> Response {
    let mut bytes = Vec::with_capacity(1024);
    // Values of the engine are always JSON: names are text, and numbers are finite.
    let status = match serde_json::to_writer(&mut bytes, body) {
        Ok(()) => status,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut response = Response::new(HttpBody::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, media.header());
    response
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::super::rejection::coded;
    use super::*;
    use crate::graphql::ErrorCode;

    fn error(code: ErrorCode, wait: Option<u64>) -> ServerError {
        let mut error = coded(code, "Too many tries.");
        if let Some(seconds) = wait {
            error.extensions.get_or_insert_default().set("retryAfter", seconds);
        }
        error
    }

    #[test]
    fn the_header_says_when_to_come_back_if_that_is_all_that_came_of_it() {
        let (limited, busy) = (ErrorCode::RateLimited, ErrorCode::Unavailable);
        let (some, none) = (value!({ "a": null, "b": 1 }), value!({ "a": null, "b": null }));
        for (data, errors, header) in [
            (Value::Null, vec![error(limited, Some(7))], Some("7")),
            (Value::Null, vec![error(limited, Some(7)), error(busy, Some(61))], Some("61")),
            (none, vec![error(limited, Some(7))], Some("7")),
            (some, vec![error(limited, Some(7))], None),
            (Value::Null, vec![error(limited, Some(7)), error(ErrorCode::NotFound, None)], None),
            (Value::Null, vec![error(limited, None)], None),
            (Value::Null, Vec::new(), None),
        ] {
            let mut outcome = Outcome::new(data);
            outcome.errors = errors;
            let told = format!("{outcome:?}");
            let response = executed(Media::Json, outcome);
            assert_eq!(response.status(), StatusCode::OK);
            let found = response.headers().get(RETRY_AFTER).map(|value| value.to_str().expect("a number"));
            assert_eq!(found, header, "{told}");
        }
    }
}
