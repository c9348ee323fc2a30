//! The text of a statement on an owned table, checked when it is compiled.

use sqlx::query::QueryAs;
use sqlx::{Database, Encode, FromRow, Type};

use crate::id::UserId;

use super::owned_query::OwnedQuery;
use super::owner::Owner;
use super::pool::Kind;

/// A statement on an owned table; it runs only on behalf of an [`Owner`], who is always `$1`.
///
/// A tripwire against slips, not against malice: `tests/` parses every statement that is really sent.
pub(super) struct OwnedSql(&'static str);

impl OwnedSql {
    /// Stops the build unless the text scopes itself to `$1`.
    pub(super) const fn new(text: &'static str) -> Self {
        assert!(
            has(text, "owner_id = $1") || (has(text, "(owner_id,") && has(text, "values ($1,")),
            "owned SQL binds owner_id as $1"
        );
        assert!(keeps_scope(text), "owned SQL is lower case, one statement, and does not widen its scope");
        Self(text)
    }

    /// The same, for the one table whose owner is the row itself.
    pub(super) const fn on_users(text: &'static str) -> Self {
        assert!(has(text, "where id = $1"), "SQL on a user binds its id as $1");
        assert!(!has(text, "tasks") && !has(text, "tags"), "SQL on a user reads no owned table");
        assert!(
            keeps_scope(text),
            "SQL on a user is lower case, one statement, and does not widen its scope"
        );
        Self(text)
    }

    /// Starts the statement with the owner already bound: `$1` is never the caller's choice.
    #[expect(clippy::disallowed_methods, reason = "one of the two places that turn owned SQL into a query")]
    pub(super) fn of<'q, DB, Row>(&self, owner: &Owner) -> QueryAs<'q, DB, Row, DB::Arguments>
    where
        DB: Database,
        Row: for<'r> FromRow<'r, DB::Row>,
        UserId: Encode<'q, DB> + Type<DB>,
    {
        sqlx::query_as(self.0).bind(owner.user_id())
    }

    /// Starts a statement whose conditions come and go, with the owner already bound.
    pub(super) fn query(&self, owner: &Owner, kind: Kind) -> OwnedQuery {
        OwnedQuery::new(self.0, owner, kind)
    }
}

/// Whether a text, or a part of one, can neither widen a scope nor hide anything from these checks.
pub(super) const fn keeps_scope(text: &str) -> bool {
    is_lower_case(text)
        && !has_word(text, "or")
        && !has_word(text, "union")
        && !has(text, ";")
        && !has(text, "--")
        && !has(text, "/*")
}

const fn is_lower_case(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_uppercase() {
            return false;
        }
        at += 1;
    }
    true
}

pub(super) const fn has(text: &str, part: &str) -> bool {
    position(text.as_bytes(), part.as_bytes(), 0).is_some()
}

const fn has_word(text: &str, word: &str) -> bool {
    let (bytes, length) = (text.as_bytes(), word.len());
    let mut from = 0;
    while let Some(at) = position(bytes, word.as_bytes(), from) {
        let starts = at == 0 || !is_word_byte(bytes[at - 1]);
        let ends = at + length == bytes.len() || !is_word_byte(bytes[at + length]);
        if starts && ends {
            return true;
        }
        from = at + 1;
    }
    false
}

const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

const fn position(bytes: &[u8], part: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while at + part.len() <= bytes.len() {
        let mut length = 0;
        while length < part.len() && bytes[at + length] == part[length] {
            length += 1;
        }
        if length == part.len() {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scoped_text_passes() {
        let _ = OwnedSql::new("select id from tasks where owner_id = $1 order by id");
        let _ = OwnedSql::new("insert into tags (owner_id, id) values ($1, $2)");
        let _ = OwnedSql::on_users("select id from users where id = $1");
    }

    #[test]
    fn a_text_that_could_reach_a_stranger_does_not() {
        for text in [
            "select id from tasks",
            "select id from tasks where id = $1",
            "select id from tasks where owner_id = $1 or true",
            "select id from tasks where owner_id = $1 union select id from tasks",
            "SELECT id FROM tasks WHERE owner_id = $1 OR true",
            "delete from tasks where owner_id = $1; delete from tasks",
            "select id from tasks -- where owner_id = $1",
        ] {
            assert!(std::panic::catch_unwind(|| OwnedSql::new(text)).is_err(), "{text}");
        }
    }
}
