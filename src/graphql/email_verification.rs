//! Showing that an email address is one's own: asked for by the signed-in user, and shown by whoever has the link.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use crate::secret::Secret;
use crate::service::Answer;

use super::context::Viewer as _;
use super::cost::cost;
use super::guard::SignedIn;
use super::mark;
use super::sign_in::public;
use super::user::User;

/// The same whether a mail was needed.
#[derive(SimpleObject)]
struct RequestEmailVerificationPayload {
    /// Always true. Unless the address is verified already, a mail with a link is on its way to it.
    ok: bool,
    /// Nothing that changes tell of is changed by this: the cursor before all of them.
    cursor: &'static str,
}

/// The proof that mails to the address are read.
#[derive(InputObject)]
struct VerifyEmailInput {
    /// From the link: what stands behind `#token=`. Counts for 24 hours, once, and for the address that it was sent to.
    token: String,
}

/// The address is verified.
#[derive(SimpleObject)]
struct VerifyEmailPayload {
    /// Whose address it is.
    user: User,
    /// Nothing that changes tell of is changed by this: the cursor before all of them.
    cursor: &'static str,
}

/// What the signed-in user does about their address.
#[derive(Default)]
pub(super) struct EmailMutation;

#[Object(guard = "SignedIn")]
impl EmailMutation {
    /// Has a link that verifies the signed-in user's address sent to it. A newer link takes the place of an older one. FORBIDDEN
    /// to whom another issuer signs in: what its tokens say of the address counts.
    #[graphql(directive = cost::apply("10".to_owned()))]
    async fn request_email_verification(&self, ctx: &Context<'_>) -> Answer<RequestEmailVerificationPayload> {
        let (services, owner) = ctx.writing()?;
        services.request_email_verification(owner, ctx.client()?).await?;
        Ok(RequestEmailVerificationPayload { ok: true, cursor: mark::START })
    }
}

/// What needs the link and no sign-in: it may be opened on another device.
#[derive(Default)]
pub(super) struct VerifyEmailMutation;

#[Object]
impl VerifyEmailMutation {
    /// Takes the token of such a link, and answers whose address is verified. Signs nobody in.
    #[graphql(directive = public::apply(), directive = cost::apply("10".to_owned()))]
    async fn verify_email(&self, ctx: &Context<'_>, input: VerifyEmailInput) -> Answer<VerifyEmailPayload> {
        let token = Secret::from(input.token);
        let user = ctx.writing_in_public()?.verify_email(&token, ctx.client()?).await?;
        Ok(VerifyEmailPayload { user: user.into(), cursor: mark::START })
    }
}
