//! Mails over SMTP.

use std::error::Error as _;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio::time::timeout;

use super::{MailFault, SmtpUrl};

/// How long a mail server may take for one answer.
const ANSWER: Duration = Duration::from_secs(20);
/// How long it may take for a whole mail.
const MAIL: Duration = Duration::from_mins(1);

pub(super) struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl Smtp {
    pub(super) fn new(url: &SmtpUrl) -> Result<Self, MailFault> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
            .map_err(|error| MailFault::lasting(format!("it cannot be used: {}", cause(&error))))?;
        Ok(Self(builder.timeout(Some(ANSWER)).build()))
    }

    pub(super) async fn send(&self, message: Message) -> Result<(), MailFault> {
        match timeout(MAIL, self.0.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(fault(&error)),
            Err(_) => Err(MailFault::passing("the mail server takes too long")),
        }
    }

    pub(super) async fn close(&self) {
        self.0.shutdown().await;
    }
}

/// What the server said stays here: it likes to quote the address.
fn fault(error: &Error) -> MailFault {
    match error.status() {
        // Ours to mend in the settings, after which the mail may go: signing in (RFC 4954, section 6).
        Some(code) if matches!(u16::from(code), 530..=538) => {
            MailFault::passing(format!("the mail server refuses user and password of SMTP_URL ({code})"))
        }
        Some(code) if error.is_permanent() => {
            MailFault::lasting(format!("the mail server refuses it ({code})"))
        }
        Some(code) => MailFault::passing(format!("the mail server puts it off ({code})")),
        // The library's own words, such as for a server without STARTTLS.
        None if error.is_client() => {
            MailFault::passing(format!("the mail server will not do: {}", cause(error)))
        }
        None if error.is_response() => {
            MailFault::passing("the mail server answers in no way that SMTP knows")
        }
        None => MailFault::passing(format!("no connection to the mail server: {}", cause(error))),
    }
}

fn cause(error: &Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}
