//! How tokens are signed, by which key, and that the log tells none of it.

use serde_json::{Value, json};

use crate::command_line::refused;
use crate::{Home, Server, until};

const SECRET: &str = "p8RZr1w3mE0cVh6uYd2kXs7tQb4nJf9a";
const ME: &str = "{ me { email } }";

fn keys(server: &Server) -> Vec<Value> {
    let (status, body) = server.get("/.well-known/jwks.json");
    assert_eq!(status, 200);
    let keys: Value = serde_json::from_str(&body).expect("JSON");
    keys["keys"].as_array().expect("a list").clone()
}

#[test]
fn the_sample_secret_and_a_short_one_stop_the_start() {
    let home = Home::with_sqlite();
    for secret in
        ["sample-secret-that-everybody-knows-put-your-own-random-text-here", "hunter2", &SECRET[1..]]
    {
        let (code, text) = refused(home.taskward().env("JWT_SECRET", secret));
        assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
        assert!(text.starts_with("taskward: JWT_SECRET: ") && !text.contains(secret), "{text}");
    }
    assert!(!home.path("data/taskward.db").exists(), "nothing was begun");
}

#[test]
fn a_secret_signs_and_checks_and_is_told_nowhere() {
    let home = Home::with_sqlite();
    home.keep_secret(SECRET);
    let start = |secret: &str| Server::start(home.taskward().env("JWT_SECRET", secret));
    let server = start(SECRET);
    let token = server.register(&home, "ada@example.com");
    let header = jsonwebtoken::decode_header(&token).expect("a header");
    assert_eq!(header.alg, jsonwebtoken::Algorithm::HS256);
    assert_eq!(server.ask(Some(&token), ME, &json!({})).1["data"]["me"]["email"], "ada@example.com");
    assert!(keys(&server).is_empty(), "a shared secret has no public half");
    assert!(!home.path("data/signing-key.pem").exists());
    drop(server);

    assert_eq!(start(SECRET).ask(Some(&token), ME, &json!({})).0, 200);
    assert_eq!(start(&SECRET.replace('a', "b")).ask(Some(&token), ME, &json!({})).0, 401);
    assert_eq!(Server::start(&mut home.taskward()).ask(Some(&token), ME, &json!({})).0, 401);
}

#[test]
fn a_key_of_its_own_is_made_once_and_shut_to_others() {
    let home = Home::with_sqlite();
    let server = Server::start(&mut home.taskward());
    let token = server.register(&home, "ada@example.com");
    let published = keys(&server);
    assert_eq!(published.len(), 1);
    assert!(published[0].get("d").is_none(), "the private half");
    drop(server);

    let key = home.path("data/signing-key.pem");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&key).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let server = Server::start(&mut home.taskward());
    assert_eq!(server.ask(Some(&token), ME, &json!({})).0, 200);
    assert_eq!(keys(&server), published);
    drop(server);

    std::fs::remove_file(&key).expect("removed");
    let server = Server::start(&mut home.taskward());
    assert_eq!(server.ask(Some(&token), ME, &json!({})).0, 401);
    assert_ne!(keys(&server), published);
}

#[test]
fn names_of_issuer_and_audience_are_insisted_on() {
    let home = Home::with_sqlite();
    let token = Server::start(&mut home.taskward()).register(&home, "ada@example.com");
    for (name, value) in [("JWT_ISSUER", "https://tasks.example"), ("JWT_AUDIENCE", "tasks")] {
        let server = Server::start(home.taskward().env(name, value));
        assert_eq!(server.ask(Some(&token), ME, &json!({})).0, 401, "{name}");
        let own = server.log_in(&home, "ada@example.com", crate::server::PASSWORD);
        assert_eq!(server.ask(Some(&own), ME, &json!({})).0, 200, "{name}");
    }
}

/// Each of these would be found by the home's own search of the log, which looks for what was registered there.
#[test]
fn the_log_tells_what_happened_and_no_secret() {
    let home = Home::with_sqlite();
    let server = Server::start(&mut home.taskward());
    let token = server.register(&home, "ada.lovelace@example.com");
    for secret in
        ["wrong-guess-of-a-password", "nobody-at-all@example.com", "forged", "PRIVATE KEY", "argon2id"]
    {
        home.keep_secret(secret);
    }
    let login = "mutation ($input: LoginInput!) { login(input: $input) { tokenType } }";
    for email in
        ["ada.lovelace@example.com", "nobody-at-all@example.com", "nobody-at-all@example.com no address"]
    {
        let input = json!({ "email": email, "password": "wrong-guess-of-a-password" });
        server.ask(None, login, &json!({ "input": input }));
    }
    let inline = "mutation Guess { login(input: { email: \"nobody-at-all@example.com\", password: 1 }) { tokenType } }";
    assert_eq!(server.ask(None, inline, &json!({})).0, 200);
    assert_eq!(server.ask(Some(&format!("{token}forged")), ME, &json!({})).0, 401);
    assert_eq!(server.get(&format!("/graphql?access_token={token}")).0, 400);
    assert_eq!(server.get(&format!("/{token}")).0, 404);
    let again = "mutation ($input: RegisterInput!) { register(input: $input) { tokenType } }";
    let input = json!({ "email": "ada.lovelace@example.com", "password": "gravel otter marmalade" });
    server.ask(None, again, &json!({ "input": input }));
    home.execute("alter table users rename to lost");
    let (_, body) = server.ask(None, again, &json!({ "input": input }));
    assert_eq!(body["errors"][0]["extensions"]["code"], "INTERNAL", "{body}");

    until("the line of the last request", || home.log().matches("\"message\":\"request\"").count() == 9);
    let log = home.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |message: &str| lines.iter().filter(|line| line["message"] == message).count();
    assert!(of("request") >= 8 && of("token refused") == 1 && of("fault") == 1, "{log}");
}
