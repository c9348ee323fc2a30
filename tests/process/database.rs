//! Opening the database: making its tables, waiting for it, and refusing what is not fit.

use std::time::{Duration, Instant};

use serde_json::json;
use uuid::Uuid;

use crate::command_line::refused;
use crate::postgres::not_run;
use crate::{Home, Server, on_both_databases};

/// The last line of what a refused command says.
fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

fn migrate(home: &Home) -> String {
    let output = home.taskward().arg("migrate").output().expect("it runs");
    assert!(output.status.success(), "{}", home.log());
    String::from_utf8(output.stdout).expect("text")
}

on_both_databases! {
    fn whoever_makes_the_tables_apart_is_told_when_they_are_missing(home: Home) {
        let (code, text) = refused(home.taskward().env("MIGRATE", "off"));
        let sentence = "taskward: the database lacks migration 1, and MIGRATE is off: run `taskward migrate` first";
        assert_eq!((code, last_line(&text)), (Some(1), sentence));

        for _ in 0..2 {
            let said = migrate(home);
            assert!(said.starts_with("The tables are up to date. ("), "{said}");
        }
        let server = Server::start(home.taskward().env("MIGRATE", "off"));
        server.register(home, "ada@example.com");
    }

    fn a_database_of_a_newer_release_is_not_touched(home: Home) {
        migrate(home);
        home.execute(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
             select 9999, 'from the future', success, checksum, 0 from _sqlx_migrations where version = 1",
        );
        let sentence = "taskward: the database was made by a newer release (its migration 9999 is unknown here): \
             start that release, or restore a backup";
        for command in [
            home.taskward().arg("serve"),
            home.taskward().env("MIGRATE", "off"),
            home.taskward().arg("migrate"),
            home.taskward().arg("demo"),
        ] {
            let (code, text) = refused(command);
            assert_eq!((code, last_line(&text)), (Some(1), sentence), "{command:?}");
        }
        assert_eq!(home.texts("select email from users"), [""; 0]);
    }

    fn two_that_start_at_once_on_an_empty_database_are_one_service(home: Home) {
        let start = || Server::start(&mut home.taskward());
        let (one, other) = std::thread::scope(|scope| {
            let [one, other] = [scope.spawn(start), scope.spawn(start)];
            (one.join().expect("it starts"), other.join().expect("it starts"))
        });
        let token = one.register(home, "ada@example.com");
        let create = "mutation { createTask(input: { title: \"tea\" }) { task { title } } }";
        for server in [&one, &other] {
            assert_eq!(server.get("/readyz").0, 200);
            let (_, body) = server.ask(Some(&token), create, &json!({}));
            assert_eq!(body["data"]["createTask"]["task"]["title"], "tea", "{body}");
        }
        let (_, body) = other.ask(Some(&token), "{ tasks { totalCount } }", &json!({}));
        assert_eq!(body["data"]["tasks"]["totalCount"], 2, "{body}");
        other.log_in(home, "ADA@example.com", crate::server::PASSWORD);
    }
}

#[test]
fn a_server_that_is_not_there_is_waited_for_and_then_named() {
    let home = Home::with_sqlite();
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let begin = Instant::now();
    let url = format!("postgres://ada:hunter2@{closed}/taskward");
    let (code, text) =
        refused(home.taskward().envs([("DATABASE_URL", url.as_str()), ("DATABASE_WAIT", "1s")]));
    assert!(begin.elapsed() >= Duration::from_secs(1), "{text}");
    assert_eq!(code, Some(1));
    assert!(text.matches("waiting for the database").count() >= 2, "{text}");
    let beginning = "taskward: DATABASE_URL: the database does not answer: ";
    assert!(last_line(&text).starts_with(beginning), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn what_waiting_does_not_mend_is_refused_at_once() {
    let home = Home::with_sqlite();
    home.write("file", "");
    for url in ["sqlite://file/taskward.db", "sqlite::memory:", "sqlite://file?mode=memory"] {
        let (code, text) = refused(home.taskward().env("DATABASE_URL", url));
        assert_eq!(code, Some(1), "{url}");
        assert!(last_line(&text).starts_with("taskward: DATA"), "{text}");
        assert!(!text.contains("waiting"), "{text}");
    }
    home.write("data.db", &"no database ".repeat(1000));
    let (code, text) = refused(home.taskward().env("DATABASE_URL", "sqlite://data.db"));
    assert_eq!((code, text.contains("waiting")), (Some(1), false), "{text}");
    let Some(home) = Home::with_postgres() else {
        return not_run("database::what_waiting_does_not_mend_is_refused_at_once (PostgreSQL)");
    };
    let (code, text) = refused(home.taskward().env("DATABASE_URL", format!("{}_gone", home.database_url())));
    assert_eq!((code, text.contains("waiting")), (Some(1), false), "{text}");
    assert!(last_line(&text).contains("does not exist"), "{text}");
}

/// With `MIGRATE=off` the server's own account needs no right to make tables.
#[test]
fn an_account_that_may_not_change_tables_can_serve() {
    let Some(home) = Home::with_postgres() else {
        return not_run("database::an_account_that_may_not_change_tables_can_serve");
    };
    migrate(&home);
    let role = format!("taskward_test_{}", Uuid::now_v7().simple());
    for statement in [
        format!("create role {role} login password 'hunter2'"),
        "revoke create on schema public from public".to_owned(),
        format!("grant select, insert, update, delete on all tables in schema public to {role}"),
    ] {
        home.execute(&statement);
    }
    let url = home.database_url();
    let (_, place) = url.rsplit_once('@').expect("an account");
    let url = format!("postgres://{role}:hunter2@{place}");
    {
        let server =
            Server::start(home.taskward().envs([("DATABASE_URL", url.as_str()), ("MIGRATE", "off")]));
        server.register(&home, "ada@example.com");
    }
    home.execute(&format!("drop owned by {role}"));
    home.execute(&format!("drop role {role}"));
}
