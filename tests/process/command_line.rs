//! Flags, settings, help, and what a start says.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Home, PATIENCE, Server};

/// Exit code and stderr of a command that ends by itself and prints nothing else.
pub fn refused(command: &mut Command) -> (Option<i32>, String) {
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let begin = Instant::now();
    while process.try_wait().expect("a child").is_none() {
        if begin.elapsed() > PATIENCE {
            process.kill().expect("a child");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = process.wait_with_output().expect("it has ended");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_start_prints_where_it_is_and_serves_there() {
    let home = Home::with_sqlite();
    let server = Server::start(&mut home.taskward());
    assert_eq!(server.get("/livez").0, 200);
    assert_eq!(server.get("/readyz").0, 200);
    assert_eq!(server.get("/graphql").0, 400);
    assert!(home.path("data/taskward.db").is_file());
}

#[test]
fn a_setting_that_makes_no_sense_stops_the_start_with_one_sentence() {
    let home = Home::with_sqlite();
    let sentence = "taskward: JWT_EXPIRATION must be a time from 1s to 30days, such as 30s or 5m.\n";
    assert_eq!(refused(home.taskward().env("JWT_EXPIRATION", "soon")), (Some(1), sentence.to_owned()));
    assert!(!home.path("data").exists(), "nothing was begun");
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let home = Home::with_sqlite();
    home.write(".env", "HOST=file\nLOG=file\nMIGRATE=off\n");
    let named = |command: &mut Command| refused(command).1;
    assert!(named(home.taskward().env_remove("LOG")).starts_with("taskward: HOST must"));
    let host = "--host=127.0.0.1";
    assert!(named(home.taskward().arg(host).env_remove("LOG")).starts_with("taskward: LOG must"));
    assert!(named(home.taskward().args([host, "--log=flag"])).starts_with("taskward: LOG must"));
    let text = named(home.taskward().arg(host));
    assert!(text.contains("MIGRATE is off"), "{text}");
}

#[test]
fn the_example_copied_to_env_starts() {
    let home = Home::with_sqlite();
    home.write(".env", include_str!("../../.env.example"));
    assert_eq!(Server::start(&mut home.taskward()).get("/livez").0, 200);
}

#[test]
fn a_port_that_is_taken_is_told() {
    let home = Home::with_sqlite();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let (code, text) = refused(home.taskward().env("PORT", &port));
    let line = text.lines().last().unwrap_or_default();
    let beginning = format!("taskward: HOST and PORT: cannot listen on 127.0.0.1:{port}: ");
    assert_eq!(code, Some(1));
    assert!(line.starts_with(&beginning), "{text}");
}

#[test]
fn help_names_every_command_and_the_schema_is_printed() {
    let home = Home::with_sqlite();
    let output = |argument: &str| {
        let output = home.taskward().arg(argument).output().expect("it runs");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("text")
    };
    let help = output("--help");
    assert!(help.starts_with("A GraphQL API server with auth-scoped resolvers"), "{help}");
    for word in ["serve", "migrate", "schema", "token", "keys", "demo", "--data-dir", "DATA_DIR"] {
        assert!(help.contains(word), "{word}");
    }
    assert_eq!(output("schema"), include_str!("../../schema.graphql"));
}
