//! The one way in which a failure reaches the wire.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Error, ErrorExtensionValues};

use crate::service::{Failure, Refusal};

use super::ErrorCode;

/// When to come back after a request that took too long.
const AGAIN: Duration = Duration::from_secs(1);
/// What becomes of cursors that are too old.
const FORGOTTEN: &str = "What was deleted since this cursor is not known any more: throw the copy away and start again \
     without a cursor.";
/// What nobody knows.
const UNSETTLED: &str =
    "The database was lost while it committed this: look whether it is done before you try again.";

fn error(code: ErrorCode, message: impl Into<String>) -> Error {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code.as_str());
    Error { message: message.into(), source: None, extensions: Some(extensions) }
}

/// Faults travel in `source`, which is never serialised: `http` takes them from there and logs each once.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refused(refusal),
            Failure::Unavailable(wait, cause) => Self {
                source: cause.map(|cause| Arc::new(cause) as _),
                ..later(ErrorCode::Unavailable, "For a while this cannot be answered: try again.", wait)
            },
            // `http` knows where it happened, and says what became of the rest.
            Failure::TimeUp(time_up) => Self {
                source: Some(Arc::new(time_up)),
                ..later(ErrorCode::Unavailable, "The request took too long.", AGAIN)
            },
            Failure::Unsettled(fault) => {
                Self { source: Some(Arc::new(fault)), ..later(ErrorCode::Unavailable, UNSETTLED, AGAIN) }
            }
            Failure::Broken(fault) => Self {
                source: Some(Arc::new(fault)),
                ..error(ErrorCode::Internal, "Something went wrong on the server.")
            },
        }
    }
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Unauthenticated => error(ErrorCode::Unauthenticated, "Sign in first."),
        Refusal::InvalidCredentials => {
            error(ErrorCode::InvalidCredentials, "Email and password do not match an account.")
        }
        Refusal::SignInEnded => {
            error(ErrorCode::Unauthenticated, "The refresh token is not valid: sign in again.")
        }
        Refusal::Forbidden(message) => error(ErrorCode::Forbidden, message),
        Refusal::NotFound => error(ErrorCode::NotFound, "There is no such object."),
        Refusal::Invalid(invalid) => {
            let mut error = error(ErrorCode::BadUserInput, invalid.to_string());
            error.extensions.get_or_insert_default().set("field", invalid.field);
            error
        }
        Refusal::Forgotten => error(ErrorCode::CursorForgotten, FORGOTTEN),
        Refusal::Conflict(message) => error(ErrorCode::Conflict, message),
        Refusal::RateLimited(wait) => later(ErrorCode::RateLimited, "Too many tries.", wait),
    }
}

fn later(code: ErrorCode, message: &str, wait: Duration) -> Error {
    let mut error = error(code, message);
    // Whole seconds, rounded up: whoever waits that long does not come too early.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    error.extensions.get_or_insert_default().set("retryAfter", seconds.max(1));
    error
}
