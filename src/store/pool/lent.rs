//! Connections to SQLite, each lent to one statement or transaction at a time.
//!
//! Not the driver's pool, because that cannot stop a statement: whoever stops waiting for one leaves it to run, in the
//! connection's own thread, and the next one waits behind it. Here, a connection that was dropped in the middle of
//! something is interrupted, and is not lent again before it is quiet. One that was given back after the last answer has
//! come is lent again at once, without being asked whether it lives, which would be a trip to its thread.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::ACQUIRE;

/// After how many instructions of its virtual machine SQLite looks whether it is to go on: some 20 µs.
const LOOK: i32 = 1000;

/// So many connections at the most, opened when they are needed.
#[derive(Clone)]
pub(crate) struct Connections {
    options: Arc<SqliteConnectOptions>,
    most: u32,
    places: Arc<Semaphore>,
    idle: Arc<Idle>,
}

/// The one used last comes first: what it has read is still at hand.
#[derive(Default)]
struct Idle(Lock<Vec<Open>>);

#[derive(Clone)]
struct Open {
    connection: Arc<Mutex<SqliteConnection>>,
    /// While it is set, whatever runs on the connection ends as interrupted.
    interrupted: Arc<AtomicBool>,
}

/// A connection that is somebody's to use.
pub(crate) struct Lent {
    connection: OwnedMutexGuard<SqliteConnection>,
    open: Open,
    is_quiet: bool,
    place: Option<OwnedSemaphorePermit>,
    idle: Arc<Idle>,
}

impl Connections {
    pub(super) fn new(options: SqliteConnectOptions, most: u32) -> Self {
        let places = usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        Self {
            options: Arc::new(options),
            most,
            places: Arc::new(Semaphore::new(places)),
            idle: Arc::default(),
        }
    }

    /// A connection on which nothing is under way.
    pub(crate) async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let place = timeout(ACQUIRE, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle.list().pop();
        let open = match idle {
            Some(open) => open,
            None => Box::pin(Open::connect(&self.options)).await?,
        };
        let connection = Arc::clone(&open.connection).lock_owned().await;
        Ok(Lent { connection, open, is_quiet: false, place: Some(place), idle: Arc::clone(&self.idle) })
    }

    /// Closes all, once none is lent any more, and lends none from there on.
    pub(super) async fn close(&self) {
        let _all = self.places.acquire_many(self.most).await;
        self.places.close();
        let idle = std::mem::take(&mut *self.idle.list());
        for connection in idle.into_iter().filter_map(|open| Arc::into_inner(open.connection)) {
            if let Err(error) = connection.into_inner().close().await {
                tracing::warn!(%error, "a connection to SQLite was not closed in good order");
            }
        }
    }
}

impl Idle {
    fn list(&self) -> MutexGuard<'_, Vec<Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    async fn connect(options: &SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let mut connection = options.connect().await?;
        let interrupted = Arc::new(AtomicBool::new(false));
        let looked_at = Arc::clone(&interrupted);
        connection
            .lock_handle()
            .await?
            .set_progress_handler(LOOK, move || !looked_at.load(Ordering::Relaxed));
        Ok(Self { connection: Arc::new(Mutex::new(connection)), interrupted })
    }

    /// Ends what is under way. `false` when the connection is of no more use: it broke, or the driver counts a transaction
    /// that SQLite has rolled back by itself, as it does with a write that is interrupted and when the disk is full.
    async fn quiet(&self) -> bool {
        self.interrupted.store(true, Ordering::Relaxed);
        let mut connection = self.connection.lock().await;
        // Comes back when all is done that was asked for before, a rollback among it.
        let lives = connection.ping().await.is_ok() && !connection.is_in_transaction();
        self.interrupted.store(false, Ordering::Relaxed);
        lives
    }
}

impl Lent {
    /// Gives it back when nothing is under way on it.
    pub(crate) fn give_back(mut self) {
        self.is_quiet = !self.connection.is_in_transaction();
    }
}

impl Deref for Lent {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let (open, place, idle) = (self.open.clone(), self.place.take(), Arc::clone(&self.idle));
        if self.is_quiet {
            idle.list().push(open);
            return;
        }
        // Without a runtime the process is about to end, and SQLite with it.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            if open.quiet().await {
                idle.list().push(open);
            }
            drop(place);
        });
    }
}
