//! The mails of a test.

use std::fs;

use serde_json::{Value, json};
use taskward::mail::{Mailer, Sender, SmtpUrl};
use taskward::service::PostOffice;
use taskward::time::{Clock, Timestamp};

use super::fake_smtp::FakeSmtp;
use super::{Actor, Reply, TestApp};

/// Where the links in these mails lead.
pub const APP: &str = "https://app.example.com";

/// A mail as it is read.
#[derive(Debug, Clone)]
pub struct ReadMail {
    /// The file's name.
    pub file: String,
    /// All of it.
    pub whole: String,
}

impl ReadMail {
    /// What a header says.
    pub fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        let line = self.whole.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.whole))
    }

    /// The token of its link, the same in both spellings.
    pub fn token(&self) -> String {
        let links: Vec<_> = self.whole.split("#token=").skip(1).collect();
        let end = |link: &str| link.find(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
        let tokens: Vec<_> = links.iter().map(|link| &link[..end(link).expect("an end")]).collect();
        assert_eq!(tokens.len(), 3, "one in the text, two in HTML: {}", self.whole);
        assert!(tokens.iter().all(|token| *token == tokens[0] && token.len() == 43), "{tokens:?}");
        tokens[0].to_owned()
    }
}

fn sender() -> Sender {
    "Taskward <no-reply@example.com>".parse().expect("a sender")
}

impl TestApp {
    fn office(&self, mailer: Mailer) -> PostOffice {
        let app = APP.parse().expect("an address");
        PostOffice { store: self.services.store.clone(), mailer, app, clock: Clock }
    }

    /// Sends this server's mails into its outbox.
    pub fn post_office(&self) -> PostOffice {
        self.office(Mailer::files(self.outbox(), sender()))
    }

    /// Sends this server's mails through a mail server.
    pub fn post_office_at(&self, smtp: &FakeSmtp) -> PostOffice {
        let url: SmtpUrl = format!("smtp://ada:pa%40ss@{}", smtp.address).parse().expect("an address");
        self.office(Mailer::smtp(&url, sender()).expect("a mailer"))
    }

    /// Sends what is due at this moment, and answers all mails so far.
    pub async fn mails_at(&self, now: Timestamp) -> Vec<ReadMail> {
        self.post_office().deliver(now).await.expect("the database answers");
        let Ok(files) = fs::read_dir(self.outbox()) else { return Vec::new() };
        let mut mails: Vec<_> = files
            .map(|file| file.expect("readable").path())
            .map(|path| ReadMail {
                file: path.file_name().expect("a name").to_string_lossy().into_owned(),
                whole: fs::read_to_string(path).expect("a mail is text"),
            })
            .collect();
        mails.sort_by(|one, other| one.file.cmp(&other.file));
        mails
    }

    /// All mails so far.
    pub async fn mails(&self) -> Vec<ReadMail> {
        self.mails_at(Clock.now()).await
    }

    /// The newest mail.
    pub async fn last_mail(&self) -> ReadMail {
        self.mails().await.pop().expect("a mail")
    }

    /// Asks for a new password for this address.
    pub async fn request_reset(&self, email: &str) -> Reply {
        let query =
            "mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { ok } }";
        self.anonymous().ask(query, json!({ "input": { "email": email } })).await
    }

    /// Takes a token and a new password.
    pub async fn reset(&self, token: &str, password: &str) -> Reply {
        let query = "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { ok } }";
        let input = json!({ "token": token, "newPassword": password });
        self.anonymous().ask(query, json!({ "input": input })).await
    }

    /// Takes a token that shows an address to be somebody's.
    pub async fn verify(&self, token: &str) -> Reply {
        self.anonymous().verify(token).await
    }
}

impl Actor<'_> {
    /// Asks for a link that verifies this person's address.
    pub async fn request_verification(&self) -> Value {
        self.data("mutation { requestEmailVerification { ok } }", json!({})).await
    }

    /// Takes a token as this person.
    pub async fn verify(&self, token: &str) -> Reply {
        let query = "mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) {
            user { id email emailVerified name } } }";
        self.ask(query, json!({ "input": { "token": token } })).await
    }
}
