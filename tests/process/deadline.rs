//! Requests that take longer than they may: what becomes of their SQL, of their connection, and of what they wrote.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::postgres::not_run;
use crate::server::{answer, request};
use crate::{Home, Server, on_both_databases, until};

const ME: &str = "{ me { email } }";
const TAGS: &str = "{ tags { nodes { name } } }";
const LATE: &str = "The request took too long.";
const UNDONE: &str = "The request took too long: this field has changed nothing. Those before it are done, and those after \
     it are not begun.";

/// What computes for hours, as an expression.
fn endless(home: &Home) -> &'static str {
    if home.is_sqlite() {
        "(with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n)"
    } else {
        "(select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b)"
    }
}

/// From here on whoever reads this table computes for hours.
fn slow_down(home: &Home, table: &str) {
    home.execute(&format!("alter table {table} rename to kept"));
    home.execute(&format!("create view {table} as select * from kept where {} > 0", endless(home)));
}

/// From here on whoever writes a task that is called so computes for hours.
fn slow_down_tasks(home: &Home, title: &str) {
    let endless = endless(home);
    if home.is_sqlite() {
        home.execute(&format!(
            "create trigger slow before insert on tasks when new.title = '{title}' begin select {endless}; end"
        ));
    } else {
        home.execute(&format!(
            "create function slow() returns trigger language plpgsql as \
             $$ begin perform {endless}; return new; end $$"
        ));
        home.execute(&format!(
            "create trigger slow before insert on tasks for each row when (new.title = '{title}') \
             execute function slow()"
        ));
    }
}

/// Whether the server's SQL runs at this moment, as far as the database tells.
fn is_running(home: &Home) -> bool {
    if home.is_sqlite() {
        return false;
    }
    let active = "select query from pg_stat_activity where datname = current_database() \
         and application_name = 'taskward' and state <> 'idle'";
    !home.texts(active).is_empty()
}

/// A server with one connection, and the token of someone who has a tag.
fn start(home: &Home, settings: &[(&str, &str)]) -> (Server, String) {
    let token = {
        // With all the time that hashing a password may take.
        let server = Server::start(&mut home.taskward());
        let token = server.register(home, "ada@example.com");
        let create = "mutation { createTag(input: { name: \"home\" }) { tag { id } } }";
        let (_, body) = server.ask(Some(&token), create, &json!({}));
        assert!(body["data"]["createTag"].is_object(), "{body}");
        token
    };
    let server = Server::start(home.taskward().env("DATABASE_POOL", "1").envs(settings.iter().copied()));
    (server, token)
}

fn create(title: &str) -> String {
    format!("createTask(input: {{ title: \"{title}\" }}) {{ task {{ title }} }}")
}

/// The only error: its path, code and message.
fn error(body: &Value) -> (Value, &str, &str) {
    let [error] = body["errors"].as_array().expect("errors").as_slice() else { panic!("{body}") };
    let text = |value: &'static str| error.pointer(value).and_then(Value::as_str).unwrap_or_default();
    (error["path"].clone(), text("/extensions/code"), text("/message"))
}

/// Sends all but the end of a request, waits, and sends that: its statement begins when most of its time is over.
fn ask_late(server: &Server, token: &str, query: &str, wait: Duration) -> TcpStream {
    let whole = request(Some(token), query, &json!({}));
    let (begun, rest) = whole.split_at(whole.len() - 5);
    let mut stream = server.connect();
    stream.write_all(begun.as_bytes()).expect("sent");
    std::thread::sleep(wait);
    stream.write_all(rest.as_bytes()).expect("sent");
    stream
}

