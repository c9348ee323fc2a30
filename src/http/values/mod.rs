//! Whether values are what the schema asks for, found out before anything runs (GraphQL specification, sections 5.6.1
//! and 6.1.2).
//!
//! The engine looks at a variable that is missing, and at a number that is too large, only when a field takes it, which
//! may be after the first mutation of several was carried out; and it takes a string for the value of an enum.

#[cfg(test)]
mod tests;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, Type,
};
use async_graphql::{Name, Pos, ServerError, Variables};
use async_graphql_value::{ConstValue, Number, Value};

use super::rejection::coded;
use crate::graphql::ErrorCode;
use crate::graphql::model::{Field as FieldModel, Kind, Model, named};

/// Wrong values come by the hundred; so many are enough to mend a request by.
const TOLD: usize = 20;

/// What a value is, whether it stands in the document or came beside it.
enum Look<'a, V> {
    Null,
    /// To be judged where it comes from.
    Variable,
    Number(&'a Number),
    Text(&'a str),
    Boolean,
    Enum(&'a str),
    List(&'a [V]),
    Object(&'a IndexMap<Name, V>),
}

trait Given: Sized {
    /// JSON has no values of enums: there they are strings.
    const IS_JSON: bool;

    fn look(&self) -> Look<'_, Self>;
}

macro_rules! given {
    ($value:ident, $is_json:literal $(, $variable:ident)?) => {
        impl Given for $value {
            const IS_JSON: bool = $is_json;

            fn look(&self) -> Look<'_, Self> {
                match self {
                    Self::Null => Look::Null,
                    Self::Number(number) => Look::Number(number),
                    Self::String(text) => Look::Text(text),
                    Self::Boolean(_) => Look::Boolean,
                    Self::Enum(name) => Look::Enum(name),
                    Self::List(items) => Look::List(items),
                    Self::Object(members) => Look::Object(members),
                    // Neither documents nor JSON can hold one.
                    Self::Binary(_) => Look::Null,
                    $(Self::$variable(_) => Look::Variable,)?
                }
            }
        }
    };
}

given!(ConstValue, true);
given!(Value, false, Variable);

/// Checks the variables that an operation is given.
pub(super) fn check_variables(
    model: &Model,
    operation: &OperationDefinition,
    given: &Variables,
) -> Result<(), Vec<ServerError>> {
    let mut faults = Faults::default();
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        let ty = &definition.node.var_type.node;
        let place = Place { kind: "Variable", sign: "$", name, field: None, position: definition.pos };
        match given.get(name) {
            Some(value) => faults.judge(model, ty, value, place),
            None if ty.nullable || definition.node.default_value.is_some() => {}
            None => faults.missing(place, ty),
        }
    }
    faults.end()
}

/// Checks the values of arguments that stand in the document itself.
pub(super) fn check_literals(model: &Model, document: &ExecutableDocument) -> Result<(), Vec<ServerError>> {
    let mut walk = Walk { model, faults: Faults::default() };
    for (_, operation) in document.operations.iter() {
        walk.set(model.root(operation.node.ty), &operation.node.selection_set.node);
    }
    for fragment in document.fragments.values() {
        walk.set(&fragment.node.type_condition.node.on.node, &fragment.node.selection_set.node);
    }
    walk.faults.end()
}

struct Walk<'a> {
    model: &'a Model,
    faults: Faults,
}

impl Walk<'_> {
    fn set(&mut self, object: &str, set: &SelectionSet) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    // What the schema does not have is for the engine to tell.
                    let Some(known) = self.model.field(object, &field.node.name.node) else { continue };
                    self.arguments(known, &field.node);
                    self.set(named(&known.ty), &field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let object = condition.map_or(object, |condition| &condition.node.on.node);
                    self.set(object, &fragment.node.selection_set.node);
                }
                // Fragments are walked by themselves, each once.
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn arguments(&mut self, known: &FieldModel, field: &Field) {
        for (name, value) in &field.arguments {
            let Some(argument) = known.arguments.get(&name.node) else { continue };
            let place =
                Place { kind: "Argument", sign: "", name: &name.node, field: None, position: value.pos };
            self.faults.judge(self.model, &argument.ty, &value.node, place);
        }
    }
}

