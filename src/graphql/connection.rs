//! Relay connections of tasks and of tags.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use crate::service::Answer;
use crate::store::{Page, Slice};

use super::context::Viewer as _;
use super::cost::cost;
use super::cursor::Order;
use super::list::TaskList;
use super::loader::Scope;
use super::row::{OneRow, Row, Tell};
use super::rows::Rows;
use super::tag::Tag;
use super::task::Task;

/// Where a page lies in its list.
#[derive(SimpleObject)]
#[graphql(directive = cost::apply("0".to_owned()))]
pub(super) struct PageInfo {
    /// Whether the list goes on behind this page.
    pub(super) has_next_page: bool,
    /// Whether the list begins before this page.
    pub(super) has_previous_page: bool,
    /// The cursor of the first edge; null on an empty page.
    pub(super) start_cursor: Option<String>,
    /// The cursor of the last edge; null on an empty page.
    pub(super) end_cursor: Option<String>,
}

impl Row for PageInfo {
    type Holder = Self;

    fn holder(&self) -> &Self {
        self
    }

    fn at_hand(field: &str) -> Option<Tell<Self>> {
        Some(match field {
            "hasNextPage" => |page| page.has_next_page.into(),
            "hasPreviousPage" => |page| page.has_previous_page.into(),
            "startCursor" => |page| page.start_cursor.as_deref().into(),
            "endCursor" => |page| page.end_cursor.as_deref().into(),
            _ => return None,
        })
    }
}

fn page_info<T>(page: &Page<T>, cursor: impl Fn(&T) -> String) -> OneRow<PageInfo> {
    OneRow(PageInfo {
        has_next_page: page.has_next,
        has_previous_page: page.has_previous,
        start_cursor: page.items.first().map(&cursor),
        end_cursor: page.items.last().map(&cursor),
    })
}

/// A page of tasks.
pub(super) struct TaskConnection {
    page: Arc<Page<Task>>,
    scope: Scope,
    list: TaskList,
}

/// A task and its place in the list.
pub(super) struct TaskEdge<'c> {
    connection: &'c TaskConnection,
    node: &'c Task,
}

impl TaskConnection {
    /// The owner's tasks, for a field at the root, which mostly stands alone: alike ones are asked for apart.
    pub(super) async fn alone(context: &Context<'_>, list: TaskList) -> Answer<Self> {
        let tasks = context.services()?.store.tasks(context.owner()?);
        let page = tasks.list(&list.filter, list.order, &list.slice).await?;
        Ok(Self { page: Arc::new(page.map(Task::from)), scope: Scope::Owner, list })
    }

    /// The same for fields that may have neighbours: one statement for all of a level.
    pub(super) async fn among_others(context: &Context<'_>, scope: Scope, list: TaskList) -> Answer<Self> {
        let page = context.loaders()?.list(scope, list.clone()).await?;
        Ok(Self { page, scope, list })
    }

    fn cursor(&self, task: &Task) -> String {
        Order::Tasks(self.list.order).cursor(&self.list.order.position(task.row()))
    }
}

/// A page of tasks.
#[Object]
impl TaskConnection {
    /// The tasks with their cursors.
    async fn edges(&self) -> Rows<TaskEdge<'_>> {
        self.page.items.iter().map(|node| TaskEdge { connection: self, node }).collect()
    }

    /// The tasks without their cursors.
    async fn nodes(&self) -> Rows<&Task> {
        self.page.items.iter().collect()
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> OneRow<PageInfo> {
        page_info(&self.page, |task| self.cursor(task))
    }

    /// How many tasks there are on all pages. Counted only when asked for.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn total_count(&self, ctx: &Context<'_>) -> Answer<i32> {
        let count = ctx.loaders()?.count(self.scope, Arc::clone(&self.list.filter)).await?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

/// A task and its place in the list.
#[Object(directive = cost::apply("0".to_owned()))]
impl TaskEdge<'_> {
    /// The place, for `after` and `before`.
    async fn cursor(&self) -> String {
        self.connection.cursor(self.node)
    }

    /// The task.
    async fn node(&self) -> OneRow<&Task> {
        OneRow(self.node)
    }
}

impl Row for TaskEdge<'_> {
    type Holder = Self;

    fn holder(&self) -> &Self {
        self
    }

    fn at_hand(field: &str) -> Option<Tell<Self>> {
        (field == "cursor").then_some(|edge| edge.connection.cursor(edge.node).into())
    }
}

/// A page of tags.
pub(super) struct TagConnection(Page<Tag>);

/// A tag and its place in the list.
pub(super) struct TagEdge<'c>(&'c Tag);

impl TagConnection {
    pub(super) async fn load(context: &Context<'_>, slice: Slice) -> Answer<Self> {
        let page = context.services()?.store.tags(context.owner()?).list(&slice).await?;
        Ok(Self(page.map(Tag::from)))
    }
}

impl TagEdge<'_> {
    fn cursor_of(tag: &Tag) -> String {
        Order::Tags.cursor(&tag.row().position())
    }
}

/// A page of tags.
#[Object]
impl TagConnection {
    /// The tags with their cursors.
    async fn edges(&self) -> Rows<TagEdge<'_>> {
        self.0.items.iter().map(TagEdge).collect()
    }

    /// The tags without their cursors.
    async fn nodes(&self) -> Rows<&Tag> {
        self.0.items.iter().collect()
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> OneRow<PageInfo> {
        page_info(&self.0, TagEdge::cursor_of)
    }

    /// How many tags there are on all pages. Counted only when asked for.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn total_count(&self, ctx: &Context<'_>) -> Answer<i32> {
        let count = ctx.services()?.store.tags(ctx.owner()?).count().await?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

/// A tag and its place in the list.
#[Object(directive = cost::apply("0".to_owned()))]
impl TagEdge<'_> {
    /// The place, for `after` and `before`.
    async fn cursor(&self) -> String {
        Self::cursor_of(self.0)
    }

    /// The tag.
    async fn node(&self) -> OneRow<&Tag> {
        OneRow(self.0)
    }
}

impl Row for TagEdge<'_> {
    type Holder = Tag;

    fn holder(&self) -> &Tag {
        self.0
    }

    fn at_hand(field: &str) -> Option<Tell<Tag>> {
        (field == "cursor").then_some(|tag| Self::cursor_of(tag).into())
    }
}
