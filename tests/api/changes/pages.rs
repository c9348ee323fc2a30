//! Pages of changes, and the cursors that lead from one to the next.

use serde_json::{Value, json};

use crate::on_both_databases;
use crate::support::Actor;

const CHANGES: &str = "query ($after: String, $first: Int) { changes(after: $after, first: $first) { \
     edges { cursor node { cursor kind nodeId caughtUp node { id } } } nodes { cursor } \
     pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
/// The cursor before all changes.
const START: &str = "0000000000000000";

async fn changes(person: &Actor<'_>, after: &Value, first: i32) -> Value {
    person.data(CHANGES, json!({ "after": after, "first": first })).await["changes"].clone()
}

/// Kind and id of each.
fn told(changes: &Value) -> Vec<(String, Value)> {
    let edges = changes["edges"].as_array().expect("edges");
    edges
        .iter()
        .map(|edge| {
            assert_eq!(edge["cursor"], edge["node"]["cursor"]);
            let kind = edge["node"]["kind"].as_str().expect("a kind");
            let is_there = edge["node"]["node"]["id"] == edge["node"]["nodeId"];
            assert_eq!(is_there, kind != "DELETED", "{edge}");
            (kind.to_owned(), edge["node"]["nodeId"].clone())
        })
        .collect()
}

fn kinds(told: &[(&str, &Value)]) -> Vec<(String, Value)> {
    told.iter().map(|(kind, id)| ((*kind).to_owned(), (*id).clone())).collect()
}

async fn create(person: &Actor<'_>, title: &str) -> Value {
    person.create_task(json!({ "title": title })).await["id"].clone()
}

