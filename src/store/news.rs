//! Telling those who wait for an owner's changes that there are some, on this instance and on all others.
//!
//! All of it is a hint: a reader looks for changes itself, and what a hint was lost of is found when
//! [`Store::look_for_news`] comes by.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::query::QueryAs;
use sqlx::{FromRow, IntoArguments};
use tokio::sync::SemaphorePermit;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::id::UserId;

use super::bells::Ear;
use super::change::Mark;
use super::herald::PAUSE;
use super::owned_query::{Bind, Value};
use super::pool::{Pool, PostgresPools, on_connection};
use super::{Kind, Owner, Store, StoreError};

/// Where PostgreSQL carries notifications.
const CHANNEL: &str = "taskward_changes";
/// Clocks that one statement looks at.
const AT_ONCE: usize = 1000;
/// After so long without a word the server is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(15);
/// How long it may take to answer that, and to tell others something.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause before the next try to listen.
const AGAIN: Duration = Duration::from_secs(1);

/// Hears when an owner's clock moves.
#[derive(Debug)]
pub struct News(Ear<UserId>);

impl News {
    /// Returns once there may be something behind this place.
    pub async fn beyond(&mut self, mark: Mark) {
        self.0.hear_beyond(mark.has()).await;
    }

    /// Whether there is one write behind this place, as far as is known.
    pub fn is_one_behind(&self, mark: Mark) -> bool {
        mark.reading().is_none() && self.0.heard() == mark.has() + 1
    }
}

impl Store {
    /// Listens for changes of what the owner owns.
    pub fn news(&self, owner: &Owner) -> News {
        News(self.clocks.listen(owner.user_id()))
    }

    /// A place among those who follow changes and are just reading some. Requests are to find connections as well when
    /// all who follow wake at once.
    pub async fn turn_to_follow(&self) -> Option<SemaphorePermit<'_>> {
        self.followers.acquire().await.ok()
    }

    /// The owner's clock has come so far: it was committed.
    pub(super) fn tell(&self, owner: &Owner, mark: Mark) {
        self.clocks.ring(owner.user_id(), mark.has());
        if self.kind() == Kind::Postgres {
            self.herald.note(owner.user_id(), mark.has());
        }
    }

    /// Looks at the clocks of all owners whose changes somebody waits for. To be called every few seconds.
    pub async fn look_for_news(&self) -> Result<(), StoreError> {
        for known in self.clocks.known().chunks(AT_ONCE) {
            let known: HashMap<UserId, i64> = known.iter().copied().collect();
            for (owner, clock) in self.clocks_of(known.keys()).await? {
                self.clocks.correct(owner, clock, known.get(&owner).copied().unwrap_or(clock));
            }
        }
        Ok(())
    }

    async fn clocks_of(
        &self,
        owners: impl Iterator<Item = &UserId>,
    ) -> Result<Vec<(UserId, i64)>, StoreError> {
        let kind = self.kind();
        let owners: Vec<Uuid> = owners.map(|owner| owner.uuid()).collect();
        Ok(on_connection!(self, |connection| look_at_clocks(kind, owners)?.fetch_all(connection).await?))
    }

    /// Tells other instances what moved here, as it does, until it is dropped. One for each process.
    pub async fn tell_others(&self) -> Infallible {
        loop {
            self.herald.bell.notified().await;
            loop {
                let (told, more) = self.herald.take(Instant::now());
                // What cannot be told is found by those whom it concerns.
                let _ = timeout(PATIENCE, self.notify(told)).await;
                sleep(PAUSE).await;
                if !more {
                    break;
                }
            }
        }
    }

    /// Tells other instances all that they have not been told yet.
    pub async fn tell_others_the_rest(&self) -> Result<(), StoreError> {
        self.notify(self.herald.take_all()).await
    }

    #[expect(clippy::disallowed_methods, reason = "reads no table")]
    async fn notify(&self, notifications: Vec<String>) -> Result<(), StoreError> {
        for notification in notifications {
            on_connection!(self, |connection| {
                let notify = sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(notification);
                notify.execute(connection).await?;
            });
        }
        Ok(())
    }

    /// Hears of what moved on other instances, until it is dropped. One for each process.
    pub async fn hear_others(&self) -> Infallible {
        let Pool::Postgres(pools) = &self.pool else { return std::future::pending().await };
        let mut fails = false;
        loop {
            let Err(error) = self.hear(pools, &mut fails).await;
            if !fails {
                tracing::warn!(%error, "other instances are not heard of at once for a while");
            }
            fails = true;
            sleep(AGAIN).await;
        }
    }

    #[expect(clippy::disallowed_methods, reason = "reads no table")]
    async fn hear(&self, pools: &PostgresPools, fails: &mut bool) -> Result<Infallible, StoreError> {
        // Each time another pool: one that lost its only connection without a word has no place for another.
        let ear = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
        let ear = ear.idle_timeout(None).max_lifetime(None).connect_with((*pools.ear).clone()).await?;
        let mut listener = PgListener::connect_with(&ear).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        *fails = false;
        // What was told while nobody listened.
        self.look_for_news().await?;
        loop {
            let Ok(heard) = timeout(SILENCE, listener.try_recv()).await else {
                // A connection that was lost without a word would be listened to for ever.
                let asked = sqlx::query("select 1").execute(&mut listener);
                let silent = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
                timeout(PATIENCE, asked).await.map_err(silent)??;
                continue;
            };
            let lost = || sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
            for (owner, clock) in self.herald.read(heard?.ok_or_else(lost)?.payload()) {
                self.clocks.ring(owner, clock);
            }
        }
    }
}

type Look<'q, DB> = QueryAs<'q, DB, (UserId, i64), <DB as sqlx::Database>::Arguments>;

#[expect(clippy::disallowed_methods, reason = "one look for all who listen; each hears of their own")]
fn look_at_clocks<'q, DB>(kind: Kind, owners: Vec<Uuid>) -> Result<Look<'q, DB>, sqlx::Error>
where
    DB: Bind,
    DB::Arguments: IntoArguments<DB>,
    (UserId, i64): for<'r> FromRow<'r, DB::Row>,
{
    const SQLITE: &str =
        "select owner_id, rev from owner_clock where owner_id in (select unhex(value) from json_each($1))";
    const POSTGRES: &str = "select owner_id, rev from owner_clock where owner_id = any($1)";
    let text = match kind {
        Kind::Sqlite => SQLITE,
        Kind::Postgres => POSTGRES,
    };
    let mut arguments = DB::Arguments::default();
    DB::add(&mut arguments, Value::Ids(owners)).map_err(sqlx::Error::Encode)?;
    Ok(sqlx::query_as_with(text, arguments))
}
