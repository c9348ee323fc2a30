//! The `taskward` command.
fn main() {}
