//! A statement on an owned table whose conditions come and go.

use std::fmt::Write as _;

use sqlx::error::BoxDynError;
use sqlx::query::QueryAs;
use sqlx::{Arguments, AssertSqlSafe, Database, FromRow, IntoArguments, Postgres, Sqlite};
use uuid::Uuid;

use crate::time::Timestamp;

use super::owned_sql::keeps_scope;
use super::owner::Owner;
use super::page::SortKey;
use super::pool::Kind;

/// A value to be bound.
#[derive(Debug)]
pub(super) enum Value {
    Id(Uuid),
    /// Bound as an array in PostgreSQL and as a JSON array of hexadecimal text in SQLite.
    Ids(Vec<Uuid>),
    Time(Timestamp),
    Small(i16),
    Big(i64),
    Flag(bool),
    Text(String),
    Bytes(Vec<u8>),
    MaybeTime(Option<Timestamp>),
    MaybeText(Option<String>),
}

impl From<&SortKey> for Value {
    fn from(key: &SortKey) -> Self {
        match key {
            SortKey::Time(time) => Self::Time(*time),
            SortKey::Number(number) => Self::Small(*number),
            SortKey::Text(text) => Self::Text(text.clone()),
        }
    }
}

/// A growing statement: it starts scoped to its owner, and only ever adds fixed text and bound values.
pub(super) struct OwnedQuery {
    text: String,
    values: Vec<Value>,
    kind: Kind,
}

impl OwnedQuery {
    /// Use [`OwnedSql::query`](super::owned_sql::OwnedSql::query), which has checked the text.
    pub(super) fn new(text: &'static str, owner: &Owner, kind: Kind) -> Self {
        let mut all = String::with_capacity(512);
        all.push_str(text);
        Self { text: all, values: vec![Value::Id(owner.user_id().uuid())], kind }
    }

    /// Adds fixed text, which must not widen the scope that the statement began with.
    pub(super) fn push(&mut self, text: &'static str) -> &mut Self {
        debug_assert!(keeps_scope(text), "{text}");
        self.text.push_str(text);
        self
    }

    /// Adds a placeholder for a value.
    pub(super) fn bind(&mut self, value: Value) -> &mut Self {
        self.values.push(value);
        // Writing to a string cannot fail.
        let _ = write!(self.text, "${}", self.values.len());
        self
    }

    /// Adds what, after a column of ids, makes it one of these.
    pub(super) fn among(&mut self, ids: Vec<Uuid>) -> &mut Self {
        let (before, after) = match self.kind {
            Kind::Sqlite => (" in (select unhex(value) from json_each(", "))"),
            Kind::Postgres => (" = any(", ")"),
        };
        self.push(before).bind(Value::Ids(ids)).push(after)
    }

    /// Adds a condition on `t`, the tasks: all of these words occur, the last one as a prefix.
    pub(super) fn matching(&mut self, words: &[String]) -> &mut Self {
        let query = Value::Text(search_query(self.kind, words));
        match self.kind {
            Kind::Sqlite => self
                .push(" and t.seq in (select rowid from task_search where task_search match ")
                .bind(query)
                .push(")"),
            Kind::Postgres => self.push(" and t.search @@ ").bind(query).push("::text::tsquery"),
        }
    }

    /// The statement with all its values, ready to run.
    #[expect(clippy::disallowed_methods, reason = "one of the two places that turn owned SQL into a query")]
    pub(super) fn rows<'q, DB, Row>(self) -> Result<QueryAs<'q, DB, Row, DB::Arguments>, sqlx::Error>
    where
        DB: Bind,
        DB::Arguments: IntoArguments<DB>,
        Row: for<'r> FromRow<'r, DB::Row>,
    {
        let mut arguments = DB::Arguments::default();
        for value in self.values {
            DB::add(&mut arguments, value).map_err(sqlx::Error::Encode)?;
        }
        // Safe: the text is made of `&'static str` and of the numbers of placeholders.
        Ok(sqlx::query_as_with(AssertSqlSafe(self.text), arguments))
    }
}

/// A full-text query. Each word is quoted, so that none can be an operator; words hold letters and digits only, so that
/// none can end its quotation.
fn search_query(kind: Kind, words: &[String]) -> String {
    let (and, quote, prefix) = match kind {
        Kind::Sqlite => (" AND ", "\"", " *"),
        Kind::Postgres => (" & ", "'", ":*"),
    };
    let quoted: Vec<String> = words.iter().map(|word| format!("{quote}{word}{quote}")).collect();
    quoted.join(and) + prefix
}

/// A database that takes a [`Value`].
pub(super) trait Bind: Database {
    fn add(arguments: &mut Self::Arguments, value: Value) -> Result<(), BoxDynError>;
}

macro_rules! bind {
    ($db:ty, |$ids:ident| $list:expr) => {
        impl Bind for $db {
            fn add(arguments: &mut Self::Arguments, value: Value) -> Result<(), BoxDynError> {
                match value {
                    Value::Id(id) => arguments.add(id),
                    Value::Ids($ids) => arguments.add($list),
                    Value::Time(time) => arguments.add(time),
                    Value::Small(number) => arguments.add(number),
                    Value::Big(number) => arguments.add(number),
                    Value::Flag(flag) => arguments.add(flag),
                    Value::Text(text) => arguments.add(text),
                    Value::Bytes(bytes) => arguments.add(bytes),
                    Value::MaybeTime(time) => arguments.add(time),
                    Value::MaybeText(text) => arguments.add(text),
                }
            }
        }
    };
}

bind!(Postgres, |ids| ids);
bind!(Sqlite, |ids| json_array(&ids));

fn json_array(ids: &[Uuid]) -> String {
    let mut list = String::with_capacity(2 + 35 * ids.len());
    list.push('[');
    for (at, id) in ids.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(list, "{comma}\"{}\"", id.as_simple());
    }
    list.push(']');
    list
}
