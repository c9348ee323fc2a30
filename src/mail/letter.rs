//! What mails say: short, in plain words, as text and as HTML.

use crate::secret::Secret;
use crate::time::Timestamp;

/// What somebody is written about.
#[derive(Debug)]
pub enum Letter {
    /// Here is how to choose a new password.
    PasswordReset {
        /// Opens the account: whoever has it can choose the password.
        link: Secret,
        /// How long it counts.
        until: Timestamp,
    },
    /// Here is how to show that the address is yours.
    EmailVerification {
        /// Shows that its holder reads mails to the address.
        link: Secret,
        /// How long it counts.
        until: Timestamp,
    },
    /// The password is another than it was.
    PasswordChanged {
        /// Since when.
        at: Timestamp,
        /// Where to do something about it.
        app: String,
    },
}

/// A letter as it is read: pieces between blank lines, of which one may be a link.
struct Pieces<'l> {
    before: String,
    link: Option<&'l str>,
    after: &'static str,
}

impl Letter {
    /// What the list of mails shows of it.
    pub(super) fn subject(&self) -> &'static str {
        match self {
            Self::PasswordReset { .. } => "Choose a new password",
            Self::EmailVerification { .. } => "Confirm your email address",
            Self::PasswordChanged { .. } => "Your password was changed",
        }
    }

    /// What it is about, as a part of a file's name.
    pub(super) fn slug(&self) -> &'static str {
        match self {
            Self::PasswordReset { .. } => "password-reset",
            Self::EmailVerification { .. } => "email-verification",
            Self::PasswordChanged { .. } => "password-changed",
        }
    }

    fn pieces(&self, address: &str) -> Pieces<'_> {
        match self {
            Self::PasswordReset { link, until } => Pieces {
                before: format!(
                    "Someone asked for a new password for the Taskward account of {address}. To choose one, open this \
                     link, which works once and until {}:",
                    minute(*until)
                ),
                link: Some(link.expose()),
                after: "If that was not you, leave it: your password stays as it is.",
            },
            Self::EmailVerification { link, until } => Pieces {
                before: format!(
                    "To confirm that {address} is your address, open this link, which works once and until {}:",
                    minute(*until)
                ),
                link: Some(link.expose()),
                after: "If you have no Taskward account, leave it: nothing happens.",
            },
            Self::PasswordChanged { at, app } => Pieces {
                before: format!(
                    "The password of the Taskward account of {address} was changed on {}. If that was you, all is \
                     well. If it was not, ask for a new password at once:",
                    minute(*at)
                ),
                link: Some(app),
                after: "A new password ends every sign-in, whoever's it is.",
            },
        }
    }

    /// For readers of plain text.
    pub(super) fn text(&self, address: &str, name: Option<&str>) -> String {
        let Pieces { before, link, after } = self.pieces(address);
        let link = link.map_or(String::new(), |link| format!("{link}\n\n"));
        format!("{},\n\n{}\n\n{link}{after}\n", hello(name), wrapped(&before))
    }

    /// For everyone else. Nothing is loaded from anywhere, and what people chose is escaped.
    pub(super) fn html(&self, address: &str, name: Option<&str>) -> String {
        let Pieces { before, link, after } = self.pieces(address);
        let link =
            link.map(escaped).map_or(String::new(), |link| format!("<p><a href=\"{link}\">{link}</a></p>\n"));
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{}</title>\n\
             <p>{},</p>\n<p>{}</p>\n{link}<p>{after}</p>\n</html>\n",
            self.subject(),
            escaped(&hello(name)),
            escaped(&before),
        )
    }
}

fn hello(name: Option<&str>) -> String {
    name.map_or("Hello".to_owned(), |name| format!("Hello {name}"))
}

/// In lines of a width that is easy to read; a longer word has a line of its own.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 76;
    let mut width = 0;
    text.split(' ').fold(String::with_capacity(text.len()), |mut lines, word| {
        let length = word.chars().count();
        if width > 0 {
            lines.push(if width + 1 + length > WIDTH { '\n' } else { ' ' });
            width = if lines.ends_with('\n') { 0 } else { width + 1 };
        }
        lines.push_str(word);
        width += length;
        lines
    })
}

/// To the minute, as nobody needs more.
fn minute(instant: Timestamp) -> String {
    let text = instant.to_string();
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    format!("{date} {} UTC", time.get(..5).unwrap_or_default())
}

/// Safe between tags and within quotes.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reset() -> Letter {
        let link = Secret::from("https://app.example.com/reset-password#token=abc".to_owned());
        Letter::PasswordReset { link, until: Timestamp::parse("2026-11-21T09:30:59Z").expect("an instant") }
    }

    #[test]
    fn a_letter_reads_well() {
        insta::assert_snapshot!(reset().text("ada@example.com", Some("Ada")), @"
        Hello Ada,

        Someone asked for a new password for the Taskward account of
        ada@example.com. To choose one, open this link, which works once and until
        2026-11-21 09:30 UTC:

        https://app.example.com/reset-password#token=abc

        If that was not you, leave it: your password stays as it is.
        ");
        insta::assert_snapshot!(reset().html("ada@example.com", None), @r#"
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <title>Choose a new password</title>
        <p>Hello,</p>
        <p>Someone asked for a new password for the Taskward account of ada@example.com. To choose one, open this link, which works once and until 2026-11-21 09:30 UTC:</p>
        <p><a href="https://app.example.com/reset-password#token=abc">https://app.example.com/reset-password#token=abc</a></p>
        <p>If that was not you, leave it: your password stays as it is.</p>
        </html>
        "#);
    }

    #[test]
    fn what_people_chose_is_text_in_html_and_never_a_tag() {
        let html = reset().html("\"<b>\"@example.com", Some("<a href='https://evil.example'>A & B</a>"));
        assert!(!html.contains("<b>") && !html.contains("<a href='") && !html.contains("A & B"), "{html}");
        assert!(
            html.contains("Hello &lt;a href=&#39;https://evil.example&#39;&gt;A &amp; B&lt;/a&gt;,"),
            "{html}"
        );
        assert!(html.contains("&quot;&lt;b&gt;&quot;@example.com"), "{html}");
    }

    #[test]
    fn debug_output_shows_no_link() {
        assert!(!format!("{:?}", reset()).contains("abc"));
    }
}
