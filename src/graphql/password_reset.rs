//! Choosing a new password without the old one. Public: whoever needs it cannot sign in.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use crate::email::EmailAddress;
use crate::secret::Secret;
use crate::service::Answer;

use super::context::Viewer as _;
use super::cost::cost;
use super::mark;
use super::sign_in::public;

/// Someone who has lost their password.
#[derive(InputObject)]
struct RequestPasswordResetInput {
    /// What they registered with; letter case makes no difference.
    email: String,
}

/// The same whether the address has an account.
#[derive(SimpleObject)]
struct RequestPasswordResetPayload {
    /// Always true. Where there is an account with a password, a mail with a link is on its way.
    ok: bool,
    /// Nothing that changes tell of is changed by this: the cursor before all of them.
    cursor: &'static str,
}

/// A new password, and the leave to set it.
#[derive(InputObject)]
struct ResetPasswordInput {
    /// From the link: what stands behind `#token=`. Counts for 30 minutes and once.
    token: String,
    /// At least 12 characters, as the server is set by default, and hard to guess.
    new_password: String,
}

/// The password is the new one.
#[derive(SimpleObject)]
struct ResetPasswordPayload {
    /// Always true.
    ok: bool,
    /// Nothing that changes tell of is changed by this: the cursor before all of them.
    cursor: &'static str,
}

/// Mutations for those who have lost their password.
#[derive(Default)]
pub(super) struct PasswordResetMutation;

#[Object]
impl PasswordResetMutation {
    /// Has a link to choose a new password sent to the account of this address. A newer link takes the place of an older one.
    #[graphql(directive = public::apply(), directive = cost::apply("10".to_owned()))]
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        input: RequestPasswordResetInput,
    ) -> Answer<RequestPasswordResetPayload> {
        let email = EmailAddress::parse(&input.email)?;
        ctx.services()?.request_password_reset(&email, ctx.client()?).await?;
        Ok(RequestPasswordResetPayload { ok: true, cursor: mark::START })
    }

    /// Sets a new password and ends every sign-in; sign in again afterwards.
    #[graphql(directive = public::apply(), directive = cost::apply("100".to_owned()))]
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        input: ResetPasswordInput,
    ) -> Answer<ResetPasswordPayload> {
        let (token, password) = (Secret::from(input.token), Secret::from(input.new_password));
        ctx.writing_in_public()?.reset_password(&token, &password, ctx.client()?).await?;
        Ok(ResetPasswordPayload { ok: true, cursor: mark::START })
    }
}
