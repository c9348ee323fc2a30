//! Connections on which nothing happens, as the system sees them.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::{Home, Server};

const CONNECTIONS: u32 = 300;
/// What one may cost, in KiB: its buffers and its place in the runtime.
const EACH: u32 = 64;

/// Resident memory in KiB.
fn memory(server: &Server) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn idle_connections_cost_little_and_keep_nobody_waiting() {
    let home = Home::with_sqlite();
    let server = Server::start(&mut home.taskward());
    let token = server.register(&home, "ada@example.com");
    let ask = || {
        let (_, body) = server.ask(Some(&token), "{ me { email } }", &json!({}));
        assert_eq!(body["data"]["me"]["email"], "ada@example.com");
    };
    ask();
    let before = memory(&server);
    let mut idle = Vec::new();
    // Silent ones, and ones that stopped in the middle of a head.
    for number in 0..CONNECTIONS {
        let begun = if number % 2 == 0 { "" } else { "POST /graphql HTTP/1.1\r\nhost:" };
        let mut stream = server.connect();
        stream.write_all(begun.as_bytes()).expect("sent");
        idle.push(stream);
    }
    let begin = Instant::now();
    for _ in 0..20 {
        ask();
    }
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    let grown = memory(&server).saturating_sub(before);
    assert!(grown < CONNECTIONS * EACH, "{grown} KiB for {CONNECTIONS} connections");
}
