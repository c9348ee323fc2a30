//! Tasks: adding, changing and removing one.

use crate::field::{Change, Description};
use crate::id::{TagId, TaskId};
use crate::store::digest::Digest;
use crate::store::owned_query::{OwnedQuery, Value};
use crate::store::owned_sql::OwnedSql;
use crate::store::write::{BURY, Missed, Outcome, WAS_DELETED, Written, write_owned};
use crate::store::{NewTask, OwnedTasks, Task, TaskChange};
use crate::text::sort_key;
use crate::time::Timestamp;

const FIND: OwnedSql = OwnedSql::new(
    "select id, title, description, completed, completed_at, priority, due_at, version, created_at, updated_at \
     from tasks where owner_id = $1 and id = $2",
);

impl OwnedTasks<'_> {
    /// Makes a task. The same creation under the same chosen id makes it once and answers with what it has become.
    pub async fn add(&self, new: &NewTask, now: Timestamp) -> Written<Task> {
        const ADD: OwnedSql = OwnedSql::new(
            "insert into tasks (owner_id, id, title, description, completed, completed_at, priority, due_at, \
             version, rev, created_rev, created_at, updated_at, creation, title_key, words) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $9, $10, $10, $11, $12, $13) \
             on conflict (owner_id, id) do nothing \
             returning id, title, description, completed, completed_at, priority, due_at, version, created_at, \
             updated_at",
        );
        const SAME: OwnedSql = OwnedSql::new(
            "select id, title, description, completed, completed_at, priority, due_at, version, created_at, \
             updated_at from tasks where owner_id = $1 and id = $2 and creation = $3",
        );
        let creation = new.digest();
        let id = new.id.unwrap_or_else(TaskId::fresh);
        let title = new.title.as_str();
        let description = new.description.as_ref().map(Description::as_str);
        write_owned!(self, |transaction, rev| {
            if new.id.is_some() {
                let deleted: Option<(i64,)> =
                    WAS_DELETED.of(self.owner).bind(id.to_string()).fetch_optional(&mut *transaction).await?;
                if deleted.is_some() {
                    return Ok(Outcome::Missed(Missed::IdTaken));
                }
            }
            let added: Option<Task> = ADD
                .of(self.owner)
                .bind(id)
                .bind(title)
                .bind(description)
                .bind(new.completed)
                .bind(new.completed.then_some(now))
                .bind(new.priority)
                .bind(new.due_at)
                .bind(rev)
                .bind(now)
                .bind(&creation[..])
                .bind(sort_key(title))
                .bind(self.searchable(title, description))
                .fetch_optional(&mut *transaction)
                .await?;
            if let Some(task) = added {
                if !new.tags.is_empty() {
                    let carried: Vec<(TagId,)> =
                        self.carry(id, &new.tags).rows()?.fetch_all(&mut *transaction).await?;
                    if carried.len() != new.tags.len() {
                        return Ok(Outcome::Missed(Missed::Absent));
                    }
                }
                Ok(Outcome::Wrote(task))
            } else {
                let same: Option<Task> = SAME
                    .of(self.owner)
                    .bind(id)
                    .bind(&creation[..])
                    .fetch_optional(&mut *transaction)
                    .await?;
                Ok(same.map_or(Outcome::Missed(Missed::IdTaken), Outcome::Unchanged))
            }
        })
    }

    /// Changes a task. A change that changes nothing answers the task as it is, its version as it was.
    pub async fn change(&self, id: TaskId, change: &TaskChange, now: Timestamp) -> Written<Task> {
        const CARRIED: OwnedSql = OwnedSql::new(
            "select tag_id from task_tags where owner_id = $1 and task_id = $2 order by tag_id",
        );
        const PUT_DOWN: OwnedSql =
            OwnedSql::new("delete from task_tags where owner_id = $1 and task_id = $2 returning tag_id");
        const CHANGE: OwnedSql = OwnedSql::new(
            "update tasks set title = $3, description = $4, completed = $5, completed_at = $6, priority = $7, \
             due_at = $8, title_key = $9, words = $10, rev = $11, updated_at = $12, version = version + 1 \
             where owner_id = $1 and id = $2 \
             returning id, title, description, completed, completed_at, priority, due_at, version, created_at, \
             updated_at",
        );
        write_owned!(self, |transaction, rev| {
            let found: Option<Task> = FIND.of(self.owner).bind(id).fetch_optional(&mut *transaction).await?;
            let Some(task) = found else { return Ok(Outcome::Missed(Missed::Absent)) };
            if change.expected_version.is_some_and(|expected| expected != task.version) {
                return Ok(Outcome::Missed(Missed::Stale));
            }
            let mut changed = change.applied_to(&task, now);
            let mut retagged = false;
            if let Change::Set(tags) = &change.tags {
                let carried: Vec<(TagId,)> =
                    CARRIED.of(self.owner).bind(id).fetch_all(&mut *transaction).await?;
                if !carried.iter().map(|(tag,)| tag).eq(tags) {
                    let _: Vec<(TagId,)> =
                        PUT_DOWN.of(self.owner).bind(id).fetch_all(&mut *transaction).await?;
                    let carried: Vec<(TagId,)> =
                        self.carry(id, tags).rows()?.fetch_all(&mut *transaction).await?;
                    if carried.len() != tags.len() {
                        return Ok(Outcome::Missed(Missed::Absent));
                    }
                    retagged = true;
                }
            }
            if retagged || changed != task {
                changed = CHANGE
                    .of(self.owner)
                    .bind(id)
                    .bind(&changed.title)
                    .bind(&changed.description)
                    .bind(changed.completed)
                    .bind(changed.completed_at)
                    .bind(changed.priority)
                    .bind(changed.due_at)
                    .bind(sort_key(&changed.title))
                    .bind(self.searchable(&changed.title, changed.description.as_deref()))
                    .bind(rev)
                    .bind(now)
                    .fetch_one(&mut *transaction)
                    .await?;
                Ok(Outcome::Wrote(changed))
            } else {
                Ok(Outcome::Unchanged(task))
            }
        })
    }

    /// Removes a task and leaves its tombstone.
    pub async fn remove(&self, id: TaskId, expected_version: Option<i32>, now: Timestamp) -> Written<()> {
        const REMOVE: OwnedSql =
            OwnedSql::new("delete from tasks where owner_id = $1 and id = $2 returning version");
        write_owned!(self, |transaction, rev| {
            let removed: Option<(i32,)> =
                REMOVE.of(self.owner).bind(id).fetch_optional(&mut *transaction).await?;
            let Some((version,)) = removed else { return Ok(Outcome::Missed(Missed::Absent)) };
            if expected_version.is_some_and(|expected| expected != version) {
                return Ok(Outcome::Missed(Missed::Stale));
            }
            let _: (i64,) = BURY
                .of(self.owner)
                .bind(id.to_string())
                .bind(rev)
                .bind(now)
                .fetch_one(&mut *transaction)
                .await?;
            Ok(Outcome::Wrote(()))
        })
    }

    /// Makes a task carry those of the tags that are the owner's, and tells which.
    fn carry(&self, task: TaskId, tags: &[TagId]) -> OwnedQuery {
        const CARRY: OwnedSql = OwnedSql::new(
            "insert into task_tags (owner_id, task_id, tag_id) \
             select g.owner_id, t.id, g.id from tasks t join tags g on g.owner_id = $1 \
             where t.owner_id = $1 and t.id = ",
        );
        let mut query = CARRY.query(self.owner, self.store.kind());
        query.bind(Value::Id(task.uuid())).push(" and g.id");
        query.among(tags.iter().map(|tag| tag.uuid()).collect()).push(" returning tag_id");
        query
    }
}

