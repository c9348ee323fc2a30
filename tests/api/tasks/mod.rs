//! `tasks`, and the same list wherever else in the schema it stands.

mod pages;
