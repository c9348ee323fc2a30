//! What one answer may hold.

use serde_json::json;

use crate::on_both_databases;

on_both_databases! {
    async fn lists_within_lists_multiply_up_to_twenty_thousand_rows(app: TestApp) {
        let ada = app.register("ada").await;
        for batch in 0..5 {
            let tasks: String = (0..20).fold(String::new(), |all, n| {
                all + &format!("t{n}: createTask(input: {{ title: \"{batch}/{n}\" }}) {{ task {{ id }} }} ")
            });
            ada.data(&format!("mutation {{ {tasks} }}"), json!({})).await;
        }
        let two = "{ tasks(first: 100) { nodes { owner { tasks(first: 100) { nodes { id } } } } } }";
        let rows = ada.data(two, json!({})).await;
        assert_eq!(rows["tasks"]["nodes"][99]["owner"]["tasks"]["nodes"].as_array().expect("a list").len(), 100);
        let three = "{ tasks(first: 100) { nodes { owner { tasks(first: 100) { nodes { owner {
            tasks(first: 100) { nodes { id } } } } } } } } }";
        let refused = ada.ask(three, json!({})).await;
        assert_eq!(refused.code(), "QUERY_TOO_COMPLEX");
        assert_eq!(refused.body["data"], json!(null));
    }

    async fn a_field_that_fails_takes_none_of_its_neighbours_along(app: TestApp) {
        let ada = app.register("ada").await;
        let tag = ada.create_tag("home").await;
        let task = ada.create_task(json!({ "title": "tea", "tagIds": [tag] })).await;
        let query = "query ($id: ID!) {
            a: task(id: $id) { tags { id } owner { tasks(first: 0) { totalCount } } }
            b: task(id: $id) { tags { id } } c: task(id: $id) { tags { id } } }";
        for _ in 0..20 {
            let reply = ada.ask(query, json!({ "id": task["id"] })).await;
            assert_eq!(reply.code(), "BAD_USER_INPUT", "{}", reply.body);
            let good = json!({ "tags": [{ "id": tag }] });
            assert_eq!(reply.body["data"], json!({ "a": null, "b": good, "c": good }));
        }
    }
}
