//! Tasks.

use async_graphql::{Context, Enum, ID, Object};

use crate::id::TaskId;
use crate::service::{Answer, Failure, Refusal};
use crate::store::{self, Priority};

use super::connection::TaskConnection;
use super::context::Viewer as _;
use super::cost::{cost, list_size, names};
use super::guard::{InResolver, SignedIn};
use super::list::{MOST_TAGS, Paging, TaskFilter, TaskList, TaskOrder, USUAL};
use super::row::{OneRow, Row, Tell};
use super::rows::Rows;
use super::scalar::{DateTime, id_of};
use super::tag::Tag;
use super::user::User;

/// How much a task matters.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Priority")]
pub(super) enum TaskPriority {
    /// Some day.
    Low,
    /// As most.
    Normal,
    /// Before others.
    High,
    /// At once.
    Urgent,
}

/// Something to be done.
#[derive(Debug, Clone)]
pub(super) struct Task {
    row: store::Task,
    /// What it carries, where that was read together with it.
    carried: Option<Vec<store::Tag>>,
}

impl From<store::Task> for Task {
    fn from(row: store::Task) -> Self {
        Self { row, carried: None }
    }
}

impl Task {
    /// The task as it was when it carried these.
    pub(super) fn carrying(row: store::Task, carried: Option<Vec<store::Tag>>) -> Self {
        Self { row, carried }
    }

    pub(super) fn row(&self) -> &store::Task {
        &self.row
    }
}

/// Something to be done.
#[Object]
impl Task {
    /// Names the task across the API.
    pub(super) async fn id(&self) -> ID {
        ID(self.row.id.to_string())
    }

    /// What it is called.
    async fn title(&self) -> &str {
        &self.row.title
    }

    /// What it is about.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn description(&self) -> Option<&str> {
        self.row.description.as_deref()
    }

    /// Whether it is done.
    async fn completed(&self) -> bool {
        self.row.completed
    }

    /// Since when it is done.
    async fn completed_at(&self) -> Option<DateTime> {
        self.row.completed_at.map(DateTime::from)
    }

    /// How much it matters.
    async fn priority(&self) -> TaskPriority {
        self.row.priority.into()
    }

    /// When it shall be done.
    async fn due_at(&self) -> Option<DateTime> {
        self.row.due_at.map(DateTime::from)
    }

    /// The tags it carries, by name: at most 20.
    #[graphql(directive = list_size::apply(i32::try_from(MOST_TAGS).ok(), None, None, None))]
    async fn tags(&self, ctx: &Context<'_>) -> Answer<Rows<Tag>> {
        match &self.carried {
            Some(tags) => Ok(tags.iter().cloned().map(Tag::from).collect()),
            None => Ok(ctx.loaders()?.tags_of_task(self.row.id).await?.into_iter().collect()),
        }
    }

    /// Whose it is.
    async fn owner(&self, ctx: &Context<'_>) -> Answer<OneRow<User>> {
        Ok(OneRow(ctx.loaders()?.me().await?))
    }

    /// Grows by one with every change; give it as `expectedVersion` to refuse overwriting someone's newer edit.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }
}

impl Row for Task {
    type Holder = store::Task;

    fn holder(&self) -> &store::Task {
        &self.row
    }

    fn at_hand(field: &str) -> Option<Tell<store::Task>> {
        Some(match field {
            "id" => |task| task.id.to_string().into(),
            "title" => |task| task.title.as_str().into(),
            "description" => |task| task.description.as_deref().into(),
            "completed" => |task| task.completed.into(),
            "completedAt" => |task| task.completed_at.map(DateTime::from).into(),
            "priority" => |task| TaskPriority::from(task.priority).into(),
            "dueAt" => |task| task.due_at.map(DateTime::from).into(),
            "version" => |task| task.version.into(),
            "createdAt" => |task| DateTime::from(task.created_at).into(),
            "updatedAt" => |task| DateTime::from(task.updated_at).into(),
            _ => return None,
        })
    }
}

/// What the signed-in user asks about their tasks.
#[derive(Default)]
pub(super) struct TaskQuery;

#[Object(guard = "SignedIn")]
impl TaskQuery {
    /// One of the signed-in user's tasks; `NOT_FOUND` when it does not exist or is someone else's.
    #[graphql(guard = "InResolver")]
    async fn task(&self, ctx: &Context<'_>, id: ID) -> Option<Answer<Task>> {
        Some(find(ctx, &id).await)
    }

    /// The signed-in user's tasks, newest first unless ordered otherwise.
    #[graphql(directive = list_size::apply(Some(USUAL), Some(names(["first", "last"])), Some(names(["edges", "nodes"])), Some(false)))]
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many from the start: 1 to 100, and 20 when neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor.")] before: Option<String>,
        #[graphql(desc = "Only the tasks that meet all that is given.")] filter: Option<TaskFilter>,
        #[graphql(desc = "Newest first, when left out.")] order_by: Option<TaskOrder>,
    ) -> Answer<TaskConnection> {
        let list = TaskList::read(Paging { first, after, last, before }, filter, order_by)?;
        TaskConnection::alone(ctx, list).await
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Answer<Task> {
    ctx.owner()?;
    let id: TaskId = id_of(id, "id")?;
    ctx.loaders()?.task(id).await?.ok_or(Failure::Refused(Refusal::NotFound))
}
