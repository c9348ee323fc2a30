//! The public audit of GraphQL over HTTP (graphql-http on npm). Needs node and npm; says so where they are not.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::{Home, Server, npm};

/// What the audit asks for and the specification does not any more, by the audit's own number: what it wants, and what
/// GraphQL over HTTP, edition of September 2026, wants in its section "Status Codes" of application/graphql-response+json.
const OUTDATED: [(&str, &str, &str); 2] = [
    ("423L", "MAY use 400 status code on missing {query} parameter", "422: not a well-formed request"),
    (
        "86EE",
        "SHOULD use a status code of 400 on variable coercion failure when accepting application/graphql-response+json",
        "422: the variables cannot be coerced",
    ),
];

#[test]
fn the_audit_has_nothing_against_it_but_what_the_specification_has_changed() {
    let Some(folder) = npm::installed("audit") else { return };
    let home = Home::with_sqlite();
    let server = Server::start(&mut home.taskward());
    let url = format!("http://{}/graphql", server.address);
    let output =
        Command::new("node").args(["audit.mjs", &url]).current_dir(folder).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let results: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(results.len(), 61, "another version asks other questions");

    let missed: BTreeMap<_, _> = results
        .iter()
        .filter(|result| result["status"] != "ok")
        .map(|result| (result["id"].as_str().expect("an id"), result["name"].as_str().expect("a name")))
        .collect();
    let outdated: BTreeMap<_, _> = OUTDATED.into_iter().map(|(id, name, _)| (id, name)).collect();
    assert_eq!(missed, outdated, "{text}");
    assert!(missed.values().all(|name| !name.starts_with("MUST")), "{missed:?}");
}
