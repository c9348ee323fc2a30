//! A mail as it goes over the wire (RFC 5322).

use std::time::{Duration, UNIX_EPOCH};

use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};

use super::{Mail, MailFault, Sender};

/// Longest line, in bytes (RFC 5322, section 2.1.1).
const LONGEST_LINE: usize = 998;

/// Puts a mail together. What people chose reaches the headers only as a parsed address and as a name that the library
/// encodes, so that neither can begin a header of its own.
pub(super) fn compose(mail: &Mail<'_>, sender: &Sender) -> Result<Message, MailFault> {
    let no_address = |_| MailFault::lasting("the address is none that mails can be sent to");
    let address: Address = mail.address.parse().map_err(no_address)?;
    let name = mail.name.map(|name| name.replace(char::is_control, " "));
    // Tells vacation responders that nobody reads their answers (RFC 3834, section 5).
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    let millis = u64::try_from(mail.now.millis()).unwrap_or_default();
    Message::builder()
        .from(sender.0.clone())
        .to(Mailbox::new(name.clone(), address))
        .subject(mail.letter.subject())
        .date(UNIX_EPOCH + Duration::from_millis(millis))
        .message_id(Some(format!("<{}@{}>", mail.id, sender.0.email.domain())))
        .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
        .multipart(
            MultiPart::alternative()
                .singlepart(part(ContentType::TEXT_PLAIN, mail.letter.text(mail.address, name.as_deref())))
                .singlepart(part(ContentType::TEXT_HTML, mail.letter.html(mail.address, name.as_deref()))),
        )
        .map_err(|_| MailFault::lasting("the mail cannot be put together"))
}

/// One spelling of the letter. As it stands wherever that is allowed: the library would encode a line as long as a link,
/// and whoever opens a mail as a file could not follow it.
fn part(content_type: ContentType, text: String) -> SinglePart {
    let is_plain = text.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte));
    let body = if is_plain && text.lines().all(|line| line.len() <= LONGEST_LINE) {
        let lines = text.replace('\n', "\r\n").into_bytes();
        Body::dangerous_pre_encoded(lines, ContentTransferEncoding::SevenBit)
    } else {
        Body::new(text)
    };
    SinglePart::builder().header(content_type).body(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Letter;
    use crate::time::Timestamp;

    fn composed(address: &str, name: Option<&str>) -> Result<String, MailFault> {
        let now = Timestamp::parse("2026-11-21T09:30:00Z").expect("an instant");
        let letter = Letter::PasswordChanged { at: now, app: "https://app.example.com".to_owned() };
        let sender: Sender = "Taskward <no-reply@example.com>".parse().expect("a sender");
        let message = compose(&Mail { id: "4711-1", address, name, letter, now }, &sender)?;
        Ok(String::from_utf8(message.formatted()).expect("a mail is text"))
    }

    /// The headers, each on one line.
    fn headers(mail: &str) -> Vec<String> {
        let (head, _) = mail.split_once("\r\n\r\n").expect("a head and a body");
        head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_mail_says_who_writes_to_whom_and_when_and_has_two_spellings() {
        let mail = composed("ada@example.com", Some("Ada Lovelace")).expect("a mail");
        for header in [
            "From: Taskward <no-reply@example.com>",
            "To: \"Ada Lovelace\" <ada@example.com>",
            "Subject: Your password was changed",
            "Date: Sat, 21 Nov 2026 09:30:00 +0000",
            "Message-ID: <4711-1@example.com>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(headers(&mail).iter().any(|line| line == header), "{header} is missing in\n{mail}");
        }
        assert!(mail.contains("Content-Type: multipart/alternative;"), "{mail}");
        assert!(mail.contains("Hello Ada Lovelace,\r\n"), "{mail}");
        assert!(mail.contains("<p>Hello Ada Lovelace,</p>"), "{mail}");
    }

    #[test]
    fn neither_a_name_nor_an_address_begins_a_header_of_its_own() {
        let plain = headers(&composed("ada@example.com", None).expect("a mail")).len();
        for name in [
            "Ada\r\nBcc: eve@example.com",
            "Ada\nBcc: eve@example.com\n\nHi",
            "Ada\r\n\r\nHi",
            "\u{85}Ada\u{2028}",
        ] {
            let mail = composed("ada@example.com", Some(name)).expect("a mail");
            let headers = headers(&mail);
            assert_eq!(headers.len(), plain, "{mail}");
            assert!(!headers.iter().any(|line| line.to_lowercase().starts_with("bcc")), "{mail}");
        }
        for address in
            ["ada@example.com\r\nBcc: eve@example.com", "ada@example.com\n", "ada", "a@b.com, c@d.com"]
        {
            assert!(composed(address, None).expect_err(address).is_final());
        }
    }

    #[test]
    fn letters_beyond_ascii_arrive() {
        let mail = composed("ada@ex\u{e4}mple.com", Some("\u{c5}da")).expect("a mail");
        assert!(
            mail.contains("=?utf-8?b?") && mail.contains("Content-Transfer-Encoding: quoted-printable"),
            "{mail}"
        );
        assert!(composed("\u{e4}da@example.com", None).is_ok());
    }
}
