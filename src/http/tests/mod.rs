mod answers;
mod conformance;
mod connections;
mod cors;
mod cost;
mod handshakes;
mod hostile;
mod log;
mod pages;
mod trouble;

const JSON: (&str, &str) = ("content-type", "application/json");
const HELLO: &str = r#"{"query":"{hello}"}"#;
