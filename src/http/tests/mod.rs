mod answers;
mod batch;
mod compression;
mod conformance;
mod connections;
mod cors;
mod execution;
mod get;
mod handshakes;
mod hostile;
mod log;
mod pages;
mod trouble;

const JSON: (&str, &str) = ("content-type", "application/json");
const HELLO: &str = r#"{"query":"{hello}"}"#;
