//! What changed: the latest state of whatever was written behind a place, in the order of the writes.
//!
//! Nothing is kept for this but the `rev` in each row and the tombstones of what was deleted. So an object that changed
//! twice is told of once, where its last change stands, and a copy that has come to the end is the very state that all of
//! it was read from: one snapshot of the database.

mod forget;
mod mark;

use std::collections::HashMap;

use sqlx::FromRow;

use crate::id::TaskId;
use crate::time::Timestamp;

use super::owned_sql::OwnedSql;
use super::pool::on_connection;
use super::tag::{by_task, carried};
use super::transaction::on_snapshot;
use super::{Owner, Store, StoreError, Tag, Task};

pub use mark::{Mark, Reading};

/// One object that is another than it was.
#[derive(Debug, Clone)]
pub struct Change {
    /// What became of it.
    pub what: What,
    /// When.
    pub at: Timestamp,
    /// The place behind it.
    pub mark: Mark,
}

/// What became of an object.
#[derive(Debug, Clone)]
pub enum What {
    /// It was made.
    Created(Object),
    /// It was made before, and changed.
    Updated(Object),
    /// There is nothing under this id any more.
    Deleted(String),
}

impl What {
    fn bytes(&self) -> usize {
        match self {
            Self::Created(Object::Task(task, tags)) | Self::Updated(Object::Task(task, tags)) => {
                let names = tags.iter().flatten().map(|tag| tag.name.len());
                task.title.len() + task.description.as_ref().map_or(0, String::len) + names.sum::<usize>()
            }
            Self::Created(Object::Tag(tag)) | Self::Updated(Object::Tag(tag)) => tag.name.len(),
            Self::Deleted(id) => id.len(),
        }
    }
}

/// What can change.
#[derive(Debug, Clone)]
pub enum Object {
    /// A task, and the tags that it carried at that moment where those were asked for.
    Task(Task, Option<Vec<Tag>>),
    /// A tag.
    Tag(Tag),
}

/// What changed behind a place.
#[derive(Debug, Clone)]
pub struct Changes {
    /// In the order of the writes.
    pub items: Vec<Change>,
    /// Where to go on.
    pub end: Mark,
}

impl Changes {
    /// As many of the first ones as have so many bytes of text together, and one at least. The others are still to be read.
    #[must_use]
    pub fn within(mut self, bytes: usize) -> Self {
        let mut sum = 0;
        let fits = |change: &&Change| {
            sum += change.what.bytes();
            sum <= bytes
        };
        let kept = self.items.iter().take_while(fits).count().max(1);
        self.items.truncate(kept);
        self.end = self.items.last().map_or(self.end, |change| change.mark);
        self
    }
}

/// What was deleted behind a place is not known any more, or the place is none that this database was ever at: its reader
/// has to start with an empty copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten;

/// What is wanted of the changes.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Those behind this place.
    pub after: Mark,
    /// So many at the most.
    pub limit: u32,
    /// Tasks with their tags.
    pub tags: bool,
}

/// What changes for one owner.
pub struct OwnedChanges<'s> {
    store: &'s Store,
    owner: &'s Owner,
}

impl Store {
    /// Opens the owner's changes.
    pub fn changes<'s>(&'s self, owner: &'s Owner) -> OwnedChanges<'s> {
        OwnedChanges { store: self, owner }
    }
}

/// Where the clock stands, and the first change of each kind behind a place.
#[derive(FromRow)]
struct Head {
    rev: i64,
    forgotten: i64,
    task: Option<i64>,
    tag: Option<i64>,
    tombstone: Option<i64>,
}

#[derive(FromRow)]
struct Stamped<T> {
    rev: i64,
    created_rev: i64,
    #[sqlx(flatten)]
    object: T,
}

#[derive(FromRow)]
struct Tombstone {
    rev: i64,
    node_id: String,
    deleted_at: Timestamp,
}

/// A change, and its place among the others.
type Found = (i64, What, Timestamp);

