//! `updateTask`.

mod races;
mod tags;

use serde_json::{Value, json};
use taskward::id::TaskId;

use crate::on_both_databases;
use crate::support::Actor;
use crate::support::mutation::{bad, code};

/// A task with all its fields set.
async fn full_task(ada: &Actor<'_>) -> Value {
    let tag = ada.create_tag("home").await;
    let input = json!({ "title": "tea", "description": "green", "completed": true, "priority": "HIGH",
        "dueAt": "2026-11-21T09:30:00Z", "tagIds": [tag] });
    ada.done("createTask", input).await
}

/// The task with some fields as given and the version one more; when it was changed is taken from the answer.
fn changed(task: &Value, answer: &Value, fields: &Value) -> Value {
    let mut expected = task.clone();
    for (field, value) in fields.as_object().expect("fields") {
        expected[field] = value.clone();
    }
    expected["version"] = json!(task["version"].as_i64().expect("a number") + 1);
    expected["updatedAt"] = answer["updatedAt"].clone();
    assert!(answer["updatedAt"].as_str() >= task["updatedAt"].as_str(), "{answer}");
    expected
}

on_both_databases! {
    async fn a_field_that_is_left_out_stays(app: TestApp) {
        let ada = app.register("ada").await;
        let mut task = full_task(&ada).await;
        for (field, value) in [
            ("title", json!("coffee")),
            ("description", json!("black")),
            ("priority", json!("LOW")),
            ("dueAt", json!("2027-01-01T00:00:00.000Z")),
        ] {
            let mut input = json!({ "id": task["id"] });
            input[field] = value.clone();
            let answer = ada.done("updateTask", input).await;
            assert_eq!(answer, changed(&task, &answer, &json!({ field: value })));
            assert_eq!(ada.task(&task["id"]).await, answer);
            task = answer;
        }
        assert_eq!(task["version"], 5);
    }

    async fn all_fields_change_at_once(app: TestApp) {
        let ada = app.register("ada").await;
        let task = full_task(&ada).await;
        let other = ada.create_tag("work").await;
        let answer = ada.done("updateTask", json!({
            "id": task["id"], "expectedVersion": 1, "title": " coffee ", "description": "black", "completed": false,
            "priority": "URGENT", "dueAt": "2027-01-01T01:00:00+01:00", "tagIds": [other],
        })).await;
        let expected = changed(
            &task,
            &answer,
            &json!({
                "title": "coffee", "description": "black", "completed": false, "completedAt": null,
                "priority": "URGENT", "dueAt": "2027-01-01T00:00:00.000Z", "tags": answer["tags"],
            }),
        );
        assert_eq!(answer, expected);
        assert_eq!(answer["tags"][0]["name"], "work");
    }

    async fn null_clears_what_can_be_null(app: TestApp) {
        let ada = app.register("ada").await;
        let mut task = full_task(&ada).await;
        for (given, field, cleared) in [
            ("description", "description", json!(null)),
            ("dueAt", "dueAt", json!(null)),
            ("tagIds", "tags", json!([])),
        ] {
            let mut input = json!({ "id": task["id"] });
            input[given] = json!(null);
            let answer = ada.done("updateTask", input).await;
            assert_eq!(answer, changed(&task, &answer, &json!({ field: cleared })));
            task = answer;
        }
    }

    async fn null_is_refused_where_a_field_cannot_be_null(app: TestApp) {
        let ada = app.register("ada").await;
        let task = full_task(&ada).await;
        let before = ada.stored().await;
        for field in ["title", "completed", "priority"] {
            let mut input = json!({ "id": task["id"], "description": "changed" });
            input[field] = json!(null);
            assert_eq!(ada.refused("updateTask", input).await, bad(field));
        }
        assert_eq!(ada.stored().await, before);
    }

    async fn a_change_that_changes_nothing_answers_the_task_untouched(app: TestApp) {
        let ada = app.register("ada").await;
        let task = full_task(&ada).await;
        let before = ada.stored().await;
        for input in [
            json!({}),
            json!({ "expectedVersion": 1 }),
            json!({ "expectedVersion": null }),
            json!({ "title": "  tea " }),
            json!({ "completed": true }),
            json!({ "title": "tea", "description": "green", "completed": true, "priority": "HIGH",
                "dueAt": "2026-11-21T10:30:00+01:00", "tagIds": [task["tags"][0]["id"], task["tags"][0]["id"]] }),
        ] {
            let mut input = input;
            input["id"] = task["id"].clone();
            assert_eq!(ada.done("updateTask", input).await, task);
        }
        assert_eq!(ada.stored().await, before);
    }

    async fn another_version_than_the_expected_is_a_conflict(app: TestApp) {
        let ada = app.register("ada").await;
        let task = full_task(&ada).await;
        let id = &task["id"];
        let second =
            ada.done("updateTask", json!({ "id": id, "expectedVersion": 1, "title": "coffee" })).await;
        assert_eq!(second["version"], 2);
        let before = ada.stored().await;
        for version in [1, 3, 0, -1, i32::MAX, i32::MIN] {
            for change in [json!({ "title": "water" }), json!({ "title": "coffee" }), json!({})] {
                let mut input = change;
                input["id"] = id.clone();
                input["expectedVersion"] = json!(version);
                assert_eq!(ada.refused("updateTask", input).await, code("CONFLICT"), "{version}");
            }
        }
        assert_eq!(ada.stored().await, before);
        let third = ada.done("updateTask", json!({ "id": id, "expectedVersion": 2, "title": "water" })).await;
        assert_eq!(third["version"], 3);
    }

    async fn completed_at_follows_completed(app: TestApp) {
        let ada = app.register("ada").await;
        let task = ada.done("createTask", json!({ "title": "tea" })).await;
        let id = &task["id"];
        let done = ada.done("updateTask", json!({ "id": id, "completed": true })).await;
        let since = done["updatedAt"].clone();
        assert_eq!(done, changed(&task, &done, &json!({ "completed": true, "completedAt": since })));
        let renamed = ada.done("updateTask", json!({ "id": id, "completed": true, "title": "coffee" })).await;
        assert_eq!(
            renamed,
            changed(&done, &renamed, &json!({ "title": "coffee" })),
            "done since the first time"
        );
        let open = ada.done("updateTask", json!({ "id": id, "completed": false })).await;
        assert_eq!(open, changed(&renamed, &open, &json!({ "completed": false, "completedAt": null })));
        let again = ada.done("updateTask", json!({ "id": id, "completed": true })).await;
        assert_eq!(again["completedAt"], again["updatedAt"]);
    }

    async fn a_task_that_is_not_there_is_not_found(app: TestApp) {
        let ada = app.register("ada").await;
        let absent = TaskId::fresh().to_string();
        let before = ada.stored().await;
        for input in [json!({ "id": absent }), json!({ "id": absent, "title": "tea", "expectedVersion": 1 })]
        {
            assert_eq!(ada.refused("updateTask", input).await, code("NOT_FOUND"));
        }
        for id in ["", "task_", &ada.id, &absent.replace("task", "tag")] {
            assert_eq!(
                ada.refused("updateTask", json!({ "id": id, "title": "tea" })).await,
                bad("id"),
                "{id}"
            );
        }
        assert_eq!(ada.stored().await, before);
    }

    async fn mutations_of_one_request_see_what_those_before_them_did(app: TestApp) {
        let ada = app.register("ada").await;
        let task = full_task(&ada).await;
        let query = "mutation ($id: ID!, $tags: [ID!]) {
            first: updateTask(input: { id: $id, title: \"one\" }) { task { ...seen } }
            name: updateProfile(input: { name: \"Ada\" }) { user { name } }
            second: updateTask(input: { id: $id, title: \"two\", tagIds: [] }) { task { ...seen } }
            again: createTask(input: { title: \"other\", tagIds: $tags }) { task { ...seen } }
            user: updateProfile(input: {}) { user { name } }
        }
        fragment seen on Task { title tags { name } owner { name tasks { totalCount nodes { title } } } }";
        let variables = json!({ "id": task["id"], "tags": [task["tags"][0]["id"]] });
        let data = ada.data(query, variables).await;
        let home = json!([{ "name": "home" }]);
        let seen = |title: &str, tags: &Value, name: Value, titles: &[&str]| {
            let nodes: Vec<_> = titles.iter().map(|title| json!({ "title": title })).collect();
            let tasks = json!({ "totalCount": titles.len(), "nodes": nodes });
            json!({ "task": { "title": title, "tags": tags, "owner": { "name": name, "tasks": tasks } } })
        };
        let expected = json!({
            "first": seen("one", &home, json!(null), &["one"]),
            "name": { "user": { "name": "Ada" } },
            "second": seen("two", &json!([]), json!("Ada"), &["two"]),
            "again": seen("other", &home, json!("Ada"), &["other", "two"]),
            "user": { "user": { "name": "Ada" } },
        });
        assert_eq!(data, expected);
    }
}
