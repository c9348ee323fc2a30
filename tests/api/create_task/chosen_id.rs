//! Ids that clients choose, so that a creation sent again creates nothing again.

use futures_util::future::join_all;
use serde_json::{Value, json};
use taskward::id::{TagId, TaskId};

use crate::on_both_databases;
use crate::support::mutation::code;

fn fresh_task() -> Value {
    json!(TaskId::fresh().to_string())
}

on_both_databases! {
    async fn the_same_creation_sent_again_answers_with_the_one_task(app: TestApp) {
        let ada = app.register("ada").await;
        let tags = [ada.create_tag("home").await, ada.create_tag("work").await];
        let input = json!({ "id": fresh_task(), "title": "tea", "description": "green", "priority": "HIGH",
            "dueAt": "2026-11-21T09:30:00Z", "completed": true, "tagIds": tags });
        let first = ada.done("createTask", input.clone()).await;
        let stored = ada.stored().await;
        assert_eq!(ada.done("createTask", input.clone()).await, first);

        let mut said_otherwise = input.clone();
        said_otherwise["title"] = json!("  tea ");
        said_otherwise["dueAt"] = json!("2026-11-21T10:30:00.000+01:00");
        said_otherwise["tagIds"] = json!([tags[1], tags[0], tags[1]]);
        assert_eq!(ada.done("createTask", said_otherwise).await, first, "the same content in other words");
        assert_eq!(ada.stored().await, stored, "nothing was written again");
    }

    async fn a_late_retry_answers_with_what_the_task_has_become(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        let input = json!({ "id": fresh_task(), "title": "tea", "tagIds": [tag] });
        ada.done("createTask", input.clone()).await;
        let changed =
            ada.done("updateTask", json!({ "id": input["id"], "title": "coffee", "tagIds": [] })).await;
        ada.done("deleteTag", json!({ "id": tag })).await;
        let stored = ada.stored().await;
        assert_eq!(ada.done("createTask", input).await, changed);
        assert_eq!(ada.stored().await, stored);
    }

    async fn twenty_creations_at_once_make_one_task(app: TestApp) {
        let ada = app.register("ada").await;
        let rev = ada.rev().await;
        let input = json!({ "id": fresh_task(), "title": "tea", "tagIds": [ada.create_tag("home").await] });
        let answers = join_all((0..20).map(|_| ada.done("createTask", input.clone()))).await;
        assert!(answers.iter().all(|task| *task == answers[0]), "{answers:#?}");
        let stored = ada.stored().await;
        assert_eq!((stored.tasks.len(), stored.rev), (1, rev + 2), "the tag and the task");
    }

    async fn other_content_under_a_used_id_is_a_conflict(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        let input = json!({ "id": fresh_task(), "title": "tea" });
        ada.done("createTask", input.clone()).await;
        let stored = ada.stored().await;
        for (field, value) in [
            ("title", json!("coffee")),
            ("title", json!("Tea")),
            ("description", json!("")),
            ("completed", json!(true)),
            ("priority", json!("LOW")),
            ("dueAt", json!("2026-11-21T09:30:00Z")),
            ("tagIds", json!([tag])),
        ] {
            let mut other = input.clone();
            other[field] = value;
            assert_eq!(ada.refused("createTask", other).await, code("CONFLICT"), "{field}");
        }
        assert_eq!(ada.stored().await, stored);
    }

    async fn what_became_of_the_task_does_not_make_its_new_content_the_creation(app: TestApp) {
        let ada = app.register("ada").await;
        let id = fresh_task();
        ada.done("createTask", json!({ "id": id, "title": "tea" })).await;
        ada.done("updateTask", json!({ "id": id, "title": "coffee" })).await;
        let refused = ada.refused("createTask", json!({ "id": id, "title": "coffee" })).await;
        assert_eq!(refused, code("CONFLICT"));
    }

    async fn the_id_of_a_deleted_task_is_not_used_again(app: TestApp) {
        let ada = app.register("ada").await;
        let input = json!({ "id": fresh_task(), "title": "tea" });
        ada.done("createTask", input.clone()).await;
        ada.done("deleteTask", json!({ "id": input["id"] })).await;
        let stored = ada.stored().await;
        let reply = ada.mutate("createTask", input.clone()).await;
        let expected = json!({ "data": null, "errors": [{
            "message": "This id belongs to something that was created with other content, or was deleted.",
            "path": ["createTask"], "locations": [{ "line": 1, "column": 39 }],
            "extensions": { "code": "CONFLICT" },
        }] });
        assert_eq!(reply.body, expected);
        let other = ada.refused("createTask", json!({ "id": input["id"], "title": "coffee" })).await;
        assert_eq!(other, code("CONFLICT"));
        assert_eq!(ada.stored().await, stored);
    }

    async fn two_people_with_the_same_ids_do_not_notice_each_other(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let (task, tag) = (fresh_task(), TagId::fresh().to_string());
        ada.done("createTag", json!({ "id": tag, "name": "home" })).await;
        ada.done("createTask", json!({ "id": task, "title": "tea", "tagIds": [tag] })).await;
        let hers = ada.task(&task).await;

        let reply = bob.mutate("createTask", json!({ "id": task, "title": "beer", "tagIds": [tag] })).await;
        assert_eq!(reply.refusal(), code("NOT_FOUND"), "the tag is not his");
        bob.done("createTag", json!({ "id": tag, "name": "pub" })).await;
        bob.done("createTask", json!({ "id": task, "title": "beer", "tagIds": [tag] })).await;
        assert_eq!(ada.task(&task).await, hers);

        bob.done("updateTask", json!({ "id": task, "title": "wine", "tagIds": null })).await;
        assert_eq!(ada.task(&task).await, hers);
        bob.done("deleteTag", json!({ "id": tag })).await;
        bob.done("deleteTask", json!({ "id": task })).await;
        assert_eq!(ada.task(&task).await, hers);
        let again = ada.done("createTask", json!({ "id": task, "title": "tea", "tagIds": [tag] })).await;
        assert_eq!(again, hers, "his tombstone is not hers");
    }
}
