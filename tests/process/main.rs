//! The command as a process: what it prints, what it refuses, what it survives, and how it ends.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/beneath.rs"]
mod beneath;
#[path = "../support/fake_smtp.rs"]
mod fake_smtp;
#[path = "../support/copies/mod.rs"]
mod kept;
#[path = "../support/live.rs"]
mod live;
#[path = "../support/postgres.rs"]
mod postgres;

mod held;
mod home;
mod npm;
mod server;

mod audit;
mod better_auth;
mod clients;
mod clients_live;
mod command_line;
mod connections;
mod copies;
mod database;
mod deadline;
mod demo;
mod explain;
mod issuers;
mod keys;
mod mails;
mod outage;
mod proxies;
mod sign_ins;
mod signals;
mod tls;
mod tokens;
mod trusted;
mod users;

use std::time::{Duration, Instant};

use home::Home;
use server::Server;

/// Long enough for anything that is to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for what another process does.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what} does not happen");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Makes of each test one case on SQLite and one on PostgreSQL, each with a fresh database.
#[macro_export]
macro_rules! on_both_databases {
    ($(fn $name:ident($home:ident: Home) $body:block)*) => {$(
        mod $name {
            use super::*;

            fn case($home: &$crate::Home) $body

            #[test]
            fn sqlite() {
                case(&$crate::Home::with_sqlite());
            }

            #[test]
            fn postgres() {
                match $crate::Home::with_postgres() {
                    Some(home) => case(&home),
                    None => $crate::postgres::not_run(concat!(module_path!(), "::postgres")),
                }
            }
        }
    )*};
}
