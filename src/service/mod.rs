//! The rules: what may be done, and what becomes of it.
//!
//! Called by `graphql`, which has parsed what came in. Here an absence becomes `NOT_FOUND`, and what two writes cannot
//! both have becomes `CONFLICT`. Lists and look-ups have no rules of their own: resolvers ask the store. One file per
//! subject, all of them methods of [`Services`]; but for [`PostOffice`], which `cli` starts and which nobody waits for.

mod account;
mod change;
mod email_verification;
mod failure;
mod password_reset;
mod post_office;
mod reading;
mod session;
mod sign_in;
mod tag;
mod task;
mod upkeep;
mod user;

use std::sync::Arc;
use std::time::Duration;

use crate::auth::{Issuer, PasswordPolicy, Passwords};
use crate::store::{RefreshRules, Store};
use crate::throttle::Throttle;
use crate::time::Clock;

pub use failure::{Answer, Failure, Fault, Refusal};
pub use password_reset::ResetLink;
pub use post_office::PostOffice;
pub use reading::Readings;
pub use sign_in::{Client, Login, Refresh, Registration, Session};

/// All that the rules work with.
pub struct Services {
    /// The data.
    pub store: Store,
    /// Hashing, and how much of it at once.
    pub passwords: Passwords,
    /// What a new password must be.
    pub password_policy: PasswordPolicy,
    /// Makes access tokens.
    pub issuer: Arc<Issuer>,
    /// How long refresh tokens can be traded; `None` where there are none.
    pub refresh: Option<RefreshRules>,
    /// How long it is remembered what was deleted, for copies that are away.
    pub changes_retention: Duration,
    /// Reads of changes that many wait for.
    pub readings: Readings,
    /// How often one may try.
    pub throttle: Throttle,
    /// When it is.
    pub clock: Clock,
}
