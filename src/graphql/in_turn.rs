//! Objects that come by the hundred, resolved without a future on the heap for each of their fields.
//!
//! The library resolves the fields of an object at once, as if each had to be waited for. Nearly all fields of a row
//! are at hand: those are taken as they are, the others one after the other, which costs a third. The objects of a list
//! are still resolved at once: what one field of each has to wait for comes in one statement for all.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::indexmap::map::Entry;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::{ContainerType, resolve_container};
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

/// An object that holds most of what its fields tell.
pub(super) trait Row: ContainerType {
    /// What the field of this name tells, when nothing has to be waited for: the same as its resolver, without one.
    fn at_hand(&self, field: &str) -> Option<Value>;
}

impl<T: Row> Row for &T {
    fn at_hand(&self, field: &str) -> Option<Value> {
        T::at_hand(self, field)
    }
}

/// An object whose fields are resolved one after the other. In the schema it is that object.
#[derive(Debug)]
pub(super) struct InTurn<T>(pub(super) T);

impl<T: Row> OutputType for InTurn<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        let Self(object) = self;
        let mut fields = Vec::with_capacity(ctx.item.node.items.len());
        if !collect::<T>(ctx, &ctx.item.node, &mut fields) {
            return resolve_container(ctx, object).await;
        }
        let mut values = IndexMap::with_capacity(fields.len());
        for field in fields {
            let Entry::Vacant(place) = values.entry(field.node.response_key().node.clone()) else {
                // The selections of both have to be merged, which the library knows how to do.
                return resolve_container(ctx, object).await;
            };
            let name = field.node.name.node.as_str();
            let value = if let Some(value) = object.at_hand(name) {
                value
            } else if name == "__typename" {
                Value::String(T::type_name().into_owned())
            } else {
                // On the heap: objects that have no such field would be as large.
                Box::pin(object.resolve_field(&ctx.with_field(field))).await?.unwrap_or_default()
            };
            place.insert(value);
        }
        Ok(Value::Object(values))
    }
}

/// The fields of a selection, those of its fragments among them. `false` when there is more to it than that.
fn collect<'a, T: ContainerType>(
    ctx: &'a ContextSelectionSet<'_>,
    set: &'a SelectionSet,
    fields: &mut Vec<&'a Positioned<Field>>,
) -> bool {
    set.items.iter().all(|selection| {
        let (condition, set) = match &selection.node {
            // The library has carried out `@skip` and `@include`; what is left is for it as well.
            Selection::Field(field) => {
                fields.push(field);
                return field.node.directives.is_empty();
            }
            Selection::InlineFragment(fragment) => {
                (fragment.node.type_condition.as_ref(), &fragment.node.selection_set)
            }
            Selection::FragmentSpread(spread) => {
                match ctx.query_env.fragments.get(&spread.node.fragment_name.node) {
                    Some(fragment) => (Some(&fragment.node.type_condition), &fragment.node.selection_set),
                    None => return false,
                }
            }
        };
        condition.is_none_or(|condition| *condition.node.on.node == *T::type_name())
            && collect::<T>(ctx, &set.node, fields)
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Interface, Object, Schema};

    use super::*;

    #[derive(Clone)]
    struct Leaf(i32);

    #[Object]
    impl Leaf {
        async fn number(&self) -> i32 {
            self.0
        }

        async fn below(&self) -> Vec<InTurn<Self>> {
            vec![InTurn(Self(self.0 + 1))]
        }

        async fn maybe(&self) -> Option<Result<i32, &'static str>> {
            Some(Err("nothing there"))
        }

        fn surely(&self) -> Result<i32, &'static str> {
            if self.0 > 0 { Err("nothing there") } else { Ok(self.0) }
        }

        async fn twice(&self, number: i32) -> i32 {
            number * 2
        }
    }

    impl Row for Leaf {
        fn at_hand(&self, field: &str) -> Option<Value> {
            (field == "number").then(|| self.0.into())
        }
    }

    struct Twig;

    #[Object]
    impl Twig {
        async fn number(&self) -> i32 {
            7
        }
    }

    #[derive(Interface)]
    #[graphql(field(name = "number", ty = "i32"))]
    enum Numbered {
        Leaf(Leaf),
        Twig(Twig),
    }

    struct Query;

    #[Object]
    impl Query {
        async fn usual(&self) -> Vec<Leaf> {
            vec![Leaf(1), Leaf(2)]
        }

        async fn turned(&self) -> Vec<InTurn<Leaf>> {
            vec![InTurn(Leaf(1)), InTurn(Leaf(2))]
        }

        async fn numbered(&self) -> Vec<Numbered> {
            vec![Numbered::Leaf(Leaf(3)), Numbered::Twig(Twig)]
        }
    }

    #[tokio::test]
    async fn an_object_answers_in_turn_what_it_answers_at_once() {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        for selection in [
            "number",
            "b: number __typename a: number",
            "number number twice(number: 4)",
            "below { number } below { a: number }",
            "below { below { number } below { b: number } } number",
            "... on Leaf { number ... { twice(number: 1) } } ...all",
            "... on Numbered { number } b: number",
            "... on Numbered { number ... on Twig { c: number } } b: number",
            "number @skip(if: true) a: number @include(if: true)",
            "number maybe a: number",
            "number surely a: number",
        ] {
            let ask = async |field: &str| {
                let rest =
                    if selection.contains("...all") { "fragment all on Leaf { b: number }" } else { "" };
                let response = schema.execute(format!("{{ list: {field} {{ {selection} }} }} {rest}")).await;
                let errors: Vec<_> =
                    response.errors.iter().map(|error| (&error.message, &error.path)).collect();
                format!("{} {errors:?}", response.data)
            };
            let usual = ask("usual").await;
            assert_eq!(ask("turned").await, usual, "{selection}");
            assert!(selection.contains("surely") || usual.contains('2'), "{usual}");
        }
    }
}
