mod answers;
mod batch;
mod conformance;
mod connections;
mod cors;
mod cost;
mod execution;
mod get;
mod handshakes;
mod hostile;
mod log;
mod pages;
mod persisted;
mod slow;
mod trouble;
mod trusted;

const JSON: (&str, &str) = ("content-type", "application/json");
const HELLO: &str = r#"{"query":"{hello}"}"#;
