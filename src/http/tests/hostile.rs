use std::fmt::Write;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::json;

use crate::http::request::LARGEST;
use crate::http::testing::{App, post};

/// As much of the piece as fits into a body, with # as a number that grows.
fn fill(begin: &str, piece: &str, end: &str) -> String {
    let mut text = begin.to_owned();
    let mut n = 0;
    while text.len() + piece.len() + end.len() + 20_000 < LARGEST {
        let _ = write!(text, "{} ", piece.replace('#', &n.to_string()));
        n += 1;
    }
    text + end
}

/// `count` times the piece.
fn some(begin: &str, piece: &str, count: usize, end: &str) -> String {
    let body: String = (0..count).fold(String::new(), |mut body, n| {
        let _ = write!(body, "{} ", piece.replace('#', &n.to_string()));
        body
    });
    format!("{begin}{body}{end}")
}

/// Far more than reading the longest document takes, however slow the build and busy the machine; far less than what
/// grows faster than the document would take.
const SOON: Duration = Duration::from_secs(4);

#[tokio::test]
async fn no_document_keeps_a_processor_busy() {
    let app = App::new();
    let members = "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}";
    for query in [
        fill("{deeper{", "hello", "}}"),
        fill("{hello(", "t#:1", ")}"),
        fill("query(", "$v#:Int", "){hello}"),
        fill("query(", "$v:Int", "){hello}"),
        fill("{hello ", "@skip(if:true)", "}"),
        fill("", "query q#{hello}", ""),
        fill("{hello}", "fragment f# on Reads{hello}", ""),
        fill("{hello(times:[", "1", "])}"),
        fill("{hello(times:{", "a:1", "})}"),
        fill("{a(b:", "[", ""),
        some("{hello}", "fragment f# on Reads{hello}", 490, ""),
        some("{...f0}", "fragment f# on Reads{...f# ...f#}", 490, ""),
        members.to_owned(),
    ] {
        let body = json!({ "query": query }).to_string();
        let begin = Instant::now();
        let answer = app.send(post(&body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{:.60}: {}", query, answer.text);
        assert!(begin.elapsed() < SOON, "{:?} for {:.60}", begin.elapsed(), query);
    }
}
