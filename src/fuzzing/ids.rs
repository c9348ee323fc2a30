//! Ids as clients send them.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::id::{NodeId, SignInId, TagId, TaskId, UserId};

/// What is read as an id is written as it was read, and is of one kind; every UUID is an id of every kind.
pub fn ids(input: &[u8]) {
    if let Ok(text) = str::from_utf8(input) {
        let kinds = [
            reads_back::<UserId>(text).map(NodeId::User),
            reads_back::<TaskId>(text).map(NodeId::Task),
            reads_back::<TagId>(text).map(NodeId::Tag),
            reads_back::<SignInId>(text).map(NodeId::SignIn),
        ];
        let mut read = kinds.into_iter().flatten();
        assert_eq!(text.parse().ok(), read.next());
        assert_eq!(read.next(), None, "of two kinds");
    }
    if let Some(bytes) = input.first_chunk() {
        let uuid = Uuid::from_bytes(*bytes);
        assert_eq!(reads_back(&UserId::from(uuid).to_string()), Some(UserId::from(uuid)));
        assert_eq!(reads_back(&TaskId::from(uuid).to_string()), Some(TaskId::from(uuid)));
        assert_eq!(reads_back(&TagId::from(uuid).to_string()), Some(TagId::from(uuid)));
        assert_eq!(reads_back(&SignInId::from(uuid).to_string()), Some(SignInId::from(uuid)));
    }
}

fn reads_back<Id: FromStr + fmt::Display>(text: &str) -> Option<Id> {
    let id = text.parse::<Id>().ok()?;
    assert_eq!(id.to_string(), text);
    Some(id)
}
