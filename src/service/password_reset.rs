//! Choosing a new password without the old one.

use crate::auth::{LinkToken, LinkTokenHash};
use crate::deadline::in_time;
use crate::email::EmailAddress;
use crate::field::Invalid;
use crate::id::UserId;
use crate::mail::AppUrl;
use crate::secret::Secret;
use crate::store::{MailKind, Store};
use crate::throttle::Attempt;
use crate::time::Timestamp;

use super::post_office::RESET_PAGE;
use super::{Answer, Client, Refusal, Services};

/// What lets its holder choose a user's password.
#[derive(Debug)]
pub struct ResetLink {
    /// To be handed to the user and to nobody else.
    pub link: Secret,
    /// How long it counts.
    pub until: Timestamp,
}

impl ResetLink {
    /// Makes a link for this user, in place of any that is still out. `None` when there is no such user, when they are
    /// disabled, and when another issuer signs them in.
    pub async fn make(store: &Store, user: UserId, app: &AppUrl, now: Timestamp) -> Answer<Option<Self>> {
        let token = LinkToken::fresh()?;
        let until = now + MailKind::PasswordReset.life();
        let put = store.email_tokens().put_reset(user, &token.hash, until).await?;
        Ok(put.map(|()| Self { link: app.link(RESET_PAGE, &token.text), until }))
    }
}

/// The same for a token that never was, that was used and that has expired: nobody learns which.
pub(super) fn no_such_token() -> Invalid {
    Invalid::new("token", "The link has expired, was used before, or is not whole. Ask for a new one.")
}

impl Services {
    /// Has a link sent to the account of this address. Nobody learns from the answer, or from how long it takes, whether
    /// there is one.
    pub async fn request_password_reset(&self, email: &EmailAddress, client: &Client) -> Answer<()> {
        let attempt = Attempt::RequestPasswordReset(email);
        self.throttle.check(attempt, client.address).map_err(Refusal::RateLimited)?;
        Ok(self.store.outbox().ask_for_reset(email, self.clock.now()).await?)
    }

    /// Sets a new password, ends every sign-in, and tells the user. Nobody is signed in by it.
    ///
    /// A password that is refused leaves the token as it was, so that the same link can be used with a better one.
    pub async fn reset_password(&self, token: &Secret, new_password: &Secret, client: &Client) -> Answer<()> {
        let counted =
            self.throttle.check(Attempt::ResetPassword, client.address).map_err(Refusal::RateLimited)?;
        let tokens = self.store.email_tokens();
        let token = LinkTokenHash::of(token);
        let user = tokens.resets(&token, self.clock.now()).await?.ok_or_else(no_such_token)?;
        // Nobody was guessing. From here on it is how many passwords are judged that counts.
        counted.give_back();
        let attempt = Attempt::ResetPasswordOf(user.id);
        let counted = self.throttle.check(attempt, client.address).map_err(Refusal::RateLimited)?;
        let context = [user.email.as_str(), user.name.as_deref().unwrap_or_default()];
        let judged = in_time(self.passwords.judge(self.password_policy, new_password, &context)).await??;
        let password = judged.map_err(|weak| Invalid::new("newPassword", weak.to_string()))?;
        let hash = in_time(self.passwords.hash(password)).await??;
        let credentials = self.store.credentials();
        let set = credentials.reset_password(user.id, &token, &hash, self.clock.now()).await?;
        set.ok_or_else(no_such_token)?;
        counted.give_back();
        Ok(())
    }
}
