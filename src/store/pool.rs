//! Connections, and the one place that knows which database they lead to.

use std::io;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgPool, SqlitePool};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::folder::{make_private, make_private_file};
use crate::secret::Secret;

use super::error::is_passing;
use super::migrate::Migrate;
use super::{OpenError, Store, StoreError};

/// How long a request waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);
/// How long SQLite waits for another process's write.
const BUSY: Duration = Duration::from_secs(5);
/// A connection that was idle for longer is asked whether it still lives before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(10);
/// How long one try to reach the database may take at start.
const ATTEMPT: Duration = Duration::from_secs(5);
/// The pause between two such tries.
const RETRY: Duration = Duration::from_millis(500);
/// What the writer may keep of the file in memory, in KiB after SQLite's minus sign. Every index of a task is another page
/// to change; with SQLite's own 2 MiB, many tasks at once would push each other's pages out.
const WRITER_CACHE: &str = "-16384";
/// A row more than the largest page holds, so that a page never waits for its reader.
const ROW_BUFFER: usize = 128;

/// Where the data is and how it is reached.
#[derive(Debug, Clone)]
pub struct Database {
    /// `sqlite://…` or `postgres://…`; may hold a password.
    pub url: Secret,
    /// How many connections read at once (SQLite) or are open at the most (PostgreSQL).
    pub connections: u32,
    /// How long to go on trying at start.
    pub wait: Duration,
    /// How long a statement may take before PostgreSQL ends it.
    pub statement: Duration,
    /// How long an access token may count: what ends it earlier has to be remembered as long.
    pub token_life: Duration,
}

/// Which database it is, where their dialects differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The embedded one.
    Sqlite,
    /// The one with a server.
    Postgres,
}

/// SQLite lets one write at a time. One connection that all writes queue for is fair and never meets a busy database.
#[derive(Clone)]
pub(super) struct SqlitePools {
    pub(super) writer: SqlitePool,
    pub(super) reader: SqlitePool,
}

/// Writes of one owner stand in line for the owner's clock, each with its connection. Half of the connections is the most
/// that they may hold, so that one owner's line holds up nobody's reading.
#[derive(Clone)]
pub(super) struct PostgresPools {
    pub(super) all: PgPool,
    pub(super) writes: Arc<Semaphore>,
}

#[derive(Clone)]
pub(super) enum Pool {
    Sqlite(SqlitePools),
    Postgres(PostgresPools),
}

/// Runs the same expression on whichever pool the store has, for reading.
macro_rules! on_pool {
    ($store:expr, |$pool:ident| $body:expr) => {
        match &$store.pool {
            $crate::store::pool::Pool::Sqlite(pools) => {
                let $pool = &pools.reader;
                $body
            }
            $crate::store::pool::Pool::Postgres(pools) => {
                let $pool = &pools.all;
                $body
            }
        }
    };
}
pub(super) use on_pool;

impl Store {
    /// Connects, waiting for the database if it has to, and makes sure that its tables are this release's.
    pub async fn open(database: &Database, migrate: Migrate) -> Result<Self, OpenError> {
        let pool = match database.kind()? {
            Kind::Sqlite => Pool::Sqlite(open_sqlite(database, migrate).await?),
            Kind::Postgres => Pool::Postgres(open_postgres(database, migrate).await?),
        };
        let store = Self {
            pool,
            cut_offs: Arc::default(),
            token_life: database.token_life,
            acquaintances: Arc::default(),
            bell: Arc::default(),
        };
        store.learn_cut_offs().await.map_err(OpenError::Unreachable)?;
        Ok(store)
    }

    /// Which database it is.
    pub fn kind(&self) -> Kind {
        match self.pool {
            Pool::Sqlite(_) => Kind::Sqlite,
            Pool::Postgres(_) => Kind::Postgres,
        }
    }

    /// Whether the database answers.
    #[expect(clippy::disallowed_methods, reason = "reads no table")]
    pub async fn ping(&self) -> Result<(), StoreError> {
        on_pool!(self, |pool| sqlx::query("select 1").execute(pool).await.map(|_| ())?);
        Ok(())
    }

    /// Gives all connections back to the database, after what they are doing.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pools) => {
                pools.reader.close().await;
                pools.writer.close().await;
            }
            Pool::Postgres(pools) => pools.all.close().await,
        }
    }
}