on_both_databases! {
    fn a_query_that_computes_past_its_time_is_stopped_and_nothing_waits_behind_it(home: Home) {
        let (server, token) = start(home, &[("REQUEST_TIMEOUT", "2s")]);
        slow_down(home, "tags");
        // A limit of the statement's own would end two seconds after its begin.
        let stream = ask_late(&server, &token, TAGS, Duration::from_millis(1500));
        let (status, body) = answer(stream);
        assert_eq!((status, error(&serde_json::from_str(&body).expect("JSON")).2), (503, LATE));
        let end = Instant::now();
        let (status, body) = server.ask(Some(&token), ME, &json!({}));
        assert_eq!((status, &body["data"]["me"]["email"]), (200, &json!("ada@example.com")), "{body}");
        assert!(end.elapsed() < Duration::from_millis(800), "{:?}", end.elapsed());
        while is_running(home) {
            assert!(end.elapsed() < Duration::from_secs(1), "it goes on");
        }
    }

    fn a_query_whose_caller_went_away_is_stopped(home: Home) {
        let (server, token) = start(home, &[("REQUEST_TIMEOUT", "5m")]);
        slow_down(home, "tags");
        let mut stream = server.connect();
        stream.write_all(request(Some(&token), TAGS, &json!({})).as_bytes()).expect("sent");
        std::thread::sleep(Duration::from_millis(300));
        drop(stream);
        let (status, body) = server.ask(Some(&token), ME, &json!({}));
        assert_eq!((status, &body["data"]["me"]["email"]), (200, &json!("ada@example.com")), "{body}");
        until("the end of the statement", || !is_running(home));
    }

    fn a_write_that_waits_for_a_lock_past_its_time_has_never_been(home: Home) {
        let (server, token) = start(home, &[("REQUEST_TIMEOUT", "1s")]);
        let held = home.lock_tasks();
        let (status, body) = server.ask(Some(&token), &format!("mutation {{ {} }}", create("tea")), &json!({}));
        assert_eq!((status, error(&body)), (200, (json!(["createTask"]), "UNAVAILABLE", UNDONE)), "{body}");
        assert_eq!(body["data"], Value::Null);
        until("the end of the statement", || !is_running(home));
        held.end();
        let (status, body) = server.ask(Some(&token), &format!("mutation {{ {} }}", create("milk")), &json!({}));
        assert_eq!((status, &body["data"]["createTask"]["task"]["title"]), (200, &json!("milk")), "{body}");
        assert_eq!(home.texts("select title from tasks"), ["milk"]);
    }

    fn of_several_writes_those_before_the_late_one_are_done_and_no_other(home: Home) {
        let (server, token) = start(home, &[("REQUEST_TIMEOUT", "1s")]);
        slow_down_tasks(home, "slow");
        let query = format!("mutation {{ a: {} b: {} c: {} }}", create("quick"), create("slow"), create("late"));
        let (status, body) = server.ask(Some(&token), &query, &json!({}));
        assert_eq!((status, error(&body)), (200, (json!(["b"]), "UNAVAILABLE", UNDONE)), "{body}");
        assert_eq!(home.texts("select title from tasks"), ["quick"]);
        let (_, body) = server.ask(Some(&token), &format!("mutation {{ {} }}", create("next")), &json!({}));
        assert_eq!(body["data"]["createTask"]["task"]["title"], "next", "{body}");
        until("the end of the statement", || !is_running(home));
    }

    fn what_a_write_answers_with_may_be_late_without_undoing_it(home: Home) {
        let (server, token) = start(home, &[("REQUEST_TIMEOUT", "1s")]);
        slow_down(home, "users");
        let query = "mutation { createTask(input: { title: \"tea\" }) { task { owner { email } } } }";
        let (status, body) = server.ask(Some(&token), query, &json!({}));
        let message = "The request took too long to read this. What the field of the mutation was to change is changed.";
        let (path, code, told) = error(&body);
        assert_eq!((status, code, told), (200, "UNAVAILABLE", message), "{body}");
        assert_eq!((&path[0], &path[1]), (&json!("createTask"), &json!("task")), "{body}");
        assert_eq!(home.texts("select title from tasks"), ["tea"]);
    }

    fn a_write_whose_caller_went_away_is_carried_out(home: Home) {
        let (server, token) = start(home, &[("REQUEST_TIMEOUT", "1m")]);
        let held = home.lock_tasks();
        let mut stream = server.connect();
        let query = format!("mutation {{ {} }}", create("tea"));
        stream.write_all(request(Some(&token), &query, &json!({})).as_bytes()).expect("sent");
        std::thread::sleep(Duration::from_millis(300));
        drop(stream);
        std::thread::sleep(Duration::from_millis(300));
        held.end();
        until("the write", || home.texts("select title from tasks") == ["tea"]);
    }

    fn connections_are_all_there_after_many_requests_that_took_too_long(home: Home) {
        let (server, token) = start(home, &[("REQUEST_TIMEOUT", "400ms"), ("DATABASE_POOL", "2")]);
        slow_down(home, "tags");
        slow_down_tasks(home, "slow");
        let write = format!("mutation {{ {} }}", create("slow"));
        for (query, wanted) in [(TAGS, 503), (&write, 200)] {
            std::thread::scope(|scope| {
                for _ in 0..5 {
                    scope.spawn(|| {
                        for _ in 0..5 {
                            let (status, body) = server.ask(Some(&token), query, &json!({}));
                            assert_eq!((status, error(&body).1), (wanted, "UNAVAILABLE"), "{body}");
                        }
                    });
                }
            });
        }
        std::thread::sleep(Duration::from_millis(200));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let (_, body) = server.ask(Some(&token), ME, &json!({}));
                    assert_eq!(body["data"]["me"]["email"], "ada@example.com", "{body}");
                });
            }
        });
        let (_, body) = server.ask(Some(&token), &format!("mutation {{ {} }}", create("tea")), &json!({}));
        assert_eq!(body["data"]["createTask"]["task"]["title"], "tea", "{body}");
        assert_eq!(home.texts("select title from tasks"), ["tea"]);
        assert!(!is_running(home));
    }
}

