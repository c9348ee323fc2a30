//! GraphQL clients from npm, used as applications use them, with types that graphql-codegen makes of the schema.
//! Needs node and npm; says so where they are not.

use std::fs;
use std::path::Path;
use std::process::Command;

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
    run(folder.path(), "node", &["codegen.mjs", "schema.graphql"])?;
    run(folder.path(), "node", &["node_modules/typescript/bin/tsc"])?;
    Ok(folder)
}

/// What a program says where it fails.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).current_dir(folder).output().expect("it starts");
    let said = [output.stdout, output.stderr].concat();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&said).into_owned()) }
}

#[test]
fn every_client_does_what_applications_do() {
    let Some(package) = npm::installed("clients") else { return };
    let folder = built(&package, SCHEMA).unwrap_or_else(|why| panic!("{why}"));
    for client in ["apollo", "urql", "graphql-request"] {
        let home = Home::with_sqlite();
        let server = Server::start(&mut home.taskward());
        for secret in ["ada@example.com", server::PASSWORD] {
            home.keep_secret(secret);
        }
        let (program, url) = (format!("build/src/{client}.js"), format!("http://{}/graphql", server.address));
        run(folder.path(), "node", &[&program, &url]).unwrap_or_else(|why| panic!("{client}: {why}"));
    }
}

#[test]
fn hashes_stand_for_queries_and_ids_for_those_of_the_manifest() {
    let Some(package) = npm::installed("clients") else { return };
    let folder = built(&package, SCHEMA).unwrap_or_else(|why| panic!("{why}"));
    let manifest = folder.path().join("generated/persisted-documents.json");
    for mode in ["hashes", "trusted"] {
        let home = Home::with_sqlite();
        let mut taskward = home.taskward();
        if mode == "trusted" {
            taskward.env("TRUSTED_DOCUMENTS", &manifest);
        }
        let server = Server::start(&mut taskward);
        let url = format!("http://{}/graphql", server.address);
        let told = run(folder.path(), "node", &["build/src/persisted.js", &url, mode]);
        told.unwrap_or_else(|why| panic!("{mode}: {why}"));
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
