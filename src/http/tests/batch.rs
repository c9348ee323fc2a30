use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::JSON;
use crate::http::testing::{Answer, App, post, with_headers};

fn app() -> App {
    App::with(|options| options.max_batch = 3, true)
}

async fn send(app: &App, requests: &Value) -> Answer {
    app.send(post(&requests.to_string())).await
}

#[tokio::test]
async fn a_list_is_refused_unless_it_was_allowed() {
    let answer = send(&App::new(), &json!([{ "query": "{hello}" }])).await;
    let error = ("BAD_USER_INPUT".to_owned(), "The body is a list: send one request at a time.".to_owned());
    assert_eq!((answer.status, answer.error()), (StatusCode::BAD_REQUEST, error));
}

#[tokio::test]
async fn each_request_of_a_list_has_an_answer_of_its_own_in_its_place() {
    let app = app();
    let requests = json!([
        { "query": "query($n:Int){hello(times:$n)}", "variables": { "n": 7 } },
        { "query": "{nothing}" },
        { "query": 1 },
    ]);
    let answer = send(&app, &requests).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (StatusCode::OK, "application/json; charset=utf-8")
    );
    let answers = answer.json();
    assert_eq!(answers[0], json!({ "data": { "hello": 7 } }));
    for (place, code) in [(1, "GRAPHQL_VALIDATION_FAILED"), (2, "BAD_USER_INPUT")] {
        assert_eq!(answers[place]["errors"][0]["extensions"]["code"], code, "{answers}");
        assert!(answers[place].get("data").is_none(), "{answers}");
    }
    let answer =
        send(&app, &json!([{ "query": "mutation{count{hello}}" }, { "query": "mutation{count{hello}}" }]))
            .await;
    let counted = json!({ "data": { "count": { "hello": 0 } } });
    assert_eq!(answer.json(), json!([counted, counted]));
    assert_eq!(app.stage.begun.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn all_of_a_list_is_asked_by_one_user_or_by_nobody() {
    let app = app();
    let requests = json!([{ "query": "{who}" }, { "query": "{secret}" }]).to_string();
    let bearer = format!("Bearer {}", app.token);
    let answer = app.send(with_headers(&[JSON, ("authorization", &bearer)], requests.clone())).await;
    let user = app.user.to_string();
    assert_eq!(answer.json(), json!([{ "data": { "who": user } }, { "data": { "secret": 7 } }]));
    let answers = app.send(post(&requests)).await.json();
    assert_eq!(answers[0], json!({ "data": { "who": null } }));
    assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    let answer = app.send(with_headers(&[JSON, ("authorization", "Bearer x")], requests)).await;
    assert_eq!((answer.status, answer.error().0.as_str()), (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"));
}

#[tokio::test]
async fn a_list_is_bounded_and_has_something_in_it() {
    let app = app();
    let hello = json!({ "query": "{hello}" });
    for (requests, status, code) in
        [(json!([]), 400, "BAD_USER_INPUT"), (json!([hello, hello, hello, hello]), 200, "QUERY_TOO_COMPLEX")]
    {
        let answer = send(&app, &requests).await;
        assert_eq!((answer.status.as_u16(), answer.error().0.as_str()), (status, code), "{requests}");
    }
    assert_eq!(app.send(post("[{]")).await.status, StatusCode::BAD_REQUEST);
    let answers = send(&app, &json!([hello, [hello], "{hello}"])).await.json();
    assert_eq!(answers[0]["data"]["hello"], 0);
    assert!(answers[1].get("errors").is_some() && answers[2].get("errors").is_some(), "{answers}");
}

#[tokio::test]
async fn what_a_request_may_try_once_a_list_may_try_once() {
    // These fields are not this schema's: whoever is let through to the engine is told so.
    let login = |name: &str| json!({ "query": format!("mutation {{ {name}: login }}") });
    let answers =
        send(&app(), &json!([login("a"), login("b"), { "query": "mutation{refresh}" }])).await.json();
    let codes: Vec<_> =
        (0..3).map(|place| answers[place]["errors"][0]["extensions"]["code"].clone()).collect();
    assert_eq!(codes, ["GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_COMPLEX", "GRAPHQL_VALIDATION_FAILED"]);
}
