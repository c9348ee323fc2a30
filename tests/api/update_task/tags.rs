//! The tags of a task: those given replace those carried.

use serde_json::{Value, json};
use taskward::id::TagId;

use crate::on_both_databases;
use crate::support::mutation::{bad, code};

fn names(task: &Value) -> Vec<&str> {
    let tags = task["tags"].as_array().expect("a list");
    tags.iter().map(|tag| tag["name"].as_str().expect("a name")).collect()
}

on_both_databases! {
    async fn the_tags_given_replace_those_carried(app: TestApp) {
        let ada = app.register("ada").await;
        let [home, work, later] =
            [ada.create_tag("home").await, ada.create_tag("work").await, ada.create_tag("later").await];
        let id = ada.done("createTask", json!({ "title": "tea", "tagIds": [home] })).await["id"].clone();
        for (given, carried, version) in [
            (vec![&work], vec!["work"], 2),
            (vec![&work, &home, &work], vec!["home", "work"], 3),
            (vec![&home, &work], vec!["home", "work"], 3),
            (vec![&later, &home], vec!["home", "later"], 4),
            (vec![], vec![], 5),
            (vec![], vec![], 5),
        ] {
            let task = ada.done("updateTask", json!({ "id": id, "tagIds": given })).await;
            assert_eq!((names(&task), &task["version"]), (carried, &json!(version)), "{given:?}");
            assert_eq!(ada.task(&id).await, task);
        }
    }

    async fn a_tag_that_is_absent_or_anothers_leaves_the_task_as_it_was(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let [home, work, his] =
            [ada.create_tag("home").await, ada.create_tag("work").await, bob.create_tag("home").await];
        let gone = ada.create_tag("gone").await;
        ada.done("deleteTag", json!({ "id": gone })).await;
        let absent = TagId::fresh().to_string();
        let id = ada.done("createTask", json!({ "title": "tea", "tagIds": [home] })).await["id"].clone();
        let before = (ada.stored().await, bob.stored().await);
        for tags in [vec![&his], vec![&home, &his], vec![&work, &absent], vec![&gone]] {
            let input = json!({ "id": id, "title": "coffee", "tagIds": tags });
            assert_eq!(ada.refused("updateTask", input).await, code("NOT_FOUND"), "{tags:?}");
        }
        assert_eq!((ada.stored().await, bob.stored().await), before);
    }

    async fn a_task_carries_twenty_tags_and_no_more(app: TestApp) {
        let ada = app.register("ada").await;
        let mut tags = Vec::new();
        for number in 0..21 {
            tags.push(ada.create_tag(&format!("tag {number:02}")).await);
        }
        let id = ada.done("createTask", json!({ "title": "tea" })).await["id"].clone();
        let before = ada.stored().await;
        assert_eq!(ada.refused("updateTask", json!({ "id": id, "tagIds": tags })).await, bad("tagIds"));
        let ids = [tags[0].clone(), ada.id.clone()];
        assert_eq!(ada.refused("updateTask", json!({ "id": id, "tagIds": ids })).await, bad("tagIds"));
        assert_eq!(ada.stored().await, before);
        tags.remove(0);
        let task = ada.done("updateTask", json!({ "id": id, "tagIds": tags })).await;
        assert_eq!(names(&task).len(), 20);
    }
}
