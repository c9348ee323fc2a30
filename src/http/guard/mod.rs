//! Refuses a document that would cost more than it can be worth, before the engine sees it.
//!
//! The engine's own limits open every fragment at every place where it is spread, so that a kilobyte of fragments that
//! spread each other twice keeps a processor busy for seconds. Here each fragment is measured once: the time is linear
//! in the length of the document. What the engine's validation does in more than linear time is kept to a small number:
//! arguments, variables, and the places where they are used.

mod excess;
mod inputs;
mod tokens;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value;

use crate::graphql::ONCE;
use crate::settings::QueryLimits;

pub(super) use excess::{Excess, allow};
pub(super) use inputs::check_variables;

/// Selections within selections, where a fragment is a level as well. The engine refuses 33.
const LEVELS: u64 = 30;
/// Arguments in all.
const ARGUMENTS: u64 = 500;
/// Variables that one operation defines.
const VARIABLES: u64 = 100;
/// Places where a variable's value is used. The engine checks the whole value again at each.
const USES: u64 = 200;

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

/// Looks at a text before it is parsed.
pub(super) fn check_text(text: &str, limits: &QueryLimits) -> Result<(), Excess> {
    let count = tokens::count(text).map_err(|at| Excess::Unended(position(text, at)))?;
    allow("tokens", count, limits.max_tokens)
}

fn position(text: &str, byte: usize) -> Pos {
    let before = text.get(..byte).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    Pos { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
}

/// Measures everything in the document, fragments that nothing spreads included: validation walks them too.
pub(super) fn check(document: &ExecutableDocument, limits: &QueryLimits) -> Result<Passed, Excess> {
    Walk::new(document, limits).document()
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

    fn allow(self, limits: &QueryLimits) -> Result<(), Excess> {
        allow("levels of fields", self.depth, limits.max_depth)?;
        allow("levels of fragments", self.levels, LEVELS)?;
        allow("fields and fragments", self.selections, limits.max_fields)?;
        allow("aliases", self.aliases, limits.max_aliases)?;
        allow("directives", self.directives, limits.max_directives)?;
        allow("arguments", self.arguments, ARGUMENTS)?;
        allow("uses of variables", self.uses, USES)
    }
}

fn count<T>(items: &[T]) -> u64 {
    items.len() as u64
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    limits: &'a QueryLimits,
    /// `None` while the walk is inside of it.
    fragments: HashMap<&'a Name, Option<Measure>>,
    introspects: bool,
    /// Selections that were looked at.
    #[cfg(test)]
    steps: usize,
}

impl<'a> Walk<'a> {
    fn new(document: &'a ExecutableDocument, limits: &'a QueryLimits) -> Self {
        Self {
            document,
            limits,
            fragments: HashMap::new(),
            introspects: false,
            #[cfg(test)]
            steps: 0,
        }
    }

    fn document(&mut self) -> Result<Passed, Excess> {
        let mut whole = Measure::default();
        let mut repeats = Vec::new();
        for (name, operation) in self.document.operations.iter() {
            let mut measure = self.set(&operation.node.selection_set.node, 0)?;
            allow("fields at the root", measure.fields, self.limits.max_root_fields)?;
            allow("variables", count(&operation.node.variable_definitions), VARIABLES)?;
            self.directives(&operation.node.directives, &mut measure)?;
            for variable in &operation.node.variable_definitions {
                self.directives(&variable.node.directives, &mut measure)?;
                if let Some(default) = &variable.node.default_value {
                    inputs::check_constant(&default.node, self.limits)?;
                }
            }
            if operation.node.ty == OperationType::Mutation
                && let Some((field, times)) = measure.repeated()
            {
                repeats.push(Repeat { operation: name.cloned(), field, times });
            }
            whole.include(measure, 0, 0);
        }
        for (name, fragment) in &self.document.fragments {
            self.directives(&fragment.node.directives, &mut whole)?;
            if !self.fragments.contains_key(name) {
                let measure = self.fragment(name, &fragment.node.selection_set.node, 0)?;
                whole.include(measure, 0, 0);
            }
        }
        whole.allow(self.limits)?;
        Ok(Passed { introspects: self.introspects, uses: whole.uses, repeats })
    }

    /// `level`: how many sets the walk is inside of. It bounds the walk's own recursion.
    fn set(&mut self, set: &'a SelectionSet, level: u64) -> Result<Measure, Excess> {
        allow("levels of fragments", level, LEVELS)?;
        let mut measure = Measure { selections: count(&set.items), ..Measure::default() };
        for selection in &set.items {
            #[cfg(test)]
            {
                self.steps += 1;
            }
            self.directives(selection.node.directives(), &mut measure)?;
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
                allow(
                    "lists of members within each other",
                    below.schema_lists,
                    self.limits.max_introspection_depth,
                )?;
            }
            "fields" | "inputFields" | "interfaces" | "possibleTypes" => below.schema_lists += 1,
            _ => {}
        }
        if let Some(place) = ONCE.iter().position(|once| *once == field.name.node.as_str()) {
            measure.once[place] = measure.once[place].saturating_add(1);
        }
        self.arguments(&field.arguments, measure)?;
        measure.fields = measure.fields.saturating_add(1);
        measure.aliases = measure.aliases.saturating_add(u64::from(field.alias.is_some()));
        measure.include(below, 1, 1);
        Ok(())
    }

    fn directives(&self, directives: &[Positioned<Directive>], measure: &mut Measure) -> Result<(), Excess> {
        measure.directives = measure.directives.saturating_add(count(directives));
        directives.iter().try_for_each(|directive| self.arguments(&directive.node.arguments, measure))
    }

    fn arguments(
        &self,
        arguments: &[(Positioned<Name>, Positioned<Value>)],
        measure: &mut Measure,
    ) -> Result<(), Excess> {
        measure.arguments = measure.arguments.saturating_add(count(arguments));
        for (_, value) in arguments {
            let uses = inputs::check_argument(&value.node, self.limits)?;
            measure.uses = measure.uses.saturating_add(uses);
        }
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
