//! What `TaskFilter` takes and refuses; which tasks it lets through is also in `walk`.

use serde_json::json;
use taskward::id::{TagId, TaskId};

use super::titles;
use crate::on_both_databases;

on_both_databases! {
    async fn instants_include_their_beginning_and_exclude_their_end(app: TestApp) {
        let ada = app.register("ada").await;
        let mut created = Vec::new();
        for (title, due) in [
            ("a", json!("2026-01-01T00:00:00.001Z")),
            ("b", json!("2026-01-01T00:00:00.002Z")),
            ("c", json!(null)),
        ] {
            created.push(
                ada.done("createTask", json!({ "title": title, "dueAt": due })).await["createdAt"].clone(),
            );
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        for (filter, expected) in [
            (json!({ "dueAfter": "2026-01-01T00:00:00.001Z" }), vec!["a", "b"]),
            (json!({ "dueAfter": "2026-01-01T01:00:00.0019+01:00" }), vec!["a", "b"]),
            (json!({ "dueAfter": "2026-01-01T00:00:00.002Z" }), vec!["b"]),
            (json!({ "dueAfter": "2026-01-01T00:00:00.003Z" }), vec![]),
            (json!({ "dueBefore": "2026-01-01T00:00:00.002Z" }), vec!["a"]),
            (json!({ "dueBefore": "2026-01-01T00:00:00.001Z" }), vec![]),
            (json!({ "dueBefore": "9999-12-31T23:59:59.999Z" }), vec!["a", "b"]),
            (
                json!({ "dueAfter": "2026-01-01T00:00:00.002Z", "dueBefore": "2026-01-01T00:00:00.002Z" }),
                vec![],
            ),
            (json!({ "createdAfter": created[1] }), vec!["b", "c"]),
            (json!({ "createdBefore": created[1] }), vec!["a"]),
            (json!({ "createdAfter": created[1], "createdBefore": created[2] }), vec!["b"]),
        ] {
            assert_eq!(titles(&ada, filter.clone()).await, expected, "{filter}");
        }
    }

    async fn an_empty_list_of_priorities_lets_nothing_through_and_null_everything(app: TestApp) {
        let ada = app.register("ada").await;
        for priority in ["LOW", "NORMAL", "HIGH", "URGENT"] {
            ada.done("createTask", json!({ "title": priority, "priority": priority })).await;
        }
        let all = vec!["HIGH", "LOW", "NORMAL", "URGENT"];
        for (filter, expected) in [
            (json!({ "priority": [] }), vec![]),
            (json!({ "priority": ["LOW"] }), vec!["LOW"]),
            (json!({ "priority": ["URGENT", "LOW", "URGENT"] }), vec!["LOW", "URGENT"]),
            (json!({ "priority": ["LOW", "NORMAL", "HIGH", "URGENT"] }), all.clone()),
            (
                json!({ "completed": null, "priority": null, "tagIds": null, "dueAfter": null, "search": null }),
                all.clone(),
            ),
            (json!({ "tagIds": [] }), all.clone()),
            (json!({}), all.clone()),
            (json!(null), all.clone()),
        ] {
            assert_eq!(titles(&ada, filter.clone()).await, expected, "{filter}");
        }
    }

    async fn a_task_carries_all_the_tags_asked_for(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let [home, work, his] =
            [ada.create_tag("home").await, ada.create_tag("work").await, bob.create_tag("home").await];
        ada.done("createTask", json!({ "title": "both", "tagIds": [home, work] })).await;
        ada.done("createTask", json!({ "title": "home", "tagIds": [home] })).await;
        ada.done("createTask", json!({ "title": "none" })).await;
        bob.done("createTask", json!({ "title": "his", "tagIds": [his] })).await;
        let absent = TagId::fresh().to_string();
        for (tags, expected) in [
            (vec![&home], vec!["both", "home"]),
            (vec![&home, &home], vec!["both", "home"]),
            (vec![&work, &home], vec!["both"]),
            (vec![&absent], vec![]),
            (vec![&home, &absent], vec![]),
            (vec![&his], vec![]),
        ] {
            assert_eq!(titles(&ada, json!({ "tagIds": tags })).await, expected);
        }
    }

    async fn what_a_filter_cannot_take_is_refused_with_the_fields_name(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        let many: Vec<_> = (0..21).map(|_| TagId::fresh().to_string()).collect();
        let query = "query ($filter: TaskFilter) { tasks(filter: $filter) { nodes { id } } }";
        for (field, value) in [
            ("dueAfter", json!("tomorrow")),
            ("dueBefore", json!("2026-01-01")),
            ("createdAfter", json!("")),
            ("createdBefore", json!(7)),
            ("tagIds", json!([tag, TaskId::fresh().to_string()])),
            ("tagIds", json!(["home"])),
            ("tagIds", json!(many)),
            ("search", json!("x".repeat(201))),
            ("search", json!("\u{1f375}".repeat(201))),
        ] {
            let reply = ada.ask(query, json!({ "filter": { field: value } })).await;
            assert_eq!((reply.field(), &reply.body["data"]), (field, &json!(null)), "{value}");
        }
        ada.data(query, json!({ "filter": { "tagIds": many[..20] } })).await;
    }
}
