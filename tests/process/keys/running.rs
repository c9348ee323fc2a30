//! Servers that run while keys come and go.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{ME, keys, kid, kids, list, published, rotate};
use crate::command_line::refused;
use crate::server::PASSWORD;
use crate::{Home, Server, on_both_databases, until};

const ADA: &str = "ada@example.com";

fn start(home: &Home) -> Server {
    Server::start(home.taskward().env("RATE_LIMITS", "off"))
}

/// The same token as if another key had signed it.
fn by_nobody(token: &str, number: u32) -> String {
    let (_, rest) = token.split_once('.').expect("three parts");
    let header = json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": format!("nobody-{number}") });
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

/// Signs in here and asks there, until it is over; how often.
fn go_between(home: &Home, here: &Server, there: &Server, is_over: &AtomicBool) -> usize {
    let mut rounds = 0;
    while !is_over.load(Ordering::Relaxed) {
        let token = here.log_in(home, ADA, PASSWORD);
        for server in [there, here] {
            let (status, body) = server.ask(Some(&token), ME, &json!({}));
            assert_eq!((status, &body["data"]["me"]["email"]), (200, &json!(ADA)), "{} {body}", kid(&token));
        }
        rounds += 1;
    }
    rounds
}

on_both_databases! {
    fn no_request_is_refused_while_keys_rotate(home: Home) {
        let [one, other] = [start(home), start(home)];
        let old = one.register(home, ADA);
        let first = kid(&old);
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let both = [(&one, &other), (&other, &one)];
            let between = both.map(|(here, there)| scope.spawn(|| go_between(home, here, there, &is_over)));
            // Whoever sends made up keys must not keep the servers from noticing real ones.
            scope.spawn(|| {
                for number in (0..).take_while(|_| !is_over.load(Ordering::Relaxed)) {
                    let forged = by_nobody(&old, number);
                    for server in [&one, &other] {
                        assert_eq!(server.ask(Some(&forged), ME, &json!({})).0, 401);
                        assert_eq!(server.ask(Some(&old), ME, &json!({})).0, 200);
                    }
                }
            });
            for rotation in 1..=3 {
                let rotated = kids(&rotate(home));
                assert_eq!((rotated.len(), rotated.last()), (rotation + 1, Some(&first)));
                for server in [&one, &other] {
                    until("all keys are published", || published(server) == rotated);
                    until("the new key signs", || kid(&server.log_in(home, ADA, PASSWORD)) == rotated[0]);
                }
            }
            is_over.store(true, Ordering::Relaxed);
            for thread in between {
                assert!(thread.join().expect("nothing was refused") > 0);
            }
        });
        for kid in &kids(&list(home))[..3] {
            let line = |line: &&str| line.contains("a new key verifies tokens") && line.contains(kid.as_str());
            assert_eq!(home.log().lines().filter(line).count(), 2, "each server says so once");
        }
    }
}

#[test]
fn a_new_key_signs_within_a_second() {
    let home = Home::with_sqlite();
    let server = start(&home);
    server.register(&home, ADA);
    let new = kids(&rotate(&home))[0].clone();
    let begin = Instant::now();
    until("the new key is published", || published(&server).contains(&new));
    let published_after = begin.elapsed();
    until("the new key signs", || kid(&server.log_in(&home, ADA, PASSWORD)) == new);
    // Logging in takes a while by itself, and the machine may have more to do.
    let patience = Duration::from_secs(3);
    assert!(published_after < patience && begin.elapsed() < 2 * patience, "{published_after:?}");
}

#[test]
fn an_old_key_goes_by_itself_when_its_last_token_has_ended() {
    let home = Home::with_sqlite();
    let server = Server::start(home.taskward().env("JWT_EXPIRATION", "1s"));
    rotate(&home);
    until("the new key is published", || published(&server).len() == 2);
    until("the old key goes", || published(&server).len() == 1);
    assert_eq!(published(&server), kids(&list(&home)));
    assert!(home.log().contains("a key is gone"), "{}", home.log());
}

#[test]
fn a_longer_life_of_tokens_than_the_commands_is_known_to_it() {
    let home = Home::with_sqlite();
    Server::start(&mut home.taskward());
    let server = Server::start(home.taskward().env("JWT_EXPIRATION", "1day"));
    let end = rotate(&home)[1]["verifiesUntil"].as_str().expect("an end").to_owned();
    let made = list(&home)[0]["madeAt"].as_str().expect("an instant").to_owned();
    assert_ne!(end[..10], made[..10], "{end} is less than a day after {made}");
    drop(server);
}

#[test]
fn a_damaged_file_is_told_once_and_changes_nothing_but_the_next_start() {
    let home = Home::with_sqlite();
    let server = start(&home);
    let token = server.register(&home, ADA);
    let path = home.path("data/signing-key.pem");
    let (good, before) = (fs::read(&path).expect("a file"), published(&server));
    home.write("data/signing-key.pem", "not a key");
    let told = || home.log().matches("the keys stay as they are").count();
    until("the damage is told", || told() == 1);
    for command in [&mut home.taskward(), &mut keys(&home, &["rotate"])] {
        let (code, text) = refused(command);
        let line = text.lines().last().unwrap_or_default();
        assert_eq!(code, Some(1));
        assert!(line.starts_with("taskward: DATA_DIR: ./data/signing-key.pem is not an Ed25519"), "{text}");
    }
    fs::remove_file(&path).expect("removed");
    for _ in 0..20 {
        assert_eq!(server.ask(Some(&token), ME, &json!({})).0, 200);
        assert_eq!(server.ask(Some(&server.log_in(&home, ADA, PASSWORD)), ME, &json!({})).0, 200);
    }
    assert_eq!((published(&server), told()), (before, 1));
    assert!(!path.exists());

    home.write("good", "");
    fs::write(home.path("good"), &good).expect("written");
    #[cfg(unix)]
    fs::set_permissions(home.path("good"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .expect("shut");
    fs::rename(home.path("good"), &path).expect("mended");
    let rotated = kids(&rotate(&home));
    until("the mended file is followed", || published(&server) == rotated);
}

#[test]
fn a_revoked_key_is_refused_by_every_server() {
    let home = Home::with_sqlite();
    let servers = [start(&home), start(&home)];
    let token = servers[0].register(&home, ADA);
    for server in &servers {
        assert_eq!(server.ask(Some(&token), ME, &json!({})).0, 200);
    }
    assert!(keys(&home, &["rotate", "--revoke"]).output().expect("it runs").status.success());
    for server in &servers {
        until("the token is refused", || server.ask(Some(&token), ME, &json!({})).0 == 401);
        let own = server.log_in(&home, ADA, PASSWORD);
        assert_eq!(server.ask(Some(&own), ME, &json!({})).0, 200);
    }
}
