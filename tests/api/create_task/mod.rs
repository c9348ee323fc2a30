//! `createTask`.

mod bounds;
mod chosen_id;

use serde_json::json;
use taskward::id::{TagId, TaskId};
use taskward::time::Clock;

use crate::on_both_databases;
use crate::support::mutation::{bad, code};

on_both_databases! {
    async fn a_title_alone_makes_a_task_with_the_contracts_defaults(app: TestApp) {
        let ada = app.register("ada").await;
        let before = Clock.now().to_string();
        let reply = ada.mutate("createTask", json!({ "title": "tea" })).await;
        let after = Clock.now().to_string();
        let task = &reply.data()["createTask"]["task"];
        let created_at = task["createdAt"].as_str().expect("an instant").to_owned();
        assert!(before <= created_at && created_at <= after, "{before} {created_at} {after}");
        let id: TaskId = task["id"].as_str().expect("an id").parse().expect("a task's id");
        assert_eq!(id.uuid().get_version_num(), 7);
        let expected = json!({ "data": { "createTask": { "task": {
            "id": id.to_string(), "title": "tea", "description": null, "completed": false, "completedAt": null,
            "priority": "NORMAL", "dueAt": null, "version": 1, "createdAt": created_at, "updatedAt": created_at,
            "tags": [], "owner": { "id": ada.id },
        } } } });
        assert_eq!(reply.body, expected);
        assert_eq!(reply.status, 200);
        assert_eq!(ada.task(&task["id"]).await, *task);
    }

    async fn every_field_given_is_kept(app: TestApp) {
        let ada = app.register("ada").await;
        let [home, work] = [ada.create_tag("home").await, ada.create_tag("work").await];
        let id = TaskId::fresh().to_string();
        let task = ada.done("createTask", json!({
            "id": id, "title": "tea", "description": "green\n\tor black", "completed": true, "priority": "URGENT",
            "dueAt": "2026-11-21T09:30:00+02:00", "tagIds": [work, home],
        })).await;
        let names: Vec<_> = task["tags"].as_array().expect("a list").iter().map(|tag| &tag["name"]).collect();
        assert_eq!(names, ["home", "work"], "by name");
        let created_at = &task["createdAt"];
        let expected = json!({
            "id": id, "title": "tea", "description": "green\n\tor black", "completed": true,
            "completedAt": created_at, "priority": "URGENT", "dueAt": "2026-11-21T07:30:00.000Z", "version": 1,
            "createdAt": created_at, "updatedAt": created_at, "tags": task["tags"], "owner": { "id": ada.id },
        });
        assert_eq!(task, expected);
        assert_eq!(ada.task(&json!(id)).await, expected);
    }

    async fn null_where_it_may_be_is_the_same_as_nothing(app: TestApp) {
        let ada = app.register("ada").await;
        let task = ada
            .done(
                "createTask",
                json!({
                    "id": null, "title": "tea", "description": null, "dueAt": null, "tagIds": null,
                }),
            )
            .await;
        assert_eq!(
            [&task["description"], &task["dueAt"], &task["tags"], &task["priority"]],
            [&json!(null), &json!(null), &json!([]), &json!("NORMAL")]
        );
        for field in ["title", "completed", "priority"] {
            let mut input = json!({ "title": "tea" });
            input[field] = json!(null);
            let reply = ada.mutate("createTask", input).await;
            assert_eq!(reply.code(), "GRAPHQL_VALIDATION_FAILED", "{field}: {}", reply.body);
        }
        assert_eq!(ada.stored().await.tasks.len(), 1);
    }

    async fn a_tag_given_twice_is_carried_once(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        let task = ada.done("createTask", json!({ "title": "tea", "tagIds": [tag, tag, tag] })).await;
        assert_eq!(task["tags"].as_array().expect("a list").len(), 1);
    }

    async fn a_task_carries_twenty_tags_and_no_more(app: TestApp) {
        let ada = app.register("ada").await;
        let mut tags = Vec::new();
        for number in 0..21 {
            tags.push(ada.create_tag(&format!("tag {number}")).await);
        }
        let task = ada.done("createTask", json!({ "title": "tea", "tagIds": tags[..20] })).await;
        assert_eq!(task["tags"].as_array().expect("a list").len(), 20);
        let reply = ada.mutate("createTask", json!({ "title": "tea", "tagIds": tags })).await;
        let expected = json!({ "data": null, "errors": [{
            "message": "tagIds: must name at most 20 tags, not 21", "path": ["createTask"],
            "locations": [{ "line": 1, "column": 39 }],
            "extensions": { "code": "BAD_USER_INPUT", "field": "tagIds" },
        }] });
        assert_eq!(reply.body, expected);
        let mut same_one_again = tags[..20].to_vec();
        same_one_again.push(tags[0].clone());
        let task = ada.done("createTask", json!({ "title": "tea", "tagIds": same_one_again })).await;
        assert_eq!(task["tags"].as_array().expect("a list").len(), 20, "given twice counts once");
    }

    async fn a_tag_that_is_absent_or_anothers_refuses_the_whole_creation(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let [hers, his] = [ada.create_tag("home").await, bob.create_tag("home").await];
        let absent = TagId::fresh().to_string();
        let before = (ada.stored().await, bob.stored().await);
        for tags in [vec![&his], vec![&hers, &his], vec![&absent], vec![&hers, &absent]] {
            let refused = ada.refused("createTask", json!({ "title": "tea", "tagIds": tags })).await;
            assert_eq!(refused, code("NOT_FOUND"));
        }
        assert_eq!((ada.stored().await, bob.stored().await), before);
    }

    async fn an_id_of_the_wrong_kind_or_of_none_is_refused_with_the_fields_name(app: TestApp) {
        let ada = app.register("ada").await;
        let (task, tag) = (TaskId::fresh().to_string(), ada.create_tag("home").await);
        let before = ada.stored().await;
        for id in
            ["", "task", "task_", "7", &tag, &ada.id, &task.to_uppercase(), &format!("{task}0"), &task[5..]]
        {
            let refused = ada.refused("createTask", json!({ "id": id, "title": "tea" })).await;
            assert_eq!(refused, bad("id"), "{id:?}");
        }
        for id in ["", "tag_", "tag_8zzzzzzzzzzzzzzzzzzzzzzzzz", &task, &ada.id, &tag[4..]] {
            let refused = ada.refused("createTask", json!({ "title": "tea", "tagIds": [tag, id] })).await;
            assert_eq!(refused, bad("tagIds"), "{id:?}");
        }
        assert_eq!(ada.stored().await, before);
    }
}
