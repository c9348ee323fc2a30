//! The life of a session after its beginning: going on, and ending.

use std::time::Duration;

use crate::auth::{RefreshToken, Salt};
use crate::field::Invalid;
use crate::id::{SignInId, UserId};
use crate::secret::Secret;
use crate::store::{Owner, SignIn, Traded};
use crate::throttle::Attempt;

use super::sign_in::{Client, Refresh, Session};
use super::{Answer, Refusal, Services};

/// How fresh the token has to be of someone who has no password to show.
const FRESH: Duration = Duration::from_mins(5);

impl Services {
    /// Trades a refresh token for a new session. The same token again, within the grace, is given the same successor;
    /// later it ends the chain.
    pub async fn refresh(&self, token: &Secret, client: &Client) -> Answer<Session> {
        let rules = self.refresh.ok_or(Refusal::SignInEnded)?;
        let token = RefreshToken::parse(token.expose()).ok_or(Refusal::SignInEnded)?;
        let visit = self.visit(client);
        // By the chain and not by the user, whom anyone may name in a token that is none.
        let chain = token.handle_digest();
        let counted =
            self.throttle.check(Attempt::Refresh(&chain), client.address).map_err(Refusal::RateLimited)?;
        match self.store.chain(&token).trade(&Salt::fresh()?, rules, &visit).await? {
            Traded::For(successor, signed_in) => {
                counted.give_back_to_address();
                let refresh = Refresh { text: successor.text(), ends_at: signed_in.ends_at };
                self.session(signed_in.user, signed_in.epoch, Some(signed_in.id), Some(refresh), visit.now)
            }
            Traded::Reused(sign_in) => {
                let user = token.user_id();
                tracing::warn!(%user, %sign_in, "security: a refresh token was used twice; its sign-in is ended");
                Err(Refusal::SignInEnded.into())
            }
            Traded::Unknown => Err(Refusal::SignInEnded.into()),
        }
    }

    /// Ends the sign-in that a refresh token belongs to, if it belongs to one.
    pub async fn logout(&self, token: &Secret) -> Answer<()> {
        if let Some(token) = RefreshToken::parse(token.expose()) {
            self.store.chain(&token).end(self.clock.now()).await?;
        }
        Ok(())
    }

    /// Ends every sign-in and every access token of the owner's, the one in use among them.
    pub async fn logout_everywhere(&self, owner: &Owner) -> Answer<()> {
        let is_there = self.store.sign_ins(owner).end_all(self.clock.now()).await?;
        if is_there { Ok(()) } else { Err(Refusal::Unauthenticated.into()) }
    }

    /// Where the owner is signed in.
    pub async fn sign_ins(&self, owner: &Owner) -> Answer<Vec<SignIn>> {
        Ok(self.store.sign_ins(owner).list(self.clock.now()).await?)
    }

    /// One of the places where the owner is signed in.
    pub async fn sign_in(&self, owner: &Owner, id: SignInId) -> Answer<Option<SignIn>> {
        Ok(self.store.sign_ins(owner).find(id, self.clock.now()).await?)
    }

    /// Ends one of the owner's sign-ins and the access tokens that were issued from it.
    pub async fn end_sign_in(&self, owner: &Owner, id: SignInId) -> Answer<()> {
        let was_there = self.store.sign_ins(owner).end(id, self.clock.now()).await?;
        if was_there { Ok(()) } else { Err(Refusal::NotFound.into()) }
    }

    /// Sets another password, ends every sign-in there was, and begins a new one.
    pub async fn change_password(
        &self,
        owner: &Owner,
        current: &Secret,
        new: &Secret,
        client: &Client,
    ) -> Answer<Session> {
        let credentials = self.store.credentials();
        let account = credentials.of(owner).await?.ok_or(Refusal::Unauthenticated)?;
        if account.password_hash.is_none() {
            return Err(Refusal::Forbidden(
                "This account has no password here: another issuer signs you in.",
            )
            .into());
        }
        let user = account.user.id;
        let attempt = |known_device| Attempt::ChangePassword { user, known_device };
        let counted = self.count_guess(attempt, Some(user), client).await?;
        let account = self.confirm(Some(account), current).await?;
        counted.give_back();
        let context = [account.user.email.as_str(), account.user.name.as_deref().unwrap_or_default()];
        let judged = self.passwords.judge(self.password_policy, new, &context).await?;
        let password = judged.map_err(|weak| Invalid::new("newPassword", weak.to_string()))?;
        let hash = self.passwords.hash(password).await?;
        let set = credentials.replace_password(&account, &hash, self.clock.now()).await?;
        let account = set.ok_or(Refusal::Unauthenticated)?;
        self.tell_password_changed(&account.user).await;
        self.begin(account, client).await
    }

    /// Erases the account and everything it owns, for someone who has just proved once more who they are.
    pub async fn delete_account(
        &self,
        owner: &Owner,
        password: Option<&Secret>,
        client: &Client,
    ) -> Answer<UserId> {
        let account = self.store.credentials().of(owner).await?.ok_or(Refusal::Unauthenticated)?;
        if account.password_hash.is_some() {
            let password = password.ok_or_else(|| Invalid::new("password", "is needed once more"))?;
            let user = account.user.id;
            let attempt = |known_device| Attempt::DeleteAccount { user, known_device };
            let counted = self.count_guess(attempt, Some(user), client).await?;
            self.confirm(Some(account), password).await?;
            counted.give_back();
        } else if owner.proved_at() + FRESH < self.clock.now() {
            return Err(Refusal::Forbidden(
                "Sign in again first: this takes a token of the last five minutes.",
            )
            .into());
        }
        let is_deleted = self.store.user(owner).delete(self.clock.now()).await?;
        if is_deleted { Ok(owner.user_id()) } else { Err(Refusal::Unauthenticated.into()) }
    }
}
