use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::http::{Request, Version};
use http_body_util::BodyExt;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::http::testing::App;
use crate::http::{Limits, Tls, serve};

/// Long enough for anything that is to happen.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Running {
    address: SocketAddr,
    pub(super) app: App,
    stop: oneshot::Sender<()>,
    end: JoinHandle<bool>,
}

impl Running {
    pub(super) async fn start(change: impl FnOnce(&mut Limits)) -> Self {
        Self::start_with(App::new(), None, change).await
    }

    pub(super) async fn start_with(app: App, tls: Option<Tls>, change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits { connections: 100, handshake: PATIENCE, quiet: PATIENCE, drain: PATIENCE };
        change(&mut limits);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let stopped = async { stopped.await.unwrap_or_default() };
        let end = tokio::spawn(serve(listener, app.routes.clone(), tls, limits, app.work.clone(), stopped));
        Self { address, app, stop, end }
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// The same, for which the system takes little that is not read.
    pub(super) async fn connect_narrowly(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(16 * 1024).expect("a size");
        socket.connect(self.address).await.expect("a connection")
    }

    /// Whether everything had ended in time.
    pub(super) async fn stop(self) -> bool {
        self.stop.send(()).expect("it runs");
        tokio::time::timeout(PATIENCE, self.end).await.expect("it ends").expect("without a panic")
    }
}

pub(super) fn asking(query: &str) -> String {
    let body = format!(r#"{{"query":"{query}"}}"#);
    let length = body.len();
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// All that comes until the other side closes.
pub(super) async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    match tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("it closes") {
        Err(error) if error.kind() != io::ErrorKind::ConnectionReset => panic!("{error}"),
        _ => String::from_utf8(bytes).expect("text"),
    }
}

/// What comes until this has come.
pub(super) async fn through(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.contains(end) {
        let mut piece = [0; 1024];
        let length =
            tokio::time::timeout(PATIENCE, stream.read(&mut piece)).await.expect("in time").expect("read");
        assert_ne!(length, 0, "closed after {text}");
        text.push_str(std::str::from_utf8(&piece[..length]).expect("text"));
    }
    text
}

#[tokio::test]
async fn one_connection_serves_one_request_after_the_other() {
    let running = Running::start(|_| {}).await;
    let mut stream = running.connect().await;
    for _ in 0..3 {
        stream.write_all(asking("{hello}").as_bytes()).await.expect("sent");
        assert!(through(&mut stream, "}}").await.starts_with("HTTP/1.1 200 OK"));
    }
    assert!(running.stop().await);
}

#[tokio::test]
async fn http2_is_spoken_to_whoever_begins_with_it() {
    let running = Running::start(|_| {}).await;
    let stream = TokioIo::new(running.connect().await);
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), stream).await.expect("a connection");
    tokio::spawn(connection);
    for _ in 0..3 {
        let request = Request::post("http://tasks.example/graphql")
            .header("content-type", "application/json")
            .body(r#"{"query":"{hello}"}"#.to_owned());
        let answer = sender.send_request(request.expect("a request")).await.expect("an answer");
        assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        assert_eq!(body, r#"{"data":{"hello":0}}"#);
    }
    assert!(running.stop().await);
}

#[tokio::test]
async fn a_connection_that_is_slow_to_ask_is_closed() {
    let running = Running::start(|limits| limits.quiet = Duration::from_millis(100)).await;
    // Nothing, half a head, half of what HTTP/2 begins with, and all of it with nothing after.
    for begin in ["", "POST /graphql HTTP/1.1\r\nhost:", "PRI * HT", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = running.connect().await;
        stream.write_all(begin.as_bytes()).await.expect("sent");
        let mut bytes = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("it closes");
    }
    let mut stream = running.connect().await;
    stream.write_all(asking("{hello}").as_bytes()).await.expect("sent");
    assert!(rest(&mut stream).await.contains("200 OK"), "answered, and closed after that");
}

#[tokio::test]
async fn a_request_under_way_keeps_its_connection() {
    let running = Running::start(|limits| limits.quiet = Duration::from_millis(100)).await;
    let mut stream = running.connect().await;
    stream.write_all(asking("{wait}").as_bytes()).await.expect("sent");
    running.app.stage.until_begun(1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    running.app.stage.go.add_permits(1);
    assert!(rest(&mut stream).await.contains(r#"{"data":{"wait":true}}"#));
}

#[tokio::test]
async fn one_connection_too_many_waits_for_its_turn() {
    let running = Running::start(|limits| limits.connections = 1).await;
    let mut first = running.connect().await;
    first.write_all(asking("{hello}").as_bytes()).await.expect("sent");
    through(&mut first, "}}").await;
    let mut second = running.connect().await;
    second.write_all(asking("{hello}").as_bytes()).await.expect("sent");
    let early = tokio::time::timeout(Duration::from_millis(100), second.read_u8()).await;
    assert!(early.is_err(), "answered while the first was there");
    drop(first);
    assert!(through(&mut second, "}}").await.contains("200 OK"));
}

#[tokio::test]
async fn the_end_waits_for_what_runs_and_takes_nothing_new() {
    let running = Running::start(|_| {}).await;
    let address = running.address;
    let (mut idle, mut busy) = (running.connect().await, running.connect().await);
    busy.write_all(asking("{wait}").as_bytes()).await.expect("sent");
    let stage = running.app.stage.clone();
    stage.until_begun(1).await;
    let end = tokio::spawn(running.stop());
    assert_eq!(rest(&mut idle).await, "");
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!end.is_finished());
    stage.go.add_permits(1);
    assert!(rest(&mut busy).await.contains(r#"{"data":{"wait":true}}"#));
    assert!(end.await.expect("without a panic"));
}

#[tokio::test]
async fn the_end_waits_for_a_write_whose_caller_went_away() {
    let running = Running::start(|_| {}).await;
    let mut stream = running.connect().await;
    stream.write_all(asking("mutation{wait}").as_bytes()).await.expect("sent");
    let stage = running.app.stage.clone();
    stage.until_begun(1).await;
    drop(stream);
    let end = tokio::spawn(running.stop());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!end.is_finished());
    stage.go.add_permits(1);
    assert!(end.await.expect("without a panic"));
    stage.until_ended(1).await;
}

#[tokio::test]
async fn the_end_does_not_wait_for_ever() {
    let running = Running::start(|limits| limits.drain = Duration::from_millis(100)).await;
    let mut stream = running.connect().await;
    stream.write_all(asking("{wait}").as_bytes()).await.expect("sent");
    running.app.stage.until_begun(1).await;
    assert!(!running.stop().await);
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_refused_before_it_comes() {
    let running = Running::start(|_| {}).await;
    let mut stream = running.connect().await;
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 262145\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    assert!(through(&mut stream, "\r\n").await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn a_refusal_is_read_even_where_the_body_was_still_to_come() {
    let running = Running::start(|_| {}).await;
    let mut stream = running.connect().await;
    let body = format!("{}x", " ".repeat(200_000));
    let length = body.len();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x\r\ncontent-length: {length}\r\n\r\n"
    );
    for _ in 0..2 {
        stream.write_all(head.as_bytes()).await.expect("sent");
        tokio::time::sleep(Duration::from_millis(20)).await;
        stream.write_all(body.as_bytes()).await.expect("sent");
        assert!(through(&mut stream, "}]}").await.starts_with("HTTP/1.1 401 "));
    }
}