on_both_databases! {
    async fn a_full_copy_ends_where_later_changes_begin(app: TestApp) {
        let ada = app.register("ada").await;
        let empty = changes(&ada, &json!(null), 10).await;
        let page = &empty["pageInfo"];
        assert_eq!((&page["hasNextPage"], &page["startCursor"]), (&json!(false), &json!(null)));
        let end = page["endCursor"].clone();
        assert!(end.as_str().expect("a cursor") > START);
        let (gone, tag) = (create(&ada, "gone").await, json!(ada.create_tag("home").await));
        let (tea, milk) = (create(&ada, "tea").await, create(&ada, "milk").await);
        ada.done("updateTask", json!({ "id": tea, "title": "green tea" })).await;
        ada.done("deleteTask", json!({ "id": gone })).await;
        // To an empty copy what is gone was never there; to one that was there before it may have been.
        let full = changes(&ada, &json!(null), 10).await;
        assert_eq!(told(&full), kinds(&[("CREATED", &tag), ("CREATED", &milk), ("CREATED", &tea)]));
        assert_eq!(changes(&ada, &json!(START), 10).await, full);
        let since = changes(&ada, &end, 10).await;
        let rest = [("CREATED", &tag), ("CREATED", &milk), ("CREATED", &tea), ("DELETED", &gone)];
        assert_eq!(told(&since), kinds(&rest));
        assert_eq!(since["pageInfo"]["hasPreviousPage"], json!(true));
        // From there on nothing is new, until something is.
        let end = full["pageInfo"]["endCursor"].clone();
        assert_eq!(end, since["pageInfo"]["endCursor"]);
        assert_eq!(told(&changes(&ada, &end, 10).await), vec![]);
        ada.done("updateTag", json!({ "id": tag, "name": "work" })).await;
        ada.done("deleteTask", json!({ "id": tea })).await;
        let news = changes(&ada, &end, 10).await;
        assert_eq!(told(&news), kinds(&[("UPDATED", &tag), ("DELETED", &tea)]));
        assert_eq!(news["edges"][1]["node"]["caughtUp"], json!(true));
    }

    async fn a_copy_that_is_read_by_pages_hears_of_what_happens_meanwhile(app: TestApp) {
        let ada = app.register("ada").await;
        let old = create(&ada, "deleted before").await;
        let (one, two) = (create(&ada, "one").await, create(&ada, "two").await);
        let (three, four) = (create(&ada, "three").await, create(&ada, "four").await);
        ada.done("deleteTask", json!({ "id": old })).await;
        let first = changes(&ada, &json!(null), 2).await;
        assert_eq!(told(&first), kinds(&[("CREATED", &one), ("CREATED", &two)]));
        assert_eq!(first["pageInfo"]["hasNextPage"], json!(true));
        assert_eq!(first["edges"][1]["node"]["caughtUp"], json!(false));
        ada.done("deleteTask", json!({ "id": one })).await;
        ada.done("updateTask", json!({ "id": three, "title": "3" })).await;
        let rest = changes(&ada, &first["pageInfo"]["endCursor"], 10).await;
        // What was not told of before is new, whenever it was made.
        assert_eq!(told(&rest), kinds(&[("CREATED", &four), ("DELETED", &one), ("CREATED", &three)]));
        assert_eq!(rest["pageInfo"]["hasNextPage"], json!(false));
    }

    async fn every_mutation_says_how_far_changes_have_to_be_read(app: TestApp) {
        let ada = app.register("ada").await;
        let ask = async |query: &str, input: Value| {
            let data = ada.data(query, json!({ "i": input })).await;
            data.as_object().expect("data").values().next().expect("a payload")["cursor"].clone()
        };
        let latest = async || changes(&ada, &json!(null), 100).await["pageInfo"]["endCursor"].clone();
        let tag = json!(ada.create_tag("home").await);
        let id = create(&ada, "tea").await;
        let chosen = json!(taskward::id::TaskId::fresh().to_string());
        let create = "mutation ($i: CreateTaskInput!) { createTask(input: $i) { cursor } }";
        let update = "mutation ($i: UpdateTaskInput!) { updateTask(input: $i) { cursor } }";
        let mut before = latest().await;
        for (query, input, changes_something) in [
            (create, json!({ "id": chosen, "title": "milk" }), true),
            (create, json!({ "id": chosen, "title": "milk" }), false),
            (update, json!({ "id": id, "title": "green tea" }), true),
            (update, json!({ "id": id, "title": "green tea" }), false),
            ("mutation ($i: DeleteTaskInput!) { deleteTask(input: $i) { cursor } }", json!({ "id": id }), true),
            ("mutation ($i: CreateTagInput!) { createTag(input: $i) { cursor } }", json!({ "name": "a" }), true),
            ("mutation ($i: UpdateTagInput!) { updateTag(input: $i) { cursor } }",
                json!({ "id": tag, "name": "b" }), true),
            ("mutation ($i: DeleteTagInput!) { deleteTag(input: $i) { cursor } }", json!({ "id": tag }), true),
        ] {
            let cursor = ask(query, input).await;
            assert_eq!(cursor, latest().await, "{query}");
            assert_eq!(cursor != before, changes_something, "{query}");
            before = cursor;
        }
        for (query, input) in [
            ("mutation ($i: UpdateProfileInput!) { updateProfile(input: $i) { cursor } }", json!({ "name": "Ada" })),
            ("mutation ($i: UpdateProfileInput!) { updateProfile(input: $i) { cursor } }", json!({})),
            ("mutation { requestEmailVerification { cursor } }", json!(null)),
            ("mutation { logoutEverywhere { cursor } }", json!(null)),
        ] {
            assert_eq!(ask(query, input).await, START, "{query}");
        }
    }

    async fn only_a_cursor_of_ones_own_is_taken(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        create(&ada, "tea").await;
        let hers = changes(&ada, &json!(null), 1).await["pageInfo"]["endCursor"].clone();
        assert_eq!(told(&changes(&ada, &hers, 1).await), vec![]);
        let list = ada.data("{ tasks { pageInfo { endCursor } } }", json!({})).await;
        for (person, cursor) in [
            (&bob, &hers),
            (&ada, &json!("")),
            (&ada, &json!("x")),
            (&ada, &list["tasks"]["pageInfo"]["endCursor"]),
            (&ada, &json!(format!("{}0", hers.as_str().expect("a cursor")))),
        ] {
            let reply = person.ask(CHANGES, json!({ "after": cursor, "first": 1 })).await;
            assert_eq!(reply.field(), "after", "{cursor}");
        }
        for first in [0, -1, 101] {
            let reply = ada.ask(CHANGES, json!({ "after": hers, "first": first })).await;
            assert_eq!(reply.field(), "first", "{first}");
        }
    }

    async fn a_cursor_from_before_what_is_forgotten_has_to_start_again(app: TestApp) {
        let ada = app.register("ada").await;
        let bob = app.register("bob").await;
        let start = changes(&ada, &json!(null), 10).await["pageInfo"]["endCursor"].clone();
        let (one, two) = (create(&ada, "one").await, create(&ada, "two").await);
        let half = changes(&ada, &start, 1).await["pageInfo"]["endCursor"].clone();
        let begun = changes(&ada, &json!(null), 1).await["pageInfo"]["endCursor"].clone();
        ada.done("deleteTask", json!({ "id": one })).await;
        let end = changes(&ada, &json!(null), 10).await["pageInfo"]["endCursor"].clone();
        let his = changes(&bob, &json!(null), 10).await["pageInfo"]["endCursor"].clone();
        let now = app.services.clock.now();
        app.services.store.forget_deletions(now - std::time::Duration::from_mins(1)).await.expect("done");
        assert_eq!(told(&changes(&ada, &start, 10).await), kinds(&[("CREATED", &two), ("DELETED", &one)]));
        app.services.store.forget_deletions(now + std::time::Duration::from_mins(1)).await.expect("done");
        for cursor in [&start, &half, &begun] {
            let reply = ada.ask(CHANGES, json!({ "after": cursor, "first": 10 })).await;
            assert_eq!(reply.code(), "CURSOR_FORGOTTEN");
            let message = reply.body["errors"][0]["message"].as_str().expect("a message");
            assert!(message.contains("start again"), "{message}");
        }
        assert_eq!(told(&changes(&ada, &end, 10).await), vec![]);
        assert_eq!(told(&changes(&ada, &json!(null), 10).await), kinds(&[("CREATED", &two)]));
        assert_eq!(told(&changes(&bob, &his, 10).await), vec![]);
    }

    async fn a_cursor_from_after_a_backup_that_was_put_back_has_to_start_again(app: TestApp) {
        let ada = app.register("ada").await;
        create(&ada, "tea").await;
        let end = changes(&ada, &json!(null), 1).await["pageInfo"]["endCursor"].clone();
        let later = end.as_str().expect("a cursor").replacen("0000000000000002", "0000000000000003", 1);
        assert_ne!(json!(later), end);
        let reply = ada.ask(CHANGES, json!({ "after": later, "first": 1 })).await;
        assert_eq!(reply.code(), "CURSOR_FORGOTTEN");
    }

    async fn a_page_of_changes_is_a_few_statements_whatever_is_asked_of_its_tasks(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        for number in 0..10 {
            ada.create_task(json!({ "title": format!("{number}"), "tagIds": [tag] })).await;
        }
        for (selection, most) in [
            ("nodes { cursor }", 4),
            ("nodes { node { ... on Task { title } } }", 4),
            ("edges { node { node { ...t } } }", 4),
        ] {
            let query = format!(
                "{{ changes(first: 100) {{ {selection} }} }} fragment t on Task {{ title tags {{ name }} }}"
            );
            let query = if selection.contains("...t") { query } else { query.split(" fragment").next().expect("it").to_owned() };
            let reply = ada.ask(&query, json!({})).await;
            reply.data();
            assert!(reply.statements().len() <= most, "{selection}: {:#?}", reply.statements());
        }
    }
}
