//! What was written, in the order of the cursors that the mutations answered.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use serde_json::{Value, json};

/// Objects by their ids, each as far as a copy knows it.
pub type State = BTreeMap<String, Value>;

/// What a mutation did to one object.
#[derive(Debug, Clone)]
pub enum Deed {
    Put(Value),
    Change(&'static str, Value),
    /// Another title and other tags.
    Both(String, Vec<String>),
    Remove,
}

#[derive(Default)]
pub struct History(Mutex<Known>);

#[derive(Default)]
struct Known {
    deeds: BTreeMap<String, (String, Deed)>,
    /// Something may have been written behind this cursor of which nobody knows.
    doubtful_from: Option<String>,
}

/// Takes an object in, with its tags in one order.
pub fn put(state: &mut State, node: &Value) {
    let mut node = node.clone();
    if let Some(tags) = node.get_mut("tags").and_then(Value::as_array_mut) {
        let mut ids: Vec<Value> = tags.iter().map(|tag| tag.get("id").unwrap_or(tag).clone()).collect();
        ids.sort_by_key(Value::to_string);
        *tags = ids;
    }
    let id = node["id"].as_str().expect("an id").to_owned();
    state.insert(id, node);
}

/// Takes an object away, and off all that carry it.
pub fn remove(state: &mut State, id: &str) {
    state.remove(id);
    for node in state.values_mut() {
        if let Some(tags) = node.get_mut("tags").and_then(Value::as_array_mut) {
            tags.retain(|tag| tag != id);
        }
    }
}

/// The same as a copy has it that does not ask for tags.
pub fn without_tags(state: &State) -> State {
    let mut state = state.clone();
    for node in state.values_mut().filter_map(Value::as_object_mut) {
        node.remove("tags");
    }
    state
}

impl History {
    pub fn add(&self, cursor: &str, id: &str, deed: Deed) {
        let before = self.known().deeds.insert(cursor.to_owned(), (id.to_owned(), deed));
        assert!(before.is_none(), "two writes have the cursor {cursor}");
    }

    /// The cursor of the last write that is known.
    pub fn last(&self) -> String {
        self.known().deeds.last_key_value().map(|(cursor, _)| cursor.clone()).unwrap_or_default()
    }

    /// A write that was begun when this was the last one may have been carried out.
    pub fn doubt(&self, since: String) {
        let mut known = self.known();
        let from = known.doubtful_from.get_or_insert_with(|| since.clone());
        *from = since.min(from.clone());
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().expect("nobody fell over")
    }

    /// Compares what copies were when they were whole with what there was then, as far as that is known.
    pub fn compare(&self, copies: &[(String, State)], with_tags: bool) -> usize {
        let known = self.known();
        let (mut state, mut deeds) = (State::new(), known.deeds.iter().peekable());
        let mut copies: Vec<_> = copies.iter().collect();
        copies.sort_by(|one, other| one.0.cmp(&other.0));
        let mut looked_at = 0;
        for (cursor, copy) in copies {
            if known.doubtful_from.as_ref().is_some_and(|from| cursor > from) {
                break;
            }
            while let Some((_, (id, deed))) = deeds.next_if(|(at, _)| *at <= cursor) {
                carry_out(&mut state, id, deed);
            }
            let then = if with_tags { state.clone() } else { without_tags(&state) };
            assert_eq!(copy, &then, "what was taken for whole at {cursor}");
            looked_at += 1;
        }
        looked_at
    }
}

fn carry_out(state: &mut State, id: &str, deed: &Deed) {
    match deed {
        Deed::Put(node) => put(state, node),
        Deed::Change(field, value) => {
            state.get_mut(id).expect("it is there to be changed")[*field] = value.clone();
        }
        Deed::Both(title, tags) => {
            let mut node = state.get(id).cloned().expect("it is there to be changed");
            node["title"] = json!(title);
            node["tags"] = json!(tags);
            put(state, &node);
        }
        Deed::Remove => remove(state, id),
    }
}

/// A task as a creation makes it.
pub fn task(id: &str, title: &str, tags: &[String]) -> Value {
    json!({ "id": id, "title": title, "completed": false, "tags": tags })
}
