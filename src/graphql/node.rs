//! Any object by its id.

use async_graphql::{Context, ID, Interface, Object};
use futures_util::future::join_all;

use crate::field::Invalid;
use crate::id::NodeId;
use crate::service::Answer;

use super::context::Viewer as _;
use super::cost::list_size;
use super::guard::{InResolver, SignedIn};
use super::scalar::id_of;
use super::sign_ins::SignIn;
use super::tag::Tag;
use super::task::Task;
use super::user::User;

/// The most ids that are looked up at once.
const MOST: usize = 100;

/// Anything that can be asked for by its id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Names the object across the API."))]
pub(super) enum Node {
    User(User),
    Task(Task),
    Tag(Tag),
    SignIn(SignIn),
}

/// What the signed-in user asks about by id alone.
#[derive(Default)]
pub(super) struct NodeQuery;

#[Object(guard = "SignedIn")]
impl NodeQuery {
    /// Any object of the signed-in user's by its id; null when it does not exist or is someone else's.
    #[graphql(guard = "InResolver")]
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Option<Answer<Node>> {
        let node = async {
            ctx.owner()?;
            find(ctx, id_of(&id, "id")?).await
        };
        node.await.transpose()
    }

    /// Objects of the signed-in user's by their ids, in the order of the ids: at most 100.
    #[graphql(directive = list_size::apply(i32::try_from(MOST).ok(), None, None, None))]
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Answer<Vec<Option<Answer<Node>>>> {
        if ids.len() > MOST {
            return Err(Invalid::new("ids", format!("must be at most {MOST}, not {}", ids.len())).into());
        }
        let ids: Vec<NodeId> = ids.iter().map(|id| id_of(id, "ids")).collect::<Result<_, _>>()?;
        Ok(join_all(ids.into_iter().map(|id| find(ctx, id)))
            .await
            .into_iter()
            .map(Answer::transpose)
            .collect())
    }
}

async fn find(ctx: &Context<'_>, id: NodeId) -> Answer<Option<Node>> {
    Ok(match id {
        NodeId::User(id) if id == ctx.owner()?.user_id() => Some(Node::User(ctx.loaders()?.me().await?)),
        NodeId::User(_) => None,
        NodeId::Task(id) => ctx.loaders()?.task(id).await?.map(Node::Task),
        NodeId::SignIn(id) => ctx.loaders()?.sign_in(id).await?.map(Node::SignIn),
        NodeId::Tag(id) => ctx.loaders()?.tag(id).await?.map(Node::Tag),
    })
}
