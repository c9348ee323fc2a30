//! The only SQL. Both databases, one text, and no statement on an owned table without its owner.
//!
//! Called by `service` for what has rules, by `graphql` for lists and look-ups, which have none, and by `http` for the
//! proof of who is asking ([`Owner`]), which nearly every other door asks for. Four doors have no such key, and none of
//! them can list: [`Store::credentials`] opens onto email addresses and password hashes, [`Store::chain`] onto the one
//! sign-in that a refresh token belongs to, [`Store::email_tokens`] onto whom a token from a mail belongs to, and
//! [`Store::outbox`] onto the next mail to be sent. [`Store::operator`] is for the command line.
//!
//! ```text
//! VerifiedClaims ── Store::owner ──▶ Owner ── Store::tasks ──▶ OwnedTasks ── OwnedSql ──▶ rows
//! ```

mod bells;
mod by_place;
mod change;
mod clean;
mod credentials;
mod cut_off;
mod digest;
mod email_token;
mod error;
mod held_sql;
mod herald;
mod identity;
mod migrate;
mod news;
mod operator;
mod outbox;
mod owned_query;
mod owned_sql;
mod owner;
mod page;
mod pool;
mod sign_in;
mod tag;
mod task;
mod transaction;
mod user;
mod write;

pub use change::{Change, Changes, Forgotten, Mark, Object, OwnedChanges, Reading, Wanted, What};
pub use credentials::{Account, Credentials, NewUser};
pub use email_token::EmailTokens;
pub use error::{OpenError, StoreError};
pub use migrate::Migrate;
pub use news::News;
pub use operator::{Belongings, Operator, Overview};
pub use outbox::{DueMail, MailKind, Outbox};
pub use owner::Owner;
pub use page::{Direction, Page, Position, Slice, SortKey};
pub use pool::{Database, Kind};
pub use sign_in::{Chain, NewSignIn, OwnedSignIns, RefreshRules, SignIn, SignedIn, Traded, Visit};
pub use tag::{NewTag, OwnedTags, Tag, TagChange};
pub use task::{NewTask, OwnedTasks, Priority, Task, TaskChange, TaskFilter, TaskOrder, TaskSort};
pub use user::{OwnedUser, User};
pub use write::{Missed, Written};

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};

use crate::id::UserId;

use bells::Bells;
use cut_off::CutOffs;
use herald::Herald;
use identity::Acquaintances;
use pool::Pool;

/// Everything that outlives a request. Cheap to clone; all clones share their connections.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    cut_offs: Arc<CutOffs>,
    /// How long the longest-lived access token counts.
    token_life: Duration,
    acquaintances: Arc<Acquaintances>,
    /// Ring when an owner's clock has moved.
    clocks: Arc<Bells<UserId>>,
    /// Tells other instances of it.
    herald: Arc<Herald>,
    /// Places among those who follow changes and are just reading some.
    followers: Arc<Semaphore>,
    /// Rings when something is to be sent.
    bell: Arc<Notify>,
}
