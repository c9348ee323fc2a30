//! One GraphQL request out of one HTTP request: method, media type, size, JSON, and the members of the JSON.
//!
//! Only `application/json` is taken. A page of another origin cannot send that without asking first, which forms and
//! `text/plain` can.

use async_graphql::Variables;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::accept::Accepted;
use super::get;
use super::rejection::Rejection;
use crate::graphql::ErrorCode;

/// The methods that are answered.
pub(super) const fn methods(get_queries: bool) -> &'static str {
    if get_queries { "GET, HEAD, POST, OPTIONS" } else { "POST, OPTIONS" }
}

/// Whether the request may read at the most (RFC 9110, section 9.2.1).
pub(super) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// What a client asks for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Params {
    /// The document's text.
    #[serde(default, deserialize_with = "present")]
    pub(super) query: Option<String>,
    #[serde(default)]
    pub(super) operation_name: Option<String>,
    #[serde(default)]
    pub(super) variables: Variables,
    /// What goes beyond the specification. What is not known here is left alone: other servers may know it.
    #[serde(default)]
    pub(super) extensions: Option<Map<String, Value>>,
    /// What the document is known by (GraphQL over HTTP, draft of an appendix on persisted documents).
    #[serde(default)]
    pub(super) document_id: Option<String>,
    /// The same, as Relay's documentation has it.
    #[serde(default, rename = "doc_id", deserialize_with = "text")]
    pub(super) doc_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) id: Option<String>,
}

/// Anything else is a member that others know the meaning of.
fn text<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    Value::deserialize(value).map(|value| match value {
        Value::String(text) => Some(text),
        _ => None,
    })
}

/// Left out is one thing, null another: the specification allows null for all members but this.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    String::deserialize(value).map(Some)
}

/// Whether there is an answer to such a request, whoever sends it.
pub(super) fn check_way(parts: &Parts, accepted: Accepted, get_queries: bool) -> Result<(), Rejection> {
    if parts.method != Method::POST && !(get_queries && is_safe(&parts.method)) {
        let message = format!("{} is not answered here: send a POST.", parts.method);
        return Err(Rejection::method(methods(get_queries), message));
    }
    if accepted.media.is_none() && !accepted.events {
        let message = "The answer can be application/graphql-response+json, application/json or text/event-stream, which \
             Accept leaves out.";
        return Err(Rejection::new(StatusCode::NOT_ACCEPTABLE, ErrorCode::BadUserInput, message));
    }
    Ok(())
}

/// Neither a query nor anything that stands for one.
pub(super) fn no_query() -> Rejection {
    Rejection::bad_params("`query` is missing.").extension("field", "query")
}

/// Refuses what another site's page could have sent without its browser asking first: any form is that, and so is a
/// bare GET.
pub(super) fn check_origin(parts: &Parts) -> Result<(), Rejection> {
    if is_safe(&parts.method) {
        get::check_preflight(&parts.headers)
    } else {
        check_media_type(&parts.headers)
    }
}

/// Whether the body claims to be plain JSON in UTF-8.
fn check_media_type(headers: &HeaderMap) -> Result<(), Rejection> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let is_json = match (types.next().map(|value| value.to_str()), types.next()) {
        (Some(Ok(media_type)), None) => is_json(media_type),
        _ => false,
    };
    let is_plain = headers.get_all(CONTENT_ENCODING).iter().all(|coding| coding == "identity");
    if is_json && is_plain {
        return Ok(());
    }
    let message = "The body must be plain JSON: send it with Content-Type: application/json.";
    Err(Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::BadUserInput, message))
}

pub(super) fn is_json(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    let is_utf8 = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) => {
            name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        None => parameter.is_empty(),
    };
    parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json")) && parts.all(is_utf8)
}

/// The whole body, of so many bytes at the most. One that says it is too large is not read at all; one that turns out to be is not read on.
pub(super) async fn read(body: Body, most: usize) -> Result<Bytes, Rejection> {
    if body.size_hint().lower() > most as u64 {
        return Err(too_large(most));
    }
    match Limited::new(body, most).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(most)),
        Err(_) => Err(Rejection::bad_body("The body broke off.")),
    }
}

fn too_large(most: usize) -> Rejection {
    let message = format!("The body is larger than {most} bytes.");
    Rejection::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::BadUserInput, message)
}

/// The request that the body holds.
pub(super) fn parse(body: &[u8]) -> Result<Params, Rejection> {
    // Taken by itself, a list of members in their order would do as well.
    let is_object = body.trim_ascii_start().first() == Some(&b'{');
    match serde_json::from_slice::<Params>(body) {
        Ok(params) if is_object => Ok(params),
        _ => Err(match serde_json::from_slice(body) {
            Ok(Value::Array(_)) => Rejection::bad_params("The body is a list: send one request at a time."),
            Ok(value) => explain(&value),
            Err(error) => no_json(&error),
        }),
    }
}

