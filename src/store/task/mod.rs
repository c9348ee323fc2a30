//! Tasks: what is stored of one, and finding those whose ids are known.

mod bulk;
mod list;
mod search;
mod write;

use crate::field::{Change, Description, Title};
use crate::id::{TagId, TaskId};
use crate::time::Timestamp;

use super::by_place::by_place;
use super::owned_sql::OwnedSql;
use super::pool::on_connection;
use super::{Owner, Store, StoreError};

pub use list::{TaskFilter, TaskOrder, TaskSort};

/// How much a task matters. The numbers are how it is stored and ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
#[repr(i16)]
pub enum Priority {
    /// Some day.
    Low = 0,
    /// As most.
    Normal = 1,
    /// Before others.
    High = 2,
    /// At once.
    Urgent = 3,
}

/// A task as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Unique with its owner.
    pub id: TaskId,
    /// See [`Title`].
    pub title: String,
    /// See [`Description`].
    pub description: Option<String>,
    /// Whether it is done.
    pub completed: bool,
    /// Since when, if it is.
    pub completed_at: Option<Timestamp>,
    /// How much it matters.
    pub priority: Priority,
    /// When it shall be done.
    pub due_at: Option<Timestamp>,
    /// Grows by one with every change.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

by_place!(Task {
    id,
    title,
    description,
    completed,
    completed_at,
    priority,
    due_at,
    version,
    created_at,
    updated_at,
});

/// A task that shall be made.
#[derive(Debug)]
pub struct NewTask {
    /// The client's choice, under which the same creation may come again; else a fresh one.
    pub id: Option<TaskId>,
    /// What it is called.
    pub title: Title,
    /// What it is about.
    pub description: Option<Description>,
    /// Whether it is done from the start.
    pub completed: bool,
    /// How much it matters.
    pub priority: Priority,
    /// When it shall be done.
    pub due_at: Option<Timestamp>,
    /// In order, none twice.
    pub tags: Vec<TagId>,
}

/// What shall become of a task.
#[derive(Debug)]
pub struct TaskChange {
    /// The version that the change was made for.
    pub expected_version: Option<i32>,
    /// What it is called.
    pub title: Change<Title>,
    /// What it is about.
    pub description: Change<Option<Description>>,
    /// Whether it is done.
    pub completed: Change<bool>,
    /// How much it matters.
    pub priority: Change<Priority>,
    /// When it shall be done.
    pub due_at: Change<Option<Timestamp>>,
    /// All the tags it carries from then on: in order, none twice.
    pub tags: Change<Vec<TagId>>,
}

/// The tasks of one owner.
pub struct OwnedTasks<'s> {
    store: &'s Store,
    owner: &'s Owner,
}

impl Store {
    /// Opens the owner's tasks.
    pub fn tasks<'s>(&'s self, owner: &'s Owner) -> OwnedTasks<'s> {
        OwnedTasks { store: self, owner }
    }
}

impl OwnedTasks<'_> {
    /// Those of the wanted tasks that exist and are the owner's, in no order.
    pub async fn find(&self, ids: &[TaskId]) -> Result<Vec<Task>, StoreError> {
        const FIND: OwnedSql = OwnedSql::new(
            "select id, title, description, completed, completed_at, priority, due_at, version, created_at, \
             updated_at from tasks where owner_id = $1 and id",
        );
        let mut query = FIND.query(self.owner, self.store.kind());
        query.among(ids.iter().map(|id| id.uuid()).collect());
        Ok(on_connection!(self.store, |connection| query.rows()?.fetch_all(connection).await?))
    }
}
