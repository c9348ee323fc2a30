//! Tasks: lists of them, filtered, ordered, a page at a time; for the whole owner or for many tags at once.

use std::collections::HashMap;

use sqlx::FromRow;

use crate::id::TagId;
use crate::store::owned_query::{OwnedQuery, Value};
use crate::store::owned_sql::OwnedSql;
use crate::store::page::Columns;
use crate::store::pool::on_connection;
use crate::store::{
    Direction, OwnedTasks, Owner, Page, Position, Priority, Slice, SortKey, StoreError, Task,
};
use crate::text::sort_key;
use crate::time::Timestamp;

use super::search::signed;

/// Which tasks are wanted: those that meet all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TaskFilter {
    /// Done, or not.
    pub completed: Option<bool>,
    /// One of these; none at all when the list is empty. In order, none twice.
    pub priorities: Option<Vec<Priority>>,
    /// Carrying all of these. In order, none twice.
    pub tags: Vec<TagId>,
    /// Due at this instant or later.
    pub due_from: Option<Timestamp>,
    /// Due earlier than this instant.
    pub due_until: Option<Timestamp>,
    /// Created at this instant or later.
    pub created_from: Option<Timestamp>,
    /// Created earlier than this instant.
    pub created_until: Option<Timestamp>,
    /// With all these folded words in title or description, the last one as a prefix.
    pub words: Vec<String>,
}

/// What tasks can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskSort {
    /// When they were made.
    CreatedAt,
    /// When they were last changed.
    UpdatedAt,
    /// When they are due; those that never are come last in both directions.
    DueAt,
    /// How much they matter.
    Priority,
    /// The alphabet, whatever the case and the accents.
    Title,
}

/// An order of tasks; ties go by id in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TaskOrder {
    /// By what.
    pub by: TaskSort,
    /// Which way.
    pub direction: Direction,
}

impl TaskOrder {
    /// Where a task stands in this order.
    pub fn position(self, task: &Task) -> Position {
        let key = match (self.by, self.direction) {
            (TaskSort::CreatedAt, _) => SortKey::Time(task.created_at),
            (TaskSort::UpdatedAt, _) => SortKey::Time(task.updated_at),
            (TaskSort::DueAt, Direction::Ascending) => {
                SortKey::Time(task.due_at.unwrap_or(Timestamp::AFTER_ALL))
            }
            (TaskSort::DueAt, Direction::Descending) => {
                SortKey::Time(task.due_at.unwrap_or(Timestamp::BEFORE_ALL))
            }
            (TaskSort::Priority, _) => SortKey::Number(task.priority as i16),
            (TaskSort::Title, _) => SortKey::Text(sort_key(&task.title)),
        };
        Position { key, id: task.id.uuid() }
    }

    fn columns(self) -> Columns {
        let key = match (self.by, self.direction) {
            (TaskSort::CreatedAt, _) => "t.created_at",
            (TaskSort::UpdatedAt, _) => "t.updated_at",
            (TaskSort::DueAt, Direction::Ascending) => "t.due_asc",
            (TaskSort::DueAt, Direction::Descending) => "t.due_desc",
            (TaskSort::Priority, _) => "t.priority",
            (TaskSort::Title, _) => "t.title_key",
        };
        Columns { key, id: "t.id", direction: self.direction }
    }
}

#[derive(FromRow)]
struct Tagged {
    #[sqlx(flatten)]
    task: Task,
    tag_id: TagId,
}

