//! Objects that hold most of what they tell, resolved without a future on the heap for each of their fields.
//!
//! The library resolves the fields of an object at once, as if each had to be waited for. Nearly all fields of a row
//! are at hand: those are taken as they are, and only the others waited for, which costs a third. [`rows`](super::rows)
//! does the same for lists.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::{ContainerType, resolve_container};
use async_graphql::{ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value};
use futures_util::future::try_join_all;

/// How a field's value is made of what holds the object's values.
pub(super) type Tell<T> = fn(&T) -> Value;

/// An object that holds most of what its fields tell.
pub(super) trait Row: ContainerType {
    /// What holds the values: the object, or what it refers to.
    type Holder;

    fn holder(&self) -> &Self::Holder;

    /// How the field of this name is told, when nothing has to be waited for: the same as by its resolver, without one.
    fn at_hand(field: &str) -> Option<Tell<Self::Holder>>;
}

impl<T: Row> Row for &T {
    type Holder = T::Holder;

    fn holder(&self) -> &T::Holder {
        T::holder(self)
    }

    fn at_hand(field: &str) -> Option<Tell<T::Holder>> {
        T::at_hand(field)
    }
}

/// An object of which only that is waited for which is not at hand. In the schema it is that object.
#[derive(Debug)]
pub(super) struct OneRow<T>(pub(super) T);

impl<T: Row> OutputType for OneRow<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        let Self(object) = self;
        let Some(plan) = Plan::<T>::of(ctx) else {
            return resolve_container(ctx, object).await;
        };
        let mut values = plan.begin(object);
        if !plan.is_at_hand() {
            // On the heap: objects that have no such field would be as large.
            Box::pin(plan.wait_for_rest(ctx, object, &mut values)).await?;
        }
        Ok(Value::Object(values))
    }
}

/// The same for what is waited for longer than it takes to tell: whoever waits for one holds nothing of the telling.
#[derive(Debug)]
pub(super) struct Told<T>(pub(super) T);

impl<T: Row> OutputType for Told<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let Self(object) = self;
        let row = OneRow(object);
        Box::pin(row.resolve(ctx, field)).await
    }
}

/// The values of one object, by what they go by in the answer.
pub(super) type Values = IndexMap<Name, Value>;

/// What is wanted of each object of one type: fields, and nothing that the library would have to merge.
pub(super) struct Plan<'a, T: Row> {
    /// All that is wanted, in its order; null where it is to be told.
    blank: Values,
    /// What is at hand, by its place among all.
    at_hand: Vec<(usize, Tell<T::Holder>)>,
    /// What has to be waited for, by its place among all.
    missing: Vec<(usize, &'a Positioned<Field>)>,
}

impl<'a, T: Row> Plan<'a, T> {
    /// `None` when there is more to the selection: fields to be merged, directives, other types.
    pub(super) fn of(ctx: &'a ContextSelectionSet<'_>) -> Option<Self> {
        let mut fields = Vec::with_capacity(ctx.item.node.items.len());
        if !collect::<T>(ctx, &ctx.item.node, &mut fields) {
            return None;
        }
        let blank = Values::with_capacity(fields.len());
        let mut plan = Self { blank, at_hand: Vec::with_capacity(fields.len()), missing: Vec::new() };
        fields.into_iter().enumerate().all(|(place, field)| plan.add(place, field)).then_some(plan)
    }

    /// `false` when something goes by that name already.
    fn add(&mut self, place: usize, field: &'a Positioned<Field>) -> bool {
        let mut value = Value::Null;
        match field.node.name.node.as_str() {
            "__typename" => value = Value::String(T::type_name().into_owned()),
            name => match T::at_hand(name) {
                Some(tell) => self.at_hand.push((place, tell)),
                None => self.missing.push((place, field)),
            },
        }
        self.blank.insert(field.node.response_key().node.clone(), value).is_none()
    }

    /// Whether nothing has to be waited for.
    pub(super) fn is_at_hand(&self) -> bool {
        self.missing.is_empty()
    }

    /// Takes what is at hand.
    pub(super) fn begin(&self, object: &T) -> Values {
        let mut values = self.blank.clone();
        for &(place, tell) in &self.at_hand {
            values[place] = tell(object.holder());
        }
        values
    }

    /// Waits for the rest, at once: what fields beside each other want below them comes in one statement as well.
    pub(super) async fn wait_for_rest(
        &self,
        ctx: &ContextSelectionSet<'_>,
        object: &T,
        values: &mut Values,
    ) -> ServerResult<()> {
        let rest = self.missing.iter().map(|&(place, field)| async move {
            let value = object.resolve_field(&ctx.with_field(field)).await?;
            ServerResult::Ok((place, value.unwrap_or_default()))
        });
        for (place, value) in try_join_all(rest).await? {
            values[place] = value;
        }
        Ok(())
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
