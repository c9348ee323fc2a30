//! How a request says which document it means: by its text, by an id, or by both.

use axum::http::StatusCode;
use serde_json::Value;

use super::fingerprint::Fingerprint;
use crate::graphql::ErrorCode;
use crate::http::rejection::Rejection;
use crate::http::request::{Params, no_query};

/// The document that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Asked<'a> {
    /// The one of this text, which goes by this hash as well.
    Text(&'a str, Option<&'a str>),
    /// The one that goes by this hash in Apollo's protocol for automatic persisted queries.
    Hash(&'a str),
    /// The one of this id, which stands in the member of that name.
    Id(&'a str, &'static str),
}

impl<'a> Asked<'a> {
    /// A text comes before any id: whoever sends one means it.
    pub(in crate::http) fn of(params: &'a Params) -> Result<Self, Rejection> {
        let hash = match params.extensions.as_ref().and_then(|extensions| extensions.get("persistedQuery")) {
            None | Some(Value::Null) => None,
            Some(persisted) => Some(hash(persisted)?),
        };
        if let Some(text) = &params.query {
            return Ok(Self::Text(text, hash));
        }
        let named = |id: &'a Option<String>, name| id.as_deref().map(|id| Self::Id(id, name));
        named(&params.document_id, "documentId")
            .or(hash.map(Self::Hash))
            .or(named(&params.doc_id, "doc_id"))
            .or(named(&params.id, "id"))
            .ok_or_else(no_query)
    }
}

/// The id in `extensions.persistedQuery`.
fn hash(persisted: &Value) -> Result<&str, Rejection> {
    let wrong = |what| Rejection::bad_params(what).extension("field", "extensions");
    if persisted.get("version") != Some(&Value::from(1)) {
        return Err(wrong("`extensions.persistedQuery.version` must be 1."));
    }
    let hash = persisted.get("sha256Hash").and_then(Value::as_str);
    hash.ok_or_else(|| wrong("`extensions.persistedQuery.sha256Hash` must be a string."))
}

/// The SHA-256 that an id is: bare, or as GraphQL over HTTP writes it (draft, appendix on persisted documents).
pub(super) fn sha256(id: &str) -> Option<Fingerprint> {
    Fingerprint::parse(id.strip_prefix("sha256:").unwrap_or(id))
}

/// There is no such document. Apollo's clients send the text next, and go by these very words.
pub(super) fn not_found(asked: Asked<'_>) -> Rejection {
    match asked {
        Asked::Id(_, name) => {
            let message = format!("There is no document of the id in `{name}`.");
            Rejection::bad_query(ErrorCode::PersistedQueryNotFound, message).extension("field", name)
        }
        Asked::Hash(_) | Asked::Text(..) => {
            answer(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound")
        }
    }
}

/// There is none, and never will be. Apollo's clients stop sending hashes at these words.
pub(super) fn in_vain(asked: Asked<'_>) -> Rejection {
    match asked {
        Asked::Id(..) => not_found(asked),
        Asked::Hash(_) | Asked::Text(..) => {
            answer(ErrorCode::PersistedQueryNotSupported, "PersistedQueryNotSupported")
        }
    }
}

/// What Apollo's server says with 200 in both media types: some clients look no further than a status other than that.
fn answer(code: ErrorCode, message: &str) -> Rejection {
    Rejection::new(StatusCode::OK, code, message)
}

/// Whoever could have a text go by another's hash could put words into others' mouths.
pub(super) fn mismatch() -> Rejection {
    let message = "`extensions.persistedQuery.sha256Hash` is not the SHA-256 of `query`.";
    Rejection::bad_params(message).extension("field", "extensions")
}
