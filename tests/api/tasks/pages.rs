//! What a page is, by example; `walk` has the same for all data.

use serde_json::{Value, json};

use crate::on_both_databases;
use crate::support::{Actor, TestApp};

const PAGE: &str =
    "query ($first: Int, $after: String, $last: Int, $before: String, $order: TaskOrder, $tag: ID!) {
    tasks(first: $first, after: $after, last: $last, before: $before, orderBy: $order) { ...page }
    node(id: $tag) { ... on Tag {
        tasks(first: $first, after: $after, last: $last, before: $before, orderBy: $order) { ...page } } }
}
fragment page on TaskConnection { nodes { title } edges { cursor } totalCount
    pageInfo { hasPreviousPage hasNextPage startCursor endCursor } }";

/// A page of the tasks by their titles, and the same of those that carry the tag.
async fn pages(person: &Actor<'_>, tag: &str, arguments: &Value) -> [Value; 2] {
    let mut variables = arguments.clone();
    variables["tag"] = json!(tag);
    variables["order"] = json!({ "field": "TITLE", "direction": "ASC" });
    let data = person.data(PAGE, variables).await;
    [data["tasks"].clone(), data["node"]["tasks"].clone()]
}

/// Someone whose tasks a to e all carry one tag, the tag, and the cursors of the tasks by their titles.
async fn person_with_five_tasks(app: &TestApp) -> (Actor<'_>, String, Value) {
    let ada = app.register("ada").await;
    let tag = ada.create_tag("home").await;
    for title in ["c", "a", "e", "b", "d"] {
        ada.done("createTask", json!({ "title": title, "tagIds": [tag] })).await;
    }
    let [whole, _] = pages(&ada, &tag, &json!({})).await;
    let edges = whole["edges"].as_array().expect("a list");
    let titles = ["a", "b", "c", "d", "e"].map(str::to_owned);
    let cursors = titles.into_iter().zip(edges.iter().map(|edge| edge["cursor"].clone())).collect();
    (ada, tag, cursors)
}

on_both_databases! {
    async fn a_page_tells_its_rows_its_ends_and_whether_there_is_more(app: TestApp) {
        let (ada, tag, cursors) = person_with_five_tasks(app).await;
        for (arguments, titles, more_before, more_behind) in [
            (json!({}), "abcde", false, false),
            (json!({ "first": 5 }), "abcde", false, false),
            (json!({ "last": 5 }), "abcde", false, false),
            (json!({ "first": 2 }), "ab", false, true),
            (json!({ "last": 2 }), "de", true, false),
            (json!({ "first": 2, "after": "b" }), "cd", true, true),
            (json!({ "first": 2, "after": "c" }), "de", true, false),
            (json!({ "first": 2, "after": "d" }), "e", true, false),
            (json!({ "first": 2, "after": "e" }), "", true, false),
            (json!({ "last": 2, "before": "d" }), "bc", true, true),
            (json!({ "last": 2, "before": "c" }), "ab", false, true),
            (json!({ "last": 2, "before": "b" }), "a", false, true),
            (json!({ "last": 2, "before": "a" }), "", false, true),
            (json!({ "after": "a", "before": "e" }), "bcd", true, true),
            (json!({ "first": 2, "after": "a", "before": "e" }), "bc", true, true),
            (json!({ "last": 2, "after": "a", "before": "e" }), "cd", true, true),
            (json!({ "first": 4, "before": "c" }), "ab", false, true),
            (json!({ "last": 4, "after": "c" }), "de", true, false),
            (json!({ "after": "c", "before": "c" }), "", true, true),
            (json!({ "after": "d", "before": "b" }), "", true, true),
        ] {
            let mut given = arguments.clone();
            for end in ["after", "before"] {
                given[end] = arguments[end].as_str().map_or(Value::Null, |title| cursors[title].clone());
            }
            let titles: Vec<_> = titles.chars().map(String::from).collect();
            let cursor = |title: Option<&String>| title.map_or(Value::Null, |title| cursors[title].clone());
            let expected = json!({
                "nodes": titles.iter().map(|title| json!({ "title": title })).collect::<Vec<_>>(),
                "edges": titles.iter().map(|title| json!({ "cursor": cursors[title] })).collect::<Vec<_>>(),
                "totalCount": 5,
                "pageInfo": { "hasPreviousPage": more_before, "hasNextPage": more_behind,
                    "startCursor": cursor(titles.first()), "endCursor": cursor(titles.last()) },
            });
            assert_eq!(pages(&ada, &tag, &given).await, [expected.clone(), expected], "{arguments}");
        }
    }

    async fn a_list_of_nothing_has_no_ends(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        let empty = json!({ "nodes": [], "edges": [], "totalCount": 0, "pageInfo": {
            "hasPreviousPage": false, "hasNextPage": false, "startCursor": null, "endCursor": null } });
        for arguments in [json!({}), json!({ "first": 3 }), json!({ "last": 3 })] {
            assert_eq!(pages(&ada, &tag, &arguments).await, [empty.clone(), empty.clone()]);
        }
    }

    async fn a_cursor_outlives_its_task(app: TestApp) {
        let (ada, tag, cursors) = person_with_five_tasks(app).await;
        let query = "{ tasks(orderBy: { field: TITLE, direction: ASC }) { nodes { id } } }";
        let id = ada.data(query, json!({})).await["tasks"]["nodes"][2]["id"].clone();
        ada.done("deleteTask", json!({ "id": id })).await;
        for (arguments, titles) in [
            (json!({ "after": cursors["c"] }), json!([{ "title": "d" }, { "title": "e" }])),
            (json!({ "before": cursors["c"] }), json!([{ "title": "a" }, { "title": "b" }])),
        ] {
            let pages = pages(&ada, &tag, &arguments).await;
            assert_eq!(pages.map(|page| page["nodes"].clone()), [titles.clone(), titles]);
        }
    }

    async fn a_page_has_twenty_rows_newest_first_unless_told_otherwise(app: TestApp) {
        let ada = app.register("ada").await;
        let mut ids = Vec::new();
        for number in 0..22 {
            let task = ada.done("createTask", json!({ "title": format!("task {number}") })).await;
            ids.insert(0, json!({ "id": task["id"] }));
        }
        let query = "{ usual: tasks { nodes { id } pageInfo { hasNextPage } } most: tasks(first: 100) { nodes { id } }
            last: tasks(last: 3) { nodes { id } } default: tasks(orderBy: {}) { nodes { id } }
            oldest: tasks(orderBy: { direction: ASC }, first: 1) { nodes { id } } }";
        let expected = json!({
            "usual": { "nodes": ids[..20], "pageInfo": { "hasNextPage": true } }, "most": { "nodes": ids },
            "last": { "nodes": ids[19..] }, "default": { "nodes": ids[..20] }, "oldest": { "nodes": ids[21..] },
        });
        assert_eq!(ada.data(query, json!({})).await, expected);
    }
}
