use clap::Parser as _;

use super::issuers::others;
use super::serve::{Welcome, options};
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
    let (place, delivery) = ("SQLite, ./data/taskward.db".to_owned(), settings.delivery().expect("a way"));
    Welcome { address, place, signing, delivery, settings: &settings }.to_string()
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

      API         POST http://127.0.0.1:8080/graphql
      Playground  http://127.0.0.1:8080/playground
      Database    SQLite, ./data/taskward.db
      Tokens      EdDSA, key in ./data/signing-key.pem, valid for 1h
      Mails       files in ./data/outbox

    Open http://127.0.0.1:8080 in a browser to begin. Ctrl-C stops the server.
    ");
}

#[test]
fn there_is_a_playground_unless_it_is_off_or_of_no_use_and_a_start_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("documents.json");
    std::fs::write(&file, "{\"one\": \"{ __typename }\"}").expect("written");
    let trusted = format!("--trusted-documents={}", file.display());
    for (flags, is_there) in [
        (&[][..], true),
        (&["--playground=off"], false),
        (&["--introspection=off"], false),
        (&[&trusted], false),
        (&[&trusted, "--trusted-documents-mode=log"], true),
    ] {
        assert_eq!(options(&settings(flags)).expect("options").playground, is_there, "{flags:?}");
        let start = welcome("127.0.0.1:80", flags);
        assert_eq!(
            start.contains("\n  Playground  http://127.0.0.1:80/playground\n"),
            is_there,
            "{flags:?}: {start}"
        );
    }
}

#[test]
fn a_start_warns_of_what_is_not_for_production() {
    let secret = "--jwt-secret=0123456789abcdef0123456789abcdef";
    let open = welcome("0.0.0.0:80", &["--rate-limits=off", secret]);
    assert!(open.contains("http://localhost:80/graphql") && open.contains("HS256 with JWT_SECRET"), "{open}");
    assert!(open.contains("RATE_LIMITS is off") && open.contains("INTROSPECTION is on"), "{open}");
    assert!(!open.contains("0123456789abcdef"), "{open}");
    let smtp = ["--smtp-url=smtps://ada:hunter2@mail.example.com", "--mail-from=t@example.com"];
    let nowhere = welcome("127.0.0.1:80", &smtp);
    assert!(nowhere.contains("APP_URL is not set") && !nowhere.contains("hunter2"), "{nowhere}");
    let closed = welcome("[2001:db8::1]:80", &["--introspection=off", "--trusted-proxies=fd00::1"]);
    assert!(closed.contains("http://[2001:db8::1]:80") && !closed.contains("Warning"), "{closed}");
}

#[test]
fn a_start_warns_of_tokens_that_travel_in_clear_unless_they_do_not() {
    let tls = ["--tls-cert=cert.pem", "--tls-key=key.pem"];
    for (address, flags, warns) in [
        ("0.0.0.0:80", &[][..], true),
        ("[::]:80", &[], true),
        ("192.0.2.1:80", &[], true),
        ("127.0.0.1:80", &[], false),
        ("[::1]:80", &[], false),
        ("0.0.0.0:80", &["--trusted-proxies=10.0.0.1"], false),
        ("0.0.0.0:443", &tls, false),
    ] {
        let start = welcome(address, flags);
        assert_eq!(start.contains("travel in clear"), warns, "{start}");
    }
    let start = welcome("0.0.0.0:443", &tls);
    assert!(start.contains("https://localhost:443/graphql"), "{start}");
    assert!(start.contains("certificate in cert.pem") && !start.contains("http://"), "{start}");
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

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn issuers_come_from_three_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("issuers.toml");
    std::fs::write(&file, format!("[[issuer]]\niss = \"a\"\naud = \"t\"\nsecrets = [\"{SECRET}\"]"))
        .expect("written");
    let flags = [
        &format!("--issuers={}", file.display()),
        "--issuer-iss=b",
        "--issuer-aud=t",
        "--issuer-algorithms=ES256,PS256",
        "--issuer-jwks-url=https://b.example/jwks",
        "--better-auth-url=http://localhost:3000/",
    ];
    let printed = format!("{:?}", others(&settings(&flags)).expect("fine"));
    for part in [
        "\"a\"",
        "[Es256, Ps256]",
        "https://b.example/jwks",
        "http://localhost:3000/api/auth/jwks",
        "\"http://localhost:3000\"",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    assert!(!printed.contains(SECRET) && !format!("{:?}", settings(&flags)).contains(SECRET), "{printed}");
    assert!(others(&settings(&[])).expect("none").is_empty());
}

#[test]
fn the_readme_shows_issuers_that_would_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("issuers.toml");
    let readme = include_str!("../../README.md");
    let shown =
        readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    std::fs::write(&file, shown).expect("written");
    let issuers = others(&settings(&[&format!("--issuers={}", file.display())])).expect("fine");
    assert!(!issuers.is_empty());
}

