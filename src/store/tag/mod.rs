//! Tags: what is stored of one, finding and listing them.

mod write;

use std::collections::HashMap;

use sqlx::FromRow;

use crate::field::{Change, Color, TagName};
use crate::id::{TagId, TaskId};
use crate::text::sort_key;
use crate::time::Timestamp;

use super::by_place::by_place;
use super::owned_query::OwnedQuery;
use super::owned_sql::OwnedSql;
use super::page::Columns;
use super::pool::on_connection;
use super::{Direction, Kind, Owner, Page, Position, Slice, SortKey, Store, StoreError};

/// A tag as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Unique with its owner.
    pub id: TagId,
    /// See [`TagName`].
    pub name: String,
    /// See [`Color`].
    pub color: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

by_place!(Tag { id, name, color, created_at, updated_at });

/// A tag that shall be made.
#[derive(Debug)]
pub struct NewTag {
    /// The client's choice, under which the same creation may come again; else a fresh one.
    pub id: Option<TagId>,
    /// What it is called.
    pub name: TagName,
    /// What it looks like.
    pub color: Option<Color>,
}

/// What shall become of a tag.
#[derive(Debug)]
pub struct TagChange {
    /// What it is called.
    pub name: Change<TagName>,
    /// What it looks like.
    pub color: Change<Option<Color>>,
}

/// The tags of one owner.
pub struct OwnedTags<'s> {
    store: &'s Store,
    owner: &'s Owner,
}

impl Store {
    /// Opens the owner's tags.
    pub fn tags<'s>(&'s self, owner: &'s Owner) -> OwnedTags<'s> {
        OwnedTags { store: self, owner }
    }
}

/// Tags have one order: the alphabet, whatever the case and the accents.
const BY_NAME: Columns = Columns { key: "sort_key", id: "id", direction: Direction::Ascending };

impl Tag {
    /// Where the tag stands among its owner's.
    pub fn position(&self) -> Position {
        Position { key: SortKey::Text(sort_key(&self.name)), id: self.id.uuid() }
    }
}

/// A tag, and a task that carries it.
#[derive(FromRow)]
pub(super) struct Carried {
    #[sqlx(flatten)]
    tag: Tag,
    task_id: TaskId,
}

impl OwnedTags<'_> {
    /// Those of the wanted tags that exist and are the owner's, in no order.
    pub async fn find(&self, ids: &[TagId]) -> Result<Vec<Tag>, StoreError> {
        const FIND: OwnedSql = OwnedSql::new(
            "select id, name, color, created_at, updated_at from tags where owner_id = $1 and id",
        );
        let mut query = FIND.query(self.owner, self.store.kind());
        query.among(ids.iter().map(|id| id.uuid()).collect());
        Ok(on_connection!(self.store, |connection| query.rows()?.fetch_all(connection).await?))
    }

    /// A page of the owner's tags.
    pub async fn list(&self, slice: &Slice) -> Result<Page<Tag>, StoreError> {
        const LIST: OwnedSql =
            OwnedSql::new("select id, name, color, created_at, updated_at from tags where owner_id = $1");
        let mut query = LIST.query(self.owner, self.store.kind());
        slice.bound(&mut query, BY_NAME);
        slice.order(&mut query, BY_NAME);
        slice.end(&mut query);
        let tags = on_connection!(self.store, |connection| query.rows()?.fetch_all(connection).await?);
        Ok(slice.page(tags))
    }

    /// How many tags the owner has.
    pub async fn count(&self) -> Result<i64, StoreError> {
        const COUNT: OwnedSql = OwnedSql::new("select count(*) from tags where owner_id = $1");
        let (count,): (i64,) =
            on_connection!(self.store, |connection| COUNT.of(self.owner).fetch_one(connection).await?);
        Ok(count)
    }

    /// For each of the tasks that carries any, all the tags it carries, by name: one statement for all.
    pub async fn carried_by(&self, tasks: &[TaskId]) -> Result<HashMap<TaskId, Vec<Tag>>, StoreError> {
        let query = carried(self.owner, self.store.kind(), tasks);
        Ok(by_task(on_connection!(self.store, |connection| query.rows()?.fetch_all(connection).await?)))
    }
}

/// What these tasks carry, by name.
pub(super) fn carried(owner: &Owner, kind: Kind, tasks: &[TaskId]) -> OwnedQuery {
    const LIST: OwnedSql = OwnedSql::new(
        "select g.id, g.name, g.color, g.created_at, g.updated_at, c.task_id \
         from task_tags c join tags g on g.owner_id = $1 and g.id = c.tag_id \
         where c.owner_id = $1 and c.task_id",
    );
    let mut query = LIST.query(owner, kind);
    query.among(tasks.iter().map(|task| task.uuid()).collect()).push(" order by g.sort_key, g.id");
    query
}

pub(super) fn by_task(rows: Vec<Carried>) -> HashMap<TaskId, Vec<Tag>> {
    let mut tags: HashMap<TaskId, Vec<Tag>> = HashMap::new();
    for row in rows {
        tags.entry(row.task_id).or_default().push(row.tag);
    }
    tags
}
