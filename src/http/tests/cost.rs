use serde_json::{Value, json};

use crate::http::Options;
use crate::http::testing::{App, post};

#[tokio::test]
async fn whoever_asks_for_the_cost_is_told() {
    let app = App::with(|options| options.queries.max_cost = 50, true);
    for (extensions, is_told) in [
        (json!({ "cost": true }), true),
        (json!({ "cost": true, "other": 1 }), true),
        (json!({ "cost": false }), false),
        (json!({ "cost": "true" }), false),
        (json!({}), false),
        (Value::Null, false),
    ] {
        let body = json!({ "query": "{hello fails}", "extensions": extensions });
        let answer = app.send(post(&body.to_string())).await.json();
        assert_eq!(answer["data"], json!({ "hello": 0, "fails": null }), "{answer}");
        let cost = json!({ "cost": { "requested": 1, "allowed": 50 } });
        assert_eq!(answer.get("extensions"), is_told.then_some(&cost), "{extensions}");
    }
}

#[tokio::test]
async fn a_list_of_requests_costs_what_all_of_them_cost() {
    let change = |options: &mut Options| {
        options.max_batch = 3;
        options.queries.max_cost = 2;
    };
    let app = App::with(change, true);
    let body = json!([{ "query": "{hello}" }, { "query": "{hello}" }, { "query": "{hello}" }]);
    let answers = app.send(post(&body.to_string())).await.json();
    for n in [0, 1] {
        assert_eq!(answers[n]["data"]["hello"], 0, "{answers}");
    }
    let message = "The query is too complex: 3 points of cost, 2 are allowed.";
    assert_eq!(answers[2]["errors"][0]["message"], message, "{answers}");
}

#[tokio::test]
async fn a_cost_that_is_too_much_is_refused_with_its_figure() {
    let app = App::with(|options| options.queries.max_cost = 1, true);
    let answer = app.ask(&format!("{{{}}}", "hello ".repeat(11))).await;
    let message = "The query is too complex: 2 points of cost, 1 are allowed.";
    assert_eq!(answer.error(), ("QUERY_TOO_COMPLEX".to_owned(), message.to_owned()));
}
