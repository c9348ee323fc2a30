//! The README tells the truth where a machine can check it.

use std::path::Path;

const README: &str = include_str!("../README.md");

/// Every piece of a text between two marks.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    text.split(open).skip(1).filter_map(|rest| rest.split(close).next()).collect()
}

#[test]
fn files_that_it_points_to_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let links: Vec<_> = between(README, "](", ")").into_iter().filter(|link| !link.contains("://")).collect();
    assert!(links.len() > 10, "{links:?}");
    let missing: Vec<_> = links.into_iter().filter(|link| !root.join(link).exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn it_explains_every_error_code_and_no_other() {
    let schema = include_str!("../schema.graphql");
    let codes =
        schema.split("enum ErrorCode {").nth(1).and_then(|rest| rest.split('}').next()).expect("the enum");
    let codes: Vec<_> = codes
        .lines()
        .map(str::trim)
        .filter(|line| line.chars().all(|c| c.is_ascii_uppercase() || c == '_') && !line.is_empty())
        .collect();
    assert!(codes.len() > 5, "{codes:?}");
    let table = README
        .split("| `extensions.code` |")
        .nth(1)
        .and_then(|rest| rest.split("\n\n").next())
        .expect("the table");
    let explained: Vec<_> = between(table, "\n| `", "`");
    assert_eq!(explained, codes);
}

#[test]
fn settings_that_it_names_exist() {
    let example = include_str!("../.env.example");
    let table =
        README.split("## Settings").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the settings");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    for name in rows
        .flat_map(|row| between(row.split(" | ").next().expect("a cell"), "`", "`").into_iter().step_by(2))
    {
        assert!(example.contains(&format!("{name}=")), "{name}");
    }
}

#[test]
fn every_field_that_may_stand_once_has_its_limits_explained() {
    let section = README.split("## Limits of tries").nth(1).and_then(|rest| rest.split("\n## ").next());
    let table: Vec<_> = section.expect("the limits").lines().filter(|line| line.starts_with("| `")).collect();
    let mut explained: Vec<_> = table
        .iter()
        .flat_map(|row| between(row.split(" | ").next().expect("a cell"), "`", "`").into_iter().step_by(2))
        .collect();
    let mut fields = taskward::graphql::ONCE.to_vec();
    explained.sort_unstable();
    fields.sort_unstable();
    assert_eq!(explained, fields);
}
