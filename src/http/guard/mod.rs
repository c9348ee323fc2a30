//! Refuses a document that would cost more than it can be worth, before the engine sees it.
//!
//! The engine's own limits open every fragment at every place where it is spread, so that a kilobyte of fragments that
//! spread each other twice keeps a processor busy for seconds. Here each fragment is measured once: the time is linear
//! in the length of the document. What the engine's validation does in more than linear time is kept to a small number:
//! arguments, variables, and the places where they are used.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

use crate::graphql::ONCE;

/// Fields within fields.
const DEPTH: u64 = 15;
/// Selections within selections, where a fragment is a level as well. The engine refuses 33.
const LEVELS: u64 = 30;
/// Fields and fragments in all, those of a fragment at every place where it is spread.
const SELECTIONS: u64 = 1000;
/// Fields with another name in the answer.
const ALIASES: u64 = 50;
/// Fields of one operation that begin at its root: each is a call of its own.
const ROOTS: u64 = 20;
/// Directives in all.
const DIRECTIVES: u64 = 50;
/// Arguments in all.
const ARGUMENTS: u64 = 500;
/// Variables that one operation defines.
const VARIABLES: u64 = 100;
/// Places where a variable's value is used. The engine checks the whole value again at each.
const USES: u64 = 200;
/// Lists of a type's members within each other; every level multiplies the answer by the size of the schema.
const SCHEMA_LISTS: u64 = 2;

/// What the guard found, and the rest that it came by.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Passed {
    /// Whether it asks for the schema.
    pub(super) introspects: bool,
    /// At how many places the value of a variable is used.
    pub(super) uses: u64,
    /// Operations that must not run, as a field that a request may ask for once stands in them more often.
    pub(super) repeats: Vec<Repeat>,
}

/// An operation in which a field stands too often.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repeat {
    pub(super) operation: Option<Name>,
    pub(super) field: &'static str,
    pub(super) times: u64,
}

/// Why a document is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Excess {
    /// It has more of something than is allowed.
    Over {
        /// What there is too much of, to be put after the figure.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much there may be.
        allowed: u64,
    },
    /// A fragment contains itself.
    Cycle(Name),
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over { what, found, allowed } => {
                write!(f, "The query is too complex: {found} {what}, {allowed} are allowed.")
            }
            Self::Cycle(name) => write!(f, "Fragment \"{name}\" spreads itself."),
        }
    }
}

/// Measures everything in the document, fragments that nothing spreads included: validation walks them too.
pub(super) fn check(document: &ExecutableDocument) -> Result<Passed, Excess> {
    let mut walk = Walk { document, fragments: HashMap::new(), introspects: false };
    let mut whole = Measure::default();
    let mut repeats = Vec::new();
    for (name, operation) in document.operations.iter() {
        let mut measure = walk.set(&operation.node.selection_set.node, 0)?;
        allow("fields at the root", measure.fields, ROOTS)?;
        allow("variables", count(&operation.node.variable_definitions), VARIABLES)?;
        let variables = operation.node.variable_definitions.iter();
        measure.directives += count(&operation.node.directives);
        measure.directives += variables.map(|variable| count(&variable.node.directives)).sum::<u64>();
        if operation.node.ty == OperationType::Mutation
            && let Some((field, times)) = measure.repeated()
        {
            repeats.push(Repeat { operation: name.cloned(), field, times });
        }
        whole.include(measure, 0, 0);
    }
    for (name, fragment) in &document.fragments {
        whole.directives += count(&fragment.node.directives);
        if !walk.fragments.contains_key(name) {
            let measure = walk.fragment(name, &fragment.node.selection_set.node, 0)?;
            whole.include(measure, 0, 0);
        }
    }
    whole.allow()?;
    Ok(Passed { introspects: walk.introspects, uses: whole.uses, repeats })
}

/// How much there is of what.
#[derive(Debug, Clone, Copy, Default)]
struct Measure {
    depth: u64,
    levels: u64,
    selections: u64,
    /// Fields at the top, those of fragments included.
    fields: u64,
    aliases: u64,
    directives: u64,
    arguments: u64,
    uses: u64,
    schema_lists: u64,
    /// Fields at the top that a request may ask for once, in the order of their list.
    once: [u64; ONCE.len()],
}

impl Measure {
    /// Takes in what stands so many fields and so many levels deeper.
    fn include(&mut self, below: Self, fields_deeper: u64, levels_deeper: u64) {
        self.depth = self.depth.max(below.depth + fields_deeper);
        self.levels = self.levels.max(below.levels + levels_deeper);
        self.selections = self.selections.saturating_add(below.selections);
        self.aliases = self.aliases.saturating_add(below.aliases);
        self.directives = self.directives.saturating_add(below.directives);
        self.arguments = self.arguments.saturating_add(below.arguments);
        self.uses = self.uses.saturating_add(below.uses);
        self.schema_lists = self.schema_lists.max(below.schema_lists);
        if fields_deeper == 0 {
            self.fields = self.fields.saturating_add(below.fields);
            for (times, more) in self.once.iter_mut().zip(below.once) {
                *times = times.saturating_add(more);
            }
        }
    }

