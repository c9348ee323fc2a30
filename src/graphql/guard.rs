//! The lock on everything that is not public.

use async_graphql::{Context, Guard, Result};

use super::context::Viewer as _;

/// Lets only requests pass that speak for a user.
///
/// Stands on whole objects: a field's own guard would replace it, so that guarded objects carry none.
pub(super) struct SignedIn;

impl Guard for SignedIn {
    async fn check(&self, context: &Context<'_>) -> Result<()> {
        context.owner()?;
        Ok(())
    }
}
