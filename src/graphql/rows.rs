//! Lists of objects that hold most of what they tell.
//!
//! What is wanted of the objects is found out once for the whole list. Where everything is at hand there is nothing to wait for; else
//! the objects are waited for at once: what one field of each needs comes in one statement for all.
//!
//! An error keeps the path that it has; the library's own lists cut off what lies below the item.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};
use futures_util::future::try_join_all;

use super::row::{Plan, Row};

/// A list in which nothing is null. In the schema it is the list of its objects.
#[derive(Debug)]
pub(super) struct Rows<T>(Vec<T>);

impl<T> FromIterator<T> for Rows<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T: Row> OutputType for Rows<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        let Self(rows) = self;
        let Some(plan) = Plan::<T>::of(ctx) else {
            let objects = rows.iter().enumerate();
            let objects =
                objects.map(async |(index, row)| resolve_container(&ctx.with_index(index), row).await);
            return try_join_all(objects).await.map(Value::List);
        };
        if plan.is_at_hand() {
            return Ok(rows.iter().map(|row| Value::Object(plan.begin(row))).collect());
        }
        let rest = rows.iter().enumerate().map(async |(index, row)| {
            let mut values = plan.begin(row);
            plan.wait_for_rest(&ctx.with_index(index), row, &mut values).await?;
            Ok(Value::Object(values))
        });
        try_join_all(rest).await.map(Value::List)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Interface, Object, Schema};

    use serde_json::json;

    use super::*;
    use crate::graphql::row::{OneRow, Tell};

    #[derive(Clone)]
    struct Leaf(i32);

    #[Object]
    impl Leaf {
        async fn number(&self) -> i32 {
            self.0
        }

        async fn below(&self) -> Rows<Self> {
            Rows(vec![Self(self.0 + 1)])
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
        type Holder = i32;

        fn holder(&self) -> &i32 {
            &self.0
        }

        fn at_hand(field: &str) -> Option<Tell<i32>> {
            (field == "number").then_some(|number| (*number).into())
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

        async fn rows(&self) -> Rows<Leaf> {
            Rows(vec![Leaf(1), Leaf(2)])
        }

        async fn one(&self) -> Leaf {
            Leaf(1)
        }

        async fn row(&self) -> OneRow<Leaf> {
            OneRow(Leaf(1))
        }

        async fn numbered(&self) -> Vec<Numbered> {
            vec![Numbered::Leaf(Leaf(3)), Numbered::Twig(Twig)]
        }
    }

    #[tokio::test]
    async fn a_row_tells_what_the_library_would() {
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
            "number __typename twice(number: 2) below { below { number } maybe }",
        ] {
            let ask = async |field: &str| {
                let rest =
                    if selection.contains("...all") { "fragment all on Leaf { b: number }" } else { "" };
                let response = schema.execute(format!("{{ it: {field} {{ {selection} }} }} {rest}")).await;
                let errors: Vec<_> =
                    response.errors.iter().map(|error| (&error.message, &error.path)).collect();
                format!("{} {errors:?}", response.data)
            };
            for (usual, ours) in [("usual", "rows"), ("one", "row")] {
                let usual = ask(usual).await;
                assert_eq!(ask(ours).await, usual, "{selection}");
                assert!(usual.contains(|c: char| c.is_ascii_digit()), "{usual}");
            }
        }
    }

    #[tokio::test]
    async fn an_error_tells_the_field_that_it_came_from() {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        for selection in ["surely", "number surely", "surely number: twice(number: 1) @include(if: true)"] {
            let response = schema.execute(format!("{{ rows {{ below {{ {selection} }} }} }}")).await;
            let paths: Vec<_> = response.errors.iter().map(|error| json!(error.path)).collect();
            assert_eq!(paths, [json!(["rows", 0, "below", 0, "surely"])], "{selection}");
        }
    }
}
