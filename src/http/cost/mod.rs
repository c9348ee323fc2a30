//! What an operation costs, in rows, before it runs.
//!
//! The schema says what things cost, with the directives of the GraphQL cost directives draft
//! (<https://ibm.github.io/graphql-specs/cost-spec.html>): `@cost` and `@listSize`. Where it says nothing, an object costs
//! 1 and a value 0.1. A list costs its size times what is asked of each item; a page costs its rows at least, as they are
//! read whatever is asked of them.
//!
//! [`compile`] does what the text alone decides, once for each document and in time linear in its length: a fragment is
//! looked at once, however often it is spread. What is left is a [`Formula`]: a number, unless the size of a list is a
//! variable. What `@skip` and `@include` leave out counts like the rest.

mod budget;
mod compile;
mod formula;

#[cfg(test)]
mod tests;

pub(super) use budget::Budget;
pub(super) use compile::compile;
pub(super) use formula::{Cost, Formula};
