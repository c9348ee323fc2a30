//! Mails: what they say, and how one leaves this process. Knows no database and none of the layers.
//!
//! `settings` reads its addresses, `service` decides what is sent when and calls [`Mailer::send`]. Over SMTP where there
//! is a mail server, otherwise each mail becomes a file.

mod address;
mod files;
mod letter;
mod message;
mod smtp;

use std::fmt;
use std::path::PathBuf;

pub use address::{AppUrl, Sender, SmtpUrl};
pub use letter::Letter;

use crate::time::Timestamp;

use files::Files;
use smtp::Smtp;

/// One mail to one person.
pub struct Mail<'m> {
    /// Names this try to send it, as `Message-ID` and in the file's name: letters, digits and signs that need no quoting.
    pub id: &'m str,
    /// Where it goes.
    pub address: &'m str,
    /// What to call whoever reads it.
    pub name: Option<&'m str>,
    /// What it says.
    pub letter: Letter,
    /// When it is sent.
    pub now: Timestamp,
}

/// The way out for mails.
pub struct Mailer {
    sender: Sender,
    way: Way,
}

enum Way {
    Smtp(Smtp),
    Files(Files),
}

/// Why a mail did not leave. Tells neither its address nor its text, nor what a server said, which may quote both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFault {
    why: String,
    is_final: bool,
}

impl MailFault {
    fn passing(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_final: false }
    }

    fn lasting(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_final: true }
    }

    /// Whether the same mail would be refused again.
    pub fn is_final(&self) -> bool {
        self.is_final
    }
}

impl fmt::Display for MailFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl Mailer {
    /// Sends through a mail server. Has to be called within a runtime.
    pub fn smtp(url: &SmtpUrl, sender: Sender) -> Result<Self, MailFault> {
        Ok(Self { sender, way: Way::Smtp(Smtp::new(url)?) })
    }

    /// Puts each mail into a file of this folder, which is made for its owner alone when it is missing.
    pub fn files(folder: PathBuf, sender: Sender) -> Self {
        Self { sender, way: Way::Files(Files(folder)) }
    }

    /// Sends a mail and answers in which file it is, where mails become files.
    pub async fn send(&self, mail: &Mail<'_>) -> Result<Option<PathBuf>, MailFault> {
        let message = message::compose(mail, &self.sender)?;
        match &self.way {
            Way::Smtp(smtp) => smtp.send(message).await.map(|()| None),
            Way::Files(files) => files.write(mail, &message).await.map(Some),
        }
    }

    /// Says goodbye to the mail server.
    pub async fn close(&self) {
        if let Way::Smtp(smtp) = &self.way {
            smtp.close().await;
        }
    }
}
