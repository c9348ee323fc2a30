//! The refusals that end a request before anything ran.

use std::time::Duration;

use async_graphql::{ErrorExtensionValues, Pos, ServerError, Value};
use axum::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};

use super::accept::Media;
use super::request_id::RequestId;
use crate::graphql::ErrorCode;

/// After how many seconds to come back when there was no room or no time.
const RETRY_SECONDS: u32 = 1;

/// Why a request was not carried out, and how that is told.
///
/// Boxed, because the way that ends well passes it through every step.
#[derive(Debug)]
pub(super) struct Rejection(Box<Told>);

#[derive(Debug)]
struct Told {
    fault: Fault,
    errors: Vec<ServerError>,
    header: Option<(HeaderName, HeaderValue)>,
}

/// What was at fault, which decides the status.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// The HTTP request, or we. Then the media type makes no difference.
    Http(StatusCode),
    /// The body is JSON, or the query string is one, but no GraphQL request.
    Params,
    /// The document does not parse.
    Syntax,
    /// The document parses, but it, its operation or its variables cannot be used.
    Query,
}

impl Fault {
    /// GraphQL over HTTP, edition of September 2026, "Status Codes". As `application/json` a client may take for an
    /// answer to a well-formed request only what comes with 200: anything else might be a proxy's (appendix A).
    fn status(self, media: Media) -> StatusCode {
        match (self, media) {
            (Self::Http(status), _) => status,
            (Self::Params, Media::Json) | (Self::Syntax, Media::GraphqlResponse) => StatusCode::BAD_REQUEST,
            (Self::Params | Self::Query, Media::GraphqlResponse) => StatusCode::UNPROCESSABLE_ENTITY,
            (Self::Syntax | Self::Query, Media::Json) => StatusCode::OK,
        }
    }
}

impl Rejection {
    /// For what does not depend on the media type of the answer.
    pub(super) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self::of(Fault::Http(status), vec![coded(code, message)])
    }

    fn of(fault: Fault, errors: Vec<ServerError>) -> Self {
        Self(Box::new(Told { fault, errors, header: None }))
    }

    /// The query, or a value that goes with it, does not fit the schema.
    pub(super) fn unfit(errors: Vec<ServerError>) -> Self {
        Self::of(Fault::Query, errors)
    }

    /// The query as such is refused, or what goes with it.
    pub(super) fn bad_query(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::of(Fault::Query, vec![coded(code, message)])
    }

    /// The query is not GraphQL.
    pub(super) fn bad_syntax(message: impl Into<String>) -> Self {
        Self::of(Fault::Syntax, vec![coded(ErrorCode::GraphqlValidationFailed, message)])
    }

    /// What was sent, or one member of it, is not what it has to be.
    pub(super) fn bad_params(message: impl Into<String>) -> Self {
        Self::of(Fault::Params, vec![coded(ErrorCode::BadUserInput, message)])
    }

    /// The body cannot be read.
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

    /// There is nothing in it for a stranger (RFC 6750, section 3).
    pub(super) fn stranger() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthenticated, "Sign in first.")
            .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// What may be sent here goes with other methods.
    pub(super) fn method(allowed: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadUserInput, message)
            .header(ALLOW, HeaderValue::from_static(allowed))
    }

    /// No room or no time; it may be otherwise in a moment.
    pub(super) fn later(message: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, message)
            .extension("retryAfter", RETRY_SECONDS)
            .header(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS))
    }

    /// The user has used up what queries may cost in a minute (RFC 6585, section 4).
    pub(super) fn over_budget(wait: Duration) -> Self {
        // Whole seconds, rounded up: whoever waits that long does not come too early.
        let seconds = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
        let message = "Your queries have cost as much as they may in a minute.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, message)
            .extension("retryAfter", seconds)
            .header(RETRY_AFTER, HeaderValue::from(seconds))
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

    pub(super) fn status(&self, media: Media) -> StatusCode {
        self.0.fault.status(media)
    }

    /// Whether what was asked for is at fault, and not how it was.
    pub(super) fn is_of_graphql(&self) -> bool {
        !matches!(self.0.fault, Fault::Http(_))
    }

    pub(super) fn errors(&self) -> &[ServerError] {
        &self.0.errors
    }

    /// What goes into the headers of an answer that tells nothing but this.
    pub(super) fn into_header(self) -> Option<(HeaderName, HeaderValue)> {
        self.0.header
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
