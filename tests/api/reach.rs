//! What a stranger reaches of somebody's tasks and tags, by whatever way the schema has: nothing.

use serde_json::{Value, json};
use taskward::id::{TagId, TaskId, UserId};

use crate::on_both_databases;
use crate::support::{Actor, Reply};

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id: {value}")).to_owned()
}

fn titles(tasks: &Value) -> Vec<&str> {
    let nodes = tasks["nodes"].as_array().expect("nodes");
    nodes.iter().map(|node| node["title"].as_str().expect("a title")).collect()
}

async fn make_tasks(actor: &Actor<'_>, titles: &[&str], tag: &str) {
    for (number, title) in titles.iter().enumerate() {
        let due = format!("2030-01-0{}T00:00:00Z", number + 1);
        actor.create_task(json!({ "title": title, "dueAt": due, "tagIds": [tag] })).await;
    }
}

fn same_answer(one: &Reply, other: &Reply) {
    assert_eq!((one.status, &one.bytes), (other.status, &other.bytes));
}

on_both_databases! {
    async fn a_tag_of_somebody_else_can_be_put_on_no_task(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let (hers, his) = (ada.create_tag("home").await, bob.create_tag("home").await);
        let create = "mutation ($tags: [ID!]) { createTask(input: { title: \"tea\", tagIds: $tags }) { task { id } } }";
        let no_tag = TagId::fresh().to_string();
        let foreign = bob.ask(create, json!({ "tags": [his, hers] })).await;
        assert_eq!(foreign.code(), "NOT_FOUND");
        same_answer(&foreign, &bob.ask(create, json!({ "tags": [his, no_tag] })).await);

        let task = id(&bob.create_task(json!({ "title": "tea", "tagIds": [his] })).await);
        let update = "mutation ($id: ID!, $tags: [ID!]) {
            updateTask(input: { id: $id, title: \"changed\", tagIds: $tags }) { task { id } } }";
        let foreign = bob.ask(update, json!({ "id": task, "tags": [hers] })).await;
        assert_eq!(foreign.code(), "NOT_FOUND");
        same_answer(&foreign, &bob.ask(update, json!({ "id": task, "tags": [no_tag] })).await);

        let data = bob.data("{ tasks { totalCount nodes { title version tags { id } } } }", json!({})).await;
        let untouched =
            json!({ "totalCount": 1, "nodes": [{ "title": "tea", "version": 1, "tags": [{ "id": his }] }] });
        assert_eq!(data["tasks"], untouched);
        let data = ada.data("{ tags { nodes { tasks { totalCount } } } }", json!({})).await;
        assert_eq!(data["tags"]["nodes"][0]["tasks"]["totalCount"], 0);
    }

    async fn two_people_may_have_the_same_ids_and_never_know(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let (tag, task) = (TagId::fresh().to_string(), TaskId::fresh().to_string());
        let create = "mutation ($tag: ID!, $task: ID!, $word: String!) {
            createTag(input: { id: $tag, name: $word }) { tag { id name } }
            createTask(input: { id: $task, title: $word, tagIds: [$tag] }) { task { id title owner { id } } } }";
        let read =
            "query ($tag: ID!, $task: ID!) { task(id: $task) { title version owner { id } tags { id name } }
            node(id: $tag) { ... on Tag { name tasks { totalCount nodes { title } } } } }";
        let ids = json!({ "tag": tag, "task": task });
        for (who, word) in [(&ada, "hers"), (&bob, "his")] {
            who.data(create, json!({ "tag": tag, "task": task, "word": word })).await;
        }
        let expected = |who: &Actor<'_>, word: &str| {
            json!({
                "task": { "title": word, "version": 1, "owner": { "id": who.id }, "tags": [{ "id": tag, "name": word }] },
                "node": { "name": word, "tasks": { "totalCount": 1, "nodes": [{ "title": word }] } },
            })
        };
        assert_eq!(ada.data(read, ids.clone()).await, expected(&ada, "hers"));
        assert_eq!(bob.data(read, ids.clone()).await, expected(&bob, "his"));

        let untag = "mutation ($task: ID!) { updateTask(input: { id: $task, tagIds: [] }) { task { version } } }";
        bob.data(untag, json!({ "task": task })).await;
        // His task of that id does not carry her tag of that id.
        let tagged = "query ($tag: ID!) { tasks(filter: { tagIds: [$tag] }) { totalCount nodes { title } }
            tags { nodes { tasks { totalCount nodes { title } } } } }";
        let counted = |title: Option<&str>| match title {
            Some(title) => json!({ "totalCount": 1, "nodes": [{ "title": title }] }),
            None => json!({ "totalCount": 0, "nodes": [] }),
        };
        for (who, title) in [(&ada, Some("hers")), (&bob, None)] {
            let list = counted(title);
            let data = who.data(tagged, json!({ "tag": tag })).await;
            assert_eq!(data, json!({ "tasks": list, "tags": { "nodes": [{ "tasks": list }] } }));
        }
        let remove = "mutation ($tag: ID!, $task: ID!) {
            deleteTask(input: { id: $task, expectedVersion: 2 }) { deletedTaskId }
            deleteTag(input: { id: $tag }) { deletedTagId } }";
        bob.data(remove, ids.clone()).await;
        assert_eq!(ada.data(read, ids).await, expected(&ada, "hers"));
    }

    async fn the_cursor_of_somebody_else_is_a_place_among_ones_own(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let (hers, his) = (ada.create_tag("home").await, bob.create_tag("late").await);
        make_tasks(&ada, &["ada 1", "ada 2"], &hers).await;
        make_tasks(&bob, &["bob 1", "bob 2"], &his).await;
        make_tasks(&ada, &["ada 3", "ada 4"], &hers).await;
        let cursors = "query ($order: TaskOrder) { tasks(orderBy: $order) { edges { cursor } } tags { edges { cursor } } }";
        let page = "query ($order: TaskOrder, $at: String, $tag: String) {
            after: tasks(orderBy: $order, after: $at) { totalCount nodes { title } }
            before: tasks(orderBy: $order, before: $at, last: 20) { totalCount nodes { title } }
            me { tasks(orderBy: $order, after: $at) { nodes { title } } }
            tags(after: $tag) { nodes { name tasks(orderBy: $order, after: $at) { nodes { title } } } } }";
        for field in ["CREATED_AT", "UPDATED_AT", "DUE_AT", "PRIORITY", "TITLE"] {
            for direction in ["ASC", "DESC"] {
                let order = json!({ "field": field, "direction": direction });
                let hers = ada.data(cursors, json!({ "order": order })).await;
                for edge in hers["tasks"]["edges"].as_array().expect("edges") {
                    let tag = &hers["tags"]["edges"][0]["cursor"];
                    let variables = json!({ "order": order, "at": edge["cursor"], "tag": tag });
                    let data = bob.data(page, variables).await;
                    let (after, before) = (titles(&data["after"]), titles(&data["before"]));
                    assert_eq!(after.len() + before.len(), 2, "{field} {direction}: {data}");
                    assert_eq!(titles(&data["me"]["tasks"]), after);
                    assert_eq!(data["tags"]["nodes"][0]["name"], "late");
                    assert_eq!(titles(&data["tags"]["nodes"][0]["tasks"]), after);
                    assert!(!data.to_string().contains("ada"), "{field} {direction}: {data}");
                }
            }
        }
    }

    async fn words_of_somebody_else_are_not_found(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        ada.create_task(json!({ "title": "marmalade", "description": "seventeen jars" })).await;
        bob.create_task(json!({ "title": "otter" })).await;
        let search =
            "query ($words: String!) { tasks(filter: { search: $words }) { totalCount nodes { title } } }";
        for (words, hers, his) in [("marmalade", 1, 0), ("seven", 1, 0), ("otter", 0, 1), ("zebra", 0, 0)] {
            for (who, count) in [(&ada, hers), (&bob, his)] {
                let found = who.data(search, json!({ "words": words })).await;
                assert_eq!(found["tasks"]["totalCount"], count, "{words}");
            }
        }
        // The owner is part of what is searched; whoever types it finds nothing by it.
        let owner = ada.id.parse::<UserId>().expect("an id").uuid().simple().to_string();
        for words in
            [owner.clone(), owner.to_uppercase(), format!("owner : {owner}"), format!("marmalade OR {owner}")]
        {
            assert_eq!(
                bob.data(search, json!({ "words": words })).await["tasks"]["totalCount"],
                0,
                "{words}"
            );
        }
    }
}
