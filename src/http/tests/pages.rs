use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::{HELLO, JSON};
use crate::http::testing::{App, with_headers};

const PATHS: [&str; 6] = ["/", "/livez", "/readyz", "/.well-known/jwks.json", "/nothing", "/graphql"];

#[tokio::test]
async fn every_answer_carries_the_name_of_its_request() {
    let app = App::new();
    for path in PATHS {
        assert_eq!(app.get(path).await.header("x-request-id").len(), 36, "{path}");
    }
    let answer = app.send(with_headers(&[JSON, ("x-request-id", "mine")], HELLO)).await;
    assert_eq!(answer.header("x-request-id"), "mine");
}

#[tokio::test]
async fn a_browser_makes_nothing_of_an_answer_but_what_it_is() {
    let app = App::new();
    let mut answers = vec![app.send(with_headers(&[JSON], HELLO)).await];
    for path in PATHS {
        answers.push(app.get(path).await);
    }
    let page = Request::get("/").header("accept", "text/html").body(Body::empty()).expect("a request");
    answers.push(app.send(page).await);
    for answer in answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{answer:?}");
            assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{answer:?}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{answer:?}");
        assert!(policy.ends_with("frame-ancestors 'none'"), "{answer:?}");
        let is_kept = answer.header("content-type") == "application/jwk-set+json";
        let caching = if is_kept { "public, max-age=300" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), caching, "{answer:?}");
    }
}

#[tokio::test]
async fn a_host_that_was_reached_by_tls_is_to_be_reached_by_nothing_else_but_this_machine_is() {
    let app = App::new();
    let year = "max-age=31536000";
    for (host, is_encrypted, header) in [
        ("tasks.example", true, year),
        ("tasks.example:8443", true, year),
        ("localhost.tasks.example", true, year),
        ("tasks.example", false, ""),
        ("localhost:8443", true, ""),
        ("127.0.0.1", true, ""),
        ("[::1]", true, ""),
    ] {
        let request = Request::get("/nothing").header("host", host).body(Body::empty()).expect("a request");
        let answer = app.send_over(is_encrypted, request).await;
        assert_eq!(answer.header("strict-transport-security"), header, "{host}");
    }
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
