//! The engine behind the schema, twice: once as it judges documents, once as it trusts those that it judged before.

use std::sync::Arc;

use async_graphql::parser::Error;
use async_graphql::{
    EmptySubscription, ObjectType, Request, Response, SDLExportOptions, Schema, SchemaBuilder, ValidationMode,
};

use super::model::Model;

/// Whether a document fits the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// That is to be found out; if it does not, nothing runs.
    Unknown,
    /// It did before, and the variables of this request were looked at as well. Costs half as much.
    Known,
}

/// Runs operations.
pub struct Engine<Q, M> {
    strict: Schema<Q, M, EmptySubscription>,
    trusting: Schema<Q, M, EmptySubscription>,
    model: Arc<Model>,
}

impl<Q: ObjectType + 'static, M: ObjectType + 'static> Engine<Q, M> {
    /// An engine for what is built. An error is a fault of the schema: its SDL cannot be read.
    pub fn new(build: impl Fn() -> SchemaBuilder<Q, M, EmptySubscription>) -> Result<Self, Error> {
        let strict = build().finish();
        let model =
            Arc::new(Model::read(&strict.sdl_with_options(SDLExportOptions::new().include_specified_by()))?);
        let trusting = build().validation_mode(ValidationMode::Fast).finish();
        Ok(Self { strict, trusting, model })
    }

    /// Runs one operation.
    pub async fn execute(&self, request: Request, fit: Fit) -> Response {
        match fit {
            Fit::Unknown => self.strict.execute(request).await,
            Fit::Known => self.trusting.execute(request).await,
        }
    }

    /// The schema as a table.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }
}
