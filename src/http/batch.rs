//! Several requests in one body, each answered by itself.

use serde::Deserialize;
use serde_json::Value;

use super::rejection::Rejection;
use super::request::{self, Params};
use crate::graphql::ErrorCode;

/// Whether the body begins as a list does.
pub(super) fn is_list(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'[')
}

/// The requests that the list holds, at most so many. What is no request is refused in its place.
pub(super) fn parse(body: &[u8], most: usize) -> Result<Vec<Result<Params, Rejection>>, Rejection> {
    let items: Vec<Value> = serde_json::from_slice(body).map_err(|error| request::no_json(&error))?;
    match items.len() {
        0 => Err(Rejection::bad_params("The list has no request in it.")),
        found if found > most => {
            let message = format!("The list is too long: {found} requests, {most} are allowed.");
            Err(Rejection::bad_query(ErrorCode::QueryTooComplex, message))
        }
        _ => Ok(items.iter().map(one).collect()),
    }
}

fn one(item: &Value) -> Result<Params, Rejection> {
    match Params::deserialize(item) {
        Ok(params) if item.is_object() => Ok(params),
        _ => Err(request::explain(item)),
    }
}
