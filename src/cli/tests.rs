use clap::Parser as _;

use super::serve::Welcome;
use super::*;
use crate::auth::{KeyRing, LONGEST_LIFE, SAMPLE_SECRET};
use crate::secret::Secret;

fn settings(flags: &[&str]) -> Settings {
    let line = line().mut_args(|arg| arg.env(None::<&str>));
    let matches = line.try_get_matches_from(["taskward"].iter().chain(flags)).expect("accepted");
    Settings::of(&matches).expect("settings")
}

fn welcome(address: &str, flags: &[&str]) -> String {
    let settings = settings(flags);
    let (address, signing) = (address.parse().expect(address), settings.signing().expect("a key"));
    Welcome { address, place: "SQLite, ./data/taskward.db".to_owned(), signing, settings: &settings }
        .to_string()
}

#[test]
fn the_command_line_holds_together() {
    line().debug_assert();
    assert!(Line::parse_from(["taskward"]).command.is_none());
}

#[test]
fn a_setting_may_stand_before_and_after_the_command() {
    for flags in [&["--port=9000"][..], &["--port=9000", "serve"], &["serve", "--port=9000"]] {
        assert_eq!(settings(flags).port, 9000, "{flags:?}");
    }
}

#[test]
fn a_start_says_where_it_is_and_where_to_go() {
    insta::assert_snapshot!(welcome("127.0.0.1:8080", &[]), @"
    Taskward 0.1.0 listens on http://127.0.0.1:8080

      API       POST http://127.0.0.1:8080/graphql
      Database  SQLite, ./data/taskward.db
      Tokens    EdDSA, key in ./data/signing-key.pem, valid for 1h

    Open http://127.0.0.1:8080 in a browser to begin. Ctrl-C stops the server.
    ");
}

#[test]
fn a_start_warns_of_what_is_not_for_production() {
    let secret = "--jwt-secret=0123456789abcdef0123456789abcdef";
    let open = welcome("0.0.0.0:80", &["--rate-limits=off", secret]);
    assert!(open.contains("http://localhost:80/graphql") && open.contains("HS256 with JWT_SECRET"), "{open}");
    assert!(open.contains("RATE_LIMITS is off") && open.contains("INTROSPECTION is on"), "{open}");
    assert!(!open.contains("0123456789abcdef"), "{open}");
    let closed = welcome("[2001:db8::1]:80", &["--introspection=off"]);
    assert!(closed.contains("http://[2001:db8::1]:80") && !closed.contains("Warning"), "{closed}");
}

#[test]
fn the_secret_in_the_example_is_the_one_that_is_refused() {
    let example = include_str!("../../.env.example");
    for name in ["JWT_SECRET", "JWT_SECRET_PREVIOUS"] {
        assert!(example.contains(&format!("#{name}={SAMPLE_SECRET}\n")), "{name}");
    }
    let sample = Secret::from(SAMPLE_SECRET.to_owned());
    let own = Secret::from("0123456789abcdef0123456789abcdef".to_owned());
    assert!(KeyRing::hs256(&sample, &[]).is_err());
    assert!(KeyRing::hs256(&own, &[sample]).is_err());
}

#[test]
fn no_token_can_be_set_to_live_longer_than_keys_are_kept_for() {
    assert_eq!(settings(&["--jwt-expiration=30days"]).jwt_expiration, LONGEST_LIFE);
    let line = line().mut_args(|arg| arg.env(None::<&str>));
    assert!(line.try_get_matches_from(["taskward", "--jwt-expiration=30days 1s"]).is_err());
}
