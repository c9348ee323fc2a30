//! What a request costs the database, and that none of it reaches past its owner.

use serde_json::json;

use crate::on_both_databases;

on_both_databases! {
    async fn a_nested_query_sends_one_statement_for_each_level(app: TestApp) {
        let ada = app.register("ada").await;
        let mut tags = Vec::new();
        for name in ["home", "work", "later", "never"] {
            tags.push(ada.create_tag(name).await);
        }
        for number in 0..30 {
            let carried = &tags[..=number % 3];
            ada.create_task(json!({ "title": format!("task {number}"), "tagIds": carried })).await;
        }
        for (query, levels) in [
            ("{ me { id } }", 1),
            ("{ tasks { nodes { id } } }", 1),
            ("{ tasks(first: 30) { nodes { id tags { name } } } }", 2),
            ("{ tasks(first: 3) { nodes { id tags { name } owner { email } } } }", 3),
            ("{ tasks(first: 30) { nodes { tags { tasks(first: 2) { nodes { id } } } } } }", 3),
            ("{ tasks(first: 9) { nodes { tags { tasks(first: 2) { nodes { tags { name } owner { id } } } } } } }", 4),
            ("{ tags { nodes { tasks(first: 2) { nodes { tags { id } } } } } }", 3),
            ("{ tags { nodes { tasks(first: 2, filter: { completed: false }) { nodes { id } } } } }", 2),
            ("{ tags { nodes { tasks(first: 1) { totalCount } } } }", 3),
            (
                "{ tags { nodes { \
                 open: tasks(first: 3, filter: { completed: false }) { nodes { tags { name } } } \
                 done: tasks(first: 3, filter: { completed: true }) { nodes { tags { name } } } } } }",
                4,
            ),
            ("{ me { a: tasks(first: 1) { nodes { id } } b: tasks(first: 1) { nodes { id } } } }", 2),
            ("{ tasks { totalCount } }", 2),
            ("{ me { tasks { nodes { owner { tasks(first: 1) { nodes { id } } } } } } }", 3),
            ("{ tasks(first: 30) { nodes { owner { tasks(last: 5) { nodes { id } } } } } }", 3),
        ] {
            let reply = ada.ask(query, json!({})).await;
            reply.data();
            let statements = reply.statements();
            assert_eq!(statements.len(), levels, "{query}: {statements:#?}");
        }
    }

    async fn a_level_of_hundreds_is_still_one_statement(app: TestApp) {
        let ada = app.register("ada").await;
        for batch in 0..20 {
            let mut tags = Vec::new();
            for n in 0..10 {
                tags.push(ada.create_tag(&format!("{batch}/{n}")).await);
            }
            for pair in tags.chunks(2) {
                ada.create_task(json!({ "title": "task", "tagIds": pair })).await;
            }
        }
        for (query, levels) in [
            ("{ tasks(first: 100) { nodes { tags { id } } } }", 2),
            ("{ tasks(first: 100) { nodes { tags { tasks(first: 1) { nodes { id } } } } } }", 3),
            ("{ tags(first: 100) { nodes { tasks(first: 1) { totalCount } } } }", 3),
        ] {
            let reply = ada.ask(query, json!({})).await;
            reply.data();
            assert_eq!(reply.statements().len(), levels, "{query}: {:#?}", reply.statements());
        }
    }

    async fn looking_up_many_nodes_sends_one_statement_for_each_kind(app: TestApp) {
        let ada = app.register("ada").await;
        let mut ids = vec![ada.id.clone()];
        for number in 0..5 {
            ids.push(ada.create_tag(&format!("tag {number}")).await);
            let task = ada.create_task(json!({ "title": "task" })).await;
            ids.push(task["id"].as_str().expect("an id").to_owned());
        }
        ada.sign_in_again().await;
        let reply = ada.ask("{ signIns { id } }", json!({})).await;
        let sign_ins = reply.data()["signIns"].as_array().expect("a list").clone();
        assert_eq!(sign_ins.len(), 2);
        ids.extend(sign_ins.iter().map(|sign_in| sign_in["id"].as_str().expect("an id").to_owned()));
        let reply = ada.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
        let found: Vec<_> = reply.data()["nodes"].as_array().expect("a list").iter().map(|node| &node["id"]).collect();
        assert_eq!(found, ids.iter().collect::<Vec<_>>());
        assert_eq!(reply.statements().len(), 4, "{:#?}", reply.statements());
    }

    /// A value that stands alone behind `limit` has SQLite plan the statement anew each time.
    async fn what_a_page_is_limited_to_does_not_stand_alone(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        ada.create_task(json!({ "title": "tea", "tagIds": [tag] })).await;
        for query in [
            "{ tasks(first: 2, filter: { completed: false }) { nodes { id } } }",
            "{ tags(last: 2) { nodes { id } } }",
            "{ changes(first: 2) { nodes { nodeId } } }",
        ] {
            let statements = ada.ask(query, json!({})).await.statements();
            let limits: Vec<_> = statements.iter().filter_map(|text| text.split_once(" limit ")).collect();
            assert!(!limits.is_empty(), "{query}: {statements:#?}");
            assert!(limits.iter().all(|(_, limit)| limit.ends_with(" + 0")), "{query}: {limits:#?}");
        }
    }

    async fn a_creation_sends_the_two_statements_that_it_needs(app: TestApp) {
        let ada = app.register("ada").await;
        let create = "mutation { createTask(input: { title: \"tea\" }) { task { id title } } }";
        let statements = ada.ask(create, json!({})).await.statements();
        assert_eq!(statements.len(), 2, "the clock and the task: {statements:#?}");
    }

    /// Selected twice, a field comes from its resolver; selected once, most are taken from the row that is at hand.
    async fn a_field_tells_the_same_whichever_way_it_comes(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.done("createTag", json!({ "name": "home", "color": "#0a7f3c" })).await;
        let input = json!({
            "title": "tea", "description": "green", "priority": "HIGH", "tagIds": [tag["id"]],
            "dueAt": "2030-01-02T03:04:05Z",
        });
        for _ in 0..2 {
            let task = ada.create_task(input.clone()).await;
            ada.done("updateTask", json!({ "id": task["id"], "completed": true })).await;
        }
        ada.done("updateProfile", json!({ "name": "Ada" })).await;
        for (place, fields) in [
            ("me", "id email emailVerified name createdAt updatedAt __typename"),
            (
                "tasks { nodes",
                "id title description completed completedAt priority dueAt version createdAt updatedAt __typename",
            ),
            ("tasks { edges", "cursor __typename"),
            ("tasks { pageInfo", "hasNextPage hasPreviousPage startCursor endCursor __typename"),
            ("tags { nodes", "id name color createdAt updatedAt __typename"),
            ("tags { edges", "cursor __typename"),
            ("changes { nodes", "cursor kind nodeId at caughtUp __typename"),
            ("changes { edges", "cursor __typename"),
            ("changes { pageInfo", "hasNextPage hasPreviousPage startCursor endCursor __typename"),
        ] {
            for field in fields.split(' ') {
                let ends = "}".repeat(place.matches('{').count() + 2);
                let once = ada.data(&format!("{{ {place} {{ {field} {ends}"), json!({})).await;
                let twice = ada.data(&format!("{{ {place} {{ {field} {field} {ends}"), json!({})).await;
                assert_eq!(once, twice, "{place}, {field}");
                assert!(!once.to_string().contains("null"), "{place}, {field}: {once}");
            }
        }
    }
}
