//! The layers hold: imports point down, files stay readable, and both databases have the same migrations.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

/// From the top down: each may import what stands behind it. What is not named here is a leaf.
const LAYERS: [&str; 8] = ["main", "fuzzing", "cli", "http", "graphql", "service", "store", "auth"];
/// Two screens of lines, and a little.
const LONGEST: usize = 300;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The first folder or file below `src`, without its ending.
fn module(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).expect("below src");
    let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// Every module that a text names as `crate::module`, also within `use crate::{…}`.
fn imported(text: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut modules = Vec::new();
    for (at, path) in text.match_indices("crate::") {
        let rest = &text[at + path.len()..];
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = &list[..list.find("};").expect("a closed list")];
                modules.extend(list.split(',').map(|part| name(part.trim())));
            }
            None => modules.push(name(rest)),
        }
    }
    modules
}

#[test]
fn imports_point_down() {
    let height = |module: &str| LAYERS.iter().position(|layer| *layer == module);
    let mut upward = Vec::new();
    for file in rust_files(&root().join("src")) {
        let own = module(&file);
        if own == "lib" {
            continue;
        }
        for other in imported(&fs::read_to_string(&file).expect("readable")) {
            let points_up = match (height(&own), height(&other)) {
                (Some(own), Some(other)) => other < own,
                (None, Some(_)) => true,
                (_, None) => false,
            };
            if points_up {
                upward.push(format!("{} imports {other}", file.display()));
            }
        }
    }
    assert!(upward.is_empty(), "{upward:#?}");
}

#[test]
fn the_search_for_imports_finds_them() {
    assert_eq!(
        imported("use crate::store::Store;\nuse crate::{http, auth::Key};\ncrate::id::UserId"),
        ["store", "http", "auth", "id"]
    );
}

#[test]
fn files_stay_within_two_screens() {
    let mut long = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for file in rust_files(&root().join(folder)) {
            let lines = fs::read_to_string(&file).expect("readable").lines().count();
            if lines > LONGEST {
                long.push(format!("{}: {lines} lines", file.display()));
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn only_the_store_speaks_sql() {
    let sql = |file: &Path| {
        let text = fs::read_to_string(file).expect("readable");
        let code = text.split("#[cfg(test)]").next().expect("a first part").to_owned();
        code.contains("sqlx::") && module(file) != "store" && !["id", "time"].contains(&module(file).as_str())
    };
    let files: Vec<_> = rust_files(&root().join("src")).into_iter().filter(|file| sql(file)).collect();
    assert!(files.is_empty(), "{files:#?}");
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| {
        let folder = root().join("migrations").join(database);
        let mut names: Vec<_> =
            fs::read_dir(folder).expect("migrations").flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}
