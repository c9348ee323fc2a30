//! GraphQL clients from npm, used as applications use them, with types that graphql-codegen makes of the schema.
//! Needs node and npm; says so where they are not.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, Weak};

use tempfile::TempDir;

use crate::{Home, Server, npm, server};

const SCHEMA: &str = include_str!("../../schema.graphql");

/// The clients, built with types made of this schema; or what graphql-codegen or tsc has against that.
fn built(package: &Path, schema: &str) -> Result<TempDir, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let to = |name: &str| folder.path().join(name);
    fs::write(to("schema.graphql"), schema).expect("written");
    fs::create_dir(to("src")).expect("a folder");
    for file in fs::read_dir(package.join("src")).expect("the clients").flatten() {
        fs::copy(file.path(), to("src").join(file.file_name())).expect("copied");
    }
    for name in ["package.json", "tsconfig.json", "codegen.mjs", "operations.graphql"] {
        fs::copy(package.join(name), to(name)).expect("copied");
    }
    std::os::unix::fs::symlink(package.join("node_modules"), to("node_modules")).expect("a link");
    node(folder.path(), &["codegen.mjs", "schema.graphql"])?;
    node(folder.path(), &["node_modules/typescript/bin/tsc"])?;
    Ok(folder)
}

/// The clients, built once for all tests that run together; `None` where that cannot be done.
pub fn together() -> Option<Arc<TempDir>> {
    static BUILT: Mutex<Weak<TempDir>> = Mutex::new(Weak::new());
    let package = npm::installed("clients")?;
    let mut kept = BUILT.lock().expect("not poisoned");
    let folder = kept
        .upgrade()
        .unwrap_or_else(|| Arc::new(built(&package, SCHEMA).unwrap_or_else(|why| panic!("{why}"))));
    *kept = Arc::downgrade(&folder);
    Some(folder)
}

/// What a program tells, and what it says where it fails.
fn node(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("node").args(arguments).current_dir(folder).output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let told = text(&output.stdout);
    if output.status.success() { Ok(told) } else { Err(told + &text(&output.stderr)) }
}

/// Runs a client, which may tell no more to the log of the server than it has to.
pub fn play(folder: &TempDir, home: &Home, client: &str, arguments: &[&str]) {
    home.keep_secret(server::PASSWORD);
    let program = format!("build/src/{client}.js");
    let told = node(folder.path(), &[&[program.as_str()], arguments].concat());
    let told = told.unwrap_or_else(|why| panic!("{client} {arguments:?}: {why}"));
    for secret in told.lines().filter(|line| !line.is_empty()) {
        home.keep_secret(secret);
    }
}

#[test]
fn every_client_does_what_applications_do() {
    let Some(folder) = together() else { return };
    for client in ["apollo", "urql", "graphql-request"] {
        let home = Home::with_sqlite();
        let server = Server::start(&mut home.taskward());
        home.keep_secret("ada@example.com");
        play(&folder, &home, client, &[&format!("http://{}/graphql", server.address)]);
    }
}

#[test]
fn hashes_stand_for_queries_and_ids_for_those_of_the_manifest() {
    let Some(folder) = together() else { return };
    let manifest = folder.path().join("generated/persisted-documents.json");
    for mode in ["hashes", "trusted"] {
        let home = Home::with_sqlite();
        let mut taskward = home.taskward();
        if mode == "trusted" {
            taskward.env("TRUSTED_DOCUMENTS", &manifest);
        }
        let server = Server::start(&mut taskward);
        play(&folder, &home, "persisted", &[&format!("http://{}/graphql", server.address), mode]);
    }
}

#[test]
fn a_change_of_the_schema_that_breaks_clients_is_noticed_before_anything_runs() {
    let Some(package) = npm::installed("clients") else { return };
    for (is, becomes, complaint) in [
        ("\tversion: Int!\n", "\tedition: Int!\n", "Cannot query field \"version\" on type \"Task\""),
        ("\tversion: Int!\n", "\tversion: Int\n", "'number | null' is not assignable to type 'number'"),
        ("\tURGENT\n", "\tALARM\n", "'\"URGENT\"' is not assignable"),
        ("\tdescription: String\n", "\tdescription: String!\n", "'description' is missing"),
    ] {
        let changed = SCHEMA.replace(is, becomes);
        assert_ne!(changed, SCHEMA, "{is}");
        let why = built(&package, &changed).expect_err(becomes);
        assert!(why.contains(complaint), "{complaint}: {why}");
    }
}
