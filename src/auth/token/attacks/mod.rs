//! Tokens that must not count, against both kinds of key.

mod claims;
mod form;
mod header;
mod signature;
