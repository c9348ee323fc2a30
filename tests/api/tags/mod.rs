//! `createTag`, `updateTag`, `deleteTag` and `tags`.

mod creation;
mod list;
mod names;

use serde_json::json;
use taskward::id::{TagId, TaskId};

use crate::on_both_databases;
use crate::support::mutation::{TAG, bad, code};

on_both_databases! {
    async fn what_is_left_out_of_a_change_stays_and_null_clears_the_color(app: TestApp) {
        let ada = app.register("ada").await;
        let mut tag = ada.done("createTag", json!({ "name": "home", "color": "#a0b1c2" })).await;
        let id = tag["id"].clone();
        for (given, name, color) in [
            (json!({ "name": " work " }), "work", json!("#a0b1c2")),
            (json!({ "color": "#FFF000" }), "work", json!("#fff000")),
            (json!({ "name": "Work" }), "Work", json!("#fff000")),
            (json!({ "color": null }), "Work", json!(null)),
            (json!({ "name": "home", "color": "#000000" }), "home", json!("#000000")),
        ] {
            let mut input = given;
            input["id"] = id.clone();
            let answer = ada.done("updateTag", input).await;
            assert!(tag["updatedAt"].as_str() <= answer["updatedAt"].as_str());
            let expected = json!({ "id": id, "name": name, "color": color, "createdAt": tag["createdAt"],
                "updatedAt": answer["updatedAt"] });
            assert_eq!(answer, expected);
            let list = ada.data(&format!("{{ tags {{ nodes {{ {TAG} }} }} }}"), json!({})).await;
            assert_eq!(list, json!({ "tags": { "nodes": [answer] } }));
            tag = answer;
        }
        let before = ada.stored().await;
        for given in [json!({}), json!({ "name": " home" }), json!({ "color": "#000000" })] {
            let mut input = given;
            input["id"] = id.clone();
            assert_eq!(ada.done("updateTag", input).await, tag, "nothing changes");
        }
        assert_eq!(ada.refused("updateTag", json!({ "id": id, "name": null })).await, bad("name"));
        assert_eq!(ada.stored().await, before);
    }

    async fn a_deleted_tag_leaves_its_tasks(app: TestApp) {
        let ada = app.register("ada").await;
        let [home, work] = [ada.create_tag("home").await, ada.create_tag("work").await];
        let task = ada.done("createTask", json!({ "title": "tea", "tagIds": [home, work] })).await;
        let reply = ada.mutate("deleteTag", json!({ "id": home })).await;
        assert_eq!(reply.body, json!({ "data": { "deleteTag": { "deletedTagId": home } } }));
        let mut expected = task.clone();
        expected["tags"].as_array_mut().expect("a list").remove(0);
        assert_eq!(ada.task(&task["id"]).await, expected, "the task is as it was but for the tag");
        let query = "query ($tag: ID!) { tags { nodes { name } } node(id: $tag) { id }
            tasks(filter: { tagIds: [$tag] }) { totalCount } }";
        let data = ada.data(query, json!({ "tag": home })).await;
        let expected =
            json!({ "tags": { "nodes": [{ "name": "work" }] }, "node": null, "tasks": { "totalCount": 0 } });
        assert_eq!(data, expected);
        let before = ada.stored().await;
        assert_eq!(ada.refused("deleteTag", json!({ "id": home })).await, code("NOT_FOUND"));
        assert_eq!(ada.stored().await, before);
        ada.done("createTag", json!({ "name": "home" })).await;
    }

    async fn a_tag_that_is_not_there_is_not_found(app: TestApp) {
        let ada = app.register("ada").await;
        let absent = TagId::fresh().to_string();
        let before = ada.stored().await;
        for mutation in ["updateTag", "deleteTag"] {
            assert_eq!(ada.refused(mutation, json!({ "id": absent })).await, code("NOT_FOUND"));
            for id in ["", "tag_", &TaskId::fresh().to_string(), &ada.id] {
                assert_eq!(ada.refused(mutation, json!({ "id": id })).await, bad("id"), "{mutation} {id}");
            }
        }
        assert_eq!(
            ada.refused("updateTag", json!({ "id": absent, "name": "home" })).await,
            code("NOT_FOUND")
        );
        assert_eq!(ada.stored().await, before);
    }
}
