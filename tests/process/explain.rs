//! `taskward token explain`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::issuers::{SECRET, SETTINGS, claims, sign};
use crate::{Home, Server};

/// Exit code, stdout and stderr.
fn run(command: &mut Command, input: &str) -> (Option<i32>, String, String) {
    let mut process =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    process.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it listens");
    let output = process.wait_with_output().expect("it ends");
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("text"));
    (output.status.code(), out, err)
}

#[test]
fn a_good_token_ends_with_0_and_a_bad_one_with_1_and_what_to_do() {
    let home = Home::with_sqlite();
    let explain = |token: &str, input: &str| {
        run(home.taskward().envs(SETTINGS).args(["token", "explain", token]), input)
    };
    let good = sign(&claims("ada"));
    for (code, out, err) in [explain(&good, ""), explain("-", &format!("Bearer {good}\n"))] {
        assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
        assert!(out.contains("signature  ok") && out.contains("It would be accepted"), "{out}");
        assert!(
            !out.contains(good.rsplit('.').next().expect("a signature")) && !out.contains(SECRET),
            "{out}"
        );
        assert!(!out.contains("ada@example.com"), "{out}");
    }
    let mut bad = claims("ada");
    bad["aud"] = json!("others");
    let (code, out, err) = explain(&sign(&bad), "");
    assert_eq!(code, Some(1));
    assert!(out.contains("aud        FAILS  wanted tasks, got others"), "{out}");
    assert!(err.starts_with("taskward: The token would be refused for its aud. Have the issuer"), "{err}");
    let (code, out, err) = explain("opaque.4eUDCgzKzY7LmT8nJtQ3rWvB6xYpHs2f", "");
    assert!(code == Some(1) && out.contains("no JWT") && err.contains("/api/auth/token"), "{out} {err}");
    assert!(!home.path("data").exists(), "neither a key nor a database was made");
}

#[test]
fn an_own_token_is_explained_by_the_servers_own_key() {
    let home = Home::with_sqlite();
    let token = Server::start(&mut home.taskward()).register(&home, "ada@example.com");
    let (code, out, err) = run(home.taskward().args(["token", "explain", &token]), "");
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("this server's own"), "{out}");
    let elsewhere = home.path("elsewhere");
    let (code, out, err) =
        run(home.taskward().env("DATA_DIR", elsewhere).args(["token", "explain", &token]), "");
    assert!(code == Some(1) && out.contains("key        FAILS") && err.contains("DATA_DIR"), "{out} {err}");
}

#[test]
fn published_keys_are_asked_for_only_when_told() {
    let home = Home::with_sqlite();
    // Whatever comes there is closed at once, and counted.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("it can");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let mut claims = claims("ada");
    (claims["iss"], claims["aud"]) = (json!(url), json!(url));
    let token = {
        use base64::Engine as _;
        let text = |part: serde_json::Value| {
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(part.to_string())
        };
        format!("{}.{}.c2ln", text(json!({ "alg": "EdDSA", "kid": "k" })), text(claims))
    };
    let explain = |extra: &[&str]| {
        let mut command = home.taskward();
        run(command.env("BETTER_AUTH_URL", &url).args(["token", "explain", &token]).args(extra), "")
    };
    let (code, out, err) = explain(&[]);
    assert!(code == Some(1) && out.contains("signature  ?") && err.contains("--fetch"), "{out} {err}");
    let (code, out, err) = run(
        home.taskward().env("BETTER_AUTH_URL", &url).args([
            "token",
            "explain",
            &token.replacen('.', "x.", 1),
        ]),
        "",
    );
    assert!(code == Some(1) && out.contains("form") && err.contains("whole token"), "{out} {err}");
    assert!(listener.accept().is_err(), "nobody came");
    let closed = std::thread::spawn(move || {
        crate::until("somebody comes", || listener.accept().is_ok());
    });
    let (code, out, _) = explain(&["--fetch"]);
    closed.join().expect("somebody came");
    assert!(code == Some(1) && out.contains("key        FAILS"), "{out}");
}
