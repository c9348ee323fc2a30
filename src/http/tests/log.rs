use std::io;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tracing::Level;
use tracing::subscriber::DefaultGuard;

use super::JSON;
use crate::http::testing::{App, with_headers};

/// The log of this test's thread.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("whole").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(super) fn begin() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_max_level(Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("whole").clone()).expect("text")
    }

    pub(super) fn lines(&self, message: &str) -> Vec<Value> {
        let lines =
            self.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<Value>>();
        lines.into_iter().filter(|line| line["message"] == message).collect()
    }
}

#[tokio::test]
async fn a_request_is_one_line_that_tells_no_token_variable_or_query_string() {
    let app = App::new();
    let (log, _guard) = Log::begin();
    let body = json!({ "query": "query Hello($n: Int!) { hello(times: $n) }", "variables": { "n": 4711 } });
    let request = Request::post("/graphql?access_token=in-the-address")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", app.token))
        .header("x-request-id", "find-me")
        .body(Body::from(body.to_string()))
        .expect("a request");
    app.send(request).await;
    let lines = log.lines("request");
    let [line] = lines.as_slice() else { panic!("{}", log.text()) };
    assert_eq!(
        (&line["method"], &line["path"], &line["status"]),
        (&json!("POST"), &json!("/graphql"), &json!(200))
    );
    assert_eq!((&line["operation"], &line["level"]), (&json!("Hello"), &json!("INFO")));
    assert_eq!(line["span"]["id"], "find-me");
    assert!(line["ms"].is_f64());
    for secret in [app.token.as_str(), "in-the-address", "4711"] {
        assert!(!log.text().contains(secret), "{secret}: {}", log.text());
    }
}

#[tokio::test]
async fn a_bad_token_is_not_told_but_its_reason_is() {
    let app = App::new();
    let (log, _guard) = Log::begin();
    for bearer in ["Bearer hunter2", "Basic hunter2"] {
        app.send(with_headers(&[JSON, ("authorization", bearer)], r#"{"query":"{hello}"}"#)).await;
    }
    let lines = log.lines("token refused");
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line["reason"].is_string() && line["level"] == "DEBUG"));
    assert!(!log.text().contains("hunter2"), "{}", log.text());
}

#[tokio::test]
async fn a_fault_is_logged_once_under_the_name_of_its_request() {
    let app = App::new();
    let (log, _guard) = Log::begin();
    let body = r#"{"query":"{deeper{fails again:fails}}"}"#;
    let answer = app.send(with_headers(&[JSON, ("x-request-id", "find-me")], body)).await;
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(2));
    let lines = log.lines("fault");
    assert_eq!(lines.len(), 1, "{}", log.text());
    assert_eq!((&lines[0]["fault"], &lines[0]["level"]), (&json!("the disk is gone"), &json!("ERROR")));
    assert_eq!(lines[0]["span"]["id"], "find-me");
}
