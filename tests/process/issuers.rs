//! Users of other issuers, with processes of their own: a shared secret, as that needs no network.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use taskward::time::Clock;

use crate::command_line::refused;
use crate::{Home, Server, on_both_databases};

pub const SECRET: &str = "s3cr3t-that-an-issuer-shares-with-us";
pub const SETTINGS: [(&str, &str); 3] =
    [("ISSUER_ISS", "https://auth.example"), ("ISSUER_AUD", "tasks"), ("ISSUER_SECRETS", SECRET)];

pub fn claims(sub: &str) -> Value {
    let now = Clock.now().seconds();
    json!({
        "iss": "https://auth.example", "aud": "tasks", "sub": sub, "email": format!("{sub}@example.com"),
        "name": sub, "iat": now, "exp": now + 900,
    })
}

pub fn sign(claims: &Value) -> String {
    let text = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", text(&json!({ "alg": "HS256" })), text(claims));
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = crypto::sign(signed.as_bytes(), &key, Algorithm::HS256).expect("signed");
    format!("{signed}.{signature}")
}

on_both_databases! {
    fn two_processes_that_meet_somebody_at_once_make_one_user(home: Home) {
        let start = || Server::start(home.taskward().envs(SETTINGS));
        let (one, other) = (start(), start());
        for round in 0..5 {
            let sub = format!("ada{round}");
            let token = sign(&claims(&sub));
            home.keep_secret(&token);
            let who = |server: &Server| {
                let (status, body) = server.ask(Some(&token), "{ me { id } }", &json!({}));
                assert_eq!(status, 200, "{body}");
                body["data"]["me"]["id"].as_str().expect("an id").to_owned()
            };
            let ids: Vec<String> = std::thread::scope(|scope| {
                let asked: Vec<_> = (0..8)
                    .map(|number| {
                        let server = if number % 2 == 0 { &one } else { &other };
                        scope.spawn(move || who(server))
                    })
                    .collect();
                asked.into_iter().map(|asked| asked.join().expect("answered")).collect()
            });
            assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        }
        assert_eq!(home.texts("select email from users").len(), 5);
        assert!(!home.log().contains("\"message\":\"fault\""), "somebody met a fault");
    }
}

#[test]
fn an_issuer_that_makes_no_sense_stops_the_start_with_one_sentence_and_no_secret() {
    let home = Home::with_sqlite();
    home.write("issuers.toml", "[[issuer]]\niss = \"a\"\naud = \"b\"\nsecrets = [\"hunter2\"]\n");
    for (name, value, sentence) in [
        (
            "ISSUERS",
            "issuers.toml",
            "ISSUERS, issuer 1: secrets: the secret that signs tokens has 7 bytes and needs at least 32.",
        ),
        ("ISSUERS", "nowhere.toml", "ISSUERS: the file nowhere.toml cannot be read: "),
        (
            "BETTER_AUTH_SECRET",
            "hunter2",
            "BETTER_AUTH_SECRET is of no use without BETTER_AUTH_URL: set both.",
        ),
        ("BETTER_AUTH_URL", "hunter2", "BETTER_AUTH_URL must be an address such as https://app.example.com"),
        ("ISSUER_SECRETS", "hunter2", "ISSUER_SECRETS: the secret"),
    ] {
        let mut command = home.taskward();
        command.env(name, value);
        if name == "ISSUER_SECRETS" {
            command.envs(SETTINGS.into_iter().take(2));
        }
        let (code, text) = refused(&mut command);
        assert!(code == Some(1) && text.starts_with(&format!("taskward: {sentence}")), "{name}: {text}");
        assert!(text.lines().count() == 1 && !text.contains("hunter2"), "{text}");
    }
    assert!(!home.path("data/taskward.db").exists(), "nothing was begun");
}
