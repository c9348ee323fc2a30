//! An operation as the engine takes it, with what the engine would get wrong put right.

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Value, Variables};

use super::document::{Document, Operation};
use super::merge;

/// Whether null is given where it may be too little: a variable that can be null may be used where null is not taken, if
/// it has a default or its place has one (GraphQL specification, section 5.8.5). Of a query whose variable has none no
/// harm is done: its field fails.
pub(super) fn gives_null(operation: &Operation<'_>, variables: &Variables) -> bool {
    let mut definitions = operation.definition.variable_definitions.iter();
    definitions.any(|definition| {
        let matters = operation.kind == OperationType::Mutation || definition.node.default_value.is_some();
        matters && variables.get(&definition.node.name.node) == Some(&Value::Null)
    })
}

/// The request for the engine.
pub(super) fn prepare(document: &Document, operation: &Operation<'_>, mut variables: Variables) -> Request {
    // The engine forgets defaults when it looks at `@skip` and `@include`.
    for definition in &operation.definition.variable_definitions {
        if let Some(default) = &definition.node.default_value {
            variables.entry(definition.node.name.node.clone()).or_insert_with(|| default.node.clone());
        }
    }
    let mut parsed = document.parsed().clone();
    if operation.kind != OperationType::Query {
        merge::merge(&mut parsed, operation.name, &variables);
    }
    // The engine has no use for the text of a document that it is given.
    let mut request = Request::new(String::new()).variables(variables);
    request.operation_name = operation.name.map(str::to_owned);
    request.set_parsed_query(parsed);
    request
}