impl NewTask {
    /// The same for the same creation sent again.
    pub(super) fn digest(&self) -> Vec<u8> {
        let mut digest = Digest::new("task");
        digest.text(Some(self.title.as_str()));
        digest.text(self.description.as_ref().map(Description::as_str));
        digest.number(i64::from(self.completed));
        digest.number(self.priority as i64);
        digest.number(self.due_at.map_or(i64::MIN, Timestamp::millis));
        for tag in &self.tags {
            digest.bytes(tag.uuid().as_bytes());
        }
        digest.finish()
    }
}

impl TaskChange {
    /// The task as it shall be, tags and version aside. `completed_at` tells when `completed` last became true.
    fn applied_to(&self, task: &Task, now: Timestamp) -> Task {
        let completed = self.completed.of(&task.completed, |completed| *completed);
        Task {
            title: self.title.of(&task.title, |title| title.as_str().to_owned()),
            description: self
                .description
                .of(&task.description, |text| text.as_ref().map(|text| text.as_str().to_owned())),
            completed,
            completed_at: completed.then(|| task.completed_at.unwrap_or(now)),
            priority: self.priority.of(&task.priority, |priority| *priority),
            due_at: self.due_at.of(&task.due_at, |instant| *instant),
            ..task.clone()
        }
    }
}
