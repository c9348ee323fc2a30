//! What an operation costs, in rows, before it runs.
//!
//! The schema says what things cost, with the directives of the GraphQL cost directives draft
//! (<https://ibm.github.io/graphql-specs/cost-spec.html>): `@cost` and `@listSize`. Where it says nothing, an object costs
//! 1 and a value 0.1. A list costs its size times what is asked of each item; a page costs its rows at least, as they are
//! read whatever is asked of them.
//!
//! [`compile()`] does what the text alone decides, once for each document and in time linear in its length: a fragment is
//! looked at once, however often it is spread. What is left is a [`Formula`]: a number, unless the size of a list is a
//! variable. What `@skip` and `@include` leave out counts like the rest.

mod budget;
mod compile;
mod formula;

#[cfg(test)]
mod tests;

use async_graphql::{Value, value};
use serde_json::{Map, Value as Json};

pub(super) use budget::Budget;
pub(super) use compile::compile;
pub(super) use formula::{Cost, Formula};

/// The member of a request's `extensions` that asks for the cost, and of an answer's that tells it.
pub(super) const EXTENSION: &str = "cost";

/// Whether a request wants to know.
pub(super) fn is_asked_for(extensions: Option<&Map<String, Json>>) -> bool {
    extensions.is_some_and(|extensions| extensions.get(EXTENSION) == Some(&Json::Bool(true)))
}

impl Cost {
    /// What an answer tells of it.
    pub(super) fn tell(self, allowed: u64) -> Value {
        value!({ "requested": self.0, "allowed": allowed })
    }
}