impl Database {
    /// Which database the address leads to.
    pub fn kind(&self) -> Result<Kind, OpenError> {
        match self.url.expose().split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Kind::Sqlite),
            Some("postgres" | "postgresql") => Ok(Kind::Postgres),
            _ => Err(OpenError::Address("it must begin with sqlite:// or postgres://".to_owned())),
        }
    }

    /// Where the data is, without user or password.
    pub fn describe(&self) -> Result<String, OpenError> {
        Ok(match self.kind()? {
            Kind::Sqlite => format!("SQLite, {}", self.sqlite()?.get_filename().display()),
            Kind::Postgres => {
                let options = self.postgres()?;
                let name = options.get_database().unwrap_or_default();
                format!("PostgreSQL, {}:{}/{name}", options.get_host(), options.get_port())
            }
        })
    }

    fn sqlite(&self) -> Result<SqliteConnectOptions, OpenError> {
        let options = SqliteConnectOptions::from_str(self.url.expose())
            .map_err(|_| OpenError::Address("it is no address of a SQLite file".to_owned()))?;
        // The driver turns `:memory:` into such a name; each connection would have a database of its own.
        let is_nameless = options.get_filename().to_string_lossy().starts_with("file:sqlx-in-memory");
        let query = self.url.expose().split_once('?').map_or("", |(_, query)| query);
        if is_nameless || query.split('&').any(|option| option == "mode=memory") {
            return Err(OpenError::Address(
                "a database in memory would be gone with each connection".to_owned(),
            ));
        }
        Ok(options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .row_buffer_size(ROW_BUFFER)
            .pragma("mmap_size", "268435456")
            // What is deleted is overwritten: a file, or a copy of it, is not to tell of those who left.
            .pragma("secure_delete", "on")
            .pragma("trusted_schema", "off"))
    }

    fn postgres(&self) -> Result<PgConnectOptions, OpenError> {
        PgConnectOptions::from_str(self.url.expose())
            .map(|options| options.application_name("taskward"))
            .map_err(|_| OpenError::Address("it is no address of a PostgreSQL database".to_owned()))
    }
}

async fn open_sqlite(database: &Database, migrate: Migrate) -> Result<SqlitePools, OpenError> {
    let options = database.sqlite()?;
    prepare_file(options.get_filename(), migrate)?;
    let writing = options.clone().pragma("cache_size", WRITER_CACHE);
    let first = retry(database.wait, || writing.connect()).await?;
    migrate.sqlite(first).await?;
    // Readers come and go with the load; the writer stays, so that the write-ahead log has one keeper.
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        // When the disk is full SQLite rolls back by itself, and the driver goes on counting a transaction that is not
        // there. The ping lets what was queued be done first.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_lazy_with(writing);
    let reader = SqlitePoolOptions::new()
        .max_connections(database.connections)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .connect_lazy_with(options.read_only(true));
    Ok(SqlitePools { writer, reader })
}

/// Makes the file, for its owner alone, unless it is there. Without leave to make tables there is nothing to make it for.
fn prepare_file(path: &Path, migrate: Migrate) -> Result<(), OpenError> {
    if path.exists() {
        return Ok(());
    }
    if migrate == Migrate::Check {
        return Err(OpenError::Older(Migrate::first()));
    }
    let refused = |error| OpenError::Address(format!("cannot make the file {}: {error}", path.display()));
    make_private(path.parent().unwrap_or(Path::new(""))).map_err(refused)?;
    make_private_file(path).map_err(refused)
}

async fn open_postgres(database: &Database, migrate: Migrate) -> Result<PostgresPools, OpenError> {
    let options = database.postgres()?;
    let first = retry(database.wait, || options.connect()).await?;
    migrate.postgres(first).await?;
    // A request that ran out of time has gone; its statement must not keep the connection.
    let limit = database.statement.as_millis().to_string();
    let options = options.options([("statement_timeout", &limit), ("lock_timeout", &limit)]);
    let all = PgPoolOptions::new()
        .max_connections(database.connections)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .before_acquire(|connection, idle| {
            Box::pin(async move {
                if idle.idle_for < TRUSTED_IDLE {
                    return Ok(true);
                }
                connection.ping().await.map(|()| true)
            })
        })
        .connect_lazy_with(options);
    let writes = usize::try_from(database.connections.div_ceil(2)).unwrap_or(1);
    Ok(PostgresPools { all, writes: Arc::new(Semaphore::new(writes)) })
}

/// Connects, and while the database cannot be reached goes on trying for so long.
async fn retry<C, F>(wait: Duration, mut connect: impl FnMut() -> F) -> Result<C, OpenError>
where
    F: Future<Output = Result<C, sqlx::Error>>,
{
    let started = Instant::now();
    loop {
        // A host that drops packets would be waited for much longer.
        let error = match timeout(ATTEMPT, connect()).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) => error,
            Err(_) => sqlx::Error::Io(io::ErrorKind::TimedOut.into()),
        };
        let retryable = is_passing(&error);
        let error = StoreError::from(error);
        if !retryable || started.elapsed() >= wait {
            return Err(OpenError::Unreachable(error));
        }
        tracing::warn!(%error, "waiting for the database");
        sleep(RETRY).await;
    }
}
