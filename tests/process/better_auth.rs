//! A real Better Auth from npm, and its users here. Needs node and npm; says so where they are not.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::{Home, PATIENCE, Server, npm};

const SECRET: &str = "the-secret-of-a-better-auth-that-lives-for-one-test";

/// A Better Auth that was started; ends with the test.
struct BetterAuth {
    process: Child,
    orders: ChildStdin,
    says: BufReader<ChildStdout>,
    address: String,
}

impl BetterAuth {
    fn start(folder: &Path, algorithm: &str, session_by_key: bool) -> Self {
        let mut process = Command::new("node")
            .arg("server.mjs")
            .current_dir(folder)
            .env("BETTER_AUTH_SECRET", SECRET)
            .env("ALGORITHM", algorithm)
            .env("SESSION_BY_KEY", if session_by_key { "on" } else { "off" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let orders = process.stdin.take().expect("a pipe");
        let says = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut started = Self { process, orders, says, address: String::new() };
        let port = started.line("ready ");
        started.address = format!("127.0.0.1:{port}");
        started
    }

    /// The rest of the next line that begins like this.
    fn line(&mut self, beginning: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.says.read_line(&mut line).expect("text") > 0, "Better Auth has ended");
            if let Some(rest) = line.trim().strip_prefix(beginning) {
                return rest.to_owned();
            }
        }
    }

    fn rotate(&mut self) {
        writeln!(self.orders, "rotate").expect("it listens");
        self.line("rotated");
    }

    fn url(&self) -> String {
        self.address.replace("127.0.0.1", "http://localhost")
    }

    /// Status and everything else of an answer. In HTTP 1.0, so that bodies come in one piece.
    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.0\r\nhost: {}\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}",
            self.address.replace("127.0.0.1", "localhost")
        );
        stream.write_all(request.as_bytes()).expect("sent");
        let (status, text) = answer_with_head(stream);
        assert_eq!(status, 200, "{method} {path}: {text}");
        (status, text)
    }

    /// Signs somebody up: the session token, and the cookie that caches the session.
    fn sign_up(&self, name: &str) -> (String, String) {
        let body = json!({ "email": format!("{name}@example.com"), "password": "gravel otter marmalade", "name": name });
        let (_, text) = self.ask("POST", "/api/auth/sign-up/email", "", &body.to_string());
        let after = |mark: &str, end: &[char]| {
            let rest = text.split_once(mark).unwrap_or_else(|| panic!("no {mark}: {text}")).1;
            rest.split(end).next().expect("a part").trim().to_owned()
        };
        (after("\r\nset-auth-token: ", &['\r']), after("better-auth.session_data=", &[';']))
    }

    /// A JWT for whoever has this session.
    fn token(&self, session: &str) -> String {
        let (_, text) =
            self.ask("GET", "/api/auth/token", &format!("authorization: Bearer {session}\r\n"), "");
        let body: Value =
            serde_json::from_str(text.rsplit("\r\n\r\n").next().expect("a body")).expect("JSON");
        body["token"].as_str().expect("a token").to_owned()
    }
}

impl Drop for BetterAuth {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn answer_with_head(stream: TcpStream) -> (u16, String) {
    let mut copy = String::new();
    std::io::Read::read_to_string(&mut { stream }, &mut copy).expect("an answer");
    let status = copy.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, copy)
}

fn titles(server: &Server, token: &str) -> Value {
    let (status, body) = server.ask(Some(token), "{ tasks { nodes { title } } }", &json!({}));
    assert_eq!(status, 200, "{body}");
    body["data"]["tasks"]["nodes"].clone()
}

