//! What the signed-in user does to the account as such: another password, and its end.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::secret::Secret;
use crate::service::Answer;

use super::carrier::forget;
use super::context::Viewer as _;
use super::cost::cost;
use super::guard::SignedIn;
use super::mark;
use super::sign_in::AuthPayload;

/// The password that was, and the one that shall be.
#[derive(InputObject)]
struct ChangePasswordInput {
    /// The one that counts so far.
    current_password: String,
    /// The one that counts from here on.
    new_password: String,
}

/// That the account shall be no more.
#[derive(InputObject)]
struct DeleteAccountInput {
    /// The password once more; needed by those who have one.
    password: Option<String>,
}

/// The account is no more.
#[derive(SimpleObject)]
struct DeleteAccountPayload {
    /// Whose it was.
    deleted_user_id: ID,
    /// The cursor before all changes: there are none any more.
    cursor: &'static str,
}

/// What the signed-in user does to the account.
#[derive(Default)]
pub(super) struct AccountMutation;

#[Object(guard = "SignedIn")]
impl AccountMutation {
    /// Sets another password, ends every sign-in and every access token there was, and begins a new session.
    #[graphql(directive = cost::apply("100".to_owned()))]
    async fn change_password(&self, ctx: &Context<'_>, input: ChangePasswordInput) -> Answer<AuthPayload> {
        let (current, new) = (Secret::from(input.current_password), Secret::from(input.new_password));
        let (services, owner) = ctx.writing()?;
        AuthPayload::of(services.change_password(owner, &current, &new, ctx.client()?).await?, ctx)
    }

    /// Erases the account and everything it owns.
    #[graphql(directive = cost::apply("100".to_owned()))]
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        input: DeleteAccountInput,
    ) -> Answer<DeleteAccountPayload> {
        let password = input.password.map(Secret::from);
        let (services, owner) = ctx.writing()?;
        let deleted = services.delete_account(owner, password.as_ref(), ctx.client()?).await?;
        forget(ctx)?;
        Ok(DeleteAccountPayload { deleted_user_id: ID(deleted.to_string()), cursor: mark::START })
    }
}
