//! The fields at the root of an operation, those of its fragments among them.

use async_graphql::parser::types::{Directive, ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Positioned, Value, Variables};

/// All of them, whatever directives say. How many there can be was measured before.
pub(super) fn all<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet) -> Vec<&'a Positioned<Field>> {
    let mut fields = Vec::with_capacity(set.items.len());
    collect(document, set, &|_| true, &mut fields);
    fields
}

/// Those that these variables do not leave out (GraphQL specification, section 6.3.2).
pub(super) fn selected<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    variables: &Variables,
) -> Vec<&'a Positioned<Field>> {
    let mut fields = Vec::with_capacity(set.items.len());
    collect(document, set, &|directives| is_selected(directives, variables), &mut fields);
    fields
}

fn collect<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    is_selected: &impl Fn(&[Positioned<Directive>]) -> bool,
    fields: &mut Vec<&'a Positioned<Field>>,
) {
    for selection in set.items.iter().filter(|selection| is_selected(selection.node.directives())) {
        match &selection.node {
            Selection::Field(field) => fields.push(field),
            Selection::InlineFragment(fragment) => {
                collect(document, &fragment.node.selection_set.node, is_selected, fields);
            }
            Selection::FragmentSpread(spread) => {
                // One that there is not is for the engine to tell.
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    collect(document, &fragment.node.selection_set.node, is_selected, fields);
                }
            }
        }
    }
}

fn is_selected(directives: &[Positioned<Directive>], variables: &Variables) -> bool {
    directives.iter().all(|directive| {
        let wanted = match directive.node.name.node.as_str() {
            "skip" => false,
            "include" => true,
            _ => return true,
        };
        let condition = directive.node.get_argument("if").map(|condition| condition.node.clone());
        let value = condition
            .map(|condition| condition.into_const_with(|name| variables.get(&name).cloned().ok_or(())));
        // What is no boolean is for the engine to tell.
        !matches!(value, Some(Ok(Value::Boolean(value))) if value != wanted)
    })
}
