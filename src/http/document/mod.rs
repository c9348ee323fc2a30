//! The text of a query becomes a document: parsed and measured once for every distinct text, then remembered.
//!
//! `http/graphql.rs` asks [`Documents`] for the document of a request, and has it remembered once it ran.

mod asked;
mod cache;
mod fingerprint;
mod trusted;
mod weight;

#[cfg(test)]
mod tests;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::parser::{Error, parse_query};
use async_graphql::{Name, Pos, Variables};

pub(super) use asked::Asked;
pub(super) use cache::{Asker, Documents, Found};
pub use trusted::{Manifest, Trust, Untrusted};

use super::cost::{self, Cost, Formula};
use super::guard;
use super::rejection::Rejection;
use crate::graphql::ErrorCode;
use crate::graphql::model::Model;
use crate::settings::QueryLimits;

/// Bytes of variables that are checked for one request, a value counted at every place where it is used.
const CHECKED: u64 = 2 * 1024 * 1024;
/// Longest piece of a query that an error message quotes, in characters.
const QUOTED: usize = 20;

/// A query that parses and is not too complex. Whether it fits the schema is for the engine to say.
#[derive(Debug)]
pub(super) struct Document {
    parsed: ExecutableDocument,
    passed: guard::Passed,
    formula: Formula,
    /// Memory that it takes, in bytes.
    weight: u64,
    /// A string in the text of a mutation may be a password, and is hardly ever the same twice.
    is_worth_keeping: bool,
}

/// The one operation of a document that a request means.
#[derive(Debug)]
pub(super) struct Operation<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) kind: OperationType,
    pub(super) definition: &'a OperationDefinition,
}

impl Document {
    fn read(text: &str, limits: &QueryLimits, model: &Model) -> Result<Self, Rejection> {
        guard::check_text(text, limits)?;
        let parsed = parse_query(text).map_err(|error| unparsable(text, &error))?;
        let found = guard::check(&parsed, limits)?;
        let formula = cost::compile(model, &parsed);
        let weight = weight::of(&parsed) + formula.weight();
        let mut operations = parsed.operations.iter();
        let writes = operations.any(|(_, operation)| operation.node.ty == OperationType::Mutation);
        let is_worth_keeping = !(writes && text.contains('"'));
        Ok(Self { parsed, passed: found, formula, weight, is_worth_keeping })
    }

    /// What was read. The engine uses up a copy, which costs a twentieth of parsing.
    pub(super) fn parsed(&self) -> &ExecutableDocument {
        &self.parsed
    }

    /// The names of its operations.
    fn names(&self) -> Vec<&str> {
        self.parsed.operations.iter().filter_map(|(name, _)| name).map(Name::as_str).collect()
    }

    /// What one of its operations costs with these variables.
    pub(super) fn cost(&self, operation: &Operation<'_>, variables: &Variables) -> Cost {
        self.formula.reckon(operation.name, operation.definition, variables)
    }

    /// Whether it asks for the schema.
    pub(super) fn introspects(&self) -> bool {
        self.passed.introspects
    }

    /// Refuses variables that cost too much to check: the engine goes through a value at every place where it is used.
    pub(super) fn allow_variables(&self, bytes: usize) -> Result<(), Rejection> {
        let work = self.passed.uses.saturating_mul(bytes as u64);
        if work <= CHECKED {
            return Ok(());
        }
        let message = format!(
            "The query is too complex: {bytes} bytes of variables, used {} times, are more than can be checked.",
            self.passed.uses
        );
        Err(Rejection::bad_query(ErrorCode::QueryTooComplex, message))
    }

    /// The name of the argument whose value stands there, which is all that the engine's own errors tell of it.
    pub(super) fn argument_at(&self, position: Pos) -> Option<&str> {
        let operations = self.parsed.operations.iter().map(|(_, operation)| &operation.node.selection_set);
        let fragments = self.parsed.fragments.values().map(|fragment| &fragment.node.selection_set);
        operations.chain(fragments).find_map(|set| argument_at(&set.node, position))
    }

