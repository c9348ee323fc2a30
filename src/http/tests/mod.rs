mod answers;
mod compression;
mod conformance;
mod connections;
mod cors;
mod handshakes;
mod hostile;
mod log;
mod pages;
mod trouble;

const JSON: (&str, &str) = ("content-type", "application/json");
const HELLO: &str = r#"{"query":"{hello}"}"#;
