//! Registering and logging in.

use std::net::IpAddr;

use crate::auth::AccessToken;
use crate::auth::Verdict;
use crate::email::EmailAddress;
use crate::field::{Invalid, PersonName};
use crate::id::UserId;
use crate::secret::Secret;
use crate::store::{NewUser, User};
use crate::throttle::Attempt;

use super::{Answer, Refusal, Services};

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

/// A user who has just proved who they are, and the token to prove it with from here on.
#[derive(Debug)]
pub struct Session {
    /// Who it is.
    pub user: User,
    /// For the requests that follow.
    pub token: AccessToken,
}

impl Services {
    /// Makes an account and signs its user in.
    pub async fn register(&self, new: Registration, client: IpAddr) -> Answer<Session> {
        let counted =
            self.throttle.check(Attempt::Register(&new.email), client).map_err(Refusal::RateLimited)?;
        let context = [new.email.as_str(), new.name.as_ref().map_or("", PersonName::as_str)];
        let judged = self.passwords.judge(self.password_policy, &new.password, &context).await?;
        let password = match judged {
            Ok(password) => password,
            Err(weak) => {
                // Weak passwords for an email that is free must not keep its owner from registering.
                counted.give_back_to_account();
                return Err(Invalid::new("password", weak.to_string()).into());
            }
        };
        let password_hash = self.passwords.hash(password).await?;
        let user = NewUser {
            id: UserId::fresh(),
            email: new.email,
            name: new.name,
            password_hash,
            now: self.clock.now(),
        };
        match self.store.credentials().add(&user).await? {
            Some(user) => self.session(user),
            None => Err(Refusal::Conflict("This email address has an account already.").into()),
        }
    }

    /// Signs a user in. An unknown address and a wrong password read the same and take the same time.
    pub async fn login(&self, login: Login, client: IpAddr) -> Answer<Session> {
        let attempt = Attempt::Login { email: login.email.as_ref(), known_device: false };
        let counted = self.throttle.check(attempt, client).map_err(Refusal::RateLimited)?;
        let credentials = self.store.credentials();
        let known = match &login.email {
            Some(email) => credentials.by_email(email).await?,
            None => None,
        };
        let (user, stored) = known.map_or((None, None), |(user, stored)| (Some(user), stored));
        let verdict = self.passwords.verify(&login.password, stored.as_ref()).await?;
        match (verdict, user, stored) {
            (Verdict::Right { rehash }, Some(user), Some(stored)) => {
                counted.give_back();
                if let Some(stronger) = rehash {
                    // Whoever knows the password gets in; the stronger hash can wait for the next time.
                    if let Err(error) = credentials.rehash(user.id, &stored, &stronger).await {
                        tracing::warn!(%error, "a stronger password hash could not be stored");
                    }
                }
                self.session(user)
            }
            _ => Err(Refusal::InvalidCredentials.into()),
        }
    }

    fn session(&self, user: User) -> Answer<Session> {
        let token = self.issuer.issue(user.id, &user.email, self.clock.now())?;
        Ok(Session { user, token })
    }
}
