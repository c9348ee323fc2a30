//! Tasks: creating, changing and deleting them.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use crate::field::{Change, Description, Invalid, Title};
use crate::id::TaskId;
use crate::service::Answer;
use crate::store::{NewTask, TaskChange};

use super::context::Viewer as _;
use super::cost::cost;
use super::guard::SignedIn;
use super::mark;
use super::scalar::{DateTime, clearable, id_of, ids_of, required};
use super::task::{Task, TaskPriority};

/// A task that shall be made.
#[derive(InputObject)]
struct CreateTaskInput {
    /// Chosen by the client, so that sending the same creation twice creates once.
    id: Option<ID>,
    /// 1 to 200 characters.
    title: String,
    /// At most 10,000 characters.
    description: Option<String>,
    /// Whether it is done from the start.
    #[graphql(default)]
    completed: bool,
    /// How much it matters.
    #[graphql(default_with = "TaskPriority::Normal")]
    priority: TaskPriority,
    /// When it shall be done.
    due_at: Option<DateTime>,
    /// The tags it carries: at most 20.
    tag_ids: Option<Vec<ID>>,
}

/// What shall become of a task. Left out: unchanged. Null: cleared, where the field can be null.
#[derive(InputObject)]
struct UpdateTaskInput {
    /// Which one.
    id: ID,
    /// The version that the change was made for; `CONFLICT` when the task has another by now.
    expected_version: Option<i32>,
    /// 1 to 200 characters.
    title: MaybeUndefined<String>,
    /// At most 10,000 characters.
    description: MaybeUndefined<String>,
    /// Whether it is done; `completedAt` follows.
    completed: MaybeUndefined<bool>,
    /// How much it matters.
    priority: MaybeUndefined<TaskPriority>,
    /// When it shall be done.
    due_at: MaybeUndefined<DateTime>,
    /// All the tags it carries from then on, at most 20; null takes all off.
    tag_ids: MaybeUndefined<Vec<ID>>,
}

/// A task that shall go.
#[derive(InputObject)]
struct DeleteTaskInput {
    /// Which one.
    id: ID,
    /// The version that shall go; `CONFLICT` when the task has another by now.
    expected_version: Option<i32>,
}

/// The task that was made.
#[derive(SimpleObject)]
struct CreateTaskPayload {
    /// The task.
    task: Task,
    /// How far changes have to be read to have met with this.
    cursor: String,
}

/// The task as it is from here on.
#[derive(SimpleObject)]
struct UpdateTaskPayload {
    /// The task.
    task: Task,
    /// How far changes have to be read to have met with this.
    cursor: String,
}

/// What is gone.
#[derive(SimpleObject)]
struct DeleteTaskPayload {
    /// The task's id.
    deleted_task_id: ID,
    /// How far changes have to be read to have met with this.
    cursor: String,
}

impl CreateTaskInput {
    fn read(&self) -> Result<NewTask, Invalid> {
        Ok(NewTask {
            id: self.id.as_ref().map(|id| id_of(id, "id")).transpose()?,
            title: Title::parse(&self.title)?,
            description: self.description.as_deref().map(Description::parse).transpose()?,
            completed: self.completed,
            priority: self.priority.into(),
            due_at: self.due_at.map(|instant| instant.of("dueAt")).transpose()?,
            tags: ids_of(self.tag_ids.as_deref().unwrap_or_default(), "tagIds")?,
        })
    }
}

impl UpdateTaskInput {
    fn read(&self) -> Result<TaskChange, Invalid> {
        Ok(TaskChange {
            expected_version: self.expected_version,
            title: required(&self.title, "title", |title| Title::parse(title))?,
            description: clearable(&self.description, |text| Description::parse(text))?,
            completed: required(&self.completed, "completed", |completed| Ok(*completed))?,
            priority: required(&self.priority, "priority", |priority| Ok((*priority).into()))?,
            due_at: clearable(&self.due_at, |instant| instant.of("dueAt"))?,
            tags: match &self.tag_ids {
                MaybeUndefined::Undefined => Change::Keep,
                MaybeUndefined::Null => Change::Set(Vec::new()),
                MaybeUndefined::Value(ids) => Change::Set(ids_of(ids, "tagIds")?),
            },
        })
    }
}

/// What the signed-in user does to their tasks.
#[derive(Default)]
pub(super) struct TaskMutation;

#[Object(guard = "SignedIn")]
impl TaskMutation {
    /// Makes a task.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn create_task(&self, ctx: &Context<'_>, input: CreateTaskInput) -> Answer<CreateTaskPayload> {
        let (services, owner) = ctx.writing()?;
        let (task, mark) = services.create_task(owner, &input.read()?).await?;
        Ok(CreateTaskPayload { task: task.into(), cursor: mark::text(mark, owner.user_id()) })
    }

    /// Changes a task. A change that changes nothing answers the task as it is.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn update_task(&self, ctx: &Context<'_>, input: UpdateTaskInput) -> Answer<UpdateTaskPayload> {
        let id: TaskId = id_of(&input.id, "id")?;
        let (services, owner) = ctx.writing()?;
        let (task, mark) = services.update_task(owner, id, &input.read()?).await?;
        Ok(UpdateTaskPayload { task: task.into(), cursor: mark::text(mark, owner.user_id()) })
    }

    /// Removes a task.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn delete_task(&self, ctx: &Context<'_>, input: DeleteTaskInput) -> Answer<DeleteTaskPayload> {
        let id: TaskId = id_of(&input.id, "id")?;
        let (services, owner) = ctx.writing()?;
        let mark = services.delete_task(owner, id, input.expected_version).await?;
        let cursor = mark::text(mark, owner.user_id());
        Ok(DeleteTaskPayload { deleted_task_id: ID(id.to_string()), cursor })
    }
}
