//! Mails of the real process: as files, through a mail server, and across a restart.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::command_line::refused;
use crate::fake_smtp::FakeSmtp;
use crate::{Home, Server, on_both_databases, until};

const NEW: &str = "correct horse battery staple 7";

/// The mails in a folder, each of them whole.
fn mails(folder: &Path) -> Vec<PathBuf> {
    let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
    let is_mail = |path: &PathBuf| !path.file_name().expect("a name").to_string_lossy().starts_with('.');
    let mut mails: Vec<_> = files.map(|file| file.expect("readable").path()).filter(is_mail).collect();
    mails.sort();
    mails
}

fn request_reset(server: &Server, email: &str) {
    let query =
        "mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { ok } }";
    let (_, body) = server.ask(None, query, &json!({ "input": { "email": email } }));
    assert_eq!(body, json!({ "data": { "requestPasswordReset": { "ok": true } } }));
}

fn token(mail: &str) -> String {
    let link = mail.split("#token=").nth(1).unwrap_or_else(|| panic!("no link in {mail}"));
    link.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

on_both_databases! {
    fn without_a_mail_server_a_mail_is_a_private_file_and_the_log_says_where(home: Home) {
        let server = Server::start(&mut home.taskward());
        server.register(home, "ada@example.com");
        request_reset(&server, "nobody@example.com");
        request_reset(&server, "ada@example.com");
        let folder = home.path("data/outbox");
        until("a mail", || !mails(&folder).is_empty());
        let [file] = &mails(&folder)[..] else { panic!("one mail") };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
            assert_eq!((mode(&folder), mode(file)), (0o700, 0o600));
        }
        let mail = fs::read_to_string(file).expect("text");
        let link = format!("http://{}/reset-password#token=", server.address);
        assert!(mail.contains(&link) && mail.contains("From: Taskward <taskward@localhost>"), "{mail}");
        let token = token(&mail);
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        until("a line of the log", || home.log().contains(&name));
        for secret in [token.as_str(), "nobody@example.com", NEW] {
            home.keep_secret(secret);
        }

        let query = "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { ok } }";
        let input = json!({ "token": token, "newPassword": NEW });
        let (_, body) = server.ask(None, query, &json!({ "input": input }));
        assert_eq!(body, json!({ "data": { "resetPassword": { "ok": true } } }));
        server.log_in(home, "ada@example.com", NEW);
        until("the mail about it", || mails(&folder).len() == 2);
        assert_eq!(home.texts("select cast(count(*) as text) from email_tokens"), ["0"]);
    }

    fn a_mail_survives_a_mail_server_that_is_away_and_a_restart(home: Home) {
        let closed = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("an address")
        };
        let with = |smtp: std::net::SocketAddr| {
            let mut command = home.taskward();
            command.env("SMTP_URL", format!("smtp://ada:hunter2@{smtp}"));
            command.envs([("MAIL_FROM", "Taskward <t@example.com>"), ("APP_URL", "https://app.example.com")]);
            Server::start(&mut command)
        };
        home.keep_secret("hunter2");
        {
            let mut server = with(closed);
            server.register(home, "ada@example.com");
            request_reset(&server, "ada@example.com");
            until("a try", || home.log().contains("a mail will be tried again"));
            end(&mut server);
        }
        let smtp = FakeSmtp::start(&["451 <ada@example.com>: not now"]);
        let mut server = with(smtp.address);
        until("the mail", || smtp.mails().len() == 1);
        let [mail] = &smtp.mails()[..] else { panic!("one mail") };
        assert!(mail.contains("https://app.example.com/reset-password#token="), "{mail}");
        home.keep_secret(&token(mail));
        assert_eq!(smtp.commands("AUTH").len(), 2, "each try on a connection of its own");
        until("its end", || home.texts("select cast(count(*) as text) from mails") == ["0"]);
        end(&mut server);
        assert_eq!(smtp.mails().len(), 1);
    }
}

/// Ends a server as an operator does, and expects it to obey at once.
fn end(server: &mut Server) {
    #[cfg(unix)]
    {
        server.signal(rustix::process::Signal::TERM);
        assert_eq!(server.end(), Some(0));
    }
    #[cfg(not(unix))]
    server.process.kill().expect("a child");
}

#[test]
fn a_mail_server_without_a_sender_stops_the_start() {
    let home = Home::with_sqlite();
    let sentence = "taskward: SMTP_URL sends mails, which need a sender: set MAIL_FROM.\n";
    let url = "smtps://ada:hunter2@mail.example.com";
    assert_eq!(refused(home.taskward().env("SMTP_URL", url)), (Some(1), sentence.to_owned()));
    let (code, text) = refused(home.taskward().env("SMTP_URL", "smtps://ada:hunter2@"));
    assert!(
        code == Some(1) && text.starts_with("taskward: SMTP_URL must be") && !text.contains("hunter2"),
        "{text}"
    );
}
