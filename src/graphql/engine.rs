//! The engine behind the schema, twice: once as it judges documents, once as it trusts those that it judged before.

use std::sync::Arc;

use async_graphql::parser::Error;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{
    ObjectType, Request, Response, SDLExportOptions, Schema, SchemaBuilder, ServerError, SubscriptionType,
    ValidationMode,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use super::model::Model;

/// What the library says where there is no such operation.
const UNKNOWN: &str = "Unknown operation named \"\"";

/// Whether a document fits the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// That is to be found out; if it does not, nothing runs.
    Unknown,
    /// It did before, and the variables of this request were looked at as well. Costs half as much.
    Known,
}

/// Runs operations.
pub struct Engine<Q, M, S> {
    strict: Schema<Q, M, S>,
    trusting: Schema<Q, M, S>,
    model: Arc<Model>,
}

impl<Q: ObjectType + 'static, M: ObjectType + 'static, S: SubscriptionType + 'static> Engine<Q, M, S> {
    /// An engine for what is built. An error is a fault of the schema: its SDL cannot be read.
    pub fn new(build: impl Fn() -> SchemaBuilder<Q, M, S>) -> Result<Self, Error> {
        let strict = build().finish();
        let model =
            Arc::new(Model::read(&strict.sdl_with_options(SDLExportOptions::new().include_specified_by()))?);
        let trusting = build().validation_mode(ValidationMode::Fast).finish();
        Ok(Self { strict, trusting, model })
    }

    /// Runs one operation. On the heap: all that waits for it would be as large, and a request is moved a few times
    /// before it comes this far.
    pub fn execute(&self, request: Request, fit: Fit) -> BoxFuture<'_, Response> {
        Box::pin(self.schema(fit).execute(request))
    }

    /// Runs one subscription: what comes of each of its events. It begins when it is first asked for one.
    pub fn subscribe(&self, request: Request, fit: Fit) -> BoxStream<'static, Response> {
        self.schema(fit).execute_stream(request)
    }

    fn schema(&self, fit: Fit) -> &Schema<Q, M, S> {
        match fit {
            Fit::Unknown => &self.strict,
            Fit::Known => &self.trusting,
        }
    }

    /// What is wrong with the document as a whole; nothing where it can run.
    ///
    /// The engine has no door for this alone. But it judges a document before it looks for the operation in it that it
    /// is to run, and none has the empty name.
    pub fn check(&self, document: &ExecutableDocument) -> Vec<ServerError> {
        let mut request = Request::new(String::new()).operation_name("");
        request.set_parsed_query(document.clone());
        // There is nothing to wait for before an operation runs.
        let errors = self.strict.execute(request).now_or_never().map(|response| response.errors);
        let errors = errors.unwrap_or_else(|| vec![ServerError::new("It could not be judged", None)]);
        errors.into_iter().filter(|error| error.message != UNKNOWN).collect()
    }

    /// The schema as a table.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    #[test]
    fn what_fits_the_schema_has_nothing_wrong_with_it_and_what_does_not_has() {
        let engine = crate::graphql::engine(true).expect("a schema");
        let errors = |text: &str| engine.check(&parse_query(text).expect("parses")).len();
        for text in [
            "{me{id}}",
            "query A{me{id}} mutation B($input:LoginInput!){login(input:$input){accessToken}}",
            "query($first:Int!){tasks(first:$first){totalCount}}",
        ] {
            assert_eq!(errors(text), 0, "{text}");
        }
        for text in [
            "{me{nickname}}",
            "query A{me{id}} query B{me{nickname}}",
            "query($first:Int!){tasks{totalCount}}",
            "{tasks(first:\"many\"){totalCount}}",
            "{me{id} ...f} fragment f on Task{id}",
        ] {
            assert_eq!(errors(text), 1, "{text}");
        }
    }
}
