//! A mutation that selects one field twice carries it out once (GraphQL specification, section 6.3.2), and the field of a
//! subscription may stand in a fragment.
//!
//! The engine calls the resolver of a field for each of its selections and merges what they answer. For what only reads
//! that is no difference; a mutation would be carried out twice. And for the field of a subscription it looks at the root
//! alone.

use async_graphql::indexmap::IndexMap;
use async_graphql::indexmap::map::Entry;
use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, InlineFragment, OperationDefinition,
    OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, Variables};
use async_graphql_value::Value;

use super::roots;

/// Rewrites the operation of that name, if need be, so that no two fields at its root have one name in the answer, and, of
/// a subscription, none stands in a fragment.
pub(super) fn merge(document: &mut ExecutableDocument, operation: Option<&str>, variables: &Variables) {
    let found = match (&document.operations, operation) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) => operations.values().next(),
    };
    let Some(merged) = found.and_then(|found| merged(document, &found.node, variables)) else { return };
    let found = match (&mut document.operations, operation) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get_mut(name),
        (DocumentOperations::Multiple(operations), None) => operations.values_mut().next(),
    };
    if let Some(operation) = found {
        let set = &mut operation.node.selection_set;
        let written = std::mem::take(&mut set.node.items);
        set.node.items = merged;
        // What was written stays, for the engine to judge; it is not carried out.
        set.node.items.push(left_out(written, set.pos));
    }
}

/// The fields at the root, each once. `None` where they stand as they should anyway, and where two of one name are not the same:
/// that is for the engine to refuse.
fn merged(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Option<Vec<Positioned<Selection>>> {
    let set = &operation.selection_set.node;
    if let [Positioned { node: Selection::Field(_), .. }] = set.items.as_slice() {
        return None;
    }
    let mut fields: IndexMap<&Name, Positioned<Field>> = IndexMap::new();
    let mut is_wanted = operation.ty == OperationType::Subscription;
    for field in roots::selected(document, set, variables) {
        match fields.entry(&field.node.response_key().node) {
            Entry::Vacant(place) => {
                let mut field = field.clone();
                field.node.directives.retain(|directive| !is_condition(&directive.node));
                place.insert(field);
            }
            Entry::Occupied(mut first) => {
                let first = &mut first.get_mut().node;
                if first.name.node != field.node.name.node || !are_alike(first, &field.node) {
                    return None;
                }
                let more = field.node.selection_set.node.items.iter().cloned();
                first.selection_set.node.items.extend(more);
                is_wanted = true;
            }
        }
    }
    let selections =
        fields.into_values().map(|field| Positioned::new(Selection::Field(field.clone()), field.pos));
    is_wanted.then(|| selections.collect())
}

fn is_condition(directive: &Directive) -> bool {
    matches!(directive.name.node.as_str(), "skip" | "include")
}

/// Whether both are given the same.
fn are_alike(one: &Field, other: &Field) -> bool {
    let has = |(name, value): &(Positioned<Name>, Positioned<Value>)| {
        one.get_argument(&name.node).is_some_and(|own| own.node == value.node)
    };
    one.arguments.len() == other.arguments.len() && other.arguments.iter().all(has)
}

/// `... @skip(if: true) { … }`
fn left_out(items: Vec<Positioned<Selection>>, pos: Pos) -> Positioned<Selection> {
    let at = |name: &str| Positioned::new(Name::new(name), pos);
    let condition = (at("if"), Positioned::new(Value::Boolean(true), pos));
    let directive = Directive { name: at("skip"), arguments: vec![condition] };
    let fragment = InlineFragment {
        type_condition: None,
        directives: vec![Positioned::new(directive, pos)],
        selection_set: Positioned::new(SelectionSet { items }, pos),
    };
    Positioned::new(Selection::InlineFragment(Positioned::new(fragment, pos)), pos)
}
