//! Requests as strangers send them.

use async_graphql::resolver_utils::EnumType as _;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Map, Value};

use super::server::{Answer, Server};
use crate::graphql::ErrorCode;

/// Whatever is sent, by somebody and by nobody, what comes back is a GraphQL answer, no fault of the server's, and tells
/// nobody what is somebody's. Input that begins with `?` is the query string of a GET, other input the body of a POST.
pub fn body(server: &Server, input: &[u8]) {
    let Some(anonymous) = request(input, "application/json", None) else { return };
    let somebody = server.somebody();
    let answer = server.send(anonymous);
    check(&answer, "application/json; charset=utf-8");
    assert!(!answer.text.contains(&somebody.secret), "told nobody: {}", answer.text);

    let wanted = "application/graphql-response+json";
    let Some(signed_in) = request(input, wanted, Some(&somebody.token)) else { return };
    let answer = server.send(signed_in);
    check(&answer, "application/graphql-response+json; charset=utf-8");
    if answer.status == 401 {
        server.renew();
    }
}

fn request(input: &[u8], accept: &str, token: Option<&str>) -> Option<Request<Body>> {
    let request = match input.strip_prefix(b"?") {
        Some(query) => {
            let query = str::from_utf8(query).ok()?;
            Request::get(format!("/graphql?{query}")).header("graphql-require-preflight", "1")
        }
        None => Request::post("/graphql").header("content-type", "application/json"),
    };
    let request = request.header("accept", accept);
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    // Not every text can be a query string.
    request.body(Body::from(input.to_vec())).ok()
}

fn check(answer: &Answer, media_type: &str) {
    let Answer { status, text, .. } = answer;
    assert_eq!(answer.header("content-type"), media_type, "{status}: {text}");
    assert_eq!(answer.header("cache-control"), "no-store", "{status}: {text}");
    assert!(!status.is_server_error(), "{status}: {text}");
    let members: Map<String, Value> = serde_json::from_str(text).expect("one JSON object");
    assert!(
        members.keys().all(|name| ["errors", "data", "extensions"].contains(&name.as_str())),
        "{status}: {text}"
    );
    let errors = members.get("errors").map(|errors| errors.as_array().expect("a list").as_slice());
    assert!(errors.is_none_or(|errors| !errors.is_empty()), "{status}: {text}");
    assert!(errors.is_some() || members.contains_key("data"), "{status}: {text}");
    for error in errors.unwrap_or_default() {
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{status}: {text}");
        let code = error["extensions"]["code"].as_str().expect("a code");
        assert!(ErrorCode::items().iter().any(|known| known.name == code), "{status}: {text}");
        // Of the first none is to blame, and for the second there is no reason here.
        assert!(!["INTERNAL", "UNAVAILABLE"].contains(&code), "{status}: {text}");
    }
}
