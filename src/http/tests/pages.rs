use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode};

use super::{HELLO, JSON};
use crate::http::testing::{App, with_headers};

#[tokio::test]
async fn every_answer_carries_its_name_and_is_not_to_be_guessed_at() {
    let app = App::new();
    for path in ["/", "/livez", "/readyz", "/.well-known/jwks.json", "/nothing", "/graphql"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
    }
    let answer = app.send(with_headers(&[JSON, ("x-request-id", "mine")], HELLO)).await;
    assert_eq!(answer.header("x-request-id"), "mine");
}

#[tokio::test]
async fn the_pages_are_where_they_should_be() {
    let app = App::new();
    for (path, status, media) in [
        ("/", 200, "application/json; charset=utf-8"),
        ("/livez", 200, "application/json; charset=utf-8"),
        ("/readyz", 200, "application/json; charset=utf-8"),
        ("/.well-known/jwks.json", 200, "application/jwk-set+json"),
        ("/nothing", 404, "application/json; charset=utf-8"),
        ("/graphql/", 404, "application/json; charset=utf-8"),
    ] {
        let answer = app.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, media), "{path}");
        answer.json();
    }
    let request = Request::post("/livez").body(Body::empty()).expect("a request");
    let answer = app.send(request).await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
    assert_eq!(answer.json()["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

#[tokio::test]
async fn without_its_database_it_is_alive_but_not_ready() {
    let app = App::with(|_| {}, false);
    assert_eq!(app.get("/livez").await.status, StatusCode::OK);
    assert_eq!(app.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_browser_gets_a_page_that_can_do_nothing_but_be_read() {
    let app = App::new();
    let front = |host: &'static str| {
        let request = Request::get("/").header("accept", "text/html,*/*;q=0.8").header("host", host);
        app.send(request.body(Body::empty()).expect("a request"))
    };
    let page = front("tasks.example:8443").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text.contains("curl http://tasks.example:8443/graphql"));
    assert!(!page.text.contains("{{address}}") && !page.text.contains("<script"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"));
    let hostile = front("\"><script>alert(1)</script>").await;
    assert!(!hostile.text.contains("<script"), "{}", hostile.text);
}

#[tokio::test]
async fn pages_of_other_origins_may_call_only_where_that_was_set() {
    let origin = "https://app.example.com";
    let open =
        App::with(|options| options.origins.push(HeaderValue::from_static("https://app.example.com")), true);
    let allowed = "access-control-allow-origin";
    // Credentials are for the cookie that holds a refresh token; they count for nothing without the origin.
    for (app, asking, answered, credentials) in [
        (&open, origin, origin, "true"),
        (&open, "https://evil.example", "", "true"),
        (&App::new(), origin, "", ""),
    ] {
        let answer = app.send(with_headers(&[JSON, ("origin", asking)], HELLO)).await;
        assert_eq!(answer.header(allowed), answered, "{asking}");
        assert_eq!(answer.header("access-control-allow-credentials"), credentials);
        let preflight = Request::options("/graphql")
            .header("origin", asking)
            .header("access-control-request-method", "POST");
        let answer = app.send(preflight.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.header(allowed), answered, "{asking}");
    }
}
