//! Whose word counts for where a request came from.

use std::io::Write;

use serde_json::{Value, json};

use crate::command_line::refused;
use crate::server::{answer, request};
use crate::{Home, Server};

/// Accounts that an address may try to make at once.
const TRIES: usize = 30;

/// What comes of a try to make an account that ends before any hashing, sent with these headers.
fn try_it(server: &Server, email: &str, forwarded: &[&str]) -> Value {
    let query = "mutation ($input: RegisterInput!) { register(input: $input) { tokenType } }";
    let plain = request(None, query, &json!({ "input": { "email": email, "password": "short" } }));
    let headers = forwarded.iter().fold(String::new(), |all, value| all + "\r\nX-Forwarded-For: " + value);
    let mut stream = server.connect();
    stream
        .write_all(plain.replacen("\r\nhost: x", &format!("\r\nhost: x{headers}"), 1).as_bytes())
        .expect("sent");
    let (_, body) = answer(stream);
    let body: Value = serde_json::from_str(&body).expect("JSON");
    body["errors"][0]["extensions"]["code"].clone()
}

/// Whether one who comes this way may try once more.
fn may_try(server: &Server, email: &str, forwarded: &[&str]) -> bool {
    match try_it(server, email, forwarded).as_str() {
        Some("BAD_USER_INPUT") => true,
        Some("RATE_LIMITED") => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_trusted_proxy_says_who_asks_and_what_stands_left_of_that_is_not_believed() {
    let home = Home::with_sqlite();
    let server = Server::start(home.taskward().env("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"));
    for number in 0..TRIES {
        let email = format!("user{number}@example.com");
        let claimed = format!("203.0.113.{number}, 198.51.100.1");
        assert!(may_try(&server, &email, &[&claimed]), "{number}");
    }
    let next = "next@example.com";
    for forwarded in [
        &["198.51.100.1"][..],
        &["203.0.113.77, 198.51.100.1:4711"],
        &["198.51.100.1, 10.1.2.3"],
        &["203.0.113.77", "198.51.100.1", "10.1.2.3"],
        &["::ffff:198.51.100.1"],
    ] {
        assert!(!may_try(&server, next, forwarded), "{forwarded:?}");
    }
    for forwarded in [&["198.51.100.2"][..], &["198.51.100.1, 198.51.100.3"], &["198.51.100.1, unknown"], &[]]
    {
        assert!(may_try(&server, next, forwarded), "{forwarded:?}");
    }
    for number in 0..TRIES {
        let email = format!("other{number}@example.com");
        assert!(may_try(&server, &email, &[&format!("[2001:db8::{number}]:80")]), "{number}");
    }
    assert!(!may_try(&server, next, &["2001:db8::ffff"]), "the same network");
    assert!(may_try(&server, next, &["2001:db8:0:1::"]), "the next one");
    assert!(!home.log().contains("TRUSTED_PROXIES"), "{}", home.log());
}

#[test]
fn a_proxy_that_is_not_trusted_is_not_believed_and_the_log_says_so_once() {
    for networks in [None, Some("127.0.0.2,10.0.0.0/8")] {
        let home = Home::with_sqlite();
        let mut command = home.taskward();
        command.envs(networks.map(|networks| ("TRUSTED_PROXIES", networks)));
        let server = Server::start(&mut command);
        for number in 0..TRIES {
            let email = format!("user{number}@example.com");
            assert!(may_try(&server, &email, &[&format!("203.0.113.{number}")]), "{number}");
        }
        assert!(!may_try(&server, "next@example.com", &["198.51.100.1"]));
        assert!(!may_try(&server, "next@example.com", &[]));
        crate::until("the warning", || home.log().contains("TRUSTED_PROXIES"));
        assert_eq!(home.log().matches("TRUSTED_PROXIES").count(), 1, "{}", home.log());
    }
}

#[test]
fn networks_that_make_no_sense_stop_the_start_with_one_sentence() {
    let home = Home::with_sqlite();
    for (networks, sentence) in [
        ("nginx", "must be IP addresses and networks such as 10.0.0.1, 10.0.0.0/8 or fd00::/8"),
        ("127.0.0.1,10.0.0.1/8", "must name a network by its first address: 10.0.0.0/8, not 10.0.0.1/8"),
        ("::/0", "must not be everybody: whoever is trusted can choose the address that counts"),
    ] {
        let told = format!("taskward: TRUSTED_PROXIES {sentence}.\n");
        assert_eq!(refused(home.taskward().env("TRUSTED_PROXIES", networks)), (Some(1), told));
    }
}
