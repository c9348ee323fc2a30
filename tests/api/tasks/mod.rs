//! `tasks`, and the same list wherever else in the schema it stands.

mod arguments;
mod filter;
mod pages;
mod search;
mod walk;

use serde_json::{Value, json};

use crate::support::Actor;

/// The titles of the tasks that a filter lets through, sorted.
async fn titles(person: &Actor<'_>, filter: Value) -> Vec<String> {
    let query =
        "query ($filter: TaskFilter) { tasks(first: 100, filter: $filter) { totalCount nodes { title } } }";
    let tasks = person.data(query, json!({ "filter": filter })).await["tasks"].clone();
    let mut titles: Vec<_> = tasks["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|task| task["title"].as_str().expect("a title").to_owned())
        .collect();
    titles.sort();
    assert_eq!(tasks["totalCount"], titles.len(), "{filter}");
    titles
}
