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
        let Some(plan) = Plan::of::<T>(ctx) else {
            return resolve_container(ctx, object).await;
        };
        let mut begun = plan.begin(object);
        if !begun.is_whole() {
            // On the heap: objects that have no such field would be as large.
            Box::pin(plan.wait_for_rest(ctx, object, &mut begun)).await?;
        }
        Ok(begun.end())
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

/// What is wanted of each object of one type: fields, and nothing that the library would have to merge.
pub(super) struct Plan<'a> {
    fields: Vec<&'a Positioned<Field>>,
    /// A place for the value of each, in the same order.
    places: IndexMap<Name, Value>,
}

/// The values of one object.
pub(super) struct Begun {
    values: IndexMap<Name, Value>,
    /// Which fields have to be waited for, by their place.
    missing: Vec<usize>,
}

impl<'a> Plan<'a> {
    /// `None` when there is more to the selection: fields to be merged, directives, other types.
    pub(super) fn of<T: ContainerType>(ctx: &'a ContextSelectionSet<'_>) -> Option<Self> {
        let mut fields = Vec::with_capacity(ctx.item.node.items.len());
        if !collect::<T>(ctx, &ctx.item.node, &mut fields) {
            return None;
        }
        let mut places = IndexMap::with_capacity(fields.len());
        let is_new = |field: &&Positioned<Field>| {
            places.insert(field.node.response_key().node.clone(), Value::Null).is_none()
        };
        fields.iter().all(is_new).then_some(Self { fields, places })
    }

    /// Takes what is at hand.
    pub(super) fn begin<T: Row>(&self, object: &T) -> Begun {
        let mut begun = Begun { values: self.places.clone(), missing: Vec::new() };
        for (place, field) in self.fields.iter().enumerate() {
            let name = field.node.name.node.as_str();
            match object.at_hand(name) {
                Some(value) => begun.values[place] = value,
                None if name == "__typename" => {
                    begun.values[place] = Value::String(T::type_name().into_owned());
                }
                None => begun.missing.push(place),
            }
        }
        begun
    }

    /// Waits for the rest, at once: what fields beside each other want below them comes in one statement as well.
    pub(super) async fn wait_for_rest<T: Row>(
        &self,
        ctx: &ContextSelectionSet<'_>,
        object: &T,
        begun: &mut Begun,
    ) -> ServerResult<()> {
        let missing = std::mem::take(&mut begun.missing);
        let rest = missing.iter().map(|&place| async move {
            let value = object.resolve_field(&ctx.with_field(self.fields[place])).await?;
            ServerResult::Ok((place, value.unwrap_or_default()))
        });
        for (place, value) in try_join_all(rest).await? {
            begun.values[place] = value;
        }
        Ok(())
    }
}

impl Begun {
    /// Whether nothing has to be waited for.
    pub(super) fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }

    /// The object.
    pub(super) fn end(self) -> Value {
        Value::Object(self.values)
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
