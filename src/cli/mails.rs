//! The sending of mails, started and ended with the server.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Failed;
use super::serve::url;
use crate::mail::{AppUrl, Mailer, Sender};
use crate::service::PostOffice;
use crate::settings::{Delivery, Settings};

/// Who mails in files are from when nothing else is said.
const NOBODY: &str = "Taskward <taskward@localhost>";
/// How long a mail that is on its way may take when the server ends. Past that another process sends it, or the next start.
const LAST_MAIL: Duration = Duration::from_secs(5);

/// Where the links in mails lead: where the settings say, or to the address that is served.
pub(super) fn app_url(settings: &Settings, served: SocketAddr) -> Result<AppUrl, Failed> {
    settings.app_url.clone().map_or_else(|| url(settings, served).parse().map_err(Failed::new), Ok)
}

/// The way out for mails that the settings choose.
pub(super) fn mailer(settings: &Settings) -> Result<Mailer, Failed> {
    match settings.delivery()? {
        Delivery::Smtp(url, sender) => {
            Mailer::smtp(&url, sender).map_err(|fault| Failed::new(format_args!("SMTP_URL: {fault}.")))
        }
        Delivery::Files(folder) => {
            let nobody = || NOBODY.parse::<Sender>().map_err(Failed::new);
            let sender = settings.mail_from.clone().map_or_else(nobody, Ok)?;
            Ok(Mailer::files(folder, sender))
        }
    }
}

/// Mails being sent.
pub(super) struct Posting {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Posting {
    pub(super) fn start(office: PostOffice) -> Self {
        let stop = CancellationToken::new();
        let asked = stop.clone();
        Self { stop, task: tokio::spawn(async move { office.run(&asked).await }) }
    }

    /// Returns when no mail is on its way any more.
    pub(super) async fn end(self) {
        self.stop.cancel();
        if tokio::time::timeout(LAST_MAIL, self.task).await.is_err() {
            tracing::warn!("a mail was still on its way; it will be sent again");
        }
    }
}
