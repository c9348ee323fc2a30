//! Taskward: a GraphQL API server whose every row, query and answer belongs to one owner.

pub mod auth;
pub mod email;
pub mod field;
pub mod graphql;
pub mod id;
pub mod secret;
pub mod service;
pub mod store;
pub mod text;
pub mod throttle;
pub mod time;
