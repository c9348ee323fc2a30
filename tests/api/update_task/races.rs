//! What happens when many change one task at once.

use futures_util::future::join_all;
use serde_json::json;

use crate::on_both_databases;
use crate::support::mutation::code;

on_both_databases! {
    async fn of_twenty_changes_for_one_version_exactly_one_is_made(app: TestApp) {
        let ada = app.register("ada").await;
        let task = ada.done("createTask", json!({ "title": "tea" })).await;
        let rev = ada.rev().await;
        let replies = join_all((0..20).map(|number| {
            let input = json!({ "id": task["id"], "expectedVersion": 1, "title": format!("title {number}") });
            ada.mutate("updateTask", input)
        }))
        .await;
        let (won, lost): (Vec<_>, Vec<_>) =
            replies.iter().partition(|reply| reply.body.get("errors").is_none());
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|reply| reply.refusal() == code("CONFLICT")));
        let stands = ada.task(&task["id"]).await;
        assert_eq!(stands, won[0].body["data"]["updateTask"]["task"]);
        assert_eq!((&stands["version"], ada.rev().await), (&json!(2), rev + 1));
    }

    async fn changes_without_a_version_are_made_one_after_the_other(app: TestApp) {
        let ada = app.register("ada").await;
        let task = ada.done("createTask", json!({ "title": "tea" })).await;
        let rev = ada.rev().await;
        let answers = join_all((0..20).map(|number| {
            ada.done("updateTask", json!({ "id": task["id"], "title": format!("title {number}") }))
        }))
        .await;
        let mut versions: Vec<_> =
            answers.iter().map(|task| task["version"].as_i64().expect("a number")).collect();
        versions.sort_unstable();
        assert_eq!(versions, (2..=21).collect::<Vec<_>>(), "each change has a version of its own");
        assert_eq!(ada.rev().await, rev + 20);
    }

    async fn changes_to_different_fields_at_once_are_all_kept(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        let id = ada.done("createTask", json!({ "title": "tea" })).await["id"].clone();
        let changes = [
            json!({ "title": "coffee" }),
            json!({ "description": "black" }),
            json!({ "completed": true }),
            json!({ "priority": "URGENT" }),
            json!({ "dueAt": "2026-11-21T09:30:00.000Z" }),
            json!({ "tagIds": [tag] }),
        ];
        join_all(changes.iter().map(|change| {
            let mut input = change.clone();
            input["id"] = id.clone();
            ada.done("updateTask", input)
        }))
        .await;
        let task = ada.task(&id).await;
        for change in &changes[..5] {
            let (field, value) = change.as_object().expect("a field").iter().next().expect("one");
            assert_eq!(task[field], *value, "{field}");
        }
        assert_eq!((&task["tags"][0]["id"], &task["version"]), (&json!(tag), &json!(7)));
    }
}