impl OwnedChanges<'_> {
    /// Where the clock stands: whoever starts there hears of what is yet to come.
    pub async fn now(&self) -> Result<Mark, StoreError> {
        const NOW: OwnedSql = OwnedSql::new("select rev from owner_clock where owner_id = $1");
        let clock: Option<(i64,)> =
            on_connection!(self.store, |connection| NOW.of(self.owner).fetch_optional(connection).await?);
        clock.map(|(rev,)| Mark::whole(rev)).ok_or(StoreError::NoOwner)
    }

    /// What changed behind a place; [`Forgotten`] where that is not known.
    pub async fn read(&self, wanted: Wanted) -> Result<Result<Changes, Forgotten>, StoreError> {
        const HEAD: OwnedSql = OwnedSql::new(
            "select c.rev, c.forgotten, \
             (select min(rev) from tasks where owner_id = $1 and rev > $2) as task, \
             (select min(rev) from tags where owner_id = $1 and rev > $2) as tag, \
             (select min(rev) from tombstones where owner_id = $1 and rev > $2) as tombstone \
             from owner_clock c where c.owner_id = $1",
        );
        const TASKS: OwnedSql = OwnedSql::new(
            "select id, title, description, completed, completed_at, priority, due_at, version, created_at, \
             updated_at, rev, created_rev from tasks where owner_id = $1 and rev > $2 order by rev limit $3",
        );
        const TAGS: OwnedSql = OwnedSql::new(
            "select id, name, color, created_at, updated_at, rev, created_rev from tags \
             where owner_id = $1 and rev > $2 order by rev limit $3",
        );
        const TOMBSTONES: OwnedSql = OwnedSql::new(
            "select node_id, rev, deleted_at from tombstones \
             where owner_id = $1 and rev > $2 order by rev limit $3",
        );
        let (owner, after) = (self.owner, wanted.after);
        let probe = i64::from(wanted.limit) + 1;
        on_snapshot!(self.store, |connection| {
            let head = HEAD.of(owner).bind(after.at()).fetch_optional(&mut *connection).await?;
            let head: Head = head.ok_or(StoreError::NoOwner)?;
            if head.has_forgotten(after) {
                return Ok(Err(Forgotten));
            }
            let mut found: Vec<Found> = Vec::new();
            if head.task.is_some() {
                let rows = TASKS.of(owner).bind(after.at()).bind(probe).fetch_all(&mut *connection);
                found.extend(rows.await?.into_iter().map(|row: Stamped<Task>| row.found(after)));
            }
            if head.tag.is_some() {
                let rows = TAGS.of(owner).bind(after.at()).bind(probe).fetch_all(&mut *connection);
                found.extend(rows.await?.into_iter().map(|row: Stamped<Tag>| row.found(after)));
            }
            if head.tombstone.is_some() {
                let behind = after.deletions_after(head.rev);
                let rows = TOMBSTONES.of(owner).bind(behind).bind(probe).fetch_all(&mut *connection);
                found.extend(rows.await?.into_iter().map(Tombstone::found));
            }
            let mut changes = Changes::of(found, wanted, head.rev);
            let tasks = if wanted.tags { changes.tasks() } else { Vec::new() };
            if !tasks.is_empty() {
                let rows = carried(owner, self.store.kind(), &tasks).rows()?.fetch_all(&mut *connection);
                changes.put_tags(by_task(rows.await?));
            }
            Ok(Ok(changes))
        })
    }
}

impl Head {
    /// Whether deletions that the reader has to hear of may be forgotten, or the reader comes from another history: that
    /// of a database which was put back to an earlier state.
    fn has_forgotten(&self, after: Mark) -> bool {
        after.deletions_after(self.rev) < self.forgotten || after.at() > self.rev
    }
}

impl<T: Into<Object> + Changed> Stamped<T> {
    fn found(self, after: Mark) -> Found {
        let at = self.object.changed_at();
        let object = self.object.into();
        // What was made since the copy was whole may be in it or not: then the reader is told all the same that it is new.
        let is_new = self.created_rev > after.has();
        (self.rev, if is_new { What::Created(object) } else { What::Updated(object) }, at)
    }
}

impl Tombstone {
    fn found(self) -> Found {
        (self.rev, What::Deleted(self.node_id), self.deleted_at)
    }
}

trait Changed {
    fn changed_at(&self) -> Timestamp;
}

impl Changed for Task {
    fn changed_at(&self) -> Timestamp {
        self.updated_at
    }
}

impl Changed for Tag {
    fn changed_at(&self) -> Timestamp {
        self.updated_at
    }
}

impl From<Task> for Object {
    fn from(task: Task) -> Self {
        Self::Task(task, None)
    }
}

impl From<Tag> for Object {
    fn from(tag: Tag) -> Self {
        Self::Tag(tag)
    }
}

impl Changes {
    /// Puts what was found in each table in one order, and leaves what is too much for later.
    fn of(mut found: Vec<Found>, wanted: Wanted, clock: i64) -> Self {
        found.sort_by_key(|(rev, ..)| *rev);
        let limit = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
        let is_all = found.len() <= limit;
        found.truncate(limit);
        let mut mark = wanted.after;
        let mut items = Vec::with_capacity(found.len());
        for (rev, what, at) in found {
            mark = mark.step(rev, clock);
            items.push(Change { what, at, mark });
        }
        if is_all {
            mark = Mark::whole(clock);
            if let Some(last) = items.last_mut() {
                last.mark = mark;
            }
        }
        Self { items, end: mark }
    }

    fn tasks(&self) -> Vec<TaskId> {
        let tasks = self.items.iter().filter_map(|change| match &change.what {
            What::Created(Object::Task(task, _)) | What::Updated(Object::Task(task, _)) => Some(task.id),
            _ => None,
        });
        tasks.collect()
    }

    fn put_tags(&mut self, mut tags: HashMap<TaskId, Vec<Tag>>) {
        for change in &mut self.items {
            if let What::Created(Object::Task(task, carried)) | What::Updated(Object::Task(task, carried)) =
                &mut change.what
            {
                *carried = Some(tags.remove(&task.id).unwrap_or_default());
            }
        }
    }
}
