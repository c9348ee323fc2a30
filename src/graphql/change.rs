//! What changed: read by a copy that was away, and told to one that stays.

use async_graphql::{Context, Enum, ID, Object, Subscription as Streams};
use futures_util::{Stream, StreamExt as _};

use crate::id::UserId;
use crate::service::{Answer, Failure};
use crate::store::{self, Changes, Mark, Object as Stored, Wanted, What};

use super::connection::PageInfo;
use super::context::Viewer as _;
use super::cost::{cost, list_size, names};
use super::guard::SignedIn;
use super::list::{Paging, USUAL};
use super::live::Thread;
use super::mark;
use super::node::Node;
use super::row::{OneRow, Row, Tell, Told};
use super::rows::Rows;
use super::scalar::DateTime;
use super::task::Task;

/// What became of an object.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangeKind {
    /// It was made since the copy was last whole. The copy may have met it since then.
    Created,
    /// It was there before, and is another than it was.
    Updated,
    /// There is no such object any more. The copy may not have met it.
    Deleted,
}

/// What became of one of the user's tasks or tags: its latest state, however often it changed.
pub(super) struct Change {
    row: store::Change,
    owner: UserId,
}

impl Change {
    pub(super) fn new(row: store::Change, owner: UserId) -> Self {
        Self { row, owner }
    }

    pub(super) fn place(&self) -> String {
        mark::text(self.row.mark, self.owner)
    }

    fn of_kind(&self) -> ChangeKind {
        match self.row.what {
            What::Created(_) => ChangeKind::Created,
            What::Updated(_) => ChangeKind::Updated,
            What::Deleted(_) => ChangeKind::Deleted,
        }
    }

    fn is_whole(&self) -> bool {
        self.row.mark.reading().is_none()
    }

    fn about(&self) -> String {
        match &self.row.what {
            What::Created(object) | What::Updated(object) => match object {
                Stored::Task(task, _) => task.id.to_string(),
                Stored::Tag(tag) => tag.id.to_string(),
            },
            What::Deleted(id) => id.clone(),
        }
    }

    fn object(&self) -> Option<Node> {
        Some(match self.row.what.object()? {
            Stored::Task(task, tags) => Node::Task(Task::carrying(task.clone(), tags.clone())),
            Stored::Tag(tag) => Node::Tag(tag.clone().into()),
        })
    }
}

/// What became of one of the user's tasks or tags: its latest state, however often it changed.
#[Object]
impl Change {
    /// The place behind this change, for `after`. Of two cursors of a user's changes, the one that is greater as text has
    /// more.
    async fn cursor(&self) -> String {
        self.place()
    }

    /// What became of the object.
    async fn kind(&self) -> ChangeKind {
        self.of_kind()
    }

    /// Which object.
    async fn node_id(&self) -> ID {
        ID(self.about())
    }

    /// The object as it is at this place; null when it was deleted.
    async fn node(&self) -> Option<Node> {
        self.object()
    }

    /// When that was.
    async fn at(&self) -> DateTime {
        self.row.at.into()
    }

    /// Whether this was the last change when it was read. A copy that has taken it in is what the user's data was at
    /// that moment; before, it is on its way from one such state to another.
    async fn caught_up(&self) -> bool {
        self.is_whole()
    }
}

impl Row for Change {
    type Holder = Self;

    fn holder(&self) -> &Self {
        self
    }

    fn at_hand(field: &str) -> Option<Tell<Self>> {
        Some(match field {
            "cursor" => |change| change.place().into(),
            "kind" => |change| change.of_kind().into(),
            "nodeId" => |change| change.about().into(),
            "at" => |change| DateTime::from(change.row.at).into(),
            "caughtUp" => |change| change.is_whole().into(),
            _ => return None,
        })
    }
}

/// A page of changes.
pub(super) struct ChangeConnection {
    items: Vec<Change>,
    after: Mark,
    end: Mark,
    owner: UserId,
}

/// A change and its place.
pub(super) struct ChangeEdge<'c>(&'c Change);

impl ChangeConnection {
    fn new(changes: Changes, after: Mark, owner: UserId) -> Self {
        let end = changes.end;
        let items = changes.items.into_iter().map(|row| Change::new(row, owner)).collect();
        Self { items, after, end, owner }
    }
}

