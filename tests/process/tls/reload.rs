//! Another certificate while the server runs.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustls::version::TLS13;
use serde_json::json;

use super::client::{Client, ask_again};
use super::{Authority, encrypted};
use crate::server::request;
use crate::{Home, Server, until};

#[test]
fn a_new_certificate_is_shown_to_whoever_comes_and_nobody_is_sent_away() {
    let (home, authority) = (Home::with_sqlite(), Authority::new());
    let first = authority.certify();
    first.install(&home);
    let server = Server::start(&mut encrypted(&home));
    let client = Client::new(&authority, &[&TLS13], &[]);
    assert_eq!(client.shown(&server), first.own);

    let (is_over, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut kept = client.connect(&server).expect("a connection");
                while !is_over.load(Ordering::Relaxed) {
                    ask_again(&mut kept);
                    let (head, _) = client.send(&server, &request(None, "{ __typename }", &json!({})));
                    assert!(head.starts_with("http/1.1 200"), "{head}");
                    answers.fetch_add(1, Ordering::Relaxed);
                }
                let shown = kept.conn.peer_certificates().expect("a chain")[0].clone();
                assert_eq!(shown, first.own, "the same connection from the beginning");
            });
        }
        for _ in 0..2 {
            let next = authority.certify();
            next.install(&home);
            until("the new certificate", || client.shown(&server) == next.own);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(answers.into_inner() > 10);
}

#[test]
fn files_that_cannot_be_used_leave_the_certificate_as_it_is_and_the_log_says_so_once() {
    let (home, authority) = (Home::with_sqlite(), Authority::new());
    let first = authority.certify();
    first.install(&home);
    let server = Server::start(&mut encrypted(&home));
    let client = Client::new(&authority, &[&TLS13], &[]);
    let log = |text: &str| home.log().matches(text).count();

    home.write("key.pem", &authority.certify().key);
    until("a word about the key", || log("key.pem is not the key of the first certificate") == 1);
    home.write("cert.pem", "");
    until("a word about the certificate", || log("cert.pem holds no certificate") == 1);
    std::fs::remove_file(home.path("key.pem")).expect("removed");
    until("a word about the file", || log("key.pem cannot be read") == 1);
    // Long enough for some more looks.
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(log("the TLS certificate stays as it is"), 3, "{}", home.log());
    assert_eq!(client.shown(&server), first.own);

    let next = authority.certify();
    next.install(&home);
    until("the new certificate", || client.shown(&server) == next.own);
}
