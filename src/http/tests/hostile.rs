use std::fmt::Write;

use serde_json::json;

use crate::http::Options;
use crate::http::testing::{App, post};

/// How long the queries are, in bytes.
const LONGEST: usize = 100_000;

/// As much of the piece as fits into a body, with # as a number that grows.
fn fill(begin: &str, piece: &str, end: &str) -> String {
    let mut text = begin.to_owned();
    let mut n = 0;
    while text.len() + piece.len() + end.len() < LONGEST {
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

#[tokio::test]
async fn what_would_keep_a_processor_busy_is_refused() {
    // Once refused by their tokens, once by what is made of them.
    let apps = [5000, 1_000_000].map(|tokens| {
        let change = |options: &mut Options| {
            options.queries.max_tokens = tokens;
            options.queries.max_body = 1024 * 1024;
        };
        App::with(change, true)
    });
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
        format!("{{a(b:[{}])}}", r#""""\"""#.repeat(LONGEST / 6)),
        fill("{a(b:[", "truefalsenull", "])}"),
        some("{hello}", "fragment f# on Reads{hello}", 490, ""),
        some("{...f0}", "fragment f# on Reads{...f# ...f#}", 490, ""),
        members.to_owned(),
    ] {
        let body = json!({ "query": query }).to_string();
        for app in &apps {
            let answer = app.send(post(&body)).await;
            assert!(answer.json().get("data").is_none(), "{:.60}: {}", query, answer.text);
        }
    }
}
