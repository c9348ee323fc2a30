//! Why a request was not answered, told apart by whom it concerns.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::{NoChance, PasswordFault, TokenFault};
use crate::deadline::TimeUp;
use crate::field::Invalid;
use crate::store::{Missed, StoreError};

/// What resolvers and services answer with.
pub type Answer<T> = Result<T, Failure>;

/// How long to wait before asking a database again that did not answer.
const DATABASE_RETRY: Duration = Duration::from_secs(1);

/// Why a request was not answered.
///
/// Not `Display`, on purpose: async-graphql makes wire text of every `Display` error; `wire_error` is the only way out.
#[derive(Debug, Clone)]
pub enum Failure {
    /// The caller can act on it. Code and text are public.
    Refused(Refusal),
    /// It will pass. The caller is told when to try again; the cause, if it is not load alone, goes to the log.
    Unavailable(Duration, Option<Fault>),
    /// The request's time was up, and what was begun is as it was.
    TimeUp(TimeUp),
    /// The database did not say whether it committed. The caller has to look.
    Unsettled(Fault),
    /// Ours to mend. It goes to the log; the caller gets `INTERNAL` and a request id.
    Broken(Fault),
}

/// What a caller did that cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is signed in, or the token's user is gone.
    Unauthenticated,
    /// Email and password do not match an account.
    InvalidCredentials,
    /// The refresh token is none, or its sign-in has ended.
    SignInEnded,
    /// They are who they say, and may not do this; the sentence says why.
    Forbidden(&'static str),
    /// It is absent, or another's.
    NotFound,
    /// An argument is not acceptable.
    Invalid(Invalid),
    /// What was deleted since the place that they have read up to is not known any more.
    Forgotten,
    /// It is there already, or was changed meanwhile; the sentence says which.
    Conflict(&'static str),
    /// Too many tries; how long to wait.
    RateLimited(Duration),
}

/// A fault of ours, as the log shall tell it.
#[derive(Clone)]
pub struct Fault(Arc<str>);

impl Fault {
    /// Keeps the text of a cause, which must quote nothing that people own.
    pub fn new(cause: impl fmt::Display) -> Self {
        Self(cause.to_string().into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Self::Refused(Refusal::Invalid(invalid))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoOwner => Self::Refused(Refusal::Unauthenticated),
            StoreError::TimeUp => Self::TimeUp(TimeUp),
            StoreError::Unsettled(_) => Self::Unsettled(Fault::new(error)),
            StoreError::Unavailable(_) => Self::Unavailable(DATABASE_RETRY, Some(Fault::new(error))),
            StoreError::Broken(_) => Self::Broken(Fault::new(error)),
        }
    }
}

impl From<TimeUp> for Failure {
    fn from(time_up: TimeUp) -> Self {
        Self::TimeUp(time_up)
    }
}

impl From<Missed> for Failure {
    fn from(missed: Missed) -> Self {
        Self::Refused(match missed {
            Missed::Absent => Refusal::NotFound,
            Missed::Stale => {
                Refusal::Conflict("It was changed meanwhile: read it again before you change it.")
            }
            Missed::IdTaken => Refusal::Conflict(
                "This id belongs to something that was created with other content, or was deleted.",
            ),
            Missed::NameTaken => Refusal::Conflict("Another one has this name already."),
            Missed::Full => Refusal::Conflict("There are as many as there may be."),
        })
    }
}

impl From<PasswordFault> for Failure {
    fn from(fault: PasswordFault) -> Self {
        match fault {
            PasswordFault::Busy { retry_after } => Self::Unavailable(retry_after, None),
            PasswordFault::Broken { .. } => Self::Broken(Fault::new(fault)),
        }
    }
}

impl From<TokenFault> for Failure {
    fn from(fault: TokenFault) -> Self {
        Self::Broken(Fault::new(fault))
    }
}

impl From<NoChance> for Failure {
    fn from(fault: NoChance) -> Self {
        Self::Broken(Fault::new(fault))
    }
}
