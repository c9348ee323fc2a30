//! Beneath the API: every write counts once, at the same moment as what it writes.

use futures_util::future::join_all;
use serde_json::{Value, json};
use taskward::id::{TagId, TaskId};

use crate::on_both_databases;
use crate::support::mutation::code;
use crate::support::stored::Stored;

/// The `rev` of the row or the tombstone of this id.
fn rev_of(stored: &Stored, id: &Value) -> i64 {
    let id = id.as_str().expect("an id");
    if let Some(tombstone) = stored.tombstones.iter().find(|tombstone| tombstone.node_id == id) {
        return tombstone.rev;
    }
    let tasks = stored.tasks.iter().map(|row| (TaskId::from(row.id).to_string(), row.rev));
    let tags = stored.tags.iter().map(|row| (TagId::from(row.id).to_string(), row.rev));
    tasks.chain(tags).find(|(key, _)| key == id).map(|(_, rev)| rev).expect("the row is there")
}

on_both_databases! {
    async fn each_write_moves_its_owners_rev_by_one_and_leaves_it_in_the_row(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let his = bob.stored().await;
        let (tag, task) = (json!(TagId::fresh().to_string()), json!(TaskId::fresh().to_string()));
        let mut rev = ada.rev().await;
        for (mutation, id, input) in [
            ("createTag", &tag, json!({ "name": "home" })),
            ("updateTag", &tag, json!({ "name": "work" })),
            ("updateTag", &tag, json!({ "color": "#000000" })),
            ("createTask", &task, json!({ "title": "tea", "tagIds": [tag] })),
            ("updateTask", &task, json!({ "title": "coffee" })),
            ("updateTask", &task, json!({ "completed": true })),
            ("updateTask", &task, json!({ "tagIds": null })),
            ("updateTask", &task, json!({ "tagIds": [tag], "dueAt": "2026-11-21T09:30:00Z" })),
            ("deleteTag", &tag, json!({})),
            ("deleteTask", &task, json!({})),
        ] {
            let mut input = input;
            input["id"] = id.clone();
            ada.done(mutation, input).await;
            let stored = ada.stored().await;
            rev += 1;
            assert_eq!((stored.rev, rev_of(&stored, id)), (rev, rev), "{mutation}");
        }
        // A profile is not among what changes tell of.
        ada.done("updateProfile", json!({ "name": "Ada" })).await;
        assert_eq!(ada.rev().await, rev);
        let stored = ada.stored().await;
        let buried: Vec<_> = stored.tombstones.iter().map(|tombstone| json!(tombstone.node_id)).collect();
        assert_eq!(
            (buried, stored.tasks.len(), stored.tags.len(), stored.links.len()),
            (vec![tag, task], 0, 0, 0)
        );
        assert_eq!(bob.stored().await, his);
    }

    async fn what_is_refused_or_changes_nothing_moves_no_rev(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let tag = ada.create_tag("home").await;
        ada.create_tag("work").await;
        let input = json!({ "id": TaskId::fresh().to_string(), "title": "tea", "tagIds": [tag] });
        let id = ada.done("createTask", input.clone()).await["id"].clone();
        let gone = ada.done("createTask", json!({ "title": "gone" })).await["id"].clone();
        ada.done("deleteTask", json!({ "id": gone })).await;
        let before = (ada.stored().await, bob.stored().await);
        for (mutation, input) in [
            ("createTask", input),
            ("updateTask", json!({ "id": id, "title": "tea", "tagIds": [tag] })),
            ("updateTag", json!({ "id": tag, "name": "home" })),
            ("updateProfile", json!({ "name": null })),
            ("updateProfile", json!({})),
        ] {
            ada.done(mutation, input).await;
        }
        for (mutation, input, refused) in [
            ("createTask", json!({ "id": id, "title": "other" }), "CONFLICT"),
            ("createTask", json!({ "id": gone, "title": "gone" }), "CONFLICT"),
            ("createTask", json!({ "title": "tea", "tagIds": [TagId::fresh().to_string()] }), "NOT_FOUND"),
            ("updateTask", json!({ "id": id, "title": "other", "expectedVersion": 2 }), "CONFLICT"),
            ("updateTask", json!({ "id": gone, "title": "other" }), "NOT_FOUND"),
            ("deleteTask", json!({ "id": id, "expectedVersion": 2 }), "CONFLICT"),
            ("deleteTask", json!({ "id": gone }), "NOT_FOUND"),
            ("createTag", json!({ "name": "HOME" }), "CONFLICT"),
            ("updateTag", json!({ "id": tag, "name": "Work" }), "CONFLICT"),
            ("deleteTag", json!({ "id": TagId::fresh().to_string() }), "NOT_FOUND"),
        ] {
            assert_eq!(ada.refused(mutation, input).await, code(refused), "{mutation}");
        }
        assert_eq!((ada.stored().await, bob.stored().await), before);
    }

    async fn writes_at_once_have_a_rev_each_and_leave_no_gap(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let (hers, his) = (ada.rev().await, bob.rev().await);
        join_all((0..20).map(|number| {
            let person = if number % 2 == 0 { &ada } else { &bob };
            person.done("createTask", json!({ "title": format!("task {number}") }))
        }))
        .await;
        for (person, start) in [(&ada, hers), (&bob, his)] {
            let stored = person.stored().await;
            let mut revs: Vec<_> = stored.tasks.iter().map(|task| task.rev).collect();
            revs.sort_unstable();
            assert_eq!(revs, (start + 1..=start + 10).collect::<Vec<_>>());
            assert_eq!(stored.rev, start + 10);
        }
    }
}
