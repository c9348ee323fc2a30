//! What the arguments of a list may be, and what is said of those that may not.

use serde_json::{Value, json};

use crate::on_both_databases;
use crate::support::Actor;

/// Each place where the schema has a list of tasks, and the list of tags.
const LISTS: [&str; 5] = ["tasks", "me", "owner", "tag", "tags"];

/// Asks one list with these arguments; `ids` are a task's and a tag's.
async fn ask(
    person: &Actor<'_>,
    list: &str,
    ids: &[String; 2],
    arguments: &Value,
) -> Result<Value, (String, Value)> {
    let page = "(first: $first, after: $after, last: $last, before: $before) { edges { cursor } }";
    let of_tasks = format!("tasks{page}");
    let field = match list {
        "tasks" => of_tasks,
        "me" => format!("me {{ {of_tasks} }}"),
        "owner" => format!("node(id: \"{}\") {{ ... on Task {{ owner {{ {of_tasks} }} }} }}", ids[0]),
        "tag" => format!("node(id: \"{}\") {{ ... on Tag {{ {of_tasks} }} }}", ids[1]),
        _ => format!("tags{page}"),
    };
    let query = format!("query ($first: Int, $after: String, $last: Int, $before: String) {{ {field} }}");
    let reply = person.ask(&query, arguments.clone()).await;
    if reply.body.get("errors").is_none() {
        return Ok(reply.body["data"].clone());
    }
    assert_eq!(reply.status, 200, "{}", reply.body);
    Err((reply.code().to_owned(), reply.body["errors"][0]["extensions"]["field"].clone()))
}

async fn person_with_a_task(app: &crate::support::TestApp) -> (Actor<'_>, [String; 2]) {
    let ada = app.register("ada").await;
    let tag = ada.create_tag("home").await;
    let task = ada.done("createTask", json!({ "title": "tea", "tagIds": [tag] })).await;
    (ada, [task["id"].as_str().expect("an id").to_owned(), tag])
}

on_both_databases! {
    async fn a_page_has_1_to_100_rows_from_one_end(app: TestApp) {
        let (ada, ids) = person_with_a_task(app).await;
        for list in LISTS {
            for (arguments, field) in [
                (json!({ "first": 0 }), "first"),
                (json!({ "first": -1 }), "first"),
                (json!({ "first": 101 }), "first"),
                (json!({ "first": i32::MAX }), "first"),
                (json!({ "first": i32::MIN }), "first"),
                (json!({ "last": 0 }), "last"),
                (json!({ "last": -7 }), "last"),
                (json!({ "last": 101 }), "last"),
                (json!({ "first": 1, "last": 1 }), "last"),
                (json!({ "first": 0, "last": 0 }), "last"),
            ] {
                let answer = ask(&ada, list, &ids, &arguments).await;
                assert_eq!(answer, Err(("BAD_USER_INPUT".into(), json!(field))), "{list} {arguments}");
            }
            for arguments in [
                json!({ "first": 1 }),
                json!({ "first": 100 }),
                json!({ "last": 1 }),
                json!({ "last": 100 }),
                json!({ "first": null, "last": 1 }),
                json!({ "first": 1, "last": null, "after": null, "before": null }),
            ] {
                assert!(ask(&ada, list, &ids, &arguments).await.is_ok(), "{list} {arguments}");
            }
        }
        let reply = ada.ask("{ tasks(first: 101) { totalCount } }", json!({})).await;
        let expected = json!({ "data": null, "errors": [{
            "message": "first: must be 1 to 100, not 101", "path": ["tasks"], "locations": [{ "line": 1, "column": 3 }],
            "extensions": { "code": "BAD_USER_INPUT", "field": "first" },
        }] });
        assert_eq!(reply.body, expected);
    }

    async fn what_is_no_cursor_is_refused_with_the_arguments_name(app: TestApp) {
        let (ada, ids) = person_with_a_task(app).await;
        let long = "A".repeat(5000);
        let garbage = [
            "",
            " ",
            "?",
            "AAAA",
            "null",
            "0",
            "\u{0}",
            "\u{1f375}",
            "' or 1=1 --",
            "WyJhIl0=",
            &ids[0],
            &long,
        ];
        for list in LISTS {
            for cursor in garbage {
                for end in ["after", "before"] {
                    let answer = ask(&ada, list, &ids, &json!({ end: cursor })).await;
                    assert_eq!(answer, Err(("BAD_USER_INPUT".into(), json!(end))), "{list} {cursor:?}");
                }
            }
        }
    }

    async fn a_cursor_of_another_order_or_another_list_is_refused(app: TestApp) {
        let ada = person_with_a_task(app).await.0;
        let mut cursors = Vec::new();
        let tags = ada.data("{ tags { edges { cursor } } }", json!({})).await;
        cursors.push(("tags", json!({}), tags["tags"]["edges"][0]["cursor"].clone()));
        for field in ["CREATED_AT", "UPDATED_AT", "DUE_AT", "PRIORITY", "TITLE"] {
            for direction in ["ASC", "DESC"] {
                let order = json!({ "field": field, "direction": direction });
                let query = "query ($order: TaskOrder) { tasks(orderBy: $order) { edges { cursor } } }";
                let data = ada.data(query, json!({ "order": order })).await;
                cursors.push(("tasks", order, data["tasks"]["edges"][0]["cursor"].clone()));
            }
        }
        for (list, order, own) in &cursors {
            let (variables, argument) =
                if *list == "tasks" { (", $order: TaskOrder", ", orderBy: $order") } else { ("", "") };
            for (.., cursor) in &cursors {
                for end in ["after", "before"] {
                    let query = format!(
                        "query ($cursor: String{variables}) {{ {list}({end}: $cursor{argument}) {{ nodes {{ id }} }} }}"
                    );
                    let mut given = json!({ "cursor": cursor });
                    if *list == "tasks" {
                        given["order"] = order.clone();
                    }
                    let reply = ada.ask(&query, given).await;
                    if cursor == own {
                        assert_eq!(*reply.data(), json!({ *list: { "nodes": [] } }), "{order}");
                    } else {
                        assert_eq!(reply.field(), end, "{list} {order}");
                    }
                }
            }
        }
    }

    async fn a_cursor_of_a_stranger_opens_nothing_of_theirs(app: TestApp) {
        let (ada, bob) = (person_with_a_task(app).await.0, app.register("bob").await);
        let mine = bob.done("createTask", json!({ "title": "beer" })).await;
        let cursor =
            ada.data("{ tasks { edges { cursor } } }", json!({})).await["tasks"]["edges"][0]["cursor"]
                .clone();
        let query = "query ($cursor: String) { older: tasks(after: $cursor) { nodes { id } totalCount }
            newer: tasks(before: $cursor) { nodes { id } totalCount } }";
        let data = bob.data(query, json!({ "cursor": cursor })).await;
        let expected = json!({ "older": { "nodes": [], "totalCount": 1 },
            "newer": { "nodes": [{ "id": mine["id"] }], "totalCount": 1 } });
        assert_eq!(data, expected);
    }
}
