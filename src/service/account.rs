//! The account as such: another password, and its end.

use std::time::Duration;

use crate::deadline::in_time;
use crate::field::Invalid;
use crate::id::UserId;
use crate::secret::Secret;
use crate::store::Owner;
use crate::throttle::Attempt;

use super::sign_in::{Client, Session};
use super::{Answer, Refusal, Services};

/// How fresh the token has to be of someone who has no password to show.
const FRESH: Duration = Duration::from_mins(5);

impl Services {
    /// Sets another password, ends every sign-in there was, and begins a new one. The user is told by mail.
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
        let judged = in_time(self.passwords.judge(self.password_policy, new, &context)).await??;
        let password = judged.map_err(|weak| Invalid::new("newPassword", weak.to_string()))?;
        let hash = in_time(self.passwords.hash(password)).await??;
        let visit = self.visit(client);
        let sign_in = self.new_sign_in(user, &visit)?;
        let set = credentials.replace_password(&account, &hash, sign_in.as_ref(), visit.now).await?;
        self.begun(set.ok_or(Refusal::Unauthenticated)?, sign_in, visit.now)
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
            // It stays counted for its address: erasing is work, and accounts to erase are easily made.
            counted.give_back_to_account();
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
