//! What the tests stand on: a real server on a port of its own, a database of its own, and people who use it.

pub mod actor;
pub mod app;
pub mod beneath;
pub mod client;
pub mod copies;
pub mod events;
pub mod fake_smtp;
pub mod forger;
pub mod issuer;
pub mod live;
pub mod mails;
pub mod mutation;
pub mod postgres;
pub mod property;
pub mod remains;
pub mod sql_audit;
pub mod statements;
pub mod stored;

pub use actor::{Actor, Reply};
pub use app::{Backend, TestApp};

/// Makes of each test one case on SQLite and one on PostgreSQL, each with a fresh database.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: TestApp) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn case($app: &$crate::support::TestApp) $body

            $(#[$meta])*
            #[tokio::test]
            async fn sqlite() {
                let app = $crate::support::TestApp::start($crate::support::Backend::Sqlite).await;
                case(&app.expect("SQLite is always there")).await;
            }

            $(#[$meta])*
            #[tokio::test]
            async fn postgres() {
                match $crate::support::TestApp::start($crate::support::Backend::Postgres).await {
                    Some(app) => case(&app).await,
                    None => $crate::support::postgres::not_run(concat!(module_path!(), "::postgres")),
                }
            }
        }
    )*};
}
