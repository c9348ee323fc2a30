//! Tags.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use crate::field::{Color, Invalid, TagName};
use crate::id::TagId;
use crate::service::Answer;
use crate::store::{self, NewTag, TagChange};

use super::connection::{TagConnection, TaskConnection};
use super::context::Viewer as _;
use super::cost::{cost, list_size, names};
use super::cursor::Order;
use super::guard::SignedIn;
use super::list::{Paging, TaskFilter, TaskList, TaskOrder, USUAL};
use super::loader::Scope;
use super::mark;
use super::row::{Row, Tell};
use super::scalar::{DateTime, clearable, id_of, required};

/// A word that tasks can carry.
#[derive(Debug, Clone)]
pub(super) struct Tag(store::Tag);

impl From<store::Tag> for Tag {
    fn from(row: store::Tag) -> Self {
        Self(row)
    }
}

impl Tag {
    pub(super) fn row(&self) -> &store::Tag {
        &self.0
    }
}

/// A word that tasks can carry.
#[Object]
impl Tag {
    /// Names the tag across the API.
    pub(super) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is called; unlike the names of the user's other tags, letter case aside.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it looks like: `#rrggbb`.
    async fn color(&self) -> Option<&str> {
        self.0.color.as_deref()
    }

    /// The tasks that carry the tag, newest first unless ordered otherwise.
    #[graphql(directive = list_size::apply(Some(USUAL), Some(names(["first", "last"])), Some(names(["edges", "nodes"])), Some(false)))]
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<TaskFilter>,
        order_by: Option<TaskOrder>,
    ) -> Answer<TaskConnection> {
        let list = TaskList::read(Paging { first, after, last, before }, filter, order_by)?;
        TaskConnection::among_others(ctx, Scope::Tag(self.0.id), list).await
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

impl Row for Tag {
    type Holder = store::Tag;

    fn holder(&self) -> &store::Tag {
        &self.0
    }

    fn at_hand(field: &str) -> Option<Tell<store::Tag>> {
        Some(match field {
            "id" => |tag| tag.id.to_string().into(),
            "name" => |tag| tag.name.as_str().into(),
            "color" => |tag| tag.color.as_deref().into(),
            "createdAt" => |tag| DateTime::from(tag.created_at).into(),
            "updatedAt" => |tag| DateTime::from(tag.updated_at).into(),
            _ => return None,
        })
    }
}

/// What the signed-in user asks about their tags.
#[derive(Default)]
pub(super) struct TagQuery;

#[Object(guard = "SignedIn")]
impl TagQuery {
    /// The signed-in user's tags, by name.
    #[graphql(directive = list_size::apply(Some(USUAL), Some(names(["first", "last"])), Some(names(["edges", "nodes"])), Some(false)))]
    async fn tags(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Answer<TagConnection> {
        let slice = Paging { first, after, last, before }.slice(Order::Tags)?;
        TagConnection::load(ctx, slice).await
    }
}

/// A tag that shall be made.
#[derive(InputObject)]
struct CreateTagInput {
    /// Chosen by the client, so that sending the same creation twice creates once.
    id: Option<ID>,
    /// 1 to 50 characters.
    name: String,
    /// `#rrggbb`.
    color: Option<String>,
}

/// What shall become of a tag. Left out: unchanged. Null: cleared, where the field can be null.
#[derive(InputObject)]
struct UpdateTagInput {
    /// Which one.
    id: ID,
    /// 1 to 50 characters.
    name: MaybeUndefined<String>,
    /// `#rrggbb`.
    color: MaybeUndefined<String>,
}

/// A tag that shall go.
#[derive(InputObject)]
struct DeleteTagInput {
    /// Which one.
    id: ID,
}

/// The tag that was made.
#[derive(SimpleObject)]
struct CreateTagPayload {
    /// The tag.
    tag: Tag,
    /// How far changes have to be read to have met with this.
    cursor: String,
}

/// The tag as it is from here on.
#[derive(SimpleObject)]
struct UpdateTagPayload {
    /// The tag.
    tag: Tag,
    /// How far changes have to be read to have met with this.
    cursor: String,
}

/// What is gone.
#[derive(SimpleObject)]
struct DeleteTagPayload {
    /// The tag's id.
    deleted_tag_id: ID,
    /// How far changes have to be read to have met with this.
    cursor: String,
}

impl CreateTagInput {
    fn read(&self) -> Result<NewTag, Invalid> {
        Ok(NewTag {
            id: self.id.as_ref().map(|id| id_of(id, "id")).transpose()?,
            name: TagName::parse(&self.name)?,
            color: self.color.as_deref().map(Color::parse).transpose()?,
        })
    }
}

impl UpdateTagInput {
    fn read(&self) -> Result<TagChange, Invalid> {
        Ok(TagChange {
            name: required(&self.name, "name", |name| TagName::parse(name))?,
            color: clearable(&self.color, |color| Color::parse(color))?,
        })
    }
}

/// What the signed-in user does to their tags.
#[derive(Default)]
pub(super) struct TagMutation;

#[Object(guard = "SignedIn")]
impl TagMutation {
    /// Makes a tag; a user has at most 1,000.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn create_tag(&self, ctx: &Context<'_>, input: CreateTagInput) -> Answer<CreateTagPayload> {
        let (services, owner) = ctx.writing()?;
        let (tag, mark) = services.create_tag(owner, &input.read()?).await?;
        Ok(CreateTagPayload { tag: tag.into(), cursor: mark::text(mark, owner.user_id()) })
    }

    /// Changes a tag.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn update_tag(&self, ctx: &Context<'_>, input: UpdateTagInput) -> Answer<UpdateTagPayload> {
        let id: TagId = id_of(&input.id, "id")?;
        let (services, owner) = ctx.writing()?;
        let (tag, mark) = services.update_tag(owner, id, &input.read()?).await?;
        Ok(UpdateTagPayload { tag: tag.into(), cursor: mark::text(mark, owner.user_id()) })
    }

    /// Removes a tag and takes it off all tasks.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn delete_tag(&self, ctx: &Context<'_>, input: DeleteTagInput) -> Answer<DeleteTagPayload> {
        let id: TagId = id_of(&input.id, "id")?;
        let (services, owner) = ctx.writing()?;
        let mark = services.delete_tag(owner, id).await?;
        let cursor = mark::text(mark, owner.user_id());
        Ok(DeleteTagPayload { deleted_tag_id: ID(id.to_string()), cursor })
    }
}
