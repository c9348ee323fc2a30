//! How a GraphQL answer is written, and the refusals that end a request before anything ran.

use async_graphql::{ErrorExtensionValues, Pos, ServerError, Value};
use axum::body::Body;
use axum::http::header::{ACCEPT, ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::request_id::RequestId;
use crate::graphql::ErrorCode;

/// After how many seconds to come back when there was no room or no time.
const RETRY_SECONDS: u32 = 1;

/// The media type of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`, for those who ask for it.
    GraphqlResponse,
    /// `application/json`, for all others.
    Json,
}

impl Media {
    /// The more wanted one of the two; the newer one when they are wanted alike (RFC 9110, section 12.5.1).
    pub(super) fn accepted(headers: &HeaderMap) -> Self {
        let (mut graphql, mut json) = (0.0, 0.0);
        let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        for range in values.flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let weight = match parts.next() {
                Some(name) if name.eq_ignore_ascii_case("application/graphql-response+json") => &mut graphql,
                Some(name) if name.eq_ignore_ascii_case("application/json") => &mut json,
                _ => continue,
            };
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map(str::parse::<f32>);
            *weight = quality.unwrap_or(Ok(1.0)).unwrap_or(0.0);
        }
        if graphql > 0.0 && graphql >= json { Self::GraphqlResponse } else { Self::Json }
    }

    const fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }
}

/// Why a request was not carried out, and how that is told.
///
/// Boxed, because the way that ends well passes it through every step.
#[derive(Debug)]
pub(super) struct Rejection(Box<Told>);

#[derive(Debug)]
struct Told {
    status: StatusCode,
    errors: Vec<ServerError>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Rejection {
    pub(super) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self::with(status, vec![coded(code, message)])
    }

    /// What the engine refused before it ran anything.
    pub(super) fn with(status: StatusCode, errors: Vec<ServerError>) -> Self {
        Self(Box::new(Told { status, errors, header: None }))
    }

    /// The query as such is refused.
    pub(super) fn bad_query(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// The body of the request, or one member of it, is not what it has to be.
    pub(super) fn bad_body(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, message)
    }

    /// The same for every own token and every reason. The hint is for those of other issuers.
    pub(super) fn bad_token(hint: Option<&'static str>) -> Self {
        let hint = hint.map_or(String::new(), |hint| format!(" {hint}"));
        let message = format!("The access token is not valid.{hint}");
        Self::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated, message)
            .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""))
    }

    pub(super) fn method(allowed: &'static str) -> Self {
        let message = format!("Only {allowed} is answered here.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadUserInput, message)
            .header(ALLOW, HeaderValue::from_static(allowed))
    }

    /// No room or no time; it may be otherwise in a moment.
    pub(super) fn later(message: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, message)
            .extension("retryAfter", RETRY_SECONDS)
            .header(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS))
    }

    /// A fault of ours; what it was stands in the log under the request's name.
    pub(super) fn internal(id: &RequestId) -> Self {
        let message = "Something went wrong on the server.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, message)
            .extension("requestId", id.as_str())
    }

    pub(super) fn at(mut self, position: Option<Pos>) -> Self {
        self.0.errors.iter_mut().for_each(|error| error.locations.extend(position));
        self
    }

    pub(super) fn extension(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        for error in &mut self.0.errors {
            error.extensions.get_or_insert_default().set(name, value.clone());
        }
        self
    }

    fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.header = Some((name, value));
        self
    }

    /// The refusal as an answer, without a `data` entry.
    pub(super) fn write(self, media: Media) -> Response {
        let Told { status, errors, header } = *self.0;
        let mut response = write(status, media, &GraphqlBody { errors: &errors, data: None });
        response.headers_mut().extend(header);
        response
    }
}

/// An error with a code from the contract.
pub(super) fn coded(code: ErrorCode, message: impl Into<String>) -> ServerError {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code.as_str());
    let mut error = ServerError::new(message, None);
    error.extensions = Some(extensions);
    error
}

/// The answer of an operation that ran, whatever became of it.
///
/// 200 even where nothing but `RATE_LIMITED` came of it: the operation was executed, and of `application/json` a client
/// may take for an answer only what comes with 200 (GraphQL over HTTP, appendix A); a 429 might be a proxy's. `Retry-After`
/// is there for those who know HTTP alone; no status forbids it (RFC 9110, section 10.2.3).
pub(super) fn executed(media: Media, outcome: async_graphql::Response) -> Response {
    let body = GraphqlBody { errors: &outcome.errors, data: Some(&outcome.data) };
    let mut response = write(StatusCode::OK, media, &body);
    let header = retry_after(&outcome).map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds)));
    response.headers_mut().extend(header);
    response.headers_mut().extend(outcome.http_headers);
    response
}

/// After how many seconds to come back, when all that came of a request is to come back later.
fn retry_after(outcome: &async_graphql::Response) -> Option<u64> {
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
struct GraphqlBody<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

fn write(status: StatusCode, media: Media, written: &GraphqlBody<'_>) -> Response {
    let mut bytes = Vec::with_capacity(1024);
    // Values of the engine are always JSON: names are text, and numbers are finite.
    let status = match serde_json::to_writer(&mut bytes, written) {
        Ok(()) => status,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media.header());
    response
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    #[test]
    fn the_newer_media_type_is_for_those_who_want_it() {
        for (accept, media) in [
            (None, Media::Json),
            (Some("*/*"), Media::Json),
            (Some("application/json"), Media::Json),
            (Some("application/graphql-response+json"), Media::GraphqlResponse),
            (Some("Application/GraphQL-Response+JSON; charset=utf-8"), Media::GraphqlResponse),
            (Some("application/graphql-response+json, application/json;q=0.9"), Media::GraphqlResponse),
            (Some("application/json, application/graphql-response+json"), Media::GraphqlResponse),
            (Some("application/graphql-response+json;q=0.5, application/json"), Media::Json),
            (Some("application/graphql-response+json;q=0"), Media::Json),
            (Some("application/graphql-response+json;q=much"), Media::Json),
            (Some("text/html"), Media::Json),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(accept.map(|accept| (ACCEPT, HeaderValue::from_static(accept))));
            assert_eq!(Media::accepted(&headers), media, "{accept:?}");
        }
    }

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
            let mut outcome = async_graphql::Response::new(data);
            outcome.errors = errors;
            let told = format!("{outcome:?}");
            let response = executed(Media::Json, outcome);
            assert_eq!(response.status(), StatusCode::OK);
            let found = response.headers().get(RETRY_AFTER).map(|value| value.to_str().expect("a number"));
            assert_eq!(found, header, "{told}");
        }
    }
}
