//! Search: the same on both databases, and whatever is typed is text.

mod generated;
mod model;
mod scripts;
mod syntax;

use serde_json::json;

use super::titles;
use crate::on_both_databases;
use crate::support::Actor;

/// Makes a task of each title.
async fn create(person: &Actor<'_>, titles: &[&str]) {
    let inputs: Vec<_> = titles.iter().map(|title| json!({ "title": title })).collect();
    person.done_together("createTask", &inputs).await;
}

/// Checks what each search finds.
async fn check(person: &Actor<'_>, searches: &[(&str, &[&str])]) {
    for (search, expected) in searches {
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(titles(person, json!({ "search": search })).await, expected, "{search:?}");
    }
}

on_both_databases! {
    async fn all_words_must_occur_in_title_or_description_the_last_as_a_prefix(app: TestApp) {
        let ada = app.register("ada").await;
        ada.done("createTask", json!({ "title": "Buy tea", "description": "green, for the office" })).await;
        ada.done("createTask", json!({ "title": "Teapot", "description": "buy a green one" })).await;
        ada.done("createTask", json!({ "title": "Office party" })).await;
        let all: &[&str] = &["Buy tea", "Teapot", "Office party"];
        check(
            &ada,
            &[
                ("tea", &["Buy tea", "Teapot"]),
                ("te", &["Buy tea", "Teapot"]),
                ("teap", &["Teapot"]),
                ("ea", &[]),
                ("buy green", &["Buy tea", "Teapot"]),
                ("green buy", &["Buy tea", "Teapot"]),
                ("buy buy b", &["Buy tea", "Teapot"]),
                ("tea buy", &["Buy tea"]),
                ("te buy", &[]),
                ("office tea", &["Buy tea"]),
                ("party buy", &[]),
                ("off", &["Buy tea", "Office party"]),
                ("", all),
                (" \t\n\u{2003}", all),
                ("teapots", &[]),
            ],
        )
        .await;
        let data = ada.data("{ tasks(filter: { search: null }) { totalCount } }", json!({})).await;
        assert_eq!(data["tasks"]["totalCount"], 3);
    }

    async fn a_search_has_up_to_200_characters(app: TestApp) {
        let ada = app.register("ada").await;
        create(&ada, &["tea", &"x".repeat(200)]).await;
        check(
            &ada,
            &[
                (&"tea ".repeat(50), &["tea"]),
                (&"x".repeat(200), &[&"x".repeat(200)]),
                (&"\u{1f375}".repeat(200), &["tea", &"x".repeat(200)]),
                (&format!("tea{}", " ".repeat(197)), &["tea"]),
                (&"a ".repeat(100), &[]),
            ],
        )
        .await;
        let query = "query ($search: String) { tasks(filter: { search: $search }) { totalCount } }";
        for long in ["x".repeat(201), format!("tea{}", " ".repeat(198)), "\u{1f375}".repeat(201)] {
            assert_eq!(ada.ask(query, json!({ "search": long })).await.field(), "search");
        }
    }

    async fn changes_are_found_at_once_and_strangers_tasks_never(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        create(&bob, &["green tea", "black tea"]).await;
        let task = ada.done("createTask", json!({ "title": "green tea", "description": "hot" })).await;
        let found = async |search: &str| titles(&ada, json!({ "search": search })).await.len();
        let counts =
            async || (found("tea").await, found("hot").await, found("coffee").await, found("cold g").await);
        assert_eq!(counts().await, (1, 1, 0, 0));
        for (change, expected) in [
            (json!({ "title": "coffee" }), (0, 1, 1, 0)),
            (json!({ "description": "cold, not green" }), (0, 0, 1, 1)),
            (json!({ "priority": "HIGH" }), (0, 0, 1, 1)),
            (json!({ "description": null }), (0, 0, 1, 0)),
            (json!({ "title": "tea or coffee" }), (1, 0, 1, 0)),
        ] {
            let mut input = change.clone();
            input["id"] = task["id"].clone();
            ada.done("updateTask", input).await;
            assert_eq!(counts().await, expected, "{change}");
        }
        ada.done("deleteTask", json!({ "id": task["id"] })).await;
        assert_eq!(counts().await, (0, 0, 0, 0));
        check(&bob, &[("tea", &["green tea", "black tea"]), ("coffee", &[])]).await;
        for (one, other) in [(&ada, &bob), (&bob, &ada)] {
            let id = &other.id["user_".len()..];
            let uuid = other.id.parse::<taskward::id::UserId>().expect("an id").uuid();
            for search in
                [id.to_owned(), uuid.to_string(), uuid.simple().to_string(), format!("owner:{uuid:X}")]
            {
                assert_eq!(titles(one, json!({ "search": search })).await, [""; 0], "{search}");
            }
        }
    }
}
