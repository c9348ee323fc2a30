//! The signed-in user.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use crate::field::PersonName;
use crate::service::{Answer, Refusal};
use crate::store;

use super::connection::TaskConnection;
use super::context::Viewer as _;
use super::cost::{cost, list_size, names};
use super::guard::SignedIn;
use super::list::{Paging, TaskFilter, TaskList, TaskOrder, USUAL};
use super::loader::Scope;
use super::mark;
use super::row::{OneRow, Row, Tell};
use super::scalar::DateTime;

/// A person with an account.
#[derive(Debug, Clone)]
pub(super) struct User(store::User);

impl From<store::User> for User {
    fn from(row: store::User) -> Self {
        Self(row)
    }
}

/// A person with an account.
#[Object]
impl User {
    /// Names the user across the API.
    pub(super) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// As it was typed at registration.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Whether the address was shown to be the user's.
    async fn email_verified(&self) -> bool {
        self.0.email_verified
    }

    /// What to call them.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// When they registered.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When their profile was last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// The user's tasks, newest first unless ordered otherwise.
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
        // Whom a login answers may be another than the token's user, and the list is the token's user's.
        if ctx.owner()?.user_id() != self.0.id {
            return Err(Refusal::Unauthenticated.into());
        }
        let list = TaskList::read(Paging { first, after, last, before }, filter, order_by)?;
        TaskConnection::among_others(ctx, Scope::Owner, list).await
    }
}

impl Row for User {
    type Holder = store::User;

    fn holder(&self) -> &store::User {
        &self.0
    }

    fn at_hand(field: &str) -> Option<Tell<store::User>> {
        Some(match field {
            "id" => |user| user.id.to_string().into(),
            "email" => |user| user.email.as_str().into(),
            "emailVerified" => |user| user.email_verified.into(),
            "name" => |user| user.name.as_deref().into(),
            "createdAt" => |user| DateTime::from(user.created_at).into(),
            "updatedAt" => |user| DateTime::from(user.updated_at).into(),
            _ => return None,
        })
    }
}

/// What the signed-in user asks about themselves.
#[derive(Default)]
pub(super) struct UserQuery;

#[Object(guard = "SignedIn")]
impl UserQuery {
    /// The signed-in user.
    async fn me(&self, ctx: &Context<'_>) -> Answer<OneRow<User>> {
        Ok(OneRow(ctx.loaders()?.me().await?))
    }
}

/// What shall become of the profile. Left out: unchanged. Null: cleared.
#[derive(InputObject)]
struct UpdateProfileInput {
    /// At most 100 characters; an empty one clears it.
    name: MaybeUndefined<String>,
}

/// The profile as it is from here on.
#[derive(SimpleObject)]
struct UpdateProfilePayload {
    /// The signed-in user.
    user: User,
    /// Nothing that changes tell of is changed by this: the cursor before all of them.
    cursor: &'static str,
}

/// What the signed-in user does to themselves.
#[derive(Default)]
pub(super) struct UserMutation;

#[Object(guard = "SignedIn")]
impl UserMutation {
    /// Changes the signed-in user's profile.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        input: UpdateProfileInput,
    ) -> Answer<UpdateProfilePayload> {
        let name = match &input.name {
            MaybeUndefined::Undefined => {
                return Ok(UpdateProfilePayload { user: ctx.loaders()?.me().await?, cursor: mark::START });
            }
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(name) => PersonName::parse_optional(name)?,
        };
        let (services, owner) = ctx.writing()?;
        let user = services.rename(owner, name.as_ref()).await?;
        Ok(UpdateProfilePayload { user: user.into(), cursor: mark::START })
    }
}
