//! Showing that an email address is one's own.

use crate::auth::LinkTokenHash;
use crate::secret::Secret;
use crate::store::{MailKind, Owner, User};
use crate::throttle::Attempt;

use super::password_reset::no_such_token;
use super::{Answer, Client, Refusal, Services};

impl Services {
    /// Sends the signed-in user a link that shows their address to be theirs. Whose is known to be already gets none. Whether
    /// another issuer's user reads mails there is for their tokens to say, which would undo what is shown here.
    pub async fn request_email_verification(&self, owner: &Owner, client: &Client) -> Answer<()> {
        if owner.is_of_another_issuer() {
            let message =
                "Another issuer signs you in, and says whether the address is yours: verify it there.";
            return Err(Refusal::Forbidden(message).into());
        }
        let attempt = Attempt::RequestEmailVerification(owner.user_id());
        self.throttle.check(attempt, client.address).map_err(Refusal::RateLimited)?;
        let user = self.me(owner).await?;
        if !user.email_verified {
            self.store.outbox().queue(&user, MailKind::EmailVerification, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Takes a token from such a link for the proof.
    pub async fn verify_email(&self, token: &Secret, client: &Client) -> Answer<User> {
        let counted =
            self.throttle.check(Attempt::VerifyEmail, client.address).map_err(Refusal::RateLimited)?;
        let token = LinkTokenHash::of(token);
        let verified = self.store.email_tokens().verify_email(&token, self.clock.now()).await?;
        let user = verified.ok_or_else(no_such_token)?;
        counted.give_back();
        Ok(user)
    }
}
