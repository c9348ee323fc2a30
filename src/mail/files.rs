//! Mails as files, where there is no mail server: for trying things out, and for those who pick mails up themselves.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use lettre::Message;

use super::{Mail, MailFault};
use crate::folder::{make_private, owner_only};

/// The folder.
pub(super) struct Files(pub(super) PathBuf);

impl Files {
    /// Writes a mail for the folder's owner alone. It appears as a whole: what is still being written begins with a dot.
    pub(super) async fn write(&self, mail: &Mail<'_>, message: &Message) -> Result<PathBuf, MailFault> {
        let folder = self.0.clone();
        let name = format!("{}-{}.eml", mail.id, mail.letter.slug());
        let text = message.formatted();
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &text)).await;
        let written = written.unwrap_or_else(|panic| Err(io::Error::other(panic)));
        written.map_err(|error| MailFault::passing(format!("MAIL_OUTBOX_DIR cannot be written to: {error}")))
    }
}

fn write(folder: &Path, name: &str, text: &[u8]) -> io::Result<PathBuf> {
    make_private(folder)?;
    let (draft, path) = (folder.join(format!(".{name}")), folder.join(name));
    let mut options = OpenOptions::new();
    let mut file = owner_only(options.write(true).create(true).truncate(true)).open(&draft)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&draft, &path)?;
    Ok(path)
}
