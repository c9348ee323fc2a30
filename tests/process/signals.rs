//! How it ends.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::TcpStream;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::server::{answer, request};
use crate::{Home, Server, on_both_databases};

/// Connections are refused; what was accepted before is still served.
fn wait_until_closed(server: &Server) {
    while TcpStream::connect(&server.address).is_ok() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// A request whose body has not come to its end; gives back the rest of it.
fn begin(server: &Server, token: Option<&str>, query: &str) -> (TcpStream, String) {
    const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let whole = request(token, query, &json!({})).replacen("\r\n", "\r\nexpect: 100-continue\r\n", 1);
    let (begun, rest) = whole.split_at(whole.len() - 5);
    let mut stream = server.connect();
    stream.write_all(begun.as_bytes()).expect("sent");
    // The server says so when it begins to read the body, and from then on the request is under way.
    let mut said = [0; GO_ON.len()];
    stream.read_exact(&mut said).expect("an interim answer");
    assert_eq!(said, GO_ON);
    (stream, rest.to_owned())
}

#[test]
fn sigterm_and_ctrl_c_end_it_in_good_order() {
    for signal in [Signal::TERM, Signal::INT] {
        let home = Home::with_sqlite();
        let mut server = Server::start(&mut home.taskward());
        server.get("/livez");
        let _idle = server.connect();
        server.signal(signal);
        assert_eq!(server.end(), Some(0), "{signal:?}");
        let mut rest = String::new();
        server.stdout.read_to_string(&mut rest).expect("text");
        assert!(rest.contains("/graphql") && rest.contains("Ctrl-C stops the server."), "{rest}");
        assert!(home.log().contains("stopped"), "{}", home.log());
    }
}

on_both_databases! {
    fn a_request_that_has_begun_is_answered_before_the_end(home: Home) {
        let mut server = Server::start(&mut home.taskward());
        let token = server.register(home, "ada@example.com");
        let create = "mutation { createTask(input: { title: \"tea\" }) { task { title } } }";
        let (mut stream, rest) = begin(&server, Some(&token), create);
        server.signal(Signal::TERM);
        wait_until_closed(&server);
        assert!(server.process.try_wait().expect("a child").is_none(), "a request is under way");

        stream.write_all(rest.as_bytes()).expect("sent");
        let (status, body) = answer(stream);
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!((status, body), (200, json!({ "data": { "createTask": { "task": { "title": "tea" } } } })));
        assert_eq!(server.end(), Some(0));
        assert_eq!(home.texts("select title from tasks"), ["tea"]);
    }
}

#[test]
fn a_second_ctrl_c_ends_it_at_once() {
    let home = Home::with_sqlite();
    let mut server = Server::start(home.taskward().args(["--shutdown-timeout=10m", "--request-timeout=10m"]));
    let _goes_on_until_its_body_comes = begin(&server, None, "{ me { id } }");
    server.signal(Signal::INT);
    wait_until_closed(&server);
    assert!(server.process.try_wait().expect("a child").is_none(), "a request is under way");
    server.signal(Signal::INT);
    assert_eq!(server.end(), Some(130));
}
