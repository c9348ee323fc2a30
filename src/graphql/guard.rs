//! The lock on everything that is not public.

use async_graphql::{Context, Guard, Result};

use super::context::Viewer as _;

/// Lets only requests pass that speak for a user.
///
/// Stands on whole objects. A field's own guard replaces it: guarded objects carry none but [`InResolver`].
pub(super) struct SignedIn;

/// For a field that may be null: its resolver asks for the owner before all else, and refuses by itself.
///
/// What a guard refuses, the library takes for null where null cannot be, and makes null of all that stands beside it.
pub(super) struct InResolver;

impl Guard for InResolver {
    async fn check(&self, _: &Context<'_>) -> Result<()> {
        Ok(())
    }
}

impl Guard for SignedIn {
    async fn check(&self, context: &Context<'_>) -> Result<()> {
        context.owner()?;
        Ok(())
    }
}