/// Has PostgreSQL do this at the end of each transaction that writes tasks, as a part of its commit.
fn at_commit(home: &Home, work: &str) {
    home.execute(&format!(
        "create function at_commit() returns trigger language plpgsql as $$ begin perform {work}; return null; end $$"
    ));
    home.execute(
        "create constraint trigger at_commit after insert on tasks deferrable initially deferred \
         for each row execute function at_commit()",
    );
}

#[test]
fn a_commit_that_has_begun_is_waited_for() {
    let Some(home) = Home::with_postgres() else {
        return not_run("deadline::a_commit_that_has_begun_is_waited_for");
    };
    let (server, token) = start(&home, &[("REQUEST_TIMEOUT", "1s")]);
    at_commit(&home, "pg_sleep(2)");
    let (status, body) = server.ask(Some(&token), &format!("mutation {{ {} }}", create("tea")), &json!({}));
    assert_eq!((status, &body["data"]["createTask"]["task"]["title"]), (200, &json!("tea")), "{body}");
    assert_eq!(home.texts("select title from tasks"), ["tea"]);
}

#[test]
fn who_cannot_know_what_became_of_a_commit_says_so() {
    let Some(home) = Home::with_postgres() else {
        return not_run("deadline::who_cannot_know_what_became_of_a_commit_says_so");
    };
    let (server, token) = start(&home, &[("REQUEST_TIMEOUT", "1s")]);
    at_commit(&home, "pg_sleep(60)");
    let (status, body) = server.ask(Some(&token), &format!("mutation {{ {} }}", create("tea")), &json!({}));
    let unknown =
        "The database was lost while it committed this: look whether it is done before you try again.";
    assert_eq!((status, error(&body)), (200, (json!(["createTask"]), "UNAVAILABLE", unknown)), "{body}");
    let (_, body) = server.ask(Some(&token), ME, &json!({}));
    assert_eq!(body["data"]["me"]["email"], "ada@example.com", "{body}");
}

/// A statement ends with the process that asked for it.
#[cfg(unix)]
mod at_the_end {
    use super::*;

    on_both_databases! {
        fn what_was_cut_off_leaves_the_database(home: Home) {
            let (mut server, token) = start(home, &[("REQUEST_TIMEOUT", "5m"), ("SHUTDOWN_TIMEOUT", "100ms")]);
            slow_down_tasks(home, "slow");
            let mut stream = server.connect();
            let query = format!("mutation {{ {} }}", create("slow"));
            stream.write_all(request(Some(&token), &query, &json!({})).as_bytes()).expect("sent");
            std::thread::sleep(Duration::from_millis(300));
            let begin = Instant::now();
            server.signal(rustix::process::Signal::TERM);
            assert_eq!(server.end(), Some(0));
            assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
            until("the end of the statement", || !is_running(home));
            assert_eq!(home.texts("select title from tasks"), [""; 0]);
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest);
        }
    }
}
