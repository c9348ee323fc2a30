use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode};

use super::{HELLO, JSON};
use crate::http::testing::{Answer, App, with_headers};

const PAGE: &str = "https://app.example.com";
const LOCAL: &str = "http://localhost:3000";

fn open() -> App {
    App::with(|options| options.origins = [PAGE, LOCAL].map(HeaderValue::from_static).into(), true)
}

/// What a browser asks before it sends this for a page.
async fn preflight(app: &App, origin: &str) -> Answer {
    let request = Request::options("/graphql")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    app.send(request.body(Body::empty()).expect("a request")).await
}

async fn post(app: &App, origins: &[&str]) -> Answer {
    let headers: Vec<_> =
        [JSON].into_iter().chain(origins.iter().map(|origin| ("origin", *origin))).collect();
    app.send(with_headers(&headers, HELLO)).await
}

fn told(answer: &Answer) -> Vec<&str> {
    answer
        .headers
        .keys()
        .map(axum::http::HeaderName::as_str)
        .filter(|name| name.starts_with("access-"))
        .collect()
}

#[tokio::test]
async fn a_page_that_may_call_may_read_and_send_what_the_api_knows() {
    let app = open();
    for origin in [PAGE, LOCAL] {
        let answer = preflight(&app, origin).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NO_CONTENT, ""));
        for (name, value) in [
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-methods", "GET, POST"),
            ("access-control-max-age", "7200"),
            ("vary", "origin"),
        ] {
            assert_eq!(answer.header(name), value, "{origin}");
        }
        let sent: Vec<_> = answer.header("access-control-allow-headers").split(", ").collect();
        for name in [
            "authorization",
            "content-type",
            "taskward-refresh",
            "x-request-id",
            "graphql-require-preflight",
            "apollo-require-preflight",
            "x-apollo-operation-name",
        ] {
            assert!(sent.contains(&name), "{name}");
        }

        let answer = post(&app, &[origin]).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, r#"{"data":{"hello":0}}"#));
        for (name, value) in [
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
            ("access-control-expose-headers", "x-request-id, retry-after, www-authenticate"),
            ("vary", "origin"),
        ] {
            assert_eq!(answer.header(name), value, "{origin}");
        }
    }
}

#[tokio::test]
async fn a_page_reads_refusals_as_well() {
    let bad_token = [JSON, ("origin", PAGE), ("authorization", "Bearer x")];
    let answer = open().send(with_headers(&bad_token, HELLO)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("access-control-allow-origin"), PAGE);
}

#[tokio::test]
async fn no_other_origin_will_do_however_like_it_is() {
    let app = open();
    for origin in [
        "https://evil.example",
        "https://app.example.com.evil.example",
        "https://evil-app.example.com",
        "https://evil.app.example.com",
        "https://example.com",
        "https://app.example.co",
        "https://app.example.com:443",
        "https://app.example.com:8443",
        "https://app.example.com/",
        "https://app.example.com#",
        "https://app.example.com, https://evil.example",
        "https://evil.example https://app.example.com",
        "https://APP.example.com",
        "https://app.example.com.",
        "https://appxexample.com",
        "http://app.example.com",
        "wss://app.example.com",
        "app.example.com",
        "http://localhost",
        "http://localhost:30001",
        "http://127.0.0.1:3000",
        "null",
        "*",
        "",
    ] {
        for answer in [preflight(&app, origin).await, post(&app, &[origin]).await] {
            assert_eq!(told(&answer), [""; 0], "{origin}");
            assert_eq!(answer.header("vary"), "origin", "{origin}");
        }
    }
    for origins in [[PAGE, "https://evil.example"], ["https://evil.example", PAGE], [PAGE, PAGE]] {
        assert_eq!(told(&post(&app, &origins).await), [""; 0], "{origins:?}");
    }
    assert_eq!(told(&post(&app, &[]).await), [""; 0]);
}

#[tokio::test]
async fn by_default_no_page_is_told_anything() {
    let app = App::new();
    for origin in [PAGE, "null", "http://127.0.0.1:8080"] {
        for answer in [preflight(&app, origin).await, post(&app, &[origin]).await] {
            assert_eq!(told(&answer), [""; 0], "{origin}");
            assert_eq!(answer.header("vary"), "", "{origin}");
        }
    }
}

#[tokio::test]
async fn what_is_no_preflight_is_answered_by_its_route() {
    let (app, closed) = (open(), App::new());
    for (origin, asks) in
        [(Some(PAGE), false), (Some("https://evil.example"), true), (None, true), (None, false)]
    {
        let options = || {
            let mut request = Request::builder().method(Method::OPTIONS).uri("/graphql");
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            if asks {
                request = request.header("access-control-request-method", "POST");
            }
            request.body(Body::empty()).expect("a request")
        };
        let (answer, plain) = (app.send(options()).await, closed.send(options()).await);
        assert_eq!((answer.status, &answer.text), (plain.status, &plain.text));
        assert_eq!(answer.header("allow"), plain.header("allow"));
    }
}
