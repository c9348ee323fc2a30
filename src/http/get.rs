//! A GraphQL request in a query string (GraphQL over HTTP, "GET"), and why not everybody may send one.
//!
//! A page of another origin can have a browser send a GET with the user's cookies and without asking first, as long as no
//! header is among its own that would make the browser ask. So one of those has to be there.

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use serde::de::DeserializeOwned;

use super::caller;
use super::rejection::Rejection;
use super::request::{Params, is_json};
use crate::graphql::ErrorCode;

/// None of them is CORS-safelisted (Fetch Standard, section 2.2.2). All but the first two are there for nothing else.
const ASKED_FOR: [HeaderName; 5] = [
    AUTHORIZATION,
    caller::HEADER,
    HeaderName::from_static("graphql-require-preflight"),
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("x-apollo-operation-name"),
];

/// Refuses what a browser sends for a page that it did not ask about.
pub(super) fn check_preflight(headers: &HeaderMap) -> Result<(), Rejection> {
    let sends_json = headers.get_all(CONTENT_TYPE).iter().any(|value| value.to_str().is_ok_and(is_json));
    if sends_json || ASKED_FOR.iter().any(|name| headers.contains_key(name)) {
        return Ok(());
    }
    let message =
        "A GET needs a header that no other site can send unasked, such as GraphQL-Require-Preflight: 1.";
    Err(Rejection::bad_body(message))
}

/// The request that a query string of at most so many bytes holds.
pub(super) fn parse(query: &str, most: usize) -> Result<Params, Rejection> {
    if query.len() > most {
        let message = format!("The query string is longer than {most} bytes: send a POST.");
        return Err(Rejection::new(StatusCode::URI_TOO_LONG, ErrorCode::BadUserInput, message));
    }
    let (mut text, mut operation_name, mut variables, mut extensions) = (None, None, None, None);
    let (mut document_id, mut doc_id, mut id) = (None, None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let member = match &*name {
            "query" => &mut text,
            "operationName" => &mut operation_name,
            "variables" => &mut variables,
            "extensions" => &mut extensions,
            "documentId" => &mut document_id,
            "doc_id" => &mut doc_id,
            "id" => &mut id,
            _ => continue,
        };
        if member.replace(value.into_owned()).is_some() {
            let message = format!("`{name}` stands twice in the query string.");
            return Err(Rejection::bad_params(message).extension("field", name.into_owned()));
        }
    }
    Ok(Params {
        query: text,
        operation_name,
        variables: object("variables", variables)?.unwrap_or_default(),
        extensions: object("extensions", extensions)?,
        document_id,
        doc_id,
        id,
    })
}

/// Empty is as good as left out, and so is null.
fn object<T: DeserializeOwned>(name: &str, text: Option<String>) -> Result<Option<T>, Rejection> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let is_list = text.trim_start().starts_with('[');
    serde_json::from_str(&text).ok().filter(|_| !is_list).ok_or_else(|| {
        Rejection::bad_params(format!("`{name}` must be a JSON object or null.")).extension("field", name)
    })
}
