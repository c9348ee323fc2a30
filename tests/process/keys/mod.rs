//! `taskward keys`, and servers that run while keys rotate.

mod command;
mod running;

use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::{Home, Server};

const ME: &str = "{ me { email } }";

fn keys(home: &Home, arguments: &[&str]) -> Command {
    let mut command = home.taskward();
    command.arg("keys").args(arguments).stdout(Stdio::piped());
    command
}

/// The keys that this prints, the newest first.
fn listed(output: Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}");
    let list: Value = serde_json::from_str(&text).expect("JSON");
    list["keys"].as_array().expect("keys").clone()
}

fn list(home: &Home) -> Vec<Value> {
    listed(keys(home, &["list", "--json"]).output().expect("it runs"))
}

fn rotate(home: &Home) -> Vec<Value> {
    listed(keys(home, &["rotate", "--json"]).output().expect("it runs"))
}

fn kids(keys: &[Value]) -> Vec<String> {
    keys.iter().map(|key| key["kid"].as_str().expect("a name").to_owned()).collect()
}

/// The names of the keys that a server publishes.
fn published(server: &Server) -> Vec<String> {
    let (status, body) = server.get("/.well-known/jwks.json");
    assert_eq!(status, 200);
    let set: Value = serde_json::from_str(&body).expect("JSON");
    kids(set["keys"].as_array().expect("a list"))
}

fn kid(token: &str) -> String {
    jsonwebtoken::decode_header(token).expect("a header").kid.expect("a key's name")
}
