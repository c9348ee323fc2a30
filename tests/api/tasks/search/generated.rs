//! Any search in any texts finds what the model finds.

use serde_json::{Value, json};

use super::model::{finds, search, text};
use crate::on_both_databases;
use crate::support::Actor;
use crate::support::property::for_all;

/// What each search finds, oldest first, all in one request.
async fn search_together(person: &Actor<'_>, searches: &[String]) -> Vec<Value> {
    let mut variables = json!({});
    let (mut definitions, mut fields) = (Vec::new(), Vec::new());
    for (at, search) in searches.iter().enumerate() {
        variables[format!("s{at}")] = json!(search);
        definitions.push(format!("$s{at}: String"));
        fields.push(format!(
            "f{at}: tasks(filter: {{ search: $s{at} }}, orderBy: $oldest) {{ totalCount nodes {{ id }} }}"
        ));
    }
    variables["oldest"] = json!({ "direction": "ASC" });
    let query = format!("query ($oldest: TaskOrder, {}) {{ {} }}", definitions.join(" "), fields.join(" "));
    let data = person.data(&query, variables).await;
    (0..searches.len()).map(|at| data[format!("f{at}")].clone()).collect()
}

on_both_databases! {
    async fn any_search_finds_what_folding_and_splitting_finds(app: TestApp) {
        let mut number = 0;
        let texts = proptest::collection::vec((text(), text()), 1..=12);
        for_all(15, (texts, proptest::collection::vec(search(), 18)), async |(texts, searches)| {
            number += 1;
            let ada = app.register(&format!("person{number}")).await;
            let tasks: Vec<_> =
                texts.iter().map(|(title, text)| (format!("x {}", title.trim()), text)).collect();
            let inputs: Vec<_> =
                tasks.iter().map(|(title, text)| json!({ "title": title, "description": text })).collect();
            let made = ada.done_together("createTask", &inputs).await;
            for (search, found) in searches.iter().zip(search_together(&ada, &searches).await) {
                let expected: Vec<_> = made
                    .iter()
                    .zip(&tasks)
                    .filter(|(_, (title, text))| finds(search, [title, text]))
                    .map(|(task, _)| json!({ "id": task["id"] }))
                    .collect();
                let list = json!({ "totalCount": expected.len(), "nodes": expected });
                assert_eq!(found, list, "{search:?} in {tasks:?}");
            }
        })
        .await;
    }
}
