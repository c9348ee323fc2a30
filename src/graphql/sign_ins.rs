//! Where the signed-in user is signed in, and ending that.

use async_graphql::{Context, ID, Object};

use crate::id::SignInId;
use crate::service::Answer;
use crate::store;

use super::carrier::forget;
use super::context::Viewer as _;
use super::cost::{cost, list_size};
use super::guard::SignedIn;
use super::scalar::{DateTime, id_of};
use super::sign_in::LogoutPayload;

/// The most sign-ins of a user: as many that were used as that never were.
const MOST: i32 = 200;

/// A place where the user is signed in: a living chain of refresh tokens.
#[derive(Clone)]
pub(super) struct SignIn(store::SignIn);

impl From<store::SignIn> for SignIn {
    fn from(row: store::SignIn) -> Self {
        Self(row)
    }
}

/// A place where the user is signed in: a living chain of refresh tokens.
#[Object]
impl SignIn {
    /// Names the sign-in across the API.
    pub(super) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// When the user signed in there.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When its refresh token was last traded.
    async fn last_used_at(&self) -> DateTime {
        self.0.last_used_at.into()
    }

    /// When it ends unless it is used before.
    async fn expires_at(&self) -> DateTime {
        self.0.ends_at.into()
    }

    /// What the program called itself the last time.
    async fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// Where it was the last time.
    async fn ip_address(&self) -> Option<&str> {
        self.0.ip_address.as_deref()
    }
}

/// What the signed-in user asks about their sign-ins.
#[derive(Default)]
pub(super) struct SignInQuery;

#[Object(guard = "SignedIn")]
impl SignInQuery {
    /// Where the signed-in user is signed in: one entry for each live chain of refresh tokens.
    #[graphql(directive = list_size::apply(Some(MOST), None, None, None))]
    async fn sign_ins(&self, ctx: &Context<'_>) -> Answer<Vec<SignIn>> {
        let sign_ins = ctx.services()?.sign_ins(ctx.owner()?).await?;
        Ok(sign_ins.into_iter().map(SignIn).collect())
    }
}

/// How the signed-in user ends what was begun.
#[derive(Default)]
pub(super) struct SignInMutation;

#[Object(guard = "SignedIn")]
impl SignInMutation {
    /// Ends every sign-in and every access token of the user's, the one in use among them.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn logout_everywhere(&self, ctx: &Context<'_>) -> Answer<LogoutPayload> {
        let (services, owner) = ctx.writing()?;
        services.logout_everywhere(owner).await?;
        forget(ctx)?;
        Ok(LogoutPayload::done())
    }

    /// Ends one of the user's sign-ins and the access tokens that were issued from it.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn end_sign_in(&self, ctx: &Context<'_>, id: ID) -> Answer<LogoutPayload> {
        let id: SignInId = id_of(&id, "id")?;
        let (services, owner) = ctx.writing()?;
        services.end_sign_in(owner, id).await?;
        Ok(LogoutPayload::done())
    }
}
