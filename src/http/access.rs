//! Which operations have nothing for a stranger, as the SDL's `@public` says it.
//!
//! Such an operation is refused as a whole before any of it runs. One with anything for everybody in it runs, and the
//! guards of the objects refuse the rest.

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};

use super::roots;
use crate::graphql::model::{Field, Model};

/// Whether nothing of the operation is answered without a signed-in user. It is asked of strangers' operations alone.
pub(super) fn needs_user(
    model: &Model,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
) -> bool {
    let root = model.root(operation.ty);
    let is_open = |name: &str| {
        // What is not in the schema is for the engine to tell, to whomever.
        name.starts_with("__") || model.field(root, name).is_none_or(Field::is_public)
    };
    let fields = roots::all(document, &operation.selection_set.node);
    !fields.is_empty() && !fields.iter().any(|field| is_open(&field.node.name.node))
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn an_operation_needs_a_user_when_none_of_it_is_for_everybody() {
        let model = Model::read(&crate::graphql::sdl()).expect("the schema parses");
        for (query, needs) in [
            ("{ me { id } }", true),
            ("{ a: me { id } b: tasks { totalCount } }", true),
            ("{ me { __typename } }", true),
            ("{ ...f } fragment f on Query { me { id } }", true),
            ("{ ... { ... on Query { me { id } } } }", true),
            ("{ me @include(if: false) { id } }", true),
            ("mutation { createTask(input: { title: \"tea\" }) { task { id } } }", true),
            ("mutation { logoutEverywhere { ok } }", true),
            ("{ __typename }", false),
            ("{ __schema { types { name } } }", false),
            ("{ __type(name: \"Task\") { name } }", false),
            ("{ me { id } __typename }", false),
            ("{ me { id } ...f } fragment f on Query { ... { __typename } }", false),
            ("mutation { login(input: { email: \"\", password: \"\" }) { tokenType } }", false),
            ("mutation { logoutEverywhere { ok } logout { ok } }", false),
            ("mutation { __typename }", false),
            ("{ nothing }", false),
            ("{ me { id } nothing }", false),
            ("{ ...nothing }", false),
            ("mutation { me { id } }", false),
        ] {
            let document = parse_query(query).expect(query);
            let (_, operation) = document.operations.iter().next().expect(query);
            assert_eq!(needs_user(&model, &document, &operation.node), needs, "{query}");
        }
    }
}
