//! Registering and logging in, and the session that both end in.

use std::net::IpAddr;

use uuid::Uuid;

use crate::auth::{AccessToken, Recipient, RefreshToken, Verdict};
use crate::deadline::in_time;
use crate::email::EmailAddress;
use crate::field::{Invalid, PersonName};
use crate::id::{SignInId, UserId};
use crate::secret::Secret;
use crate::store::{Account, NewSignIn, NewUser, User, Visit};
use crate::throttle::{Attempt, Counted};
use crate::time::Timestamp;

use super::{Answer, Refusal, Services};

/// The caller's program, as far as it can be seen.
#[derive(Debug, Clone)]
pub struct Client {
    /// Where the connection came from.
    pub address: IpAddr,
    /// What it calls itself.
    pub user_agent: Option<String>,
}

/// Someone who wants an account.
#[derive(Debug)]
pub struct Registration {
    /// What they will sign in with.
    pub email: EmailAddress,
    /// What shall be their password.
    pub password: Secret,
    /// What to call them.
    pub name: Option<PersonName>,
}

/// Someone who says that an account is theirs.
#[derive(Debug)]
pub struct Login {
    /// What was typed; an address that cannot exist is as unknown as one that could.
    pub email: Option<EmailAddress>,
    /// What they say is their password.
    pub password: Secret,
}

/// A user who has just proved who they are, and the tokens to prove it with from here on.
#[derive(Debug)]
pub struct Session {
    /// Who it is.
    pub user: User,
    /// For the requests that follow.
    pub token: AccessToken,
    /// For another session when the token has expired; `None` where refresh tokens are switched off.
    pub refresh: Option<Refresh>,
}

/// A refresh token that was just made.
#[derive(Debug)]
pub struct Refresh {
    /// What the client trades.
    pub text: Secret,
    /// When it counts no more, unless it is traded before.
    pub ends_at: Timestamp,
}

impl Services {
    /// Makes an account and signs its user in.
    pub async fn register(&self, new: Registration, client: &Client) -> Answer<Session> {
        let attempt = Attempt::Register(&new.email);
        let counted = self.throttle.check(attempt, client.address).map_err(Refusal::RateLimited)?;
        let context = [new.email.as_str(), new.name.as_ref().map_or("", PersonName::as_str)];
        let judged = in_time(self.passwords.judge(self.password_policy, &new.password, &context)).await??;
        let password = match judged {
            Ok(password) => password,
            Err(weak) => {
                // Weak passwords for an email that is free must not keep its owner from registering.
                counted.give_back_to_account();
                return Err(Invalid::new("password", weak.to_string()).into());
            }
        };
        let password_hash = in_time(self.passwords.hash(password)).await??;
        let (id, visit) = (UserId::fresh(), self.visit(client));
        let user = NewUser { id, email: new.email, name: new.name, password_hash, now: visit.now };
        let sign_in = self.new_sign_in(id, &visit)?;
        match self.store.credentials().add(&user, sign_in.as_ref()).await? {
            Some(account) => self.begun(account, sign_in, visit.now),
            None => Err(Refusal::Conflict("This email address has an account already.").into()),
        }
    }

    /// Signs a user in. An unknown address and a wrong password read the same and take the same time.
    pub async fn login(&self, login: Login, client: &Client) -> Answer<Session> {
        let credentials = self.store.credentials();
        let known = match &login.email {
            Some(email) => credentials.by_email(email).await?,
            None => None,
        };
        let user = known.as_ref().map(|account| account.user.id);
        let attempt = |known_device| Attempt::Login { email: login.email.as_ref(), known_device };
        let counted = self.count_guess(attempt, user, client).await?;
        let account = self.confirm(known, &login.password).await?;
        counted.give_back();
        if account.is_disabled {
            return Err(Refusal::Forbidden("This account is disabled.").into());
        }
        let visit = self.visit(client);
        let sign_in = self.new_sign_in(account.user.id, &visit)?;
        if let Some(new) = &sign_in
            && !credentials.begin_sign_in(&account, new).await?
        {
            // All sign-ins were ended since the account was read: the password that was shown may be the old one.
            return Err(Refusal::InvalidCredentials.into());
        }
        self.begun(account, sign_in, visit.now)
    }

    /// Counts a guess at a password. Who has used up the strangers' share of the account may still try from where the user
    /// is signed in. An account that there is not costs the same look.
    pub(super) async fn count_guess<'g>(
        &self,
        attempt: impl Fn(bool) -> Attempt<'g>,
        user: Option<UserId>,
        client: &Client,
    ) -> Answer<Counted<'_>> {
        let wait = match self.throttle.check(attempt(false), client.address) {
            Ok(counted) => return Ok(counted),
            Err(wait) => wait,
        };
        let user = user.unwrap_or(UserId::from(Uuid::nil()));
        if !self.store.credentials().is_known_at(user, client.address, self.clock.now()).await? {
            return Err(Refusal::RateLimited(wait).into());
        }
        Ok(self.throttle.check(attempt(true), client.address).map_err(Refusal::RateLimited)?)
    }

    /// The account, if this is its password. Takes the same time for an account that there is not.
    pub(super) async fn confirm(&self, account: Option<Account>, password: &Secret) -> Answer<Account> {
        let stored = account.as_ref().and_then(|account| account.password_hash.clone());
        let verdict = in_time(self.passwords.verify(password, stored.as_ref())).await??;
        let (Verdict::Right { rehash }, Some(account), Some(stored)) = (verdict, account, stored) else {
            return Err(Refusal::InvalidCredentials.into());
        };
        if let Some(stronger) = rehash {
            // Whoever knows the password gets in; the stronger hash can wait for the next time.
            if let Err(error) = self.store.credentials().rehash(account.user.id, &stored, &stronger).await {
                tracing::warn!(%error, "a stronger password hash could not be stored");
            }
        }
        Ok(account)
    }

    /// What is to be begun for a user who comes in; nothing where there are no refresh tokens.
    pub(super) fn new_sign_in(&self, user: UserId, visit: &Visit) -> Answer<Option<NewSignIn>> {
        let new = |rules| Ok(NewSignIn::new(RefreshToken::fresh(user)?, rules, visit.clone()));
        self.refresh.map(new).transpose()
    }

    /// A session for a user whose sign-in has begun.
    pub(super) fn begun(
        &self,
        account: Account,
        sign_in: Option<NewSignIn>,
        now: Timestamp,
    ) -> Answer<Session> {
        let id = sign_in.as_ref().map(|new| new.id);
        let refresh = sign_in.map(|new| Refresh { text: new.token.text(), ends_at: new.ends_at });
        self.session(account.user, account.epoch, id, refresh, now)
    }

    pub(super) fn session(
        &self,
        user: User,
        epoch: i32,
        sign_in: Option<SignInId>,
        refresh: Option<Refresh>,
        now: Timestamp,
    ) -> Answer<Session> {
        let token =
            self.issuer.issue(&Recipient { user: user.id, email: &user.email, sign_in, epoch }, now)?;
        Ok(Session { user, token, refresh })
    }

    pub(super) fn visit(&self, client: &Client) -> Visit {
        Visit { now: self.clock.now(), user_agent: client.user_agent.clone(), address: client.address }
    }
}
