//! What the commands print, refuse and survive.

use std::fs;
use std::process::{Child, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use super::{ME, keys, kids, list, listed, published, rotate};
use crate::command_line::refused;
use crate::{Home, Server};

const SECRET: &str = "p8RZr1w3mE0cVh6uYd2kXs7tQb4nJf9a";
const EARLIER: &str = "a7MZr1w3mE0cVh6uYd2kXs7tQb4nJf9p";

/// A place where a server has run.
fn begun() -> Home {
    let home = Home::with_sqlite();
    Server::start(&mut home.taskward());
    home
}

fn said(home: &Home, arguments: &[&str]) -> String {
    let output = keys(home, arguments).output().expect("it runs");
    assert!(output.status.success(), "{}", home.log());
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn people_and_scripts_are_told_which_keys_there_are() {
    let home = begun();
    let before = list(&home);
    assert_eq!(before.len(), 1);
    let after = rotate(&home);
    assert_eq!(after, list(&home));
    let (new, old) = (&after[0], &after[1]);
    assert_eq!(old["kid"], before[0]["kid"]);
    assert_eq!((&new["signs"], &old["signs"]), (&json!(true), &json!(false)));
    assert_eq!((&new["algorithm"], &new["retiredAt"]), (&json!("EdDSA"), &Value::Null));
    assert_eq!(old["retiredAt"], new["madeAt"]);
    assert_eq!(old["madeAt"], before[0]["madeAt"]);

    let text = said(&home, &["list"]);
    let line = |key: &Value, state: &str, at: &str| {
        format!("  {}  {state} {}", key["kid"].as_str().expect("text"), key[at].as_str().expect("text"))
    };
    let title = "Keys in ./data/signing-key.pem, the newest first:";
    let lines = [line(new, "signs since", "madeAt"), line(old, "verifies until", "verifiesUntil")];
    assert_eq!(text, format!("{title}\n\n{}\n", lines.join("\n")));
    let text = said(&home, &["rotate", "--revoke"]);
    assert_eq!(text.lines().count(), 3, "{text}");
    assert_eq!(list(&home).len(), 1);
    let help = said(&home, &["rotate", "--help"]);
    assert!(help.contains("no request is refused") && help.contains("--revoke"), "{help}");
}

#[test]
fn a_folder_without_keys_is_perhaps_the_wrong_one() {
    let home = Home::with_sqlite();
    for command in ["list", "rotate"] {
        let (code, text) = refused(&mut keys(&home, &[command]));
        let sentence = "taskward: DATA_DIR: there is no signing key ./data/signing-key.pem yet; the first start of the \
                        server makes it.\n";
        assert_eq!((code, text.as_str()), (Some(1), sentence));
    }
    assert!(!home.path("data").exists());
}

#[test]
fn a_data_folder_of_an_earlier_release_goes_on_working() {
    let home = Home::with_sqlite();
    let token = Server::start(&mut home.taskward()).register(&home, "ada@example.com");
    let path = home.path("data/signing-key.pem");
    let text = fs::read_to_string(&path).expect("text");
    let begin = text.find("-----BEGIN").expect("a key");
    fs::write(&path, &text[begin..]).expect("written");
    let before = list(&home);
    assert_eq!(before[0]["madeAt"], Value::Null);

    let server = Server::start(&mut home.taskward());
    assert_eq!(server.ask(Some(&token), ME, &json!({})).0, 200);
    rotate(&home);
    drop(server);
    let server = Server::start(&mut home.taskward());
    assert_eq!(server.ask(Some(&token), ME, &json!({})).0, 200);
    assert_eq!(published(&server)[1..], kids(&before));
}

#[test]
fn secrets_rotate_in_the_settings_and_the_command_says_how() {
    let home = Home::with_sqlite();
    for secret in [SECRET, EARLIER] {
        home.keep_secret(secret);
    }
    let (code, text) = refused(keys(&home, &["rotate"]).env("JWT_SECRET", SECRET));
    assert!(code == Some(1) && text.contains("JWT_SECRET_PREVIOUS"), "{text}");
    let token = Server::start(home.taskward().env("JWT_SECRET", EARLIER)).register(&home, "ada@example.com");
    let both = [("JWT_SECRET", SECRET), ("JWT_SECRET_PREVIOUS", EARLIER)];
    let server = Server::start(home.taskward().envs(both));
    assert_eq!(server.ask(Some(&token), ME, &json!({})).0, 200);
    let new = server.log_in(&home, "ada@example.com", crate::server::PASSWORD);
    assert!(published(&server).is_empty(), "secrets have no public half");
    drop(server);
    let server = Server::start(home.taskward().env("JWT_SECRET", SECRET));
    assert_eq!(server.ask(Some(&token), ME, &json!({})).0, 401);
    assert_eq!(server.ask(Some(&new), ME, &json!({})).0, 200);

    let shown = listed(keys(&home, &["list", "--json"]).envs(both).output().expect("it runs"));
    assert_eq!(kids(&shown), [super::kid(&new), super::kid(&token)]);
    let short = [("JWT_SECRET", SECRET), ("JWT_SECRET_PREVIOUS", "hunter2")];
    let (code, text) = refused(home.taskward().envs(short));
    assert!(code == Some(1) && text.starts_with("taskward: JWT_SECRET_PREVIOUS: "), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn rotations_and_starts_at_the_same_time_lose_no_key() {
    const EACH: usize = 4;
    let home = begun();
    let first = kids(&list(&home));
    let rotations: Vec<Child> =
        (0..EACH).map(|_| keys(&home, &["rotate", "--json"]).spawn().expect("it runs")).collect();
    let servers: Vec<Server> = (0..2).map(|_| Server::start(&mut home.taskward())).collect();
    let made: Vec<String> = rotations
        .into_iter()
        .map(|rotation| kids(&listed(rotation.wait_with_output().expect("it ends")))[0].clone())
        .collect();
    let mut kept = kids(&list(&home));
    assert_eq!(kept.last(), first.last());
    for server in &servers {
        crate::until("both servers publish all keys", || published(server) == kept);
    }
    kept.retain(|kid| !first.contains(kid));
    kept.sort();
    let mut made = made;
    made.sort();
    assert_eq!(kept, made);
}

#[test]
fn a_rotation_that_is_killed_leaves_the_keys_whole() {
    const KILLS: u32 = 60;
    let home = begun();
    let mut server = Server::start(&mut home.taskward());
    let begin = Instant::now();
    let mut known = kids(&rotate(&home));
    let whole = begin.elapsed();
    let before = known.len();
    for kill in 1..=KILLS {
        let mut rotation = keys(&home, &["rotate"]).stdout(Stdio::null()).spawn().expect("it runs");
        std::thread::sleep(2 * whole * kill / KILLS);
        rotation.kill().expect("killed, or it has ended");
        rotation.wait().expect("a child");
        let found = kids(&list(&home));
        assert!(found.ends_with(&known) && found.len() <= known.len() + 1, "{found:?} after {known:?}");
        known = found;
    }
    let finished = known.len() - before;
    assert!((1..KILLS as usize).contains(&finished), "{finished} of {KILLS} came to their end");
    assert!(server.process.try_wait().expect("a child").is_none());
    crate::until("the server follows", || published(&server) == known);
    let rotated = rotate(&home);
    assert_eq!(rotated.len(), known.len() + 1, "nothing is in the way");
    server = Server::start(&mut home.taskward());
    assert_eq!(published(&server), kids(&rotated));
    let mut names: Vec<_> = fs::read_dir(home.path("data"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .filter(|name| name.contains("key"))
        .collect();
    names.sort();
    assert_eq!(names, [".signing-key.lock", "signing-key.pem"]);
}