impl OwnedTasks<'_> {
    /// A page of the owner's tasks.
    pub async fn list(
        &self,
        filter: &TaskFilter,
        order: TaskOrder,
        slice: &Slice,
    ) -> Result<Page<Task>, StoreError> {
        const LIST: OwnedSql = OwnedSql::new(
            "select t.id, t.title, t.description, t.completed, t.completed_at, t.priority, t.due_at, t.version, \
             t.created_at, t.updated_at from tasks t where t.owner_id = $1",
        );
        let mut query = LIST.query(self.owner, self.store.kind());
        filter.narrow(&mut query, self.owner);
        slice.bound(&mut query, order.columns());
        slice.order(&mut query, order.columns());
        slice.end(&mut query);
        let tasks = on_connection!(self.store, |connection| query.rows()?.fetch_all(connection).await?);
        Ok(slice.page(tasks))
    }

    /// How many tasks of the owner's the filter lets through.
    pub async fn count(&self, filter: &TaskFilter) -> Result<i64, StoreError> {
        const COUNT: OwnedSql = OwnedSql::new("select count(*) from tasks t where t.owner_id = $1");
        let mut query = COUNT.query(self.owner, self.store.kind());
        filter.narrow(&mut query, self.owner);
        let (count,): (i64,) =
            on_connection!(self.store, |connection| query.rows()?.fetch_one(connection).await?);
        Ok(count)
    }

    /// For each of the tags that carries any, a page of the tasks that carry it: one statement for all, which reads all
    /// tasks that carry one of the tags.
    pub async fn list_by_tag(
        &self,
        tags: &[TagId],
        filter: &TaskFilter,
        order: TaskOrder,
        slice: &Slice,
    ) -> Result<HashMap<TagId, Page<Task>>, StoreError> {
        const LIST: OwnedSql = OwnedSql::new(
            "with wanted as (select c.tag_id, t.id, row_number() over by_tag as place \
             from task_tags c join tasks t on t.owner_id = $1 and t.id = c.task_id \
             where c.owner_id = $1 and c.tag_id",
        );
        const PAGE: &str = ")) select t.id, t.title, t.description, t.completed, t.completed_at, t.priority, t.due_at, \
             t.version, t.created_at, t.updated_at, w.tag_id from wanted w \
             join tasks t on t.owner_id = $1 and t.id = w.id where w.place <= ";
        let mut query = LIST.query(self.owner, self.store.kind());
        query.among(tags.iter().map(|tag| tag.uuid()).collect());
        filter.narrow(&mut query, self.owner);
        slice.bound(&mut query, order.columns());
        query.push(" window by_tag as (partition by c.tag_id");
        slice.order(&mut query, order.columns());
        query.push(PAGE).bind(slice.probe()).push(" order by w.tag_id, w.place");
        let rows: Vec<Tagged> =
            on_connection!(self.store, |connection| query.rows()?.fetch_all(connection).await?);
        let mut tasks: HashMap<TagId, Vec<Task>> = HashMap::new();
        for row in rows {
            tasks.entry(row.tag_id).or_default().push(row.task);
        }
        Ok(tasks.into_iter().map(|(tag, tasks)| (tag, slice.page(tasks))).collect())
    }

    /// For each of the tags that carries any, how many tasks that carry it the filter lets through.
    pub async fn count_by_tag(
        &self,
        tags: &[TagId],
        filter: &TaskFilter,
    ) -> Result<HashMap<TagId, i64>, StoreError> {
        const COUNT: OwnedSql = OwnedSql::new(
            "select c.tag_id, count(*) from task_tags c join tasks t on t.owner_id = $1 and t.id = c.task_id \
             where c.owner_id = $1 and c.tag_id",
        );
        let mut query = COUNT.query(self.owner, self.store.kind());
        query.among(tags.iter().map(|tag| tag.uuid()).collect());
        filter.narrow(&mut query, self.owner);
        query.push(" group by c.tag_id");
        let counts: Vec<(TagId, i64)> =
            on_connection!(self.store, |connection| query.rows()?.fetch_all(connection).await?);
        Ok(counts.into_iter().collect())
    }
}

impl TaskFilter {
    /// Adds its conditions on `t`, the tasks.
    fn narrow(&self, query: &mut OwnedQuery, owner: &Owner) {
        if let Some(completed) = self.completed {
            query.push(" and t.completed = ").bind(Value::Flag(completed));
        }
        if let Some(priorities) = &self.priorities {
            query.push(" and t.priority in (null");
            for priority in priorities {
                query.push(", ").bind(Value::Small(*priority as i16));
            }
            query.push(")");
        }
        for tag in &self.tags {
            query.push(" and t.id in (select task_id from task_tags where owner_id = $1 and tag_id = ");
            query.bind(Value::Id(tag.uuid())).push(")");
        }
        let ends = [
            (" and t.due_at >= ", self.due_from),
            (" and t.due_at < ", self.due_until),
            (" and t.created_at >= ", self.created_from),
            (" and t.created_at < ", self.created_until),
        ];
        for (condition, instant) in ends {
            if let Some(instant) = instant {
                query.push(condition).bind(Value::Time(instant));
            }
        }
        if !self.words.is_empty() {
            query.matching(&signed(owner, &self.words));
        }
    }
}
