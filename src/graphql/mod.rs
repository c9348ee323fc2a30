//! The schema: what can be asked, by whom, and how an answer or a failure reads on the wire.
//!
//! Called by `http`, which parses and bounds the document, proves who is asking and hands both over as
//! [`Caller`]. Objects are guarded as a whole ([`guard`]); what is public lives in objects of its own
//! ([`sign_in`], [`password_reset`], [`email_verification`]). Resolvers take the proof of ownership from the context and
//! pass it down, or cannot go on.

mod account;
mod carrier;
mod change;
mod connection;
mod context;
mod cost;
mod cursor;
mod email_verification;
mod engine;
mod error_code;
mod guard;
mod list;
mod live;
mod loader;
pub(crate) mod mark;
pub mod model;
mod node;
mod once;
mod password_reset;
mod row;
mod rows;
mod scalar;
mod sign_in;
mod sign_ins;
mod tag;
mod task;
mod task_mutation;
mod user;
mod wire_error;

use async_graphql::{MergedObject, SDLExportOptions, SchemaBuilder};

pub use carrier::{COOKIE, Carrier};
pub use change::Subscription;
pub use context::{Caller, Identity};
pub use engine::{Engine, Fit};
pub use error_code::ErrorCode;
pub use list::LARGEST_PAGE;
pub use live::Thread;
pub use once::ONCE;

pub use crate::service::{Client, Fault};
#[cfg(any(test, fuzzing))]
pub(crate) use cursor::Order as CursorOrder;

/// The executable schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// All queries.
#[derive(MergedObject, Default)]
pub struct Query(
    user::UserQuery,
    task::TaskQuery,
    tag::TagQuery,
    node::NodeQuery,
    change::ChangeQuery,
    sign_ins::SignInQuery,
);

/// All mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(
    sign_in::PublicMutation,
    sign_ins::SignInMutation,
    password_reset::PasswordResetMutation,
    email_verification::EmailMutation,
    email_verification::VerifyEmailMutation,
    account::AccountMutation,
    user::UserMutation,
    task_mutation::TaskMutation,
    tag::TagMutation,
);

/// What runs the operations of [`Schema`]. Where introspection is off, messages suggest no names either.
pub fn engine(
    introspection: bool,
) -> Result<Engine<Query, Mutation, Subscription>, async_graphql::parser::Error> {
    Engine::new(|| if introspection { builder() } else { builder().disable_suggestions() })
}

/// Builds the schema.
pub fn schema() -> Schema {
    builder().finish()
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription)
        .register_output_type::<ErrorCode>()
}

/// The schema as text, as `schema.graphql` keeps it.
pub fn sdl() -> String {
    schema().sdl_with_options(SDLExportOptions::new().include_specified_by())
}
