//! `taskward user`, beside a server that runs.

use std::process::Command;

use serde_json::{Value, json};

use crate::command_line::refused;
use crate::server::PASSWORD;
use crate::{Home, Server, on_both_databases, until};

const ME: &str = "{ me { id email } }";

/// What a command prints that succeeds.
fn said(home: &Home, arguments: &[&str]) -> String {
    let output = command(home, arguments).output().expect("it runs");
    assert!(output.status.success(), "{arguments:?}: {}", home.log());
    String::from_utf8(output.stdout).expect("text")
}

fn command(home: &Home, arguments: &[&str]) -> Command {
    let mut command = home.taskward();
    command.arg("user").args(arguments);
    command
}

fn json_of(home: &Home, arguments: &[&str]) -> Vec<Value> {
    let text = said(home, &[arguments, &["--json"]].concat());
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn log_in(server: &Server, email: &str) -> Value {
    let login = "mutation ($input: LoginInput!) { login(input: $input) { tokenType } }";
    let input = json!({ "email": email, "password": PASSWORD });
    let (_, body) = server.ask(None, login, &json!({ "input": input }));
    body["errors"][0]["extensions"]["code"].clone()
}

on_both_databases! {
    fn accounts_are_listed_and_shown(home: Home) {
        let server = Server::start(&mut home.taskward());
        for email in ["ada@example.com", "bob@example.com"] {
            let token = server.register(home, email);
            server.ask(Some(&token), "mutation { createTask(input: { title: \"tea\" }) { task { id } } }", &json!({}));
        }
        let all = json_of(home, &["list"]);
        assert_eq!(all.iter().map(|one| &one["email"]).collect::<Vec<_>>(), ["ada@example.com", "bob@example.com"]);
        let shown = json_of(home, &["show", "ADA@example.com"]);
        assert_eq!(
            (&shown[0]["id"], &shown[0]["tasks"], &shown[0]["tags"], &shown[0]["signIns"], &shown[0]["disabledAt"]),
            (&all[0]["id"], &json!(1), &json!(0), &json!(1), &Value::Null)
        );
        let id = all[0]["id"].as_str().expect("an id");
        assert_eq!(json_of(home, &["show", id]), shown);
        let lines = said(home, &["list"]);
        assert!(lines.lines().nth(1).expect("a line").starts_with(id) && lines.contains("bob@example.com"), "{lines}");
        assert!(said(home, &["show", id]).contains("Owns      1 tasks, 0 tags\nSign-ins  1"));
    }

    fn whoever_is_disabled_is_out_within_a_second_and_may_come_back(home: Home) {
        let server = Server::start(&mut home.taskward());
        let (ada, bob) = (server.register(home, "ada@example.com"), server.register(home, "bob@example.com"));
        assert!(json_of(home, &["disable", "ada@example.com"])[0]["disabledAt"].is_string());
        until("the token is refused", || server.ask(Some(&ada), ME, &json!({})).0 == 401);
        assert_eq!(log_in(&server, "ada@example.com"), "FORBIDDEN");
        assert_eq!(server.ask(Some(&bob), ME, &json!({})).0, 200);
        let first = json_of(home, &["disable", "ada@example.com"]);
        assert_eq!(first, json_of(home, &["disable", "ada@example.com"]), "since the first time");

        assert!(json_of(home, &["enable", "ada@example.com"])[0]["disabledAt"].is_null());
        assert_eq!(log_in(&server, "ada@example.com"), Value::Null);
        assert_eq!(server.ask(Some(&ada), ME, &json!({})).0, 401, "what was ended stays ended");
    }

    fn a_link_lets_someone_choose_a_password_once(home: Home) {
        let server = Server::start(&mut home.taskward());
        server.register(home, "ada@example.com");
        let made = &json_of(home, &["reset-link", "ada@example.com"])[0];
        let link = made["link"].as_str().expect("a link");
        let token = link.split_once("/reset-password#token=").expect("a token").1;
        home.keep_secret(token);
        let reset = "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { ok } }";
        let input = json!({ "input": { "token": token, "newPassword": "marmalade otter gravel" } });
        assert_eq!(server.ask(None, reset, &input).1["data"]["resetPassword"]["ok"], true);
        assert_eq!(server.ask(None, reset, &input).1["errors"][0]["extensions"]["field"], "token");
        assert_eq!(log_in(&server, "ada@example.com"), "INVALID_CREDENTIALS", "the old one");
        said(home, &["disable", "ada@example.com"]);
        let (code, text) = refused(command(home, &["reset-link", "ada@example.com"]).env("LOG", "warn"));
        assert!(code == Some(1) && text.contains("This account is disabled"), "{text}");
    }

    fn an_account_is_erased_only_on_demand(home: Home) {
        let server = Server::start(&mut home.taskward());
        let ada = server.register(home, "ada@example.com");
        assert!(!command(home, &["delete", "ada@example.com"]).output().expect("it runs").status.success());
        assert_eq!(server.ask(Some(&ada), ME, &json!({})).0, 200);
        assert!(said(home, &["delete", "ada@example.com", "--yes"]).ends_with("Erased.\n"));
        until("the token is refused", || server.ask(Some(&ada), ME, &json!({})).0 == 401);
        let absent = (Some(1), "taskward: There is no such account.".to_owned());
        let (code, text) = refused(command(home, &["show", "ada@example.com"]).env("LOG", "warn"));
        assert_eq!((code, text.trim_end().to_owned()), absent);
        server.register(home, "ada@example.com");
    }
}

#[test]
fn what_is_neither_an_address_nor_an_id_is_refused() {
    let home = Home::with_sqlite();
    drop(Server::start(&mut home.taskward()));
    for (whom, message) in [
        ("ada", "must be an email address, or an id"),
        ("task_01h455vb4pex5vsknk084sn02q", "or an id"),
        ("a@", "is no email address"),
    ] {
        let (code, text) = refused(command(&home, &["show", whom]).env("LOG", "warn"));
        assert!(code == Some(1) && text.contains(message), "{whom}: {text}");
    }
}
