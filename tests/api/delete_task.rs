//! `deleteTask`.

use futures_util::future::join_all;
use serde_json::json;
use taskward::id::TaskId;

use crate::on_both_databases;
use crate::support::mutation::{bad, code};

on_both_databases! {
    async fn a_deleted_task_is_gone_and_leaves_its_tags(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        let kept = ada.done("createTask", json!({ "title": "coffee", "tagIds": [tag] })).await;
        let task = ada.done("createTask", json!({ "title": "tea", "tagIds": [tag] })).await;
        let reply = ada.mutate("deleteTask", json!({ "id": task["id"] })).await;
        assert_eq!(reply.body, json!({ "data": { "deleteTask": { "deletedTaskId": task["id"] } } }));

        let query = "query ($id: ID!) { task(id: $id) { id } }";
        let reply = ada.ask(query, json!({ "id": task["id"] })).await;
        assert_eq!((reply.code(), &reply.body["data"]), ("NOT_FOUND", &json!({ "task": null })));
        let lists =
            "{ tasks { totalCount nodes { id } } tags { nodes { id tasks { totalCount nodes { id } } } } }";
        let left = json!({ "totalCount": 1, "nodes": [{ "id": kept["id"] }] });
        let expected = json!({ "tasks": left, "tags": { "nodes": [{ "id": tag, "tasks": left }] } });
        assert_eq!(ada.data(lists, json!({})).await, expected);
        assert_eq!(ada.stored().await.links.len(), 1);
    }

    async fn a_task_is_deleted_once(app: TestApp) {
        let ada = app.register("ada").await;
        let id = ada.done("createTask", json!({ "title": "tea" })).await["id"].clone();
        let replies = join_all((0..10).map(|_| ada.mutate("deleteTask", json!({ "id": id })))).await;
        let (done, missed): (Vec<_>, Vec<_>) =
            replies.iter().partition(|reply| reply.body.get("errors").is_none());
        assert_eq!(done.len(), 1);
        assert!(missed.iter().all(|reply| reply.refusal() == code("NOT_FOUND")));
        let before = ada.stored().await;
        assert_eq!(ada.refused("deleteTask", json!({ "id": id })).await, code("NOT_FOUND"));
        assert_eq!(
            ada.refused("deleteTask", json!({ "id": id, "expectedVersion": 1 })).await,
            code("NOT_FOUND")
        );
        assert_eq!(ada.refused("updateTask", json!({ "id": id, "title": "tea" })).await, code("NOT_FOUND"));
        assert_eq!(ada.stored().await, before);
    }

    async fn a_task_of_another_version_than_the_expected_stays(app: TestApp) {
        let ada = app.register("ada").await;
        let id = ada.done("createTask", json!({ "title": "tea" })).await["id"].clone();
        ada.done("updateTask", json!({ "id": id, "title": "coffee" })).await;
        let before = ada.stored().await;
        for version in [1, 3, 0, -2] {
            let input = json!({ "id": id, "expectedVersion": version });
            assert_eq!(ada.refused("deleteTask", input).await, code("CONFLICT"), "{version}");
        }
        assert_eq!(ada.stored().await, before);
        assert_eq!(ada.done("deleteTask", json!({ "id": id, "expectedVersion": 2 })).await, id);
        assert_eq!(ada.stored().await.tasks, []);
    }

    async fn a_task_that_is_not_there_is_not_found(app: TestApp) {
        let ada = app.register("ada").await;
        let absent = TaskId::fresh().to_string();
        let before = ada.stored().await;
        assert_eq!(ada.refused("deleteTask", json!({ "id": absent })).await, code("NOT_FOUND"));
        for id in ["", "task", &ada.id, &absent.replace("task", "tag")] {
            assert_eq!(ada.refused("deleteTask", json!({ "id": id })).await, bad("id"), "{id}");
        }
        assert_eq!(ada.stored().await, before);
    }
}
