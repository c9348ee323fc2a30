//! What became of an operation: faults go to the log, and every error leaves with a code.

use async_graphql::{PathSegment, Response, ServerError, Value};

use super::document::{Document, one_line};
use super::request_id::RequestId;
use crate::deadline::TimeUp;
use crate::graphql::{ErrorCode, Fault};

/// Errors of one kind of slip come by the hundred; so many are enough to mend a query by.
const TOLD: usize = 20;

/// Whether the engine refused the operation before it ran any of it. Then the answer has no `data` entry.
pub(super) fn is_refused(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// What the time was up for: a field of the root, or something that such a field answers with. Fields of a mutation run one
/// after the other, each in one transaction, and with the first that fails the mutation ends.
fn late(path: &[PathSegment]) -> &'static str {
    if path.len() > 1 {
        "The request took too long to read this. What the field of the mutation was to change is changed."
    } else {
        "The request took too long: this field has changed nothing. Those before it are done, and those after it are not \
         begun."
    }
}

/// The engine's own errors about a document, fit to leave.
pub(super) fn coded(mut errors: Vec<ServerError>, document: &Document) -> Vec<ServerError> {
    errors.iter_mut().filter(|error| code(error).is_none()).for_each(|error| code_of_engine(error, document));
    errors.truncate(TOLD);
    errors
}

/// Makes the errors of a response fit to leave.
pub(super) fn settle(response: &mut Response, document: &Document, id: &RequestId) {
    let mut logged: Vec<String> = Vec::new();
    for error in &mut response.errors {
        if let Some(fault) = error.source::<Fault>().map(Fault::to_string) {
            // Everything that waited for the same statement fails with the same fault.
            if !logged.contains(&fault) {
                tracing::error!(fault, path = path(error), "fault");
                logged.push(fault);
            }
            error.extensions.get_or_insert_default().set("requestId", id.as_str());
        }
        if error.source::<TimeUp>().is_some() {
            late(&error.path).clone_into(&mut error.message);
        }
        if code(error).is_none() {
            code_of_engine(error, document);
        }
    }
    response.errors.truncate(TOLD);
}

fn code(error: &ServerError) -> Option<&Value> {
    error.extensions.as_ref().and_then(|extensions| extensions.get("code"))
}

/// The engine's own errors have no code: they speak of the query, or of the arguments of the field they happened at.
fn code_of_engine(error: &mut ServerError, document: &Document) {
    let code =
        if error.path.is_empty() { ErrorCode::GraphqlValidationFailed } else { ErrorCode::BadUserInput };
    error.message = format!("{}.", one_line(&error.message));
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code.as_str());
    if code == ErrorCode::BadUserInput
        && let Some(argument) = error.locations.iter().find_map(|position| document.argument_at(*position))
    {
        extensions.set("field", argument);
    }
}

fn path(error: &ServerError) -> String {
    let segments = error.path.iter().map(|segment| match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(index) => index.to_string(),
    });
    segments.collect::<Vec<_>>().join(".")
}
