//! Sends what is queued, while nobody waits for it.
//!
//! `cli` starts one in each process. They share the work: a mail is leased to whoever claims it, and goes to another when
//! that one dies. A mail is sent at least once; twice only when a process dies between the two moments in which the mail
//! server has taken it and the row is gone.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::auth::LinkToken;
use crate::mail::{AppUrl, Letter, Mail, Mailer};
use crate::store::{DueMail, MailKind, Store};
use crate::time::{Clock, Timestamp};

use super::Answer;

/// The page that takes the token of a link to choose a new password.
pub(super) const RESET_PAGE: &str = "reset-password";
/// The page that takes the token of a link that shows an address to be one's own.
const VERIFY_PAGE: &str = "verify-email";

/// How long a mail is its sender's; longer than the longest try.
const LEASE: Duration = Duration::from_mins(2);
/// How long to wait before looking for what another process has queued, or has left behind.
const POLL: Duration = Duration::from_secs(10);
/// The pause after the first try; after each further one it is four times as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// Tries; the last comes half a day after the first.
const MOST_TRIES: i16 = 9;

/// Sends what is queued.
pub struct PostOffice {
    /// Where it is queued.
    pub store: Store,
    /// The way out.
    pub mailer: Mailer,
    /// Where the links lead.
    pub app: AppUrl,
    /// When it is.
    pub clock: Clock,
}

/// What came of looking for work.
enum Found {
    Work,
    /// Nothing until then, as far as is known.
    Nothing(Option<Timestamp>),
}

impl PostOffice {
    /// Sends what is queued until it is told to stop. A mail on its way is sent before it does.
    pub async fn run(&self, stop: &CancellationToken) {
        let outbox = self.store.outbox();
        while !stop.is_cancelled() {
            let now = self.clock.now();
            let pause = match self.work(now).await {
                Ok(Found::Work) => continue,
                Ok(Found::Nothing(next)) => next.map_or(POLL, |next| between(now, next).min(POLL)),
                Err(failure) => {
                    tracing::warn!(?failure, "mails have to wait");
                    POLL
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = outbox.rings() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        self.mailer.close().await;
    }

    /// Does all that is due at this moment.
    pub async fn deliver(&self, now: Timestamp) -> Answer<()> {
        while let Found::Work = self.work(now).await? {}
        Ok(())
    }

    /// Settles one request and sends one mail, as far as there are any: neither waits for a crowd of the other.
    async fn work(&self, now: Timestamp) -> Answer<Found> {
        let outbox = self.store.outbox();
        // Only reads, and so costs SQLite's one writer nothing.
        match outbox.next_due().await? {
            Some(due) if due <= now => {}
            next => return Ok(Found::Nothing(next)),
        }
        let settled = outbox.settle_reset(now).await?;
        let claimed = outbox.claim(now, LEASE).await?;
        if let Some(mail) = &claimed {
            self.send(mail, now).await?;
        }
        Ok(if settled || claimed.is_some() { Found::Work } else { Found::Nothing(None) })
    }

    async fn send(&self, mail: &DueMail, now: Timestamp) -> Answer<()> {
        let outbox = self.store.outbox();
        if mail.expires_at <= now || mail.tries > MOST_TRIES {
            tracing::error!(mail = %mail.id, kind = ?mail.kind, tries = mail.tries, "a mail came too late and is given up");
            return Ok(outbox.remove(mail).await?);
        }
        let token = LinkToken::fresh()?;
        let Some(name) = outbox.prepare(mail, &token.hash).await? else {
            tracing::debug!(mail = %mail.id, kind = ?mail.kind, "a mail was withdrawn");
            return Ok(outbox.remove(mail).await?);
        };
        let written = Mail {
            id: &format!("{}-{}", mail.id, mail.tries),
            address: mail.address(),
            name: name.as_deref(),
            letter: self.letter(mail, &token),
            now,
        };
        let fault = match self.mailer.send(&written).await {
            Ok(file) => {
                let file = file.map(|file| tracing::field::display(file.display().to_string()));
                tracing::info!(mail = %mail.id, kind = ?mail.kind, tries = mail.tries, file, "a mail was sent");
                return Ok(outbox.remove(mail).await?);
            }
            Err(fault) => fault,
        };
        let next = now + pause(mail.tries);
        if fault.is_final() || mail.tries == MOST_TRIES || next >= mail.expires_at {
            tracing::error!(mail = %mail.id, kind = ?mail.kind, tries = mail.tries, %fault, "a mail is given up");
            return Ok(outbox.remove(mail).await?);
        }
        tracing::warn!(mail = %mail.id, kind = ?mail.kind, tries = mail.tries, %fault, "a mail will be tried again");
        Ok(outbox.put_off(mail, next).await?)
    }

    fn letter(&self, mail: &DueMail, token: &LinkToken) -> Letter {
        let until = mail.expires_at;
        match mail.kind {
            MailKind::PasswordReset => {
                Letter::PasswordReset { link: self.app.link(RESET_PAGE, &token.text), until }
            }
            MailKind::EmailVerification => {
                Letter::EmailVerification { link: self.app.link(VERIFY_PAGE, &token.text), until }
            }
            MailKind::PasswordChanged => {
                Letter::PasswordChanged { at: mail.created_at, app: self.app.as_str().to_owned() }
            }
        }
    }
}

fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(later.millis() - earlier.millis()).unwrap_or_default())
}

/// How long to wait after so many tries.
fn pause(tries: i16) -> Duration {
    let doubled = u32::try_from(tries.clamp(1, MOST_TRIES) - 1).unwrap_or_default();
    FIRST_PAUSE * 4_u32.pow(doubled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_before_half_a_day_is_over() {
        let pauses: Vec<_> = (1..MOST_TRIES).map(pause).collect();
        assert_eq!(pauses[0], FIRST_PAUSE);
        assert!(pauses.windows(2).all(|pair| pair[1] == pair[0] * 4), "{pauses:?}");
        let whole: Duration = pauses.iter().sum();
        assert!(whole > Duration::from_hours(11) && whole < Duration::from_hours(13), "{whole:?}");
    }

    #[test]
    fn a_reset_is_tried_several_times_before_its_link_expires() {
        let whole: Duration = (1..6).map(pause).sum();
        assert!(whole < MailKind::PasswordReset.life(), "{whole:?}");
    }
}
