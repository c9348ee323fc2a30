//! Connections to PostgreSQL that go from one request straight to the next.
//!
//! The driver's pool asks each connection that comes back to it whether it still lives: a round trip, as dear as a short
//! statement. Here a connection whose work ended well is kept for the next request as it is. One whose work broke off
//! goes back to the driver's pool, which looks after it.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Connection, PgConnection, PgPool, Postgres};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::ACQUIRE;

/// A connection that was idle for longer is asked whether it still lives before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(10);
/// How long it may take to answer that.
const PING: Duration = Duration::from_secs(1);
/// A connection that was idle for longer is closed when another one is given back.
const LONGEST_IDLE: Duration = Duration::from_mins(10);
/// A connection goes from request to request for so long at the most, before the driver's pool closes it: what the server
/// has set aside for it grows.
const LONGEST_LIFE: Duration = Duration::from_mins(30);

/// As many connections as the driver's pool may have open.
#[derive(Clone)]
pub(crate) struct Connections {
    pool: PgPool,
    places: Arc<Semaphore>,
    idle: Arc<Idle>,
}

/// The one that was used last comes first, so that those that nobody needs grow old and are closed.
#[derive(Default)]
struct Idle {
    list: Mutex<Vec<Kept>>,
    /// What was given back before is asked whether it still lives before it is used.
    doubted: Mutex<Option<Instant>>,
}

struct Kept {
    connection: PoolConnection<Postgres>,
    opened: Instant,
    since: Instant,
}

/// A connection that is somebody's to use.
pub(crate) struct Lent {
    connection: PoolConnection<Postgres>,
    opened: Instant,
    place: OwnedSemaphorePermit,
    home: Connections,
    doubt: Doubt,
}

/// Dropped with a connection whose work broke off: what broke it off may have broken the kept ones as well.
struct Doubt(Option<Arc<Idle>>);

impl Connections {
    pub(super) fn new(pool: PgPool) -> Self {
        let most = usize::try_from(pool.options().get_max_connections()).unwrap_or(Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self { pool, places, idle: Arc::default() }
    }

    /// A connection on which nothing is under way.
    pub(crate) async fn lend(&self) -> Result<Lent, sqlx::Error> {
        timeout(ACQUIRE, self.find()).await.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    async fn find(&self) -> Result<Lent, sqlx::Error> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let (connection, opened) = match self.kept().await {
            Some(kept) => kept,
            None => (Box::pin(self.pool.acquire()).await?, Instant::now()),
        };
        let doubt = Doubt(Some(Arc::clone(&self.idle)));
        Ok(Lent { connection, opened, place, home: self.clone(), doubt })
    }

    /// One that was given back, if it still lives.
    async fn kept(&self) -> Option<(PoolConnection<Postgres>, Instant)> {
        loop {
            let Kept { mut connection, opened, since } = self.idle.list().pop()?;
            if since.elapsed() < TRUSTED_IDLE && self.idle.doubted().is_none_or(|doubted| since > doubted) {
                return Some((connection, opened));
            }
            if let Ok(Ok(())) = timeout(PING, Box::pin(connection.ping())).await {
                return Some((connection, opened));
            }
            // What the driver's pool would ask it as well.
            connection.close_on_drop();
        }
    }

    /// Closes all, once none is lent any more, and lends none from there on.
    pub(super) async fn close(&self) {
        let closed = self.pool.close();
        self.idle.list().clear();
        closed.await;
    }
}

impl Idle {
    fn list(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn doubted(&self) -> MutexGuard<'_, Option<Instant>> {
        self.doubted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Doubt {
    fn drop(&mut self) {
        if let Some(idle) = &self.0 {
            *idle.doubted() = Some(Instant::now());
        }
    }
}

impl Lent {
    /// Gives it back when nothing is under way on it.
    pub(crate) fn give_back(self) {
        let Self { mut connection, opened, place, home, mut doubt } = self;
        doubt.0 = None;
        if opened.elapsed() > LONGEST_LIFE {
            connection.close_on_drop();
            return;
        }
        let mut idle = home.idle.list();
        // One that comes after `close` must not be kept from it.
        if home.pool.is_closed() {
            return;
        }
        idle.push(Kept { connection, opened, since: Instant::now() });
        let oldest = (idle[0].since.elapsed() > LONGEST_IDLE).then(|| idle.remove(0));
        drop(idle);
        drop(place);
        if let Some(mut oldest) = oldest {
            oldest.connection.close_on_drop();
        }
    }
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
