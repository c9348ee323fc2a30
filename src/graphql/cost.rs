//! What the SDL says of costs (<https://ibm.github.io/graphql-specs/cost-spec.html>). `http` reckons with it.

use async_graphql::TypeDirective;

/// What it costs to answer the field, or one object of the type, in rows. Without it a field costs nothing by itself, an
/// object 1 and a value 0.1.
#[TypeDirective(location = "FieldDefinition", location = "Object")]
pub(super) fn cost(weight: String) {}

/// How many items a list has: as many as one of the slicing arguments says, or else the assumed size. Where there are sized
/// fields, they are the lists.
#[TypeDirective(name = "listSize", location = "FieldDefinition")]
pub(super) fn list_size(
    #[graphql(name = "assumedSize")] assumed_size: Option<i32>,
    #[graphql(name = "slicingArguments")] slicing_arguments: Option<Vec<String>>,
    #[graphql(name = "sizedFields")] sized_fields: Option<Vec<String>>,
    #[graphql(name = "requireOneSlicingArgument", default_with = "Some(true)")] require_one_slicing_argument: Option<bool>,
) {
}

/// Of which arguments or fields a directive speaks.
pub(super) fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).into()
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::types::BaseType;
    use async_graphql_value::ConstValue;

    use crate::graphql::model::{Kind, Model, named};

    fn model() -> Model {
        Model::read(&crate::graphql::sdl()).expect("the schema parses")
    }

    #[test]
    fn every_list_has_a_size() {
        let model = model();
        let fields = || {
            model.types().filter_map(|(name, kind)| match kind {
                Kind::Composite { fields, .. } => {
                    Some(fields.iter().map(move |(field, known)| (name, field, known)))
                }
                _ => None,
            })
        };
        let mut lists = 0;
        for (object, field, known) in fields().flatten() {
            if !matches!(known.ty.base, BaseType::List(_)) || known.directive("listSize").is_some() {
                continue;
            }
            lists += 1;
            // Then each field that leads there has to say it.
            let leading: Vec<_> =
                fields().flatten().filter(|(.., known)| named(&known.ty) == object).collect();
            assert!(!leading.is_empty(), "{object}.{field}");
            for (_, name, known) in leading {
                let size =
                    known.directive("listSize").and_then(|directive| directive.get_argument("sizedFields"));
                let Some(ConstValue::List(sized)) = size.map(|value| &value.node) else { panic!("{name}") };
                assert!(sized.contains(&ConstValue::String(field.to_string())), "{object}.{field} by {name}");
            }
        }
        assert_eq!(lists, 6);
    }

    #[test]
    fn whatever_changes_something_has_its_cost() {
        let model = model();
        let Some(Kind::Composite { fields, .. }) = model.kind("Mutation") else { panic!("no mutations") };
        for (name, field) in fields {
            assert!(field.directive("cost").is_some(), "{name}");
        }
    }
}
