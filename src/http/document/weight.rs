//! How much memory a parsed document takes.
//!
//! The text tells nothing of it: `{a a a …}` becomes two hundred times its length, a long comment becomes nothing. So what
//! the parser has allocated is added up, node by node.

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::{ConstValue, Value};

type Arguments = Vec<(Positioned<Name>, Positioned<Value>)>;

/// What an `Arc` keeps beside its content.
const COUNTERS: usize = 16;
/// What an `IndexMap` keeps of an entry beside key and value: its hash, and at most two places in its table.
const INDEX: usize = 8 + 2 * 9;

/// In bytes.
pub(super) fn of(document: &ExecutableDocument) -> u64 {
    let operations = document.operations.iter();
    let operations =
        operations.map(|(key, operation)| key.map_or(0, entry) + self::operation(&operation.node));
    let fragments = document.fragments.iter().map(|(key, fragment)| {
        let fragment = &fragment.node;
        entry(key)
            + name(&fragment.type_condition.node.on.node)
            + directives(&fragment.directives)
            + set(&fragment.selection_set.node)
    });
    let bytes = size_of::<ExecutableDocument>() + operations.sum::<usize>() + fragments.sum::<usize>();
    bytes as u64
}

/// An operation or a fragment in its table, which is at least half full.
fn entry(key: &Name) -> usize {
    name(key) + 2 * (size_of::<Name>() + size_of::<Positioned<OperationDefinition>>() + 1)
}

fn operation(operation: &OperationDefinition) -> usize {
    let variables = operation.variable_definitions.iter().map(|variable| {
        let variable = &variable.node;
        name(&variable.name.node)
            + ty(&variable.var_type.node)
            + directives(&variable.directives)
            + variable.default_value.as_ref().map_or(0, |value| constant(&value.node))
    });
    list(&operation.variable_definitions)
        + variables.sum::<usize>()
        + directives(&operation.directives)
        + set(&operation.selection_set.node)
}

/// The guard has bounded how deep it is.
fn set(set: &SelectionSet) -> usize {
    let selections = set.items.iter().map(|selection| match &selection.node {
        Selection::Field(field) => {
            let field = &field.node;
            field.alias.as_ref().map_or(0, |alias| name(&alias.node))
                + name(&field.name.node)
                + arguments(&field.arguments)
                + directives(&field.directives)
                + self::set(&field.selection_set.node)
        }
        Selection::InlineFragment(fragment) => {
            let fragment = &fragment.node;
            fragment.type_condition.as_ref().map_or(0, |condition| name(&condition.node.on.node))
                + directives(&fragment.directives)
                + self::set(&fragment.selection_set.node)
        }
        Selection::FragmentSpread(spread) => {
            name(&spread.node.fragment_name.node) + directives(&spread.node.directives)
        }
    });
    list(&set.items) + selections.sum::<usize>()
}

fn directives(directives: &Vec<Positioned<Directive>>) -> usize {
    let each = directives
        .iter()
        .map(|directive| name(&directive.node.name.node) + arguments(&directive.node.arguments));
    list(directives) + each.sum::<usize>()
}

fn arguments(arguments: &Arguments) -> usize {
    let each = arguments.iter().map(|(key, value)| name(&key.node) + self::value(&value.node));
    list(arguments) + each.sum::<usize>()
}

/// The parser has bounded how deep it is.
fn value(value: &Value) -> usize {
    match value {
        Value::Variable(text) | Value::Enum(text) => name(text),
        Value::String(text) => block(text.capacity()),
        Value::Binary(bytes) => block(bytes.len()),
        Value::List(items) => list(items) + items.iter().map(self::value).sum::<usize>(),
        Value::Object(members) => {
            let each = members.iter().map(|(key, value)| name(key) + self::value(value));
            block(members.capacity() * (size_of::<(Name, Value)>() + INDEX)) + each.sum::<usize>()
        }
        Value::Null | Value::Number(_) | Value::Boolean(_) => 0,
    }
}

fn constant(value: &ConstValue) -> usize {
    match value {
        ConstValue::Enum(text) => name(text),
        ConstValue::String(text) => block(text.capacity()),
        ConstValue::Binary(bytes) => block(bytes.len()),
        ConstValue::List(items) => list(items) + items.iter().map(constant).sum::<usize>(),
        ConstValue::Object(members) => {
            let each = members.iter().map(|(key, value)| name(key) + constant(value));
            block(members.capacity() * (size_of::<(Name, ConstValue)>() + INDEX)) + each.sum::<usize>()
        }
        ConstValue::Null | ConstValue::Number(_) | ConstValue::Boolean(_) => 0,
    }
}

fn ty(ty: &Type) -> usize {
    match &ty.base {
        BaseType::Named(text) => name(text),
        BaseType::List(of) => block(size_of::<Type>()) + self::ty(of),
    }
}

fn name(name: &Name) -> usize {
    block(COUNTERS + name.len())
}

fn list<T>(items: &Vec<T>) -> usize {
    block(items.capacity() * size_of::<T>())
}

/// What the allocator gives for so many bytes: up to an eighth more, in steps of eight.
const fn block(bytes: usize) -> usize {
    (bytes + bytes / 8).next_multiple_of(8)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    /// The second figures were counted in an allocator, for these versions of parser and standard library.
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_document_weighs_what_the_allocator_was_asked_for_or_a_little_more() {
        let many = |count: usize, each: &dyn Fn(usize) -> String| (0..count).map(each).collect::<String>();
        for (text, allocated) in [
            (format!("{{{}}}", "a ".repeat(1000)), 212_576),
            ("{a{b{c{d{e{f}}}}}}".to_owned(), 4720),
            (format!("{{a({})}}", many(500, &|n| format!("b{n}:{n} "))), 74_360),
            (format!("{{a(x:{{{}}})}}", many(500, &|n| format!("b{n}:{n} "))), 108_672),
            (format!("{{a(x:[{}])}}", "1 ".repeat(5000)), 591_248),
            (format!("{{a(b:\"{}\")}}", "x".repeat(5000)), 9616),
            (many(500, &|n| format!("query f{n}{{a}} ")), 524_272),
            (format!("query({}){{a}}", many(100, &|n| format!("$v{n}:[[Int!]!]={{a:1}} "))), 72_520),
            (
                format!("{{...f0}} {}", many(500, &|n| format!("fragment f{n} on T{{...f{}}} ", n + 1))),
                553_416,
            ),
            (format!("{{{}}}", "a@a ".repeat(50)), 28_736),
            (format!("{{{}}}", "...on A{b}".repeat(200)), 204_064),
        ] {
            let weight = of(&parse_query(&text).expect("parses"));
            assert!(
                (allocated..=allocated * 5 / 4).contains(&weight),
                "{weight} for {allocated}: {text:.40}"
            );
        }
    }
}