/// The body is not JSON at all.
pub(super) fn no_json(error: &serde_json::Error) -> Rejection {
    let (line, column) = (error.line(), error.column());
    Rejection::bad_body(format!("The body is not JSON: line {line}, column {column}."))
}

/// Finds out what was wrong with JSON that could not be taken.
pub(super) fn explain(sent: &Value) -> Rejection {
    let members = match sent {
        Value::Object(members) => members,
        other => {
            return Rejection::bad_params(format!("A request must be a JSON object, not {}.", kind(other)));
        }
    };
    let wrong = |name: &'static str, must: &str, is_right: fn(&Value) -> bool| {
        let value = members.get(name).filter(|value| !is_right(value))?;
        let message = format!("`{name}` must be {must}, not {}.", kind(value));
        Some(Rejection::bad_params(message).extension("field", name))
    };
    let is_text = |value: &Value| value.is_string() || value.is_null();
    let is_object = |value: &Value| value.is_object() || value.is_null();
    wrong("query", "a string", Value::is_string)
        .or_else(|| wrong("operationName", "a string or null", is_text))
        .or_else(|| wrong("variables", "an object or null", is_object))
        .or_else(|| wrong("extensions", "an object or null", is_object))
        .or_else(|| wrong("documentId", "a string or null", is_text))
        .unwrap_or_else(|| Rejection::bad_params("The body has the same member twice."))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> String {
        format!("{:?}", parse(body.as_bytes()).expect_err(body))
    }

    #[test]
    fn the_members_are_taken_and_null_is_nothing() {
        let body =
            r#" {"query":"{a}","operationName":"A","variables":{"x":[1]},"extensions":{"k":1},"more":true}"#;
        let params = parse(body.as_bytes()).expect("fine");
        assert_eq!((params.query.as_deref(), params.operation_name.as_deref()), (Some("{a}"), Some("A")));
        assert_eq!(params.variables.len(), 1);
        let body = r#"{"query":"{a}","operationName":null,"variables":null,"extensions":null}"#;
        let params = parse(body.as_bytes()).expect("fine");
        assert!(params.operation_name.is_none() && params.variables.is_empty());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (body, message) in [
            ("", "The body is not JSON: line 1, column 0."),
            ("{\"query\":\n}", "The body is not JSON: line 2, column 1."),
            ("{\"query\":\"{a}\"} x", "The body is not JSON: line 1, column 17."),
            ("null", "A request must be a JSON object, not null."),
            ("\"{a}\"", "A request must be a JSON object, not a string."),
            (r#"[{"query":"{a}"}]"#, "The body is a list: send one request at a time."),
            (r#"["{a}"]"#, "The body is a list: send one request at a time."),
            (r#"{"query":null}"#, "`query` must be a string, not null."),
            (r#"{"query":["{a}"]}"#, "`query` must be a string, not a list."),
            (
                r#"{"query":"{a}","operationName":1}"#,
                "`operationName` must be a string or null, not a number.",
            ),
            (r#"{"query":"{a}","variables":[]}"#, "`variables` must be an object or null, not a list."),
            (r#"{"query":"{a}","variables":"{}"}"#, "`variables` must be an object or null, not a string."),
            (
                r#"{"query":"{a}","extensions":true}"#,
                "`extensions` must be an object or null, not a boolean.",
            ),
            (r#"{"query":"{a}","query":"{b}"}"#, "The body has the same member twice."),
        ] {
            let refused = refused(body);
            assert!(refused.contains(&format!("message: {message:?}")), "{body}: {refused}");
        }
    }

    #[test]
    fn nesting_without_end_is_not_followed() {
        let deep = format!(r#"{{"query":"{{a}}","variables":{{"x":{}"#, "[".repeat(256 * 1024));
        assert!(refused(&deep).contains("not JSON"));
    }

    #[test]
    fn only_json_in_utf_8_is_taken() {
        for (media_type, right) in [
            ("application/json", true),
            ("Application/JSON; Charset=\"UTF-8\"", true),
            ("application/json;", true),
            ("application/json; charset=latin1", false),
            ("application/json; profile=x", false),
            ("application/graphql-response+json", false),
            ("application/jsonp", false),
            ("application/graphql", false),
            ("text/plain", false),
            ("multipart/form-data; boundary=x", false),
            ("", false),
        ] {
            assert_eq!(is_json(media_type), right, "{media_type}");
        }
        assert!(check_media_type(&HeaderMap::new()).is_err());
    }
}
