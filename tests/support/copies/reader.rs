//! Somebody who keeps a copy, goes away and comes back, lags, and reads things twice.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::live::{Heard, Live};
use super::history::{State, put, remove};
use super::{Dice, Owner};

/// What a change tells a copy.
fn change(with_tags: bool) -> String {
    let tags = if with_tags { "tags { id }" } else { "" };
    format!(
        "cursor kind nodeId caughtUp node {{ ... on Task {{ id title completed {tags} }} ... on Tag {{ id name }} }}"
    )
}

/// After so long without a change it is looked whether there will be any.
const SILENCE: Duration = Duration::from_millis(50);

/// A copy and its reader.
pub struct Reader {
    pub with_tags: bool,
    owner: Owner,
    dice: Dice,
    cursor: Option<String>,
    /// Cursors that it had before, to which it may go back.
    before: Vec<String>,
    /// It went back: what it is told may be no news.
    reads_twice: bool,
    pub copy: State,
    /// What the copy was whenever it had caught up, and with which cursor.
    pub whole: Vec<(String, State)>,
}

impl Reader {
    pub fn new(owner: Owner, dice: Dice, with_tags: bool) -> Self {
        let (before, copy, whole) = (Vec::new(), State::new(), Vec::new());
        Self { with_tags, owner, dice, cursor: None, before, reads_twice: false, copy, whole }
    }

    /// Asks for pages until the last change is in the copy.
    pub async fn ask(mut self, is_last: impl Fn(&str) -> bool) -> Self {
        let query = format!(
            "query ($after: String, $first: Int) {{ changes(after: $after, first: $first) {{ nodes {{ {} }} \
             pageInfo {{ hasNextPage endCursor }} }} }}",
            change(self.with_tags)
        );
        loop {
            let first = 1 + self.dice.roll(7);
            let asked = json!({ "after": self.cursor, "first": first });
            let answer = self.owner.ask_any(&mut self.dice, &query, &asked).await;
            let changes = &answer["data"]["changes"];
            let nodes = changes["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
            assert!(nodes.len() <= first);
            for (place, change) in nodes.iter().enumerate() {
                let is_end = place + 1 == nodes.len() && changes["pageInfo"]["hasNextPage"] == json!(false);
                assert_eq!(change["caughtUp"], json!(is_end), "{changes}");
                self.take(change);
            }
            let end = changes["pageInfo"]["endCursor"].as_str().expect("a cursor");
            assert!(self.cursor.as_deref().is_none_or(|cursor| cursor <= end), "{answer}");
            if nodes.is_empty() {
                self.cursor = Some(end.to_owned());
                tokio::task::yield_now().await;
            }
            if nodes.is_empty() && is_last(end) {
                return self;
            }
            self.go_back();
        }
    }

    /// Follows, with interruptions, until the last change is in the copy.
    pub async fn follow(mut self, is_last: impl Fn(&str) -> bool) -> Self {
        loop {
            let address = self.dice.pick(&self.owner.addresses).expect("a server").clone();
            let Some(mut live) = Live::connect(&address, &self.owner.token).await else { continue };
            let after = self.cursor.clone().unwrap_or("0000000000000000".to_owned());
            live.follow(Some(&after), &change(self.with_tags)).await;
            let mut patience = 1 + self.dice.roll(40);
            while patience > 0 || is_last("~") {
                patience = patience.saturating_sub(1);
                if self.cursor.as_deref().is_some_and(&is_last) {
                    return self;
                }
                match live.hear_within(SILENCE).await {
                    None => {}
                    Some(Heard::Message(message)) => {
                        let change = &message["payload"]["data"]["changes"];
                        assert!(!change.is_null(), "{message}");
                        self.take(change);
                    }
                    Some(Heard::Closed(_) | Heard::Broken) => break,
                }
            }
            self.go_back();
        }
    }

    /// Now and then, somewhere it has been before.
    fn go_back(&mut self) {
        if self.dice.roll(10) == 0
            && let Some(before) = self.dice.pick(&self.before)
        {
            self.cursor = Some(before.clone());
            self.reads_twice = true;
        }
    }

    fn take(&mut self, change: &Value) {
        let cursor = change["cursor"].as_str().expect("a cursor");
        assert!(
            self.cursor.as_deref().is_none_or(|before| before < cursor),
            "{change} after {:?}",
            self.cursor
        );
        let id = change["nodeId"].as_str().expect("an id");
        match change["kind"].as_str() {
            Some("DELETED") => {
                assert!(change["node"].is_null(), "{change}");
                remove(&mut self.copy, id);
            }
            Some(kind @ ("CREATED" | "UPDATED")) => {
                assert_eq!(change["node"]["id"], id, "{change}");
                let is_known = self.copy.contains_key(id);
                assert!(kind == "CREATED" || is_known || self.reads_twice, "not told of before: {change}");
                put(&mut self.copy, &change["node"]);
            }
            _ => panic!("{change}"),
        }
        if change["caughtUp"] == json!(true) {
            self.whole.push((cursor.to_owned(), self.copy.clone()));
            self.reads_twice = false;
        }
        self.before.push(cursor.to_owned());
        self.cursor = Some(cursor.to_owned());
    }
}
