//! `node` and `nodes`: any object by its id.

use serde_json::{Value, json};
use taskward::id::{TagId, TaskId, UserId};

use crate::on_both_databases;
use crate::support::mutation::{TAG, TASK, USER};
use crate::support::{Actor, TestApp};

/// All that there is to know of an object of any kind.
fn whole() -> String {
    format!("__typename id ... on User {{ {USER} }} ... on Task {{ {TASK} }} ... on Tag {{ {TAG} }}")
}

async fn nodes(person: &Actor<'_>, ids: &[Value]) -> Value {
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    person.data(query, json!({ "ids": ids })).await["nodes"].clone()
}

/// Someone, their task and their tag.
async fn person_with_one_of_each<'a>(app: &'a TestApp, name: &str) -> (Actor<'a>, Value, Value) {
    let person = app.register(name).await;
    let tag = person.done("createTag", json!({ "name": "home", "color": "#a0b1c2" })).await;
    let task = person.done("createTask", json!({ "title": "tea", "tagIds": [tag["id"]] })).await;
    (person, task, tag)
}

on_both_databases! {
    async fn ones_own_objects_of_each_kind_are_found_whole(app: TestApp) {
        let (ada, task, tag) = person_with_one_of_each(app, "ada").await;
        let user = ada.data(&format!("{{ me {{ {USER} }} }}"), json!({})).await["me"].clone();
        let query = format!("query ($id: ID!) {{ node(id: $id) {{ {} }} }}", whole());
        for (object, kind) in [(&user, "User"), (&task, "Task"), (&tag, "Tag")] {
            let mut expected = object.clone();
            expected["__typename"] = json!(kind);
            let reply = ada.ask(&query, json!({ "id": object["id"] })).await;
            assert_eq!(reply.body, json!({ "data": { "node": expected } }));
        }
    }

    async fn an_object_reads_in_a_list_as_it_reads_alone(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.done("createTag", json!({ "name": "home", "color": "#a0b1c2" })).await;
        let plain_tag = ada.done("createTag", json!({ "name": "plain" })).await;
        let full = json!({
            "title": "tea", "description": "green", "completed": true, "priority": "URGENT",
            "dueAt": "2027-01-02T03:04:05.006Z", "tagIds": [tag["id"]],
        });
        let full = ada.done("createTask", full).await;
        let plain = ada.done("createTask", json!({ "title": "coffee" })).await;
        let query = format!("{{ tasks {{ nodes {{ {TASK} }} edges {{ node {{ {TASK} }} }} }} tags {{ nodes {{ {TAG} }} }} }}");
        let lists = ada.data(&query, json!({})).await;
        assert_eq!(lists["tasks"]["nodes"], json!([plain, full]));
        assert_eq!(lists["tasks"]["edges"], json!([{ "node": plain }, { "node": full }]));
        assert_eq!(lists["tags"]["nodes"], json!([tag, plain_tag]));
    }

    async fn absent_and_foreign_objects_are_null(app: TestApp) {
        let ada = app.register("ada").await;
        let (bob, his_task, his_tag) = person_with_one_of_each(app, "bob").await;
        let query = "query ($id: ID!) { node(id: $id) { id } }";
        let absent = [UserId::fresh().to_string(), TaskId::fresh().to_string(), TagId::fresh().to_string()];
        let foreign = [json!(bob.id), his_task["id"].clone(), his_tag["id"].clone()];
        for id in absent.iter().map(|id| json!(id)).chain(foreign) {
            let reply = ada.ask(query, json!({ "id": id })).await;
            assert_eq!(
                (reply.body, reply.status.as_u16()),
                (json!({ "data": { "node": null } }), 200),
                "{id}"
            );
            assert_eq!(nodes(&ada, std::slice::from_ref(&id)).await, json!([null]), "{id}");
        }
        bob.done("deleteTask", json!({ "id": his_task["id"] })).await;
        bob.done("deleteTag", json!({ "id": his_tag["id"] })).await;
        assert_eq!(nodes(&bob, &[his_task["id"].clone(), his_tag["id"].clone()]).await, json!([null, null]));
    }

    async fn objects_come_in_the_order_of_their_ids_as_often_as_asked_for(app: TestApp) {
        let (ada, task, tag) = person_with_one_of_each(app, "ada").await;
        let (bob, his_task, _) = person_with_one_of_each(app, "bob").await;
        let other = ada.done("createTask", json!({ "title": "coffee" })).await;
        let node = |object: &Value, kind: &str| json!({ "__typename": kind, "id": object["id"] });
        let absent = json!(TagId::fresh().to_string());
        let ids = [
            &other["id"],
            &tag["id"],
            &absent,
            &json!(ada.id),
            &his_task["id"],
            &task["id"],
            &other["id"],
            &json!(bob.id),
            &tag["id"],
        ];
        let expected = json!([
            node(&other, "Task"), node(&tag, "Tag"), null, { "__typename": "User", "id": ada.id }, null,
            node(&task, "Task"), node(&other, "Task"), null, node(&tag, "Tag"),
        ]);
        assert_eq!(nodes(&ada, &ids.map(Clone::clone)).await, expected);
        assert_eq!(nodes(&ada, &[]).await, json!([]));
    }

    async fn a_hundred_ids_are_looked_up_at_once_and_no_more(app: TestApp) {
        let (ada, task, _) = person_with_one_of_each(app, "ada").await;
        let mut ids: Vec<_> = (0..99).map(|_| json!(TaskId::fresh().to_string())).collect();
        ids.push(task["id"].clone());
        let found = nodes(&ada, &ids).await;
        assert_eq!((found.as_array().expect("a list").len(), &found[99]["id"]), (100, &task["id"]));
        assert_eq!(nodes(&ada, &vec![task["id"].clone(); 100]).await[99]["id"], task["id"]);
        ids.push(task["id"].clone());
        let reply = ada.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
        let expected = json!({ "data": null, "errors": [{
            "message": "ids: must be at most 100, not 101", "path": ["nodes"], "locations": [{ "line": 1, "column": 24 }],
            "extensions": { "code": "BAD_USER_INPUT", "field": "ids" },
        }] });
        assert_eq!(reply.body, expected);
    }

    async fn an_id_of_no_kind_is_refused_with_the_arguments_name(app: TestApp) {
        let (ada, task, _) = person_with_one_of_each(app, "ada").await;
        let id = task["id"].as_str().expect("an id");
        for wrong in [
            "",
            "_",
            "task",
            "task_",
            "table_01h2xcejqtf2nbrexx3vqjhp41",
            &id[5..],
            &id.to_uppercase(),
            &format!("{id}0"),
            "task_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            &"task_".repeat(1000),
            "\0",
            "sign_in_01h2xcejqtf2nbrexx3vqjhp41",
        ] {
            let reply = ada.ask("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": wrong })).await;
            assert_eq!((reply.field(), &reply.body["data"]), ("id", &json!({ "node": null })), "{wrong:?}");
            let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
            let reply = ada.ask(query, json!({ "ids": [id, wrong] })).await;
            assert_eq!((reply.field(), &reply.body["data"]), ("ids", &json!(null)), "{wrong:?}");
            let reply = ada.ask("query ($id: ID!) { task(id: $id) { id } }", json!({ "id": wrong })).await;
            assert_eq!((reply.field(), &reply.body["data"]), ("id", &json!({ "task": null })), "{wrong:?}");
        }
        for other_kind in [&ada.id, &TagId::fresh().to_string()] {
            let reply =
                ada.ask("query ($id: ID!) { task(id: $id) { id } }", json!({ "id": other_kind })).await;
            let expected = json!({ "data": { "task": null }, "errors": [{
                "message": "id: must be the id of a task: task_ and 26 characters", "path": ["task"],
                "locations": [{ "line": 1, "column": 20 }],
                "extensions": { "code": "BAD_USER_INPUT", "field": "id" },
            }] });
            assert_eq!(reply.body, expected);
        }
    }
}
