//! The text of a query becomes a document: parsed and measured once for every distinct text, then remembered.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_graphql::Pos;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationType, Selection, SelectionSet,
};
use async_graphql::parser::{Error, parse_query};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::guard;
use super::response::Rejection;
use crate::graphql::ErrorCode;

/// Texts that are remembered, in bytes all together. A parsed document takes about ten times its text.
const REMEMBERED: u64 = 1024 * 1024;
/// Longest text that is remembered, in bytes.
const LONGEST: usize = 64 * 1024;
/// How many distinct texts the cache expects; it grows beyond that.
const EXPECTED: usize = 1000;
/// What an entry costs beside its text.
const ENTRY: u64 = 256;
/// Bytes of variables that are checked for one request, a value counted at every place where it is used.
const CHECKED: u64 = 2 * 1024 * 1024;
/// Longest piece of a query that an error message quotes, in characters.
const QUOTED: usize = 20;

/// A query that parses and is not too complex. Whether it fits the schema is for the engine to say.
#[derive(Debug)]
pub(super) struct Document {
    parsed: ExecutableDocument,
    passed: guard::Passed,
}

/// The one operation of a document that a request means.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Operation<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) kind: OperationType,
}

impl Document {
    fn read(text: &str) -> Result<Self, Rejection> {
        let parsed = parse_query(text).map_err(|error| unparsable(text, &error))?;
        let measured = guard::check(&parsed).map_err(|excess| {
            let code = match excess {
                guard::Excess::Over { .. } => ErrorCode::QueryTooComplex,
                guard::Excess::Cycle(_) => ErrorCode::GraphqlValidationFailed,
            };
            Rejection::bad_query(code, excess.to_string())
        })?;
        Ok(Self { parsed, passed: measured })
    }

    /// A copy for the engine, which uses it up. Costs a twentieth of parsing.
    pub(super) fn parsed(&self) -> ExecutableDocument {
        self.parsed.clone()
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
        Ok(Operation { name, kind: operation.node.ty })
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

/// The documents of queries that ran before.
pub(super) struct Documents(Cache<Box<str>, Arc<Document>, ByLength>);

#[derive(Clone)]
struct ByLength;

impl Weighter<Box<str>, Arc<Document>> for ByLength {
    fn weight(&self, text: &Box<str>, _: &Arc<Document>) -> u64 {
        text.len() as u64 + ENTRY
    }
}

impl Documents {
    pub(super) fn new() -> Self {
        Self(Cache::with_weighter(EXPECTED, REMEMBERED, ByLength))
    }

    /// The document of this text, and whether it was remembered.
    pub(super) fn find(&self, text: &str) -> Result<(Arc<Document>, bool), Rejection> {
        match self.0.get(text) {
            Some(document) => Ok((document, true)),
            None => Document::read(text).map(|document| (Arc::new(document), false)),
        }
    }

    /// Remembers a document that proved to fit the schema, so that what fails cannot crowd out what works.
    pub(super) fn keep(&self, text: &str, document: Arc<Document>) {
        if text.len() <= LONGEST {
            self.0.insert(text.into(), document);
        }
    }
}

/// The parser draws pictures over several lines; this says the same in one.
fn unparsable(text: &str, error: &Error) -> Rejection {
    let position = error.positions().next();
    let (code, message) = match (error, position) {
        (Error::RecursionLimitExceeded, _) => {
            (ErrorCode::QueryTooComplex, "The query is too complex: it is nested too deeply.".to_owned())
        }
        (Error::Syntax { .. }, Some(position)) => {
            let Pos { line, column } = position;
            let found = quote(text, position);
            (
                ErrorCode::GraphqlValidationFailed,
                format!("Syntax error at line {line}, column {column}: {found}."),
            )
        }
        (other, _) => (
            ErrorCode::GraphqlValidationFailed,
            format!("The query cannot be used: {}.", one_line(&other.to_string())),
        ),
    };
    Rejection::bad_query(code, message).at(position)
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
