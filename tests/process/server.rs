//! A server that was started, and how to talk to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::{Home, PATIENCE};

pub const PASSWORD: &str = "gravel otter marmalade";

/// Killed when the test is over.
pub struct Server {
    pub process: Child,
    pub stdout: BufReader<ChildStdout>,
    pub address: String,
}

impl Server {
    /// Returns when it listens.
    pub fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut stdout = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let address = line.trim().rsplit_once("://").expect("an address; see the log").1.to_owned();
        Self { process, stdout, address }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// Status and body of a page.
    pub fn get(&self, path: &str) -> (u16, String) {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("sent");
        answer(stream)
    }

    /// Status and body of a GraphQL request.
    pub fn ask(&self, token: Option<&str>, query: &str, variables: &Value) -> (u16, Value) {
        self.send(token, &json!({ "query": query, "variables": variables }))
    }

    /// Status and body of the answer to this body.
    pub fn send(&self, token: Option<&str>, body: &Value) -> (u16, Value) {
        let mut stream = self.connect();
        stream.write_all(post(token, body).as_bytes()).expect("sent");
        let (status, body) = answer(stream);
        (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("no JSON ({error}): {body}")))
    }

    /// The token of a new account; neither that nor what it was made of may be logged.
    pub fn register(&self, home: &Home, email: &str) -> String {
        let query = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }";
        self.session(home, query, "register", email, PASSWORD)
    }

    /// The token of an account that is there.
    pub fn log_in(&self, home: &Home, email: &str, password: &str) -> String {
        let query = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }";
        self.session(home, query, "login", email, password)
    }

    fn session(&self, home: &Home, query: &str, field: &str, email: &str, password: &str) -> String {
        let input = json!({ "email": email, "password": password });
        let (_, body) = self.ask(None, query, &json!({ "input": input }));
        let token = body["data"][field]["accessToken"].as_str().unwrap_or_else(|| panic!("no token: {body}"));
        for secret in [email, password, token] {
            home.keep_secret(secret);
        }
        token.to_owned()
    }

    #[cfg(unix)]
    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.process.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(id.expect("a process"), signal).expect("it takes signals");
    }

    /// The exit code, once it has ended.
    pub fn end(&mut self) -> Option<i32> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if let Some(status) = self.process.try_wait().expect("a child") {
                return status.code();
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("it does not end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A GraphQL request as it goes over the wire.
pub fn request(token: Option<&str>, query: &str, variables: &Value) -> String {
    post(token, &json!({ "query": query, "variables": variables }))
}

fn post(token: Option<&str>, body: &Value) -> String {
    let body = body.to_string();
    let authorization = token.map_or(String::new(), |token| format!("authorization: Bearer {token}\r\n"));
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         {authorization}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Status and body of what comes until the other side closes.
pub fn answer(mut stream: TcpStream) -> (u16, String) {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}