#[test]
fn an_issuer_that_makes_no_sense_is_refused_in_a_sentence_that_begins_with_its_setting() {
    let better_auth = "--better-auth-url=https://app.example.com";
    let (iss, aud, url) = ("--issuer-iss=b", "--issuer-aud=t", "--issuer-jwks-url=https://b.example/jwks");
    let secret = &format!("--issuer-secrets={SECRET}");
    for (flags, start) in [
        (&["--issuers=/nowhere/issuers.toml"][..], "ISSUERS: the file /nowhere/issuers.toml cannot be read"),
        (&["--better-auth-url=app.example.com"], "BETTER_AUTH_URL must be an address"),
        (&["--better-auth-url=http://app.example.com"], "BETTER_AUTH_URL must begin with https://"),
        (&["--better-auth-secret=hunter2"], "BETTER_AUTH_SECRET is of no use without BETTER_AUTH_URL"),
        (&[better_auth, "--better-auth-secret=hunter2"], "BETTER_AUTH_SECRET: the secret"),
        (&[better_auth, &format!("--better-auth-secret={SAMPLE_SECRET}")], "BETTER_AUTH_SECRET: the secret"),
        (
            &[better_auth, &format!("--better-auth-secret={SECRET}"), &format!("--jwt-secret={SECRET}")],
            "BETTER_AUTH_SECRET is JWT_SECRET",
        ),
        (&[better_auth, "--jwt-issuer=https://app.example.com"], "BETTER_AUTH_ISSUER is JWT_ISSUER"),
        (
            &[better_auth, "--issuer-iss=https://app.example.com", aud, url],
            "BETTER_AUTH_ISSUER is the name of another",
        ),
        (&[better_auth, "--better-auth-audience= "], "BETTER_AUTH_AUDIENCE must be set to a name"),
        (&[iss], "ISSUER_JWKS_URL must be set, or else ISSUER_SECRETS"),
        (&[aud, url], "ISSUER_ISS must be set to a name"),
        (&[iss, url], "ISSUER_AUD must be set to a name"),
        (&[iss, aud, url, secret], "ISSUER_JWKS_URL and ISSUER_SECRETS exclude each other"),
        (&[iss, aud, "--issuer-jwks-url=http://b.example/jwks"], "ISSUER_JWKS_URL must begin with https://"),
        (
            &[iss, aud, "--issuer-jwks-url=https://me:hunter2@b.example/"],
            "ISSUER_JWKS_URL must be an address",
        ),
        (
            &[iss, aud, url, "--issuer-algorithms=ES512"],
            "ISSUER_ALGORITHMS must be among EdDSA, ES256, RS256, PS256.",
        ),
        (
            &[iss, aud, url, "--issuer-algorithms=HS256"],
            "ISSUER_ALGORITHMS must be among EdDSA, ES256, RS256, PS256.",
        ),
        (&[iss, aud, secret, "--issuer-algorithms=RS256"], "ISSUER_ALGORITHMS must be among HS256."),
        (&[iss, aud, url, "--issuer-id=user..id"], "ISSUER_ID must be the name of a claim"),
        (&[iss, aud, url, "--issuer-id=email"], "ISSUER_ID must not be the claim with the email address"),
        (&[iss, aud, "--issuer-secrets=hunter2"], "ISSUER_SECRETS: the secret that signs tokens has 7 bytes"),
    ] {
        let Failed(sentence) = others(&settings(flags)).expect_err(start);
        assert!(sentence.starts_with(start) && sentence.ends_with('.'), "{flags:?}: {sentence}");
        assert!(!sentence.contains("hunter2") && !sentence.contains(SECRET), "{sentence}");
    }
}
