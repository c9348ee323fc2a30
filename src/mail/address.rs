//! The addresses that settings give: whose mails are, which server takes them, and where their links lead.
//!
//! Each refusal completes the sentence that the setting's name begins, and tells nothing of the text.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::Uri;
use lettre::message::Mailbox;

use crate::secret::Secret;

/// Who mails are from: an address, or a name and an address in angle brackets.
#[derive(Debug, Clone)]
pub struct Sender(pub(super) Mailbox);

impl FromStr for Sender {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused =
            "must be an email address such as no-reply@example.com, or Taskward <no-reply@example.com>";
        let text = text.trim();
        let sender: Mailbox = text.parse().map_err(|_| refused)?;
        // The library's parser takes what it can read and says nothing of the rest.
        let is_whole = text.trim_end_matches('>').ends_with(sender.email.as_ref() as &str);
        if is_whole && !text.contains(char::is_control) { Ok(Self(sender)) } else { Err(refused) }
    }
}

/// A mail server, how to speak with it, and what to sign in with: `smtps://user:password@host:465`.
#[derive(Debug, Clone)]
pub struct SmtpUrl(Secret);

impl SmtpUrl {
    /// As the SMTP library wants it, TLS spelled out.
    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl FromStr for SmtpUrl {
    type Err = &'static str;

    /// `smtp://` speaks in the open only to this machine, or where `?tls=off` says so: what a mail holds opens accounts.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = "must be the address of a mail server such as smtps://user:password@mail.example.com, or \
                       smtp://… with ?tls=required, opportunistic or off behind it; signs in user and password that mean \
                       something in a URL are written as %40 and the like";
        let uri: Uri = text.trim().parse().map_err(|_| refused)?;
        let (Some(scheme), Some(authority), Some(host)) = (uri.scheme_str(), uri.authority(), uri.host())
        else {
            return Err(refused);
        };
        let tls = match (scheme, uri.query()) {
            ("smtps", None) | ("smtp", Some("tls=off")) => "",
            ("smtp", None) if is_loopback(host) => "",
            ("smtp", None | Some("tls=required")) => "?tls=required",
            ("smtp", Some("tls=opportunistic")) => "?tls=opportunistic",
            _ => return Err(refused),
        };
        let is_whole = match authority.as_str().rsplit_once('@') {
            Some((account, _)) => account
                .split_once(':')
                .is_some_and(|(user, password)| !user.is_empty() && !password.is_empty()),
            None => true,
        };
        if host.is_empty() || !is_whole || !matches!(uri.path(), "" | "/") {
            return Err(refused);
        }
        Ok(Self(Secret::from(format!("{scheme}://{authority}{tls}"))))
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Where the pages are that the links in mails lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppUrl(String);

impl AppUrl {
    /// The address itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of a page that is given a token.
    ///
    /// The token stands behind the `#`: a browser sends that part to no server, so that it is in no access log, in no
    /// proxy's and in no `Referer`, and whatever opens links on its way through to look at them does not have it sent either.
    /// The page's script reads it.
    pub fn link(&self, page: &str, token: &Secret) -> Secret {
        Secret::from(format!("{}/{page}#token={}", self.0, token.expose()))
    }
}

impl FromStr for AppUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused =
            "must be the address of the web application, such as https://app.example.com, without ? and #";
        let text = text.trim();
        let uri: Uri = text.parse().map_err(|_| refused)?;
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        let is_host = uri.authority().is_some_and(|place| !place.as_str().contains('@'));
        if !is_web || !is_host || text.contains(['?', '#']) {
            return Err(refused);
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_spoken_to_in_the_open_only_on_this_machine_or_when_asked_for() {
        for (text, taken) in [
            ("smtps://ada:pa%40ss@mail.example.com", "smtps://ada:pa%40ss@mail.example.com"),
            ("smtps://mail.example.com:4650/", "smtps://mail.example.com:4650"),
            ("smtp://mail.example.com:587", "smtp://mail.example.com:587?tls=required"),
            ("smtp://mail.example.com?tls=required", "smtp://mail.example.com?tls=required"),
            ("smtp://mail.example.com?tls=opportunistic", "smtp://mail.example.com?tls=opportunistic"),
            ("smtp://mailpit:1025?tls=off", "smtp://mailpit:1025"),
            ("smtp://localhost:1025", "smtp://localhost:1025"),
            ("smtp://127.0.0.1", "smtp://127.0.0.1"),
            ("smtp://[::1]:25", "smtp://[::1]:25"),
        ] {
            assert_eq!(text.parse::<SmtpUrl>().expect(text).expose(), taken);
        }
        for text in [
            "",
            "mail.example.com",
            "http://mail.example.com",
            "smtp://",
            "smtp://ada@mail.example.com",
            "smtp://:x@mail.example.com",
            "smtp://mail.example.com?tls=no",
            "smtps://mail.example.com?tls=off",
            "smtp://mail.example.com/x",
            "smtp://ada:a b@mail.example.com",
        ] {
            assert!(text.parse::<SmtpUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_application_has_one_address_however_it_ends() {
        let token = Secret::from("abc".to_owned());
        for text in ["https://app.example.com/tasks/", " https://app.example.com/tasks"] {
            let url: AppUrl = text.parse().expect(text);
            assert_eq!(
                url.link("verify-email", &token).expose(),
                "https://app.example.com/tasks/verify-email#token=abc"
            );
        }
        for text in ["", "app.example.com", "ftp://app.example.com", "https://ada@app.example.com", "/tasks"]
        {
            assert!(text.parse::<AppUrl>().is_err(), "{text}");
        }
        for text in ["https://app.example.com/?a=b", "https://app.example.com/#a", "https://a\".example.com"]
        {
            assert!(text.parse::<AppUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_sender_is_one_address_with_or_without_a_name() {
        for text in
            ["no-reply@example.com", "Taskward <no-reply@example.com>", "\"Ward, Task\" <t@example.com>"]
        {
            assert!(text.parse::<Sender>().is_ok(), "{text}");
        }
        let two = ["a@example.com\r\nBcc: b@example.com", "a@example.com, b@example.com", "a@example.com b"];
        for text in ["", "Taskward", "no-reply@", "<a@example.com"].into_iter().chain(two) {
            assert!(text.parse::<Sender>().is_err(), "{text}");
        }
    }
}