/// Where a value stands: in a variable or an argument, and there in a field of an input object.
#[derive(Clone, Copy)]
struct Place<'a> {
    kind: &'static str,
    sign: &'static str,
    name: &'a str,
    field: Option<&'a str>,
    position: Pos,
}

#[derive(Default)]
struct Faults(Vec<ServerError>);

impl Faults {
    /// Finds out what is wrong with a value. It is walked as far as its type is: a type within itself ends with the value.
    fn judge<V: Given>(&mut self, model: &Model, ty: &Type, value: &V, place: Place<'_>) {
        match (value.look(), &ty.base) {
            (Look::Variable, _) => {}
            (Look::Null, _) if ty.nullable => {}
            (Look::List(items), BaseType::List(of)) => {
                for item in items {
                    self.judge(model, of, item, place);
                }
            }
            // One value is taken for a list of one (GraphQL specification, section 3.11).
            (Look::Null, _) => self.mismatch(place, ty, value),
            (_, BaseType::List(of)) => self.judge(model, of, value, place),
            (look, BaseType::Named(name)) => match (model.kind(name), look) {
                (Some(Kind::Input(fields, is_one_of)), Look::Object(members)) => {
                    for name in members.keys().filter(|name| !fields.contains_key(*name)) {
                        self.add(place, &format!("has no field \"{name}\""));
                    }
                    if *is_one_of && members.len() != 1 {
                        self.add(place, "takes exactly one of its fields");
                    }
                    for (name, field) in fields {
                        let place = Place { field: Some(name), ..place };
                        match members.get(name) {
                            Some(value) => self.judge(model, &field.ty, value, place),
                            None if field.ty.nullable || field.default.is_some() => {}
                            None => self.missing(place, &field.ty),
                        }
                    }
                }
                (Some(Kind::Enum(values)), Look::Enum(given))
                    if values.iter().any(|known| known == given) => {}
                (Some(Kind::Enum(values)), Look::Text(given))
                    if V::IS_JSON && values.iter().any(|known| known == given) => {}
                (Some(Kind::Scalar), look) if !matches!(look, Look::Enum(_)) => {}
                (None, look) if is_scalar(name, &look) => {}
                _ => self.mismatch(place, ty, value),
            },
        }
    }

    fn missing(&mut self, place: Place<'_>, ty: &Type) {
        self.add(place, &format!("is missing: it must be of type \"{ty}\""));
    }

    fn mismatch<V: Given>(&mut self, place: Place<'_>, ty: &Type, value: &V) {
        let given = match value.look() {
            Look::Null => "null",
            Look::Number(_) => "this number",
            Look::Text(_) => "this string",
            Look::Boolean => "a boolean",
            Look::Enum(_) => "this name",
            Look::List(_) => "a list",
            Look::Object(_) => "an object",
            Look::Variable => "this variable",
        };
        self.add(place, &format!("must be of type \"{ty}\", not {given}"));
    }

    fn add(&mut self, place: Place<'_>, what: &str) {
        if self.0.len() == TOLD {
            return;
        }
        let Place { kind, sign, name, field, position } = place;
        let field_of = field.map_or(String::new(), |field| format!(", field \"{field}\""));
        let message = format!("{kind} \"{sign}{name}\"{field_of} {what}.");
        let mut error = coded(ErrorCode::GraphqlValidationFailed, message);
        error.extensions.get_or_insert_default().set("field", field.unwrap_or(name));
        error.locations = vec![position];
        self.0.push(error);
    }

    fn end(self) -> Result<(), Vec<ServerError>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// Whether it can be a value of one of the five built-in scalars (GraphQL specification, section 3.5).
fn is_scalar<V>(name: &str, look: &Look<'_, V>) -> bool {
    match (name, look) {
        ("Int", Look::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        ("Float", Look::Number(_)) | ("String" | "ID", Look::Text(_)) | ("Boolean", Look::Boolean) => true,
        ("ID", Look::Number(number)) => number.is_i64(),
        _ => false,
    }
}
