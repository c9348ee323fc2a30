//! Somebody who writes at random.

use std::sync::Arc;

use serde_json::{Value, json};

use super::history::{Deed, History, task};
use super::{Dice, Owner};

const CREATE_TAG: &str =
    "mutation ($input: CreateTagInput!) { done: createTag(input: $input) { cursor tag { id name } } }";
const UPDATE_TAG: &str = "mutation ($input: UpdateTagInput!) { done: updateTag(input: $input) { cursor } }";
const DELETE_TAG: &str = "mutation ($input: DeleteTagInput!) { done: deleteTag(input: $input) { cursor } }";
const CREATE: &str =
    "mutation ($input: CreateTaskInput!) { done: createTask(input: $input) { cursor task { id } } }";
const UPDATE: &str = "mutation ($input: UpdateTaskInput!) { done: updateTask(input: $input) { cursor } }";
const DELETE: &str = "mutation ($input: DeleteTaskInput!) { done: deleteTask(input: $input) { cursor } }";

/// Writes so often, and notes in the history what became of it.
pub async fn write(owner: Owner, history: Arc<History>, dice: Dice, writes: u32, number: u64) {
    let mut hand = Writer { owner, history, dice, number, count: 0, tasks: Vec::new(), tags: Vec::new() };
    for _ in 0..writes {
        hand.write_once().await;
    }
}

/// One more write, behind all others.
pub async fn last(owner: &Owner, history: &History, dice: &mut Dice) {
    let answer = owner.ask_any(dice, CREATE_TAG, &json!({ "input": { "name": "the last" } })).await;
    let done = &answer["data"]["done"];
    let id = done["tag"]["id"].as_str().unwrap_or_else(|| panic!("{answer}"));
    history.add(done["cursor"].as_str().expect("a cursor"), id, Deed::Put(done["tag"].clone()));
}

struct Writer {
    owner: Owner,
    history: Arc<History>,
    dice: Dice,
    number: u64,
    count: u32,
    /// Its own.
    tasks: Vec<String>,
    tags: Vec<String>,
}

impl Writer {
    async fn write_once(&mut self) {
        self.count += 1;
        // No write is to leave things as they were: that has no cursor of its own.
        let name = format!("{} of {}", self.count, self.number);
        let (task_id, tag_id) = (self.dice.pick(&self.tasks).cloned(), self.dice.pick(&self.tags).cloned());
        let some_tags: Vec<String> =
            self.tags.iter().filter(|_| self.dice.roll(2) == 0).take(20).cloned().collect();
        match (self.dice.roll(10), task_id, tag_id) {
            (0, _, Some(id)) => {
                if self.done(DELETE_TAG, json!({ "id": id }), &id, Deed::Remove).await.is_some() {
                    self.tags.retain(|tag| *tag != id);
                }
            }
            (1, _, Some(id)) => {
                let deed = Deed::Change("name", json!(name));
                self.done(UPDATE_TAG, json!({ "id": id, "name": name }), &id, deed).await;
            }
            (0..=2, ..) => {
                if let Some(tag) = self.send(CREATE_TAG, json!({ "name": name })).await {
                    let id = tag["tag"]["id"].as_str().expect("an id").to_owned();
                    self.note(&tag, &id, Deed::Put(tag["tag"].clone()));
                    self.tags.push(id);
                }
            }
            (3 | 4, Some(id), _) => {
                let deed = Deed::Change("title", json!(name));
                self.done(UPDATE, json!({ "id": id, "title": name }), &id, deed).await;
            }
            (5, Some(id), _) => {
                // The title as well, lest they are the same.
                let input = json!({ "id": id, "title": name, "tagIds": some_tags });
                let Some(done) = self.send(UPDATE, input).await else { return };
                self.note(&done, &id, Deed::Both(name, some_tags));
            }
            (6, Some(id), _) => {
                if self.done(DELETE, json!({ "id": id }), &id, Deed::Remove).await.is_some() {
                    self.tasks.retain(|task| *task != id);
                }
            }
            _ => {
                let input = json!({ "title": name, "tagIds": some_tags });
                if let Some(made) = self.send(CREATE, input).await {
                    let id = made["task"]["id"].as_str().expect("an id").to_owned();
                    self.note(&made, &id, Deed::Put(task(&id, &name, &some_tags)));
                    self.tasks.push(id);
                }
            }
        }
    }

    async fn done(&mut self, query: &str, input: Value, id: &str, deed: Deed) -> Option<()> {
        let done = self.send(query, input).await?;
        self.note(&done, id, deed);
        Some(())
    }

    fn note(&self, done: &Value, id: &str, deed: Deed) {
        self.history.add(done["cursor"].as_str().expect("a cursor"), id, deed);
    }

    /// The payload; `None` where it was refused, or nobody knows.
    async fn send(&mut self, query: &str, input: Value) -> Option<Value> {
        let before = self.history.last();
        let address = self.dice.pick(&self.owner.addresses).expect("a server").clone();
        let answer = self.owner.ask(&address, query, json!({ "input": input })).await;
        let Some(answer) = answer else {
            self.history.doubt(before);
            return None;
        };
        let done = &answer["data"]["done"];
        if done.is_null() {
            let code = &answer["errors"][0]["extensions"]["code"];
            assert!(code == "NOT_FOUND" || code == "UNAVAILABLE", "{answer}");
            return None;
        }
        Some(done.clone())
    }
}
