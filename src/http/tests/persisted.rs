//! Automatic persisted queries, as Apollo's clients ask for them.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::JSON;
use crate::http::testing::{Answer, App, digest, post, with_headers};

const NOT_FOUND: &str =
    r#"{"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}"#;

fn by_hash(hash: &str) -> Value {
    json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } })
}

fn with_text(text: &str, hash: &str) -> Value {
    let mut body = by_hash(hash);
    body["query"] = text.into();
    body
}

async fn send(app: &App, body: &Value) -> Answer {
    app.send(post(&body.to_string())).await
}

#[tokio::test]
async fn a_text_that_was_sent_with_its_hash_is_found_by_its_hash_by_everybody() {
    let app = App::new();
    let text = "query($n: Int!) { hello(times: $n) }";
    let mut ask = by_hash(&digest(text));
    ask["variables"] = json!({ "n": 7 });
    for media in ["application/json", "application/graphql-response+json"] {
        let answer = app.send(with_headers(&[JSON, ("accept", media)], ask.to_string())).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, NOT_FOUND), "{media}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let mut register = ask.clone();
    register["query"] = text.into();
    assert_eq!(send(&app, &register).await.json(), json!({ "data": { "hello": 7 } }));
    ask["variables"] = json!({ "n": 8 });
    assert_eq!(send(&app, &ask).await.json(), json!({ "data": { "hello": 8 } }));
    let bearer = format!("Bearer {}", app.token);
    let answer = app.send(with_headers(&[JSON, ("authorization", &bearer)], ask.to_string())).await;
    assert_eq!(answer.json(), json!({ "data": { "hello": 8 } }));
    let prefixed = json!({ "documentId": format!("sha256:{}", digest(text)), "variables": { "n": 9 } });
    assert_eq!(send(&app, &prefixed).await.json(), json!({ "data": { "hello": 9 } }));
}

#[tokio::test]
async fn no_text_goes_by_the_hash_of_another() {
    let app = App::new();
    let (good, evil) = (digest("{hello}"), digest("mutation{wait}"));
    for hash in [good.as_str(), "", "sha256", &evil.to_uppercase(), &format!("sha256:{evil}")] {
        let answer = send(&app, &with_text("mutation{wait}", hash)).await;
        assert_eq!((answer.status, answer.error().0.as_str()), (StatusCode::BAD_REQUEST, "BAD_USER_INPUT"));
        assert_eq!(answer.json()["errors"][0]["extensions"]["field"], "extensions");
    }
    for hash in [good, evil] {
        assert_eq!(send(&app, &by_hash(&hash)).await.text, NOT_FOUND);
    }
    app.stage.until_begun(0).await;
    assert_eq!(app.stage.begun.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn only_what_was_sent_with_its_hash_and_proved_good_is_registered() {
    let app = App::new();
    for text in ["{nothing}", "{", "{hello(times: true)}", "{a:hello b:hello"] {
        assert!(send(&app, &with_text(text, &digest(text))).await.json().get("data").is_none(), "{text}");
        assert_eq!(send(&app, &by_hash(&digest(text))).await.text, NOT_FOUND, "{text}");
    }
    // Otherwise whoever guesses a text could find out whether somebody has sent it.
    app.ask("{hello(times: 4)}").await;
    assert_eq!(send(&app, &by_hash(&digest("{hello(times: 4)}"))).await.text, NOT_FOUND);
    // What is remembered already can be registered later.
    let text = "{hello(times: 4)}";
    send(&app, &with_text(text, &digest(text))).await;
    assert_eq!(send(&app, &by_hash(&digest(text))).await.json(), json!({ "data": { "hello": 4 } }));
}

#[tokio::test]
async fn another_version_and_what_is_no_hash_is_refused() {
    let app = App::new();
    for (persisted, message) in [
        (
            json!({ "version": 2, "sha256Hash": digest("{hello}") }),
            "`extensions.persistedQuery.version` must be 1.",
        ),
        (json!({ "sha256Hash": digest("{hello}") }), "`extensions.persistedQuery.version` must be 1."),
        (json!(true), "`extensions.persistedQuery.version` must be 1."),
        (json!({ "version": 1 }), "`extensions.persistedQuery.sha256Hash` must be a string."),
        (
            json!({ "version": 1, "sha256Hash": 1 }),
            "`extensions.persistedQuery.sha256Hash` must be a string.",
        ),
    ] {
        for query in [None, Some("{hello}")] {
            let mut body = json!({ "extensions": { "persistedQuery": persisted } });
            if let Some(query) = query {
                body["query"] = query.into();
            }
            let answer = send(&app, &body).await;
            assert_eq!(answer.error(), ("BAD_USER_INPUT".to_owned(), message.to_owned()), "{body}");
        }
    }
    let body = json!({ "query": "{hello}", "extensions": { "persistedQuery": null } });
    assert_eq!(send(&app, &body).await.json(), json!({ "data": { "hello": 0 } }));
}

#[tokio::test]
async fn where_they_are_off_clients_are_told_so_and_texts_run() {
    let app = App::with(|options| options.persisted_queries = false, true);
    let hash = digest("{hello}");
    for _ in 0..2 {
        let answer = send(&app, &by_hash(&hash)).await;
        assert_eq!(answer.status, StatusCode::OK);
        let told = ("PERSISTED_QUERY_NOT_SUPPORTED".to_owned(), "PersistedQueryNotSupported".to_owned());
        assert_eq!(answer.error(), told);
        let answer = send(&app, &with_text("{hello}", &hash)).await;
        assert_eq!(answer.json(), json!({ "data": { "hello": 0 } }));
    }
}

#[tokio::test]
async fn ids_that_nothing_goes_by_are_told_by_the_name_of_their_member() {
    let app = App::new();
    for name in ["documentId", "doc_id", "id"] {
        let answer = send(&app, &json!({ name: "156ecdc0196ef45afab19823c52283db" })).await;
        let message = format!("There is no document of the id in `{name}`.");
        assert_eq!(answer.error(), ("PERSISTED_QUERY_NOT_FOUND".to_owned(), message));
        // What others mean by such a member is theirs to know.
        let answer = send(&app, &json!({ name: "1", "query": "{hello}" })).await;
        assert_eq!(answer.json(), json!({ "data": { "hello": 0 } }));
    }
    for name in ["doc_id", "id"] {
        let answer = send(&app, &json!({ name: 1, "query": "{hello}" })).await;
        assert_eq!(answer.json(), json!({ "data": { "hello": 0 } }));
    }
}

#[tokio::test]
async fn a_hash_comes_in_the_query_string_as_well_but_no_mutation_does() {
    let app = App::new();
    for (text, status) in [("{hello}", StatusCode::OK), ("mutation{hello}", StatusCode::METHOD_NOT_ALLOWED)] {
        let hash = digest(text);
        send(&app, &with_text(text, &hash)).await;
        let members = format!("%22version%22:1,%22sha256Hash%22:%22{hash}%22");
        for query in [
            format!("extensions=%7B%22persistedQuery%22:%7B{members}%7D%7D"),
            format!("documentId=sha256:{hash}"),
        ] {
            let request = Request::get(format!("/graphql?{query}")).header("graphql-require-preflight", "1");
            let answer = app.send(request.body(Body::empty()).expect("a request")).await;
            assert_eq!(answer.status, status, "{text} {query}: {}", answer.text);
        }
    }
}