    /// The operation of that name, or the only one (GraphQL specification, section 6.1).
    pub(super) fn operation(&self, name: Option<&str>) -> Result<Operation<'_>, Rejection> {
        let found = match (&self.parsed.operations, name) {
            (DocumentOperations::Single(operation), None) => Some((None, operation)),
            (DocumentOperations::Multiple(all), Some(name)) => {
                all.get_key_value(name).map(|(name, operation)| (Some(name.as_str()), operation))
            }
            (DocumentOperations::Multiple(all), None) if all.len() == 1 => {
                all.iter().next().map(|(name, operation)| (Some(name.as_str()), operation))
            }
            (DocumentOperations::Single(_), Some(_)) | (DocumentOperations::Multiple(_), None) => None,
        };
        let message = match name {
            Some(_) => "The query has no operation of the name in `operationName`.",
            None => "The query has several operations: `operationName` must say which.",
        };
        let (name, operation) =
            found.ok_or_else(|| Rejection::bad_query(ErrorCode::GraphqlValidationFailed, message))?;
        self.allow_once(name)?;
        Ok(Operation { name, kind: operation.node.ty, definition: &operation.node })
    }

    /// Refuses an operation that tries more than once what a request may try once. The others of the document may run.
    fn allow_once(&self, operation: Option<&str>) -> Result<(), Rejection> {
        let mut repeats = self.passed.repeats.iter();
        match repeats.find(|repeat| repeat.operation.as_deref() == operation) {
            None => Ok(()),
            Some(guard::Repeat { field, times, .. }) => {
                let message = format!(
                    "The query is too complex: it asks for \"{field}\" {times} times, once is allowed in a request."
                );
                // No argument is at fault, as BAD_USER_INPUT would say.
                Err(Rejection::bad_query(ErrorCode::QueryTooComplex, message))
            }
        }
    }
}

/// The name of the argument whose value stands there.
fn argument_at(set: &SelectionSet, position: Pos) -> Option<&str> {
    set.items.iter().find_map(|selection| match &selection.node {
        Selection::Field(field) => {
            let arguments = field.node.arguments.iter();
            arguments
                .filter(|(_, value)| value.pos == position)
                .map(|(name, _)| name.node.as_str())
                .next()
                .or_else(|| argument_at(&field.node.selection_set.node, position))
        }
        Selection::InlineFragment(fragment) => argument_at(&fragment.node.selection_set.node, position),
        Selection::FragmentSpread(_) => None,
    })
}

/// The parser draws pictures over several lines; this says the same in one.
fn unparsable(text: &str, error: &Error) -> Rejection {
    let position = error.positions().next();
    match (error, position) {
        (Error::RecursionLimitExceeded, _) => {
            let message = "The query is too complex: it is nested too deeply.";
            Rejection::bad_query(ErrorCode::QueryTooComplex, message)
        }
        (Error::Syntax { .. }, Some(position)) => {
            let Pos { line, column } = position;
            let found = quote(text, position);
            Rejection::bad_syntax(format!("Syntax error at line {line}, column {column}: {found}."))
        }
        (other, _) => {
            let message = format!("The query cannot be used: {}.", one_line(&other.to_string()));
            Rejection::bad_query(ErrorCode::GraphqlValidationFailed, message)
        }
    }
    .at(position)
}

/// What stands there: a word, or one sign.
fn quote(text: &str, position: Pos) -> String {
    let line = text.split('\n').nth(position.line.saturating_sub(1)).unwrap_or_default();
    let rest = || line.chars().skip(position.column.saturating_sub(1));
    let word: String = rest().take_while(|c| c.is_alphanumeric() || *c == '_').take(QUOTED).collect();
    match rest().next() {
        _ if !word.is_empty() => format!("{word:?} was not expected"),
        Some(sign) if !sign.is_whitespace() => format!("{:?} was not expected", sign.to_string()),
        _ => "something is missing".to_owned(),
    }
}

/// The text without line breaks and without a full stop at its end.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
}
