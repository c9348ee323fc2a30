use std::io::Read;

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use super::JSON;
use crate::http::testing::{Answer, App, with_headers};

async fn ask(app: &App, accepted: &str, query: &str) -> Answer {
    let body = json!({ "query": query }).to_string();
    app.send(with_headers(&[JSON, ("accept-encoding", accepted)], body)).await
}

fn unpack(answer: &Answer) -> String {
    let (bytes, mut text) = (&answer.bytes[..], String::new());
    let read = match answer.header("content-encoding") {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_string(&mut text),
        "br" => brotli::Decompressor::new(bytes, 4096).read_to_string(&mut text),
        "zstd" => zstd::Decoder::new(bytes).expect("zstd").read_to_string(&mut text),
        other => panic!("{other:?}"),
    };
    read.expect("packed as it says");
    text
}

#[tokio::test]
async fn a_long_answer_is_packed_as_its_client_wants_it_and_says_so() {
    let app = App::new();
    for length in [2_000, 200_000] {
        let query = format!("{{long(length: {length})}}");
        let plain = app.ask(&query).await;
        for coding in ["gzip", "br", "zstd"] {
            let answer = ask(&app, &format!("{coding}, identity;q=0.5"), &query).await;
            assert_eq!(answer.header("content-encoding"), coding);
            assert_eq!(unpack(&answer), plain.text);
            assert!(answer.bytes.len() < plain.bytes.len() / 4, "{coding}: {}", answer.bytes.len());
            assert_eq!(answer.header("content-length"), answer.bytes.len().to_string());
            assert_eq!(answer.header("content-type"), plain.header("content-type"));
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        // The same address has several answers, also for those who get the plain one.
        for accepted in ["gzip", "br", "", "identity", "gzip;q=0"] {
            assert_eq!(ask(&app, accepted, &query).await.header("vary"), "accept-encoding", "{accepted}");
        }
        for accepted in ["", "identity", "gzip;q=0", "*;q=0", "deflate"] {
            let answer = ask(&app, accepted, &query).await;
            assert_eq!((answer.header("content-encoding"), &answer.text), ("", &plain.text), "{accepted}");
        }
    }
}

#[tokio::test]
async fn a_short_answer_stays_as_it_is() {
    let app = App::new();
    for query in ["{hello}", "{long(length: 1000)}", "{nothing}"] {
        let answer = ask(&app, "gzip, br, zstd", query).await;
        assert_eq!((answer.header("content-encoding"), answer.header("vary")), ("", ""), "{query}");
        answer.json();
    }
}

#[tokio::test]
async fn what_a_mutation_answers_is_never_packed() {
    let app = App::new();
    for length in [2_000, 200_000] {
        for accepted in ["gzip", "br", "zstd", "*", "identity;q=0, gzip"] {
            let answer = ask(&app, accepted, &format!("mutation {{long(length: {length})}}")).await;
            assert_eq!((answer.header("content-encoding"), answer.header("vary")), ("", ""), "{accepted}");
            answer.json();
        }
    }
}

#[tokio::test]
async fn the_front_page_is_packed_and_not_for_those_who_only_ask_about_it() {
    let app = App::new();
    let page = |method: &str| {
        let request = Request::builder().method(method).uri("/").header("accept", "text/html");
        app.send(request.header("accept-encoding", "gzip").body(Body::empty()).expect("a request"))
    };
    let answer = page("GET").await;
    assert!(unpack(&answer).contains("<title>Taskward</title>"));
    let varies: Vec<_> = answer.headers.get_all("vary").iter().collect();
    assert_eq!(varies, ["accept", "accept-encoding"]);
    let answer = page("HEAD").await;
    assert_eq!((answer.header("content-encoding"), answer.bytes.len()), ("", 0));
}
