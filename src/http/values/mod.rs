//! Whether values are what the schema asks for, found out before anything runs (GraphQL specification, sections 5.6.1,
//! 5.8.5 and 6.1.2).
//!
//! The engine looks at a variable that is missing, and at a number that is too large, only when a field takes it, which
//! may be after the first mutation of several was carried out; it takes a string for the value of an enum, and a variable
//! of one type where another is wanted as long as the value would do.

mod given;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, Type,
    VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned, ServerError, Variables};
use async_graphql_value::{ConstValue, Value};

use given::{Given, Look};

use super::rejection::coded;
use crate::graphql::ErrorCode;
use crate::graphql::model::{Field as FieldModel, Kind, Model, named};

/// Wrong values come by the hundred; so many are enough to mend a request by.
const TOLD: usize = 20;

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
        let place = Place::of_variable(&definition.node, definition.pos);
        match given.get(name) {
            Some(value) => faults.judge(model, ty, value, place),
            None if ty.nullable || definition.node.default_value.is_some() => {}
            None => faults.missing(place, ty),
        }
    }
    faults.end()
}

/// Checks what stands in the document itself: values of arguments, defaults of variables, and what variables are used for.
/// The guard has bounded how much that is, fragments at every place where they are spread included.
pub(super) fn check_literals(model: &Model, document: &ExecutableDocument) -> Result<(), Vec<ServerError>> {
    let mut faults = Faults::default();
    for (_, operation) in document.operations.iter() {
        let variables = operation.node.variable_definitions.as_slice();
        for variable in variables {
            if let Some(default) = &variable.node.default_value {
                let place = Place::of_variable(&variable.node, default.pos);
                let default = default.node.clone().into_value();
                faults.judge(model, &variable.node.var_type.node, &default, place);
            }
        }
        let mut walk = Walk { model, document, variables, fragments: HashSet::new(), faults };
        walk.set(model.root(operation.node.ty), &operation.node.selection_set.node);
        faults = walk.faults;
    }
    faults.end()
}

/// A walk through one operation.
struct Walk<'a> {
    model: &'a Model,
    document: &'a ExecutableDocument,
    variables: &'a [Positioned<VariableDefinition>],
    /// Those that were walked.
    fragments: HashSet<&'a Name>,
    faults: Faults,
}

impl<'a> Walk<'a> {
    fn set(&mut self, object: &str, set: &'a SelectionSet) {
        for selection in &set.items {
            self.conditions(selection.node.directives());
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
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
                        continue;
                    };
                    if self.fragments.insert(name) {
                        let object = &fragment.node.type_condition.node.on.node;
                        self.set(object, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn arguments(&mut self, known: &FieldModel, field: &Field) {
        for (name, value) in &field.arguments {
            let Some(argument) = known.arguments.get(&name.node) else { continue };
            self.argument(&name.node, &argument.ty, argument.default.is_some(), value);
        }
    }

    /// `@skip` and `@include`, the directives that a query can have.
    fn conditions(&mut self, directives: &[Positioned<Directive>]) {
        let condition = Type { base: BaseType::Named(Name::new("Boolean")), nullable: false };
        for directive in directives {
            // What the schema does not have is for the engine to tell.
            let is_known = matches!(directive.node.name.node.as_str(), "skip" | "include");
            if let Some(value) = directive.node.get_argument("if").filter(|_| is_known) {
                self.argument("if", &condition, false, value);
            }
        }
    }

    fn argument(&mut self, name: &str, ty: &Type, has_default: bool, value: &Positioned<Value>) {
        let (variables, position) = (self.variables, value.pos);
        let place = Place { kind: "Argument", sign: "", name, field: None, position, variables, has_default };
        self.faults.judge(self.model, ty, &value.node, place);
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
    /// The variables that may be used there.
    variables: &'a [Positioned<VariableDefinition>],
    /// Whether there is something to take when nothing is given.
    has_default: bool,
}

impl<'a> Place<'a> {
    fn of_variable(variable: &'a VariableDefinition, position: Pos) -> Self {
        let name = &variable.name.node;
        Self { kind: "Variable", sign: "$", name, field: None, position, variables: &[], has_default: false }
    }
}

#[derive(Default)]
struct Faults(Vec<ServerError>);

impl Faults {
    /// Finds out what is wrong with a value. It is walked as far as its type is: a type within itself ends with the value.
    fn judge<V: Given>(&mut self, model: &Model, ty: &Type, value: &V, place: Place<'_>) {
        match (value.look(), &ty.base) {
            (Look::Variable(name), _) => {
                let variable = place.variables.iter().find(|variable| variable.node.name.node == name);
                // One that is not defined is for the engine to tell.
                if let Some(variable) = variable.filter(|variable| !may_stand(&variable.node, ty, place)) {
                    let own = &variable.node.var_type.node;
                    self.add(place, &format!("must be of type \"{ty}\", not \"${name}\" of type \"{own}\""));
                }
            }
            (Look::Null, _) if ty.nullable => {}
            (Look::List(items), BaseType::List(of)) => {
                for item in items {
                    self.judge(model, of, item, Place { has_default: false, ..place });
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
                        let place =
                            Place { field: Some(name), has_default: field.default.is_some(), ..place };
                        match members.get(name) {
                            // Which one it is, null would leave open (section 3.10.1).
                            Some(value) if *is_one_of => {
                                let ty = Type { nullable: false, ..field.ty.clone() };
                                self.judge(model, &ty, value, place);
                            }
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
            Look::Variable(_) => "this variable",
        };
        self.add(place, &format!("must be of type \"{ty}\", not {given}"));
    }

    fn add(&mut self, place: Place<'_>, what: &str) {
        let Place { kind, sign, name, field, position, .. } = place;
        let field_of = field.map_or(String::new(), |field| format!(", field \"{field}\""));
        let message = format!("{kind} \"{sign}{name}\"{field_of} {what}.");
        // Items of a list say the same again and again, and so do operations that spread the same fragment.
        let is_told = |told: &ServerError| told.message == message && told.locations == [position];
        if self.0.len() == TOLD || self.0.iter().any(is_told) {
            return;
        }
        let mut error = coded(ErrorCode::GraphqlValidationFailed, message);
        error.extensions.get_or_insert_default().set("field", field.unwrap_or(name));
        error.locations = vec![position];
        self.0.push(error);
    }

    fn end(self) -> Result<(), Vec<ServerError>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// Whether the variable may be used in that place (GraphQL specification, section 5.8.5).
fn may_stand(variable: &VariableDefinition, ty: &Type, place: Place<'_>) -> bool {
    let own = &variable.var_type.node;
    let default = variable.default_value.as_ref().map(|default| &default.node);
    let is_never_null = default.is_some_and(|default| *default != ConstValue::Null) || place.has_default;
    (ty.nullable || !own.nullable || is_never_null) && is_alike(&own.base, &ty.base)
}

/// Whether a value of the one type is one of the other, null apart.
fn is_alike(own: &BaseType, wanted: &BaseType) -> bool {
    match (own, wanted) {
        (BaseType::Named(own), BaseType::Named(wanted)) => own == wanted,
        (BaseType::List(own), BaseType::List(wanted)) => {
            (wanted.nullable || !own.nullable) && is_alike(&own.base, &wanted.base)
        }
        _ => false,
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
