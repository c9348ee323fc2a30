//! Tasks: adding very many at once, for demonstrations and imports.

use crate::field::Description;
use crate::id::{TagId, TaskId};
use crate::store::owned_query::{OwnedQuery, Value};
use crate::store::owned_sql::OwnedSql;
use crate::store::write::{Missed, Outcome, Written, write_owned};
use crate::store::{NewTask, OwnedTasks};
use crate::text::sort_key;
use crate::time::Timestamp;

/// Rows of one statement: enough to make its cost small, few enough for SQLite's 32,766 parameters.
const ROWS: usize = 250;

impl OwnedTasks<'_> {
    /// Makes all of these tasks or none, each as old as it says. Ids must be fresh, tags the owner's.
    pub async fn add_many(&self, new: &[(Timestamp, NewTask)]) -> Written<()> {
        const RESERVE: OwnedSql =
            OwnedSql::new("update owner_clock set rev = rev + $2 where owner_id = $1 returning rev");
        let named: Vec<(TaskId, &(Timestamp, NewTask))> =
            new.iter().map(|row| (row.1.id.unwrap_or_else(TaskId::fresh), row)).collect();
        let links: Vec<(TaskId, TagId)> =
            named.iter().flat_map(|(id, (_, task))| task.tags.iter().map(|tag| (*id, *tag))).collect();
        // The clock has ticked for the first row already.
        let further = i64::try_from(new.len()).unwrap_or(i64::MAX).saturating_sub(1);
        write_owned!(self, |transaction, rev| {
            let (last,): (i64,) = RESERVE.of(self.owner).bind(further).fetch_one(&mut *transaction).await?;
            let mut rev = rev;
            for rows in named.chunks(ROWS) {
                let added: Vec<(TaskId,)> =
                    self.insert_rows(rows, &mut rev).rows()?.fetch_all(&mut *transaction).await?;
                if added.len() != rows.len() {
                    return Ok(Outcome::Missed(Missed::IdTaken));
                }
            }
            for links in links.chunks(ROWS) {
                let _: Vec<(TagId,)> = self.insert_links(links).rows()?.fetch_all(&mut *transaction).await?;
            }
            Ok(Outcome::WroteUpTo(last, ()))
        })
    }

    fn insert_rows(&self, rows: &[(TaskId, &(Timestamp, NewTask))], rev: &mut i64) -> OwnedQuery {
        const ADD: OwnedSql = OwnedSql::new(
            "insert into tasks (owner_id, version, id, title, description, completed, completed_at, priority, \
             due_at, rev, created_rev, created_at, updated_at, creation, title_key, words) values ($1, 1",
        );
        let mut query = ADD.query(self.owner, self.store.kind());
        for (at, (id, (created_at, task))) in rows.iter().enumerate() {
            if at > 0 {
                query.push("), ($1, 1");
            }
            let title = task.title.as_str();
            let description = task.description.as_ref().map(Description::as_str);
            let values = [
                Value::Id(id.uuid()),
                Value::Text(title.to_owned()),
                Value::MaybeText(description.map(str::to_owned)),
                Value::Flag(task.completed),
                Value::MaybeTime(task.completed.then_some(*created_at)),
                Value::Small(task.priority as i16),
                Value::MaybeTime(task.due_at),
                Value::Big(*rev),
                Value::Big(*rev),
                Value::Time(*created_at),
                Value::Time(*created_at),
                Value::Bytes(task.digest()),
                Value::Text(sort_key(title)),
                Value::Text(self.searchable(title, description)),
            ];
            for value in values {
                query.push(", ").bind(value);
            }
            *rev += 1;
        }
        query.push(") on conflict (owner_id, id) do nothing returning id");
        query
    }

    fn insert_links(&self, links: &[(TaskId, TagId)]) -> OwnedQuery {
        const LINK: OwnedSql =
            OwnedSql::new("insert into task_tags (owner_id, task_id, tag_id) values ($1, ");
        let mut query = LINK.query(self.owner, self.store.kind());
        for (at, (task, tag)) in links.iter().enumerate() {
            if at > 0 {
                query.push("), ($1, ");
            }
            query.bind(Value::Id(task.uuid())).push(", ").bind(Value::Id(tag.uuid()));
        }
        query.push(") returning tag_id");
        query
    }
}