    /// The first field at the top that may stand there once and stands there more often. One that a directive may leave
    /// out counts like any other, and so does the same field twice under one name.
    fn repeated(&self) -> Option<(&'static str, u64)> {
        ONCE.into_iter().zip(self.once).find(|(_, times)| *times > 1)
    }

    fn allow(self) -> Result<(), Excess> {
        allow("levels of fields", self.depth, DEPTH)?;
        allow("levels of fragments", self.levels, LEVELS)?;
        allow("fields and fragments", self.selections, SELECTIONS)?;
        allow("aliases", self.aliases, ALIASES)?;
        allow("directives", self.directives, DIRECTIVES)?;
        allow("arguments", self.arguments, ARGUMENTS)?;
        allow("uses of variables", self.uses, USES)
    }

    /// Takes in the arguments of a field or a directive.
    fn arguments(&mut self, arguments: &[(Positioned<Name>, Positioned<Value>)]) {
        self.arguments = self.arguments.saturating_add(count(arguments));
        let uses = arguments.iter().map(|(_, value)| uses(&value.node)).sum();
        self.uses = self.uses.saturating_add(uses);
    }
}

/// At how many places in it a value uses a variable. The parser has bounded how deep it is.
fn uses(value: &Value) -> u64 {
    match value {
        Value::Variable(_) => 1,
        Value::List(items) => items.iter().map(uses).sum(),
        Value::Object(members) => members.values().map(uses).sum(),
        _ => 0,
    }
}

fn allow(what: &'static str, found: u64, allowed: u64) -> Result<(), Excess> {
    if found > allowed { Err(Excess::Over { what, found, allowed }) } else { Ok(()) }
}

fn count<T>(items: &[T]) -> u64 {
    items.len() as u64
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    /// `None` while the walk is inside of it.
    fragments: HashMap<&'a Name, Option<Measure>>,
    introspects: bool,
}

impl<'a> Walk<'a> {
    /// `level`: how many sets the walk is inside of. It bounds the walk's own recursion.
    fn set(&mut self, set: &'a SelectionSet, level: u64) -> Result<Measure, Excess> {
        allow("levels of fragments", level, LEVELS)?;
        let mut measure = Measure { selections: count(&set.items), ..Measure::default() };
        for selection in &set.items {
            let directives = selection.node.directives();
            measure.directives = measure.directives.saturating_add(count(directives));
            for directive in directives {
                measure.arguments(&directive.node.arguments);
            }
            match &selection.node {
                Selection::Field(field) => self.field(&field.node, &mut measure, level)?,
                Selection::InlineFragment(fragment) => {
                    measure.include(self.set(&fragment.node.selection_set.node, level + 1)?, 0, 1);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    // An unknown fragment is left to validation.
                    if let Some((name, fragment)) = self.document.fragments.get_key_value(name) {
                        measure.include(
                            self.fragment(name, &fragment.node.selection_set.node, level + 1)?,
                            0,
                            1,
                        );
                    }
                }
            }
        }
        Ok(measure)
    }

    fn field(&mut self, field: &'a Field, measure: &mut Measure, level: u64) -> Result<(), Excess> {
        let mut below = self.set(&field.selection_set.node, level + 1)?;
        match field.name.node.as_str() {
            "__schema" | "__type" => {
                self.introspects = true;
                allow("lists of members within each other", below.schema_lists, SCHEMA_LISTS)?;
            }
            "fields" | "inputFields" | "interfaces" | "possibleTypes" => below.schema_lists += 1,
            _ => {}
        }
        if let Some(place) = ONCE.iter().position(|once| *once == field.name.node.as_str()) {
            measure.once[place] = measure.once[place].saturating_add(1);
        }
        measure.arguments(&field.arguments);
        measure.fields = measure.fields.saturating_add(1);
        measure.aliases = measure.aliases.saturating_add(u64::from(field.alias.is_some()));
        measure.include(below, 1, 1);
        Ok(())
    }

    fn fragment(&mut self, name: &'a Name, set: &'a SelectionSet, level: u64) -> Result<Measure, Excess> {
        match self.fragments.insert(name, None) {
            None => {}
            Some(None) => return Err(Excess::Cycle(name.clone())),
            Some(Some(measure)) => {
                self.fragments.insert(name, Some(measure));
                return Ok(measure);
            }
        }
        let measure = self.set(set, level)?;
        self.fragments.insert(name, Some(measure));
        Ok(measure)
    }
}
