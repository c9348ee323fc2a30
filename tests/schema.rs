//! The committed schema is the one that is served.

/// Clients generate their types from this file. `cargo run -- schema > schema.graphql` writes it anew.
#[test]
fn the_committed_schema_is_what_the_server_serves() {
    let committed = include_str!("../schema.graphql");
    assert!(
        committed == taskward::graphql::sdl(),
        "schema.graphql is out of date: cargo run -- schema > schema.graphql"
    );
}
