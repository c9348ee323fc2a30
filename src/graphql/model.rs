//! The schema as a table, for those who judge a document before it runs: what a field answers and asks, and what the
//! directives of the SDL say of it.

use std::collections::HashMap;

use async_graphql::parser::types::{
    BaseType, ConstDirective, FieldDefinition, InputValueDefinition, OperationType, SchemaDefinition, Type,
    TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{Error, parse_schema};
use async_graphql::{Name, Positioned};
use async_graphql_value::ConstValue;

/// Every type by its name, without those of introspection.
#[derive(Debug)]
pub struct Model {
    types: HashMap<Name, Kind>,
    /// None where the SDL does not name them, which are the usual ones then (GraphQL specification, section 3.3.1).
    roots: Option<SchemaDefinition>,
}

/// What a type is made of.
#[derive(Debug)]
pub enum Kind {
    /// The library's own scalars are not listed: whatever is not in the table is one.
    Scalar,
    /// Its values.
    Enum(Vec<Name>),
    /// Its fields; `true` for one that takes exactly one of them.
    Input(HashMap<Name, Input>, bool),
    /// An object, an interface or a union.
    Composite {
        /// What can be asked of it; of a union nothing.
        fields: HashMap<Name, Field>,
        /// What the SDL says of it.
        directives: Vec<ConstDirective>,
    },
}

/// A field of an object or an interface.
#[derive(Debug)]
pub struct Field {
    /// What it answers.
    pub ty: Type,
    /// What it asks for.
    pub arguments: HashMap<Name, Input>,
    /// What the SDL says of it.
    pub directives: Vec<ConstDirective>,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub struct Input {
    /// What it takes.
    pub ty: Type,
    /// What it is when nothing is given.
    pub default: Option<ConstValue>,
    /// What the SDL says of it.
    pub directives: Vec<ConstDirective>,
}

impl Model {
    /// Reads the SDL of a schema.
    pub fn read(sdl: &str) -> Result<Self, Error> {
        let document = parse_schema(sdl)?;
        let mut types = HashMap::new();
        let mut roots = None;
        for definition in document.definitions {
            match definition {
                TypeSystemDefinition::Type(definition) => {
                    let kind = Kind::read(definition.node.kind, plain(definition.node.directives));
                    types.insert(definition.node.name.node, kind);
                }
                TypeSystemDefinition::Schema(definition) => roots = Some(definition.node),
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(Self { types, roots })
    }

    /// All of them, in no order.
    pub fn types(&self) -> impl Iterator<Item = (&Name, &Kind)> {
        self.types.iter()
    }

    /// The type of that name. `None` for the library's own scalars, and for what is no type.
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.types.get(name)
    }

    /// The name of the type at the root of such operations; of no type where there are none.
    pub fn root(&self, operation: OperationType) -> &str {
        let (usual, named) = match operation {
            OperationType::Query => ("Query", self.roots.as_ref().map(|roots| &roots.query)),
            OperationType::Mutation => ("Mutation", self.roots.as_ref().map(|roots| &roots.mutation)),
            OperationType::Subscription => {
                ("Subscription", self.roots.as_ref().map(|roots| &roots.subscription))
            }
        };
        named.map_or(usual, |name| name.as_ref().map_or("", |name| &name.node))
    }

    /// The field of that name, of an object or an interface of that name.
    pub fn field(&self, object: &str, name: &str) -> Option<&Field> {
        match self.kind(object)? {
            Kind::Composite { fields, .. } => fields.get(name),
            _ => None,
        }
    }
}

impl Field {
    /// Whether it is answered without a signed-in user.
    pub fn is_public(&self) -> bool {
        self.directive("public").is_some()
    }

    /// The directive of that name.
    pub fn directive(&self, name: &str) -> Option<&ConstDirective> {
        self.directives.iter().find(|directive| directive.name.node == name)
    }
}

impl Kind {
    fn read(kind: TypeKind, directives: Vec<ConstDirective>) -> Self {
        match kind {
            TypeKind::Scalar => Self::Scalar,
            TypeKind::Enum(kind) => {
                Self::Enum(kind.values.into_iter().map(|value| value.node.value.node).collect())
            }
            TypeKind::InputObject(kind) => Self::Input(
                inputs(kind.fields),
                directives.iter().any(|directive| directive.name.node == "oneOf"),
            ),
            TypeKind::Object(kind) => Self::Composite { fields: fields(kind.fields), directives },
            TypeKind::Interface(kind) => Self::Composite { fields: fields(kind.fields), directives },
            TypeKind::Union(_) => Self::Composite { fields: HashMap::new(), directives },
        }
    }
}

/// The type that is left when lists and exclamation marks are taken away.
pub fn named(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => named(of),
    }
}

fn fields(fields: Vec<Positioned<FieldDefinition>>) -> HashMap<Name, Field> {
    let field = |field: Positioned<FieldDefinition>| {
        let field = field.node;
        let arguments = inputs(field.arguments);
        (field.name.node, Field { ty: field.ty.node, arguments, directives: plain(field.directives) })
    };
    fields.into_iter().map(field).collect()
}

fn inputs(inputs: Vec<Positioned<InputValueDefinition>>) -> HashMap<Name, Input> {
    let input = |input: Positioned<InputValueDefinition>| {
        let input = input.node;
        let default = input.default_value.map(|default| default.node);
        (input.name.node, Input { ty: input.ty.node, default, directives: plain(input.directives) })
    };
    inputs.into_iter().map(input).collect()
}

fn plain(directives: Vec<Positioned<ConstDirective>>) -> Vec<ConstDirective> {
    directives.into_iter().map(|directive| directive.node).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_schema_says() {
        let model = Model::read(&crate::graphql::sdl()).expect("the schema parses");
        let login = model.field("Mutation", "login").expect("a field");
        assert!(login.is_public() && login.ty.to_string() == "AuthPayload!");
        assert_eq!(login.arguments["input"].ty.to_string(), "LoginInput!");
        assert!(!model.field("Query", "me").expect("a field").is_public());
        let tasks = model.field("User", "tasks").expect("a field");
        assert_eq!(named(&tasks.arguments["filter"].ty), "TaskFilter");
        let Some(Kind::Input(order, false)) = model.kind("TaskOrder") else { panic!("an input object") };
        assert_eq!(order["field"].default, Some(ConstValue::Enum(Name::new("CREATED_AT"))));
        let Some(Kind::Enum(values)) = model.kind("TaskPriority") else { panic!("an enum") };
        assert_eq!(values.len(), 4);
        assert!(model.kind("Int").is_none() && matches!(model.kind("DateTime"), Some(Kind::Scalar)));
    }
}
