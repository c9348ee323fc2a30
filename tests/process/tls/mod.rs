//! TLS, with certificates of the test's own.

mod authority;
mod client;
mod reload;

use std::io::{Read, Write};
use std::process::Command;

use rustls::version::{TLS12, TLS13};
use serde_json::json;

use crate::command_line::refused;
use crate::server::{PASSWORD, request};
use crate::{Home, Server};
use authority::Authority;
use client::Client;

/// The command with the files that a certificate installs.
fn encrypted(home: &Home) -> Command {
    let mut command = home.taskward();
    command.envs([("TLS_CERT", "cert.pem"), ("TLS_KEY", "key.pem")]);
    command
}

fn get(host: &str) -> String {
    format!("GET / HTTP/1.1\r\nhost: {host}\r\naccept: text/html\r\nconnection: close\r\n\r\n")
}

#[test]
fn a_client_that_trusts_the_root_is_served_by_every_version_and_protocol() {
    let (home, authority) = (Home::with_sqlite(), Authority::new());
    authority.certify().install(&home);
    let server = Server::start(&mut encrypted(&home));
    for version in [&TLS12, &TLS13] {
        for (offered, spoken) in [
            (&[&b"h2"[..], b"http/1.1"][..], Some(&b"h2"[..])),
            (&[b"http/1.1"], Some(b"http/1.1")),
            (&[], None),
        ] {
            let client = Client::new(&authority, &[version], offered);
            let connection = client.connect(&server).expect("a connection");
            assert_eq!(connection.conn.alpn_protocol(), spoken);
            assert_eq!(connection.conn.protocol_version(), Some(version.version));
        }
        let client = Client::new(&authority, &[version], &[]);
        let (head, body) = client.send(&server, &request(None, "{ __typename }", &json!({})));
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert_eq!(body, r#"{"data":{"__typename":"Query"}}"#);
    }
    let stranger = Client::new(&Authority::new(), &[&TLS13], &[]);
    assert!(stranger.connect(&server).is_err(), "signed by somebody else");
    let other = Client::new(&authority, &[&TLS13], &[b"spdy/3"]);
    assert!(other.connect(&server).is_err(), "there is nothing to speak");
}

#[test]
fn http2_answers_many_requests_over_one_connection() {
    let (home, authority) = (Home::with_sqlite(), Authority::new());
    authority.certify().install(&home);
    let server = Server::start(&mut encrypted(&home));
    let client = Client::new(&authority, &[&TLS13], &[b"h2"]);
    let (statuses, page) = client.over_http2(&server, 50);
    assert_eq!(statuses, [200; 50]);
    assert!(page.contains("curl https://tasks.example/graphql"), "{page}");
}

#[test]
fn whoever_is_reached_by_tls_is_to_be_reached_by_nothing_else() {
    let (home, authority) = (Home::with_sqlite(), Authority::new());
    authority.certify().install(&home);
    let server = Server::start(&mut encrypted(&home));
    let client = Client::new(&authority, &[&TLS13], &[]);
    let (head, page) = client.send(&server, &get("tasks.example"));
    assert!(head.contains("strict-transport-security: max-age=31536000\r\n"), "{head}");
    assert!(page.contains("curl https://tasks.example/graphql"), "{page}");
    // Else every other server on this machine would be asked by TLS as well.
    let (head, _) = client.send(&server, &get("localhost:8080"));
    assert!(!head.contains("strict-transport-security"), "{head}");

    let query = "mutation ($input: RegisterInput!) { register(input: $input) { tokenType } }";
    let input = json!({ "input": { "email": "ada@example.com", "password": PASSWORD } });
    let asking =
        request(None, query, &input).replacen("host: x", "host: localhost\r\ntaskward-refresh: cookie", 1);
    let (head, body) = client.send(&server, &asking);
    let cookie =
        head.lines().find(|line| line.starts_with("set-cookie: ")).unwrap_or_else(|| panic!("{head}{body}"));
    assert!(cookie.contains("; secure"), "{cookie}");
    home.keep_secret(cookie.split(['=', ';']).nth(1).expect("a token"));
}

#[test]
fn a_client_without_tls_is_told_so() {
    let (home, authority) = (Home::with_sqlite(), Authority::new());
    authority.certify().install(&home);
    let server = Server::start(&mut encrypted(&home));
    let long = "x".repeat(100_000);
    for asking in [get("localhost"), request(Some(&long), "{ me { id } }", &json!({}))] {
        let mut stream = server.connect();
        stream.write_all(asking.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("use https://."), "{answer}");
    }
}

#[test]
fn files_that_are_no_certificate_and_its_key_stop_the_start_with_one_sentence() {
    let home = Home::with_sqlite();
    let (one, other) = (Authority::new().certify(), Authority::new().certify());
    let encrypted_key = one.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let damaged_key = one.key.replacen('M', "N", 1);
    let begun = &one.chain[..one.chain.len() / 4];
    let no_der = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    let no_key = "TLS_KEY: key.pem holds no private key in PEM form (PKCS#8, EC or RSA)";
    for (chain, key, sentence) in [
        ("", one.key.as_str(), "TLS_CERT: cert.pem holds no certificate in PEM form"),
        ("certificate", &one.key, "TLS_CERT: cert.pem holds no certificate in PEM form"),
        (&one.key, &one.chain, "TLS_CERT: cert.pem holds no certificate in PEM form"),
        (begun, &one.key, "TLS_CERT: cert.pem holds a certificate that is damaged"),
        (no_der, &one.key, "TLS_CERT: cert.pem holds a certificate that is damaged"),
        (&one.chain, "", no_key),
        (&one.chain, &one.chain, no_key),
        (&one.chain, &one.key[..one.key.len() / 2], no_key),
        (
            &one.chain,
            &encrypted_key,
            "TLS_KEY: key.pem holds a key that is encrypted; decrypt it with: openssl pkey",
        ),
        (
            &one.chain,
            &damaged_key,
            "TLS_KEY: key.pem holds a private key that is damaged or of an unknown kind",
        ),
        (&one.chain, &other.key, "TLS_KEY: key.pem is not the key of the first certificate in TLS_CERT"),
    ] {
        home.write("cert.pem", chain);
        home.write("key.pem", key);
        assert_eq!(refused(&mut encrypted(&home)), (Some(1), format!("taskward: {sentence}.\n")));
    }
    one.install(&home);
    let (status, told) = refused(encrypted(&home).env("TLS_CERT", "nowhere.pem"));
    assert!(
        status == Some(1) && told.starts_with("taskward: TLS_CERT: nowhere.pem cannot be read: "),
        "{told}"
    );
    let (status, told) = refused(encrypted(&home).env("TLS_KEY", "."));
    assert!(status == Some(1) && told.starts_with("taskward: TLS_KEY: . cannot be read: "), "{told}");
    let told = refused(encrypted(&home).env_remove("TLS_KEY"));
    assert_eq!(told, (Some(1), "taskward: TLS_CERT is of no use without its key: set TLS_KEY.\n".to_owned()));
}
