//! What GraphQL over HTTP (edition of September 2026) asks of a server, as one table: both media types, every status.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::Value;

use super::JSON;
use crate::http::testing::{Answer, App};
use crate::settings::QueryLimits;

const GRAPHQL: &str = "application/graphql-response+json";

/// A POST with `application/json`, unless the case says otherwise.
struct Case {
    /// What the specification speaks of.
    about: &'static str,
    body: String,
    /// The status as `application/json`, and as `application/graphql-response+json`.
    statuses: (u16, u16),
    /// The code of the first error; none where there is no error.
    code: Option<&'static str>,
    /// Whether anything ran, so that there is a `data` entry.
    ran: bool,
}

fn case(about: &'static str, body: impl Into<String>, statuses: (u16, u16)) -> Case {
    Case { about, body: body.into(), statuses, code: None, ran: false }
}

impl Case {
    fn refused(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    fn ran(self) -> Self {
        Self { ran: true, ..self }
    }

    /// Ran, and not all of it went well.
    fn in_part(self, code: &'static str) -> Self {
        self.ran().refused(code)
    }
}

fn cases() -> Vec<Case> {
    let (invalid, input) = ("GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT");
    let query = |query: &str| serde_json::json!({ "query": query }).to_string();
    vec![
        case("data without errors", query("{hello}"), (200, 200)).ran(),
        case("a mutation", query("mutation{hello}"), (200, 200)).ran(),
        case("data beside an error", query("{hello fails}"), (200, 294)).in_part("INTERNAL"),
        case("data that an error made null", query("{atMost(number: 4)}"), (200, 294)).in_part(input),
        case("null for what is optional", NULLS, (200, 200)).ran(),
        case("members that are not known", r#"{"query":"{hello}","more":1}"#, (200, 200)).ran(),
        case("an operation name", r#"{"query":"query A{hello}","operationName":"A"}"#, (200, 200)).ran(),
        case("an empty operation name", r#"{"query":"{hello}","operationName":""}"#, (200, 200)).ran(),
        case(
            "an empty one of a named operation",
            r#"{"query":"query A{hello}","operationName":""}"#,
            (200, 200),
        )
        .ran(),
        case("no body", "", (400, 400)).refused(input),
        case("no JSON", "NONSENSE", (400, 400)).refused(input),
        case("JSON that breaks off", r#"{"query":"#, (400, 400)).refused(input),
        case("JSON, but no object", "null", (400, 422)).refused(input),
        case("a list of requests", r#"[{"query":"{hello}"}]"#, (400, 422)).refused(input),
        case("no query", r#"{"qeury":"{hello}"}"#, (400, 422)).refused(input),
        case("a query that is null", r#"{"query":null}"#, (400, 422)).refused(input),
        case("a query that is an object", r#"{"query":{}}"#, (400, 422)).refused(input),
        case("an operation name that is a number", r#"{"query":"{hello}","operationName":1}"#, (400, 422))
            .refused(input),
        case("variables that are a list", r#"{"query":"{hello}","variables":[7]}"#, (400, 422))
            .refused(input),
        case("extensions that are text", r#"{"query":"{hello}","extensions":"x"}"#, (400, 422))
            .refused(input),
        case("an empty document", query(""), (200, 400)).refused(invalid),
        case("a document that does not parse", query("{"), (200, 400)).refused(invalid),
        case("a field that there is not", query("{nothing}"), (200, 422)).refused(invalid),
        case("an argument of a wrong type", query("{hello(times: true)}"), (200, 422)).refused(invalid),
        case("a fragment that there is not", query("{...f}"), (200, 422)).refused(invalid),
        case("two operations and no name", query("query A{hello} query B{hello}"), (200, 422))
            .refused(invalid),
        case("a name of no operation", r#"{"query":"{hello}","operationName":"B"}"#, (200, 422))
            .refused(invalid),
        case("a subscription", query("subscription{hello}"), (200, 422)).refused(invalid),
        case("more than may be asked for", query(&format!("{{{}}}", "hello ".repeat(21))), (200, 422))
            .refused("QUERY_TOO_COMPLEX"),
        case("a variable of a wrong type", WRONG_VARIABLE, (200, 422)).refused(invalid),
        case("a body that is too large", " ".repeat(QueryLimits::default().max_body + 1), (413, 413))
            .refused(input),
    ]
}

const NULLS: &str = r#"{"query":"{hello}","operationName":null,"variables":null,"extensions":null}"#;
const WRONG_VARIABLE: &str = r#"{"query":"query($n:Int){hello(times:$n)}","variables":{"n":"x"}}"#;

fn request(method: &Method, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri("/graphql");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::from(body.to_owned())).expect("a request")
}

/// What every error has to have (GraphQL specification, section 7.1.2), and ours besides.
fn check_errors(answer: &Answer, about: &str) -> Option<String> {
    let json = answer.json();
    let errors = json.get("errors")?.as_array().expect(about);
    assert!(!errors.is_empty(), "{about}: an empty list of errors");
    for error in errors {
        assert!(
            error["message"].as_str().is_some_and(|text| text.ends_with('.') && !text.contains('\n')),
            "{about}: {error}"
        );
        assert!(error["extensions"]["code"].is_string(), "{about}: {error}");
        for location in error.get("locations").and_then(Value::as_array).into_iter().flatten() {
            assert!(
                location["line"].as_u64() > Some(0) && location["column"].as_u64() > Some(0),
                "{about}: {error}"
            );
        }
        assert!(
            error.get("path").is_none_or(|path| path.as_array().is_some_and(|path| !path.is_empty())),
            "{about}: {error}"
        );
    }
    errors[0]["extensions"]["code"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn both_media_types_get_the_status_that_the_specification_names() {
    let app = App::new();
    for Case { about, body, statuses, code, ran } in cases() {
        for (accept, media, status) in [
            ("application/json", "application/json; charset=utf-8", statuses.0),
            ("*/*", "application/json; charset=utf-8", statuses.0),
            (GRAPHQL, "application/graphql-response+json; charset=utf-8", statuses.1),
        ] {
            let answer = app.send(request(&Method::POST, &[JSON, ("accept", accept)], &body)).await;
            assert_eq!(answer.status.as_u16(), status, "{about} as {accept}: {}", answer.text);
            assert_eq!(answer.header("content-type"), media, "{about}");
            assert_eq!(check_errors(&answer, about).as_deref(), code, "{about}: {}", answer.text);
            assert_eq!(answer.json().get("data").is_some(), ran, "{about}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_http_request_has_one_status_for_both() {
    let app = App::new();
    let hello = r#"{"query":"{hello}"}"#;
    let bearer = ("authorization", "Bearer nonsense");
    for (method, headers, status) in [
        (Method::PUT, &[JSON][..], 405),
        (Method::DELETE, &[JSON], 405),
        (Method::POST, &[JSON, ("accept", "text/html")], 406),
        (Method::POST, &[], 415),
        (Method::POST, &[("content-type", "text/plain")], 415),
        (Method::POST, &[("content-type", "application/x-www-form-urlencoded")], 415),
        (Method::POST, &[("content-type", "application/graphql")], 415),
        (Method::POST, &[("content-type", "application/json; charset=latin1")], 415),
        (Method::POST, &[JSON, ("content-encoding", "gzip")], 415),
        (Method::POST, &[JSON, bearer], 401),
        // Whoever cannot be answered is not asked who they are.
        (Method::PUT, &[JSON, bearer], 405),
        (Method::POST, &[JSON, bearer, ("accept", "text/html")], 406),
        (Method::POST, &[bearer], 401),
    ] {
        for accept in [None, Some(("accept", GRAPHQL))] {
            let accept = accept.filter(|_| !headers.iter().any(|(name, _)| *name == "accept"));
            let headers: Vec<_> = headers.iter().copied().chain(accept).collect();
            let answer = app.send(request(&method, &headers, hello)).await;
            assert_eq!(answer.status.as_u16(), status, "{method} {headers:?}: {}", answer.text);
            let code = if status == 401 { "UNAUTHENTICATED" } else { "BAD_USER_INPUT" };
            assert_eq!(check_errors(&answer, "refused").as_deref(), Some(code));
            assert_eq!(answer.header("allow"), if status == 405 { "GET, HEAD, POST, OPTIONS" } else { "" });
            assert!(answer.json().get("data").is_none(), "{method} {headers:?}");
        }
    }
}

#[tokio::test]
async fn options_tells_the_methods_and_runs_nothing() {
    let answer = App::new().send(request(&Method::OPTIONS, &[], "")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("allow"), answer.text.as_str()),
        (204, "GET, HEAD, POST, OPTIONS", "")
    );
}
