use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;

use crate::http::testing::{Answer, App};

const PREFLIGHT: (&str, &str) = ("graphql-require-preflight", "1");
const HELLO: &str = "query={hello}";

async fn send(app: &App, method: Method, query: &str, headers: &[(&str, &str)]) -> Answer {
    let query = query.replace('{', "%7B").replace('}', "%7D").replace('"', "%22").replace(' ', "+");
    let request = Request::builder().method(method).uri(format!("/graphql?{query}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    app.send(request.body(Body::empty()).expect("a request")).await
}

async fn get(app: &App, query: &str) -> Answer {
    send(app, Method::GET, query, &[PREFLIGHT]).await
}

#[tokio::test]
async fn a_query_comes_in_the_query_string_as_well() {
    let app = App::new();
    for (query, data) in [
        (HELLO, json!({ "hello": 0 })),
        ("query={hello}&operationName=&variables=&extensions=", json!({ "hello": 0 })),
        ("query={hello}&variables=null&extensions=null&more=1", json!({ "hello": 0 })),
        ("query=query A{hello} query B{deeper{hello}}&operationName=A", json!({ "hello": 0 })),
        ("query=query null{hello} query B{deeper{hello}}&operationName=null", json!({ "hello": 0 })),
        (r#"query=query($n:Int){hello(times:$n)}&variables={"n":7}"#, json!({ "hello": 7 })),
        ("query=query(%24n:Int%3D8)%7Bhello(times:%24n)%7D", json!({ "hello": 8 })),
    ] {
        let answer = get(&app, query).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "data": data })), "{query}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_query_string_is_named() {
    let app = App::new();
    for (query, message) in [
        ("", "`query` is missing."),
        ("operationName=A", "`query` is missing."),
        ("query={hello}&query={hello}", "`query` stands twice in the query string."),
        ("query={hello}&variables=7", "`variables` must be a JSON object or null."),
        ("query={hello}&variables=[7]", "`variables` must be a JSON object or null."),
        ("query={hello}&variables={", "`variables` must be a JSON object or null."),
        ("query={hello}&extensions=[]", "`extensions` must be a JSON object or null."),
    ] {
        let answer = get(&app, query).await;
        let error = ("BAD_USER_INPUT".to_owned(), message.to_owned());
        assert_eq!((answer.status.as_u16(), answer.error()), (400, error), "{query}");
    }
    let long = format!("{HELLO}&more={}", "x".repeat(2000));
    let small = App::with(|options| options.queries.max_body = 1024, true);
    assert_eq!(get(&small, &long).await.status.as_u16(), 414);
}

#[tokio::test]
async fn nothing_runs_that_a_browser_sends_without_asking_first() {
    let app = App::new();
    let bearer = format!("Bearer {}", app.token);
    for headers in [
        &[][..],
        &[("accept", "*/*"), ("accept-language", "en"), ("cookie", "taskward_refresh=x")],
        &[("content-type", "text/plain")],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "multipart/form-data; boundary=x")],
        &[("content-type", "application/jsonp")],
        &[("origin", "https://evil.example"), ("range", "bytes=0-1")],
    ] {
        for query in ["query={wait}", "query=mutation{count{hello}}"] {
            let answer = send(&app, Method::GET, query, headers).await;
            let (code, message) = answer.error();
            assert_eq!((answer.status.as_u16(), code.as_str()), (400, "BAD_USER_INPUT"), "{headers:?}");
            assert!(message.contains("GraphQL-Require-Preflight"), "{message}");
        }
    }
    for header in [
        PREFLIGHT,
        ("apollo-require-preflight", ""),
        ("x-apollo-operation-name", "Hello"),
        ("taskward-refresh", "cookie"),
        ("authorization", &bearer),
        ("content-type", "application/json; charset=utf-8"),
    ] {
        assert_eq!(send(&app, Method::GET, HELLO, &[header]).await.status.as_u16(), 200, "{header:?}");
    }
}

#[tokio::test]
async fn a_mutation_goes_over_post_alone() {
    let app = App::new();
    for query in
        ["query=mutation{count{hello}}", "query=query A{hello} mutation B{count{hello}}&operationName=B"]
    {
        for method in [Method::GET, Method::HEAD] {
            let answer = send(&app, method.clone(), query, &[PREFLIGHT]).await;
            assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"), "{method} {query}");
        }
    }
    assert_eq!(app.stage.begun.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_head_is_a_get_without_its_body() {
    let app = App::new();
    for (query, headers) in [(HELLO, &[PREFLIGHT][..]), (HELLO, &[]), ("query={", &[PREFLIGHT])] {
        let (get, head) =
            (send(&app, Method::GET, query, headers).await, send(&app, Method::HEAD, query, headers).await);
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{query}");
        for name in ["content-type", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{query}");
        }
        assert_eq!(head.header("content-length"), get.text.len().to_string(), "{query}");
    }
}

#[tokio::test]
async fn where_it_is_switched_off_there_is_no_get() {
    let app = App::with(|options| options.get_queries = false, true);
    for method in [Method::GET, Method::HEAD] {
        let answer = send(&app, method, HELLO, &[PREFLIGHT]).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST, OPTIONS"));
    }
}