/// A page of changes.
#[Object]
impl ChangeConnection {
    /// The changes with their cursors.
    async fn edges(&self) -> Rows<ChangeEdge<'_>> {
        self.items.iter().map(ChangeEdge).collect()
    }

    /// The changes, each of which has its cursor.
    async fn nodes(&self) -> Rows<&Change> {
        self.items.iter().collect()
    }

    /// Where this page lies among the changes. `endCursor` is where to go on, on an empty page as well.
    async fn page_info(&self) -> OneRow<PageInfo> {
        OneRow(PageInfo {
            has_next_page: self.end.reading().is_some(),
            has_previous_page: self.after != Mark::START,
            start_cursor: self.items.first().map(Change::place),
            end_cursor: Some(mark::text(self.end, self.owner)),
        })
    }
}

/// A change and its place.
#[Object(directive = cost::apply("0".to_owned()))]
impl ChangeEdge<'_> {
    /// The place behind the change, for `after`.
    async fn cursor(&self) -> String {
        self.0.place()
    }

    /// The change.
    async fn node(&self) -> OneRow<&Change> {
        OneRow(self.0)
    }
}

impl Row for ChangeEdge<'_> {
    type Holder = Change;

    fn holder(&self) -> &Change {
        self.0
    }

    fn at_hand(field: &str) -> Option<Tell<Change>> {
        (field == "cursor").then_some(|change| change.place().into())
    }
}

/// What the signed-in user asks about their changes.
#[derive(Default)]
pub(super) struct ChangeQuery;

#[Object(guard = "SignedIn")]
impl ChangeQuery {
    /// What changed since a cursor, in order, deletions included: enough to bring an offline copy up to date. Each object
    /// is told of once, where its last change stands. Without a cursor: all that there is, to begin a copy with.
    /// `CURSOR_FORGOTTEN` when the cursor is too old.
    #[graphql(directive = list_size::apply(Some(USUAL), Some(names(["first"])), Some(names(["edges", "nodes"])), Some(false)))]
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what follows this cursor: the last one that the copy has.")] after: Option<
            String,
        >,
        #[graphql(desc = "How many: 1 to 100, and 20 when it is not given.")] first: Option<i32>,
    ) -> Answer<ChangeConnection> {
        let owner = ctx.owner()?;
        let limit = Paging::limit(first, "first")?;
        let after = after.map_or(Ok(Mark::START), |cursor| mark::parse(&cursor, owner.user_id()))?;
        let (nodes, edges) = (ctx.look_ahead().field("nodes"), ctx.look_ahead().field("edges"));
        let tags =
            [nodes, edges.field("node")].iter().any(|change| change.field("node").field("tags").exists());
        let wanted = Wanted { after, limit, tags };
        let changes = ctx.services()?.changes(owner, wanted).await?;
        Ok(ChangeConnection::new(changes, after, owner.user_id()))
    }
}

/// All subscriptions.
pub struct Subscription;

#[Streams(guard = "SignedIn")]
impl Subscription {
    /// Every change to what the signed-in user owns, in order. With `after`, first what was missed since that cursor;
    /// without it, what changes from here on. Changes that come faster than they are taken are told as their latest state.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what follows this cursor: the last one that the copy has.")] after: Option<
            String,
        >,
    ) -> Result<impl Stream<Item = Answer<Told<Change>>>, Failure> {
        let (caller, services, owner) = ctx.following()?;
        let thread = ctx.data_opt::<Thread>().cloned().unwrap_or_default();
        let user = owner.user_id();
        let after = thread.taken_up().or(after).map(|cursor| mark::parse(&cursor, user)).transpose()?;
        let tags = ctx.look_ahead().field("node").field("tags").exists();
        let changes = Box::pin(services.follow(owner, after, tags, thread.closing())).await?;
        let caller = caller.clone();
        Ok(changes.map(move |change| {
            // What the change before this one had loaded is older than this one.
            caller.forget();
            let change = Change::new(change?, user);
            thread.tell(change.place());
            Ok(Told(change))
        }))
    }
}
