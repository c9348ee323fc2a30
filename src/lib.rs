//! Taskward: a GraphQL API server whose every row, query and answer belongs to one owner.
//!
//! The map of this tree, from the top down; each imports only what stands below it.
//!
//! - [`cli`]: one file for each command
//! - [`http`]: connections, limits, bearer token to identity, the one GraphQL endpoint, the pages
//! - [`graphql`]: schema, guard, wire errors, connections
//! - [`service`]: the rules
//! - [`store`]: the only SQL
//! - [`auth`]: cryptography, knows no database
//! - leaves: [`settings`] reads the environment; [`fetch`] gets documents over HTTP; [`mail`] writes mails and sends them;
//!   [`deadline`], [`email`], [`field`], [`folder`], [`id`], [`proxies`], [`secret`], [`text`], [`throttle`], [`time`] and
//!   [`watch`] are what the others speak in

pub mod auth;
pub mod cli;
pub mod deadline;
pub mod email;
pub mod fetch;
pub mod field;
pub mod folder;
pub mod graphql;
pub mod http;
pub mod id;
pub mod mail;
pub mod proxies;
pub mod secret;
pub mod service;
pub mod settings;
pub mod store;
pub mod text;
pub mod throttle;
pub mod time;
pub mod watch;
