//! Documents that the server was started with.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::log::Log;
use crate::http::testing::{Answer, App, digest, post};
use crate::http::{Manifest, Trust};

const HELLO: &str = "query Hello($n: Int) { hello(times: $n) }";
const MUTATION: &str = "mutation Hello { hello }";

/// A server with two documents: one goes by an id of its own, one by its digest.
fn app(enforced: bool) -> App {
    let manifest = json!({ "hello-1": HELLO, digest(MUTATION): MUTATION }).to_string();
    let manifest = Manifest::read(&manifest).expect("a manifest");
    App::with(|options| options.trust = Some(Trust { manifest, enforced }), true)
}

async fn send(app: &App, body: &Value) -> Answer {
    app.send(post(&body.to_string())).await
}

#[tokio::test]
async fn a_trusted_document_runs_by_its_id_in_whichever_member_and_by_its_text() {
    for app in [app(true), app(false)] {
        let sha256 = format!("sha256:{}", digest(HELLO));
        let persisted =
            |id: &str| json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": id } } });
        for mut body in [
            json!({ "documentId": "hello-1" }),
            json!({ "documentId": sha256 }),
            json!({ "doc_id": "hello-1" }),
            json!({ "id": "hello-1" }),
            persisted("hello-1"),
            persisted(&digest(HELLO)),
            json!({ "query": HELLO }),
            json!({ "query": HELLO, "documentId": "another" }),
            json!({ "query": HELLO, "extensions": persisted("hello-1")["extensions"] }),
        ] {
            body["variables"] = json!({ "n": 7 });
            assert_eq!(send(&app, &body).await.json(), json!({ "data": { "hello": 7 } }), "{body}");
        }
        let body = json!({ "documentId": digest(MUTATION) });
        assert_eq!(send(&app, &body).await.json(), json!({ "data": { "hello": true } }));
        let body = json!({ "query": MUTATION, "extensions": persisted("hello-1")["extensions"] });
        assert_eq!(send(&app, &body).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn where_trust_is_enforced_nothing_else_runs_and_nothing_else_is_registered() {
    let app = app(true);
    let spaced = format!("{HELLO} ");
    for query in ["{hello}", spaced.as_str(), "{", "{__schema{queryType{name}}}", "mutation{wait}"] {
        let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": digest(query) } });
        for body in [json!({ "query": query }), json!({ "query": query, "extensions": persisted })] {
            let answer = send(&app, &body).await;
            let (code, message) = answer.error();
            assert_eq!((answer.status, code.as_str()), (StatusCode::FORBIDDEN, "DOCUMENT_NOT_TRUSTED"));
            assert!(message.contains("introspection") && !message.contains("hello"), "{message}");
        }
        let answer = send(&app, &json!({ "extensions": persisted })).await;
        assert_eq!(answer.error().0, "PERSISTED_QUERY_NOT_FOUND");
    }
}

#[tokio::test]
async fn where_trust_is_logged_the_others_run_and_are_told_by_name_and_digest_once() {
    let app = app(false);
    let (log, _guard) = Log::begin();
    let query = "query Mine { hello(times: 4711) }";
    for _ in 0..3 {
        assert_eq!(app.ask(query).await.json(), json!({ "data": { "hello": 4711 } }));
        send(&app, &json!({ "query": HELLO })).await;
    }
    let lines = log.lines("document is not trusted");
    let [line] = lines.as_slice() else { panic!("{}", log.text()) };
    assert_eq!((&line["operations"], &line["sha256"]), (&json!("Mine"), &json!(digest(query))));
    assert_eq!(line["level"], "WARN");
    assert!(!log.text().contains("4711"), "{}", log.text());
}

#[tokio::test]
async fn ids_of_trusted_documents_count_where_persisted_queries_are_off() {
    let manifest = Manifest::read(&json!({ "hello-1": HELLO }).to_string()).expect("a manifest");
    let trust = Trust { manifest, enforced: false };
    let app = App::with(
        |options| {
            options.trust = Some(trust);
            options.persisted_queries = false;
        },
        true,
    );
    for (id, code) in [("hello-1", None), ("hello-2", Some("PERSISTED_QUERY_NOT_FOUND"))] {
        let mut body = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": id } } });
        body["variables"] = json!({ "n": 7 });
        let answer = send(&app, &body).await.json();
        assert_eq!(answer["errors"][0]["extensions"]["code"].as_str(), code, "{answer}");
    }
}
