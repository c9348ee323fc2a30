//! Reading what changed.

use sqlx::FromRow;

use crate::store::owned_sql::OwnedSql;
use crate::store::pool::on_connection;
use crate::store::tag::{by_task, carried};
use crate::store::transaction::on_snapshot;
use crate::store::{Changes, Forgotten, Mark, Object, OwnedChanges, StoreError, Tag, Task, Wanted, What};
use crate::time::Timestamp;

use super::Found;

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
    #[sqlx(flatten)]
    object: T,
    rev: i64,
    created_rev: i64,
}

#[derive(FromRow)]
struct Tombstone {
    rev: i64,
    node_id: String,
    deleted_at: Timestamp,
}

impl OwnedChanges<'_> {
    /// Where the clock stands: whoever starts there hears of what is yet to come.
    pub async fn now(&self) -> Result<Mark, StoreError> {
        const NOW: OwnedSql = OwnedSql::new("select rev from owner_clock where owner_id = $1");
        let clock: Option<(i64,)> =
            on_connection!(self.store, |connection| NOW.of(self.owner).fetch_optional(connection).await?);
        clock.map(|(rev,)| Mark::whole(rev)).ok_or(StoreError::NoOwner)
    }

    /// The change behind a whole copy, where it is the only one and one of a task; without its tags. One statement, which
    /// is what follows most writes.
    pub async fn next(&self, after: Mark) -> Result<Option<Changes>, StoreError> {
        const NEXT: OwnedSql = OwnedSql::new(
            "select t.id, t.title, t.description, t.completed, t.completed_at, t.priority, t.due_at, t.version, \
             t.created_at, t.updated_at, t.rev, t.created_rev from owner_clock c \
             join tasks t on t.owner_id = $1 and t.rev = c.rev where c.owner_id = $1 and c.rev = $2",
        );
        let clock = after.has() + 1;
        let next: Option<Stamped<Task>> = on_connection!(self.store, |connection| {
            NEXT.of(self.owner).bind(clock).fetch_optional(connection).await?
        });
        let wanted = Wanted { after, limit: 1, tags: false };
        Ok(next.map(|task| Changes::of(vec![task.found(after)], wanted, clock)))
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
        // `+ 0` as in `Slice::end`.
        const TASKS: OwnedSql = OwnedSql::new(
            "select id, title, description, completed, completed_at, priority, due_at, version, created_at, \
             updated_at, rev, created_rev from tasks where owner_id = $1 and rev > $2 order by rev limit $3 + 0",
        );
        const TAGS: OwnedSql = OwnedSql::new(
            "select id, name, color, created_at, updated_at, rev, created_rev from tags \
             where owner_id = $1 and rev > $2 order by rev limit $3 + 0",
        );
        const TOMBSTONES: OwnedSql = OwnedSql::new(
            "select node_id, rev, deleted_at from tombstones \
             where owner_id = $1 and rev > $2 order by rev limit $3 + 0",
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
