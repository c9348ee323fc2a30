mod answers;
mod conformance;
mod connections;
mod cors;
mod handshakes;
mod hostile;
mod log;
mod pages;
mod slow;
mod trouble;

const JSON: (&str, &str) = ("content-type", "application/json");
const HELLO: &str = r#"{"query":"{hello}"}"#;
