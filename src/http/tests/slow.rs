//! Clients that are slow on purpose, or go away halfway, and everybody else meanwhile.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::connections::{PATIENCE, Running, asking, rest, through};
use crate::http::testing::App;

/// Sends a byte every so often. Returns when the other side has closed.
async fn trickle(stream: TcpStream, text: &str) -> String {
    let (mut reader, mut writer) = stream.into_split();
    let write = async {
        for byte in text.bytes() {
            sleep(Duration::from_millis(10)).await;
            if writer.write_all(&[byte]).await.is_err() {
                return;
            }
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    tokio::select! {
        read = timeout(PATIENCE, reader.read_to_end(&mut answer)) => { let _ = read.expect("it closes"); }
        () = write => {}
    }
    String::from_utf8(answer).expect("text")
}

/// Someone who asks as one should is answered.
async fn serves_others(running: &Running) {
    let mut stream = running.connect().await;
    let begin = Instant::now();
    stream.write_all(asking("{hello}").as_bytes()).await.expect("sent");
    assert!(through(&mut stream, "}}").await.starts_with("HTTP/1.1 200 OK"));
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_not_waited_for() {
    let running = Running::start(|limits| limits.quiet = Duration::from_millis(300)).await;
    let head = format!("POST /graphql HTTP/1.1\r\nx-padding: {}", "x".repeat(10_000));
    let begin = Instant::now();
    let (answer, ()) = tokio::join!(trickle(running.connect().await, &head), serves_others(&running));
    assert!(!answer.contains(" 200 "), "{answer}");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_body_that_comes_byte_by_byte_takes_nobodys_place_and_ends_with_its_time() {
    let app = App::with(
        |options| {
            options.deadline = Duration::from_millis(500);
            options.concurrent_requests = 1;
        },
        true,
    );
    let running = Running::start_with(app, None, |_| {}).await;
    let length = 10_000;
    let mut stream = running.connect().await;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let body = " ".repeat(length);
    let (answer, ()) = tokio::join!(trickle(stream, &body), async {
        sleep(Duration::from_millis(100)).await;
        serves_others(&running).await;
    });
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("The request took too long."), "{answer}");
}

#[tokio::test]
async fn a_client_that_reads_no_answer_is_left() {
    let running = Running::start(|limits| limits.quiet = Duration::from_millis(300)).await;
    let mut stream = running.connect().await;
    let request = asking("{__schema{types{name description fields{name description}}}}");
    let mut sent = 0;
    let end = loop {
        match timeout(PATIENCE, stream.write_all(request.as_bytes())).await.expect("it ends") {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
        assert!(sent < 1_000_000, "it reads without end");
    };
    assert!(end.kind() != std::io::ErrorKind::WouldBlock, "{end}");
    serves_others(&running).await;
}

#[tokio::test]
async fn a_client_that_has_closed_its_half_is_taken_for_gone_and_holds_no_place() {
    let app = App::with(|options| options.concurrent_requests = 1, true);
    let running = Running::start_with(app, None, |_| {}).await;
    let whole = asking("{wait}");
    for (sent, times) in [(&whole[..20], 0), (&whole[..whole.len() - 5], 0), (&whole[..], 1)] {
        let mut stream = running.connect().await;
        stream.write_all(sent.as_bytes()).await.expect("sent");
        running.app.stage.until_begun(times).await;
        stream.shutdown().await.expect("half of it is closed");
        // Whoever closes one half cannot be told from who is gone, and a query runs for nobody.
        assert!(!rest(&mut stream).await.contains(" 200 "));
        serves_others(&running).await;
    }
}

#[tokio::test]
async fn hundreds_of_idle_connections_keep_nobody_waiting() {
    let running = Running::start(|limits| limits.connections = 400).await;
    let mut idle = Vec::new();
    for _ in 0..300 {
        idle.push(running.connect().await);
    }
    for _ in 0..20 {
        serves_others(&running).await;
    }
    assert!(running.stop().await, "nobody waits for those who ask nothing");
}

/// More than the system holds for a client that does not read.
const LONG: usize = 20_000_000;

#[tokio::test]
async fn an_answer_that_is_read_slowly_is_read_to_its_end() {
    let running = Running::start(|limits| limits.quiet = Duration::from_millis(500)).await;
    let mut stream = running.connect().await;
    stream.write_all(asking(&format!("{{long(length:{LONG})}}")).as_bytes()).await.expect("sent");
    let (mut read, mut piece) = (0, vec![0; 1 << 16]);
    let begin = Instant::now();
    while read < LONG {
        sleep(Duration::from_millis(10)).await;
        let length = timeout(PATIENCE, stream.read(&mut piece)).await.expect("it comes").expect("it goes on");
        assert_ne!(length, 0, "closed after {read} bytes and {:?}", begin.elapsed());
        read += length;
    }
    assert!(begin.elapsed() > Duration::from_secs(1), "too fast to prove anything");
}

#[tokio::test]
async fn answers_that_nobody_reads_are_bounded_and_left() {
    let (answers, quiet) = (3 * LONG / 2, Duration::from_secs(1));
    let app = App::with(|options| options.answers = answers, true);
    let running = Running::start_with(app, None, |limits| limits.quiet = quiet).await;
    let request = asking(&format!("{{long(length:{LONG})}}"));
    let mut unread = running.connect().await;
    unread.write_all(request.as_bytes()).await.expect("sent");
    through(&mut unread, "long").await;

    let mut refused = running.connect().await;
    refused.write_all(request.as_bytes()).await.expect("sent");
    let told = through(&mut refused, "\r\n\r\n").await;
    assert!(told.starts_with("HTTP/1.1 503 ") && told.contains("retry-after: "), "{told}");
    serves_others(&running).await;

    let left = Instant::now();
    loop {
        let mut again = running.connect().await;
        again.write_all(request.as_bytes()).await.expect("sent");
        if through(&mut again, "\r\n\r\n").await.starts_with("HTTP/1.1 200 ") {
            break;
        }
        assert!(left.elapsed() < PATIENCE, "the room of those who do not read is never free again");
        sleep(Duration::from_millis(100)).await;
    }
}
