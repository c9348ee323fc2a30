//! What a page is, by example; `walk` has the same for all data.

use serde_json::{Value, json};

use crate::on_both_databases;
use crate::support::{Actor, TestApp};

const PAGE: &str = "query ($first: Int, $after: String, $last: Int, $before: String, $tag: ID!) {
    tasks(first: $first, after: $after, last: $last, before: $before, orderBy: { field: TITLE, direction: ASC }) { ...page }
    node(id: $tag) { ... on Tag {
        tasks(first: $first, after: $after, last: $last, before: $before, orderBy: { field: TITLE, direction: ASC }) { ...page }
    } }
}
fragment page on TaskConnection {
    nodes { title } edges { cursor } totalCount pageInfo { hasPreviousPage hasNextPage startCursor endCursor } }";

/// Someone whose tasks a to e all carry one tag, the tag, and the cursors of the tasks.
async fn person_with_five_tasks(app: &TestApp) -> (Actor<'_>, String, Vec<Value>) {
    let ada = app.register("ada").await;
    let tag = ada.create_tag("home").await;
    for title in ["c", "a", "e", "b", "d"] {
        ada.done("createTask", json!({ "title": title, "tagIds": [tag] })).await;
    }
    let data = ada.data(PAGE, json!({ "tag": tag })).await;
    let edges = data["tasks"]["edges"].as_array().expect("a list");
    let cursors = edges.iter().map(|edge| edge["cursor"].clone()).collect();
    (ada, tag, cursors)
}

on_both_databases! {
    async fn a_page_tells_its_rows_its_ends_and_whether_there_is_more(app: TestApp) {
        let (ada, tag, cursors) = person_with_five_tasks(app).await;
        let [a, b, c, d, e] = [&cursors[0], &cursors[1], &cursors[2], &cursors[3], &cursors[4]];
        for (arguments, titles, more_before, more_behind) in [
            (json!({}), "abcde", false, false),
            (json!({ "first": 5 }), "abcde", false, false),
            (json!({ "last": 5 }), "abcde", false, false),
            (json!({ "first": 2 }), "ab", false, true),
            (json!({ "last": 2 }), "de", true, false),
            (json!({ "first": 2, "after": b }), "cd", true, true),
            (json!({ "first": 2, "after": c }), "de", true, false),
            (json!({ "first": 2, "after": d }), "e", true, false),
            (json!({ "first": 2, "after": e }), "", true, false),
            (json!({ "last": 2, "before": d }), "bc", true, true),
            (json!({ "last": 2, "before": c }), "ab", false, true),
            (json!({ "last": 2, "before": b }), "a", false, true),
            (json!({ "last": 2, "before": a }), "", false, true),
            (json!({ "after": a, "before": e }), "bcd", true, true),
            (json!({ "first": 2, "after": a, "before": e }), "bc", true, true),
            (json!({ "last": 2, "after": a, "before": e }), "cd", true, true),
            (json!({ "first": 4, "before": c }), "ab", false, true),
            (json!({ "last": 4, "after": c }), "de", true, false),
            (json!({ "after": c, "before": c }), "", true, true),
            (json!({ "after": d, "before": b }), "", true, true),
        ] {
            let mut variables = arguments.clone();
            variables["tag"] = json!(tag);
            let data = ada.data(PAGE, variables).await;
            let page = |title: char| usize::from(title as u8 - b'a');
            let places: Vec<_> = titles.chars().map(page).collect();
            let cursor = |at: Option<&usize>| at.map_or(Value::Null, |at| cursors[*at].clone());
            let expected = json!({
                "nodes": titles.chars().map(|title| json!({ "title": title })).collect::<Vec<_>>(),
                "edges": places.iter().map(|at| json!({ "cursor": cursors[*at] })).collect::<Vec<_>>(),
                "totalCount": 5,
                "pageInfo": { "hasPreviousPage": more_before, "hasNextPage": more_behind,
                    "startCursor": cursor(places.first()), "endCursor": cursor(places.last()) },
            });
            assert_eq!(data["tasks"], expected, "{arguments}");
            assert_eq!(data["node"]["tasks"], expected, "of the tag: {arguments}");
        }
    }

    async fn a_list_of_nothing_has_no_ends(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        let empty = json!({ "nodes": [], "edges": [], "totalCount": 0, "pageInfo": {
            "hasPreviousPage": false, "hasNextPage": false, "startCursor": null, "endCursor": null } });
        for arguments in [json!({}), json!({ "first": 3 }), json!({ "last": 3 })] {
            let mut variables = arguments;
            variables["tag"] = json!(tag);
            let data = ada.data(PAGE, variables).await;
            assert_eq!(data, json!({ "tasks": empty, "node": { "tasks": empty } }));
        }
    }

    async fn a_cursor_outlives_its_task(app: TestApp) {
        let (ada, tag, cursors) = person_with_five_tasks(app).await;
        let query = "{ tasks(orderBy: { field: TITLE, direction: ASC }) { nodes { id } } }";
        let id = ada.data(query, json!({})).await["tasks"]["nodes"][2]["id"].clone();
        ada.done("deleteTask", json!({ "id": id })).await;
        for (arguments, titles) in [
            (json!({ "after": cursors[2] }), json!([{ "title": "d" }, { "title": "e" }])),
            (json!({ "before": cursors[2] }), json!([{ "title": "a" }, { "title": "b" }])),
        ] {
            let mut variables = arguments;
            variables["tag"] = json!(tag);
            let data = ada.data(PAGE, variables).await;
            assert_eq!([&data["tasks"]["nodes"], &data["node"]["tasks"]["nodes"]], [&titles, &titles]);
        }
    }

    async fn a_page_has_twenty_rows_newest_first_unless_told_otherwise(app: TestApp) {
        let ada = app.register("ada").await;
        let mut ids = Vec::new();
        for number in 0..22 {
            ids.insert(0, ada.done("createTask", json!({ "title": format!("task {number}") })).await["id"].clone());
        }
        let ids_of = |list: &Value| list["nodes"].as_array().expect("a list").iter().map(|task| task["id"].clone()).collect::<Vec<_>>();
        let query = "{ usual: tasks { nodes { id } pageInfo { hasNextPage } } most: tasks(first: 100) { nodes { id } }
            last: tasks(last: 3) { nodes { id } } default: tasks(orderBy: {}) { nodes { id } }
            oldest: tasks(orderBy: { direction: ASC }, first: 1) { nodes { id } } }";
        let data = ada.data(query, json!({})).await;
        assert_eq!((ids_of(&data["usual"]), &data["usual"]["pageInfo"]["hasNextPage"]), (ids[..20].to_vec(), &json!(true)));
        assert_eq!(ids_of(&data["most"]), ids);
        assert_eq!(ids_of(&data["last"]), ids[19..]);
        assert_eq!(ids_of(&data["default"]), ids[..20]);
        assert_eq!(ids_of(&data["oldest"]), ids[21..]);
    }
}
