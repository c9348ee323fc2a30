use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::connections::{PATIENCE, Running};
use crate::http::Tls;
use crate::http::testing::App;

fn tls() -> Tls {
    let folder = tempfile::tempdir().expect("a folder");
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&certificate, cert.pem()).expect("written");
    std::fs::write(&key, signing_key.serialize_pem()).expect("written");
    Tls::read(certificate, key).expect("fine")
}

/// What a client sends before it is silent: nothing, a record without its content, and half of what says hello.
const BEGINNINGS: [&[u8]; 3] =
    [b"", b"\x16\x03\x01\x02\x00", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"];

#[tokio::test]
async fn whoever_is_slow_to_shake_hands_is_sent_away() {
    let running = Running::start_with(App::new(), Some(tls()), |limits| {
        limits.handshake = Duration::from_millis(100);
        limits.connections = 1;
    });
    let running = running.await;
    // The only place is free again each time.
    for begin in BEGINNINGS {
        let mut stream = running.connect().await;
        stream.write_all(begin).await.expect("sent");
        let mut bytes = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("it closes");
        assert_eq!(bytes, b"");
    }
}

#[tokio::test]
async fn the_end_waits_for_no_handshake() {
    let running = Running::start_with(App::new(), Some(tls()), |_| {}).await;
    let mut streams = Vec::new();
    for begin in BEGINNINGS {
        let mut stream = running.connect().await;
        stream.write_all(begin).await.expect("sent");
        streams.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begin = Instant::now();
    assert!(running.stop().await);
    assert!(begin.elapsed() < PATIENCE / 2);
}