#[test]
fn whoever_signed_up_at_better_auth_has_tasks_here_and_keeps_them_when_its_key_changes() {
    let Some(folder) = npm::installed("better-auth") else { return };
    for (algorithm, home) in [
        ("EdDSA", Some(Home::with_sqlite())),
        ("ES256", Home::with_postgres()),
        ("RS256", Some(Home::with_sqlite())),
        ("PS256", Some(Home::with_sqlite())),
    ] {
        let Some(home) = home else {
            crate::postgres::not_run(module_path!());
            continue;
        };
        let mut better_auth = BetterAuth::start(&folder, algorithm, false);
        let settings = [("BETTER_AUTH_URL", better_auth.url()), ("JWKS_INTERVAL", "1s".to_owned())];
        let server = Server::start(home.taskward().envs(settings));
        let (session, _) = better_auth.sign_up("ada");
        let token = better_auth.token(&session);
        home.keep_secret(&token);
        home.keep_secret("ada@example.com");

        let me = server.ask(Some(&token), "{ me { email name } }", &json!({})).1;
        assert_eq!(
            me["data"]["me"],
            json!({ "email": "ada@example.com", "name": "ada" }),
            "{algorithm}: {me}"
        );
        let create = "mutation { createTask(input: { title: \"Before\" }) { task { id } } }";
        assert_eq!(server.ask(Some(&token), create, &json!({})).0, 200);
        assert_eq!(titles(&server, &token), json!([{ "title": "Before" }]), "{algorithm}");

        better_auth.rotate();
        let renewed = better_auth.token(&session);
        assert_ne!(renewed.split('.').next(), token.split('.').next(), "another key");
        // The server asks for keys once in a second at the most.
        crate::until("the new key is known", || {
            server.ask(Some(&renewed), "{ me { email } }", &json!({})).0 == 200
        });
        for good in [&token, &renewed] {
            assert_eq!(titles(&server, good), json!([{ "title": "Before" }]), "{algorithm}");
        }
        let (other, _) = better_auth.sign_up("bob");
        assert_eq!(titles(&server, &better_auth.token(&other)), json!([]), "{algorithm}");
    }
}

#[test]
fn the_other_tokens_of_a_real_better_auth_are_refused_by_name() {
    let Some(folder) = npm::installed("better-auth") else { return };
    for by_key in [false, true] {
        let home = Home::with_sqlite();
        let better_auth = BetterAuth::start(&folder, "EdDSA", by_key);
        let server = Server::start(home.taskward().env("BETTER_AUTH_URL", better_auth.url()));
        let (session, cookie) = better_auth.sign_up("ada");
        let (_, mails) = better_auth.ask("GET", "/mail", "", "");
        let mailed = mails.rsplit("\r\n\r\n").next().expect("a body").to_owned();
        for (token, name) in [
            (session, "looks like a session token"),
            (cookie, "is the session cookie of Better Auth"),
            (mailed, "link that Better Auth mails"),
        ] {
            home.keep_secret(&token);
            let (status, body) = server.ask(Some(&token), "{ me { id } }", &json!({}));
            let message = body["errors"][0]["message"].as_str().expect("a message");
            assert!(status == 401 && message.contains(name), "{name}: {body}");
            assert!(!body.to_string().contains("ada"), "{body}");
            crate::until("the log says it, too", || home.log().contains(name));
            let explained = home.taskward().args(["token", "explain", &token]).output().expect("it runs");
            assert_eq!(explained.status.code(), Some(1), "{name}");
        }
        assert_eq!(home.texts("select email from users"), [""; 0]);
    }
}

#[test]
fn a_secret_that_is_shared_with_better_auth_opens_nothing_to_its_mails_and_cookies() {
    let Some(folder) = npm::installed("better-auth") else { return };
    let home = Home::with_sqlite();
    let better_auth = BetterAuth::start(&folder, "EdDSA", false);
    let settings = [("BETTER_AUTH_URL", better_auth.url()), ("BETTER_AUTH_SECRET", SECRET.to_owned())];
    let server = Server::start(home.taskward().envs(settings));
    home.keep_secret(SECRET);
    let (session, cookie) = better_auth.sign_up("ada");
    let (_, mails) = better_auth.ask("GET", "/mail", "", "");
    let mailed = mails.rsplit("\r\n\r\n").next().expect("a body").to_owned();
    for token in [&session, &cookie, &mailed, &better_auth.token(&session)] {
        assert_eq!(server.ask(Some(token), "{ me { id } }", &json!({})).0, 401);
    }
    assert_eq!(server.get("/livez").0, 200);
}
