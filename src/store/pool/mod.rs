//! Connections, and the one place that knows which database they lead to.

mod kept;
mod lent;
mod postgres;
mod sqlite;

use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::secret::Secret;
pub(super) use postgres::PostgresPools;
pub(super) use sqlite::{BUSY, SqlitePools};

use super::error::is_passing;
use super::migrate::Migrate;
use super::{OpenError, Store, StoreError};

/// How long a request waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);
/// How long one try to reach the database may take at start.
const ATTEMPT: Duration = Duration::from_secs(5);
/// The pause between two such tries.
const RETRY: Duration = Duration::from_millis(500);
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

#[derive(Clone)]
pub(super) enum Pool {
    Sqlite(SqlitePools),
    Postgres(PostgresPools),
}

/// Evaluates the same expression with a connection of whichever database the store has, as long as the request has time.
macro_rules! on_connection {
    ($store:expr, |$connection:ident| $body:expr) => {
        match &$store.pool {
            $crate::store::pool::Pool::Sqlite(pools) => {
                $crate::store::pool::on_connection!(@on pools.reader, |$connection| $body)
            }
            $crate::store::pool::Pool::Postgres(pools) => {
                $crate::store::pool::on_connection!(@on pools.all, |$connection| $body)
            }
        }
    };
    (@on $connections:expr, |$connection:ident| $body:expr) => {{
        let lend = async { Ok($connections.lend().await?) };
        let mut lent = $crate::store::transaction::in_time(lend).await?;
        let $connection = &mut *lent;
        // On the heap: all that waits for it, up to the request, would be as large, and moved about.
        let body = Box::pin(async { Ok($body) });
        let answer = $crate::store::transaction::in_time(body).await?;
        lent.give_back();
        answer
    }};
}
pub(super) use on_connection;

impl Store {
    /// Connects, waiting for the database if it has to, and makes sure that its tables are this release's.
    pub async fn open(database: &Database, migrate: Migrate) -> Result<Self, OpenError> {
        let pool = match database.kind()? {
            Kind::Sqlite => Pool::Sqlite(sqlite::open(database, migrate).await?),
            Kind::Postgres => Pool::Postgres(postgres::open(database, migrate).await?),
        };
        let store = Self {
            pool,
            cut_offs: Arc::default(),
            token_life: database.token_life,
            acquaintances: Arc::default(),
            clocks: Arc::default(),
            herald: Arc::default(),
            followers: Arc::new(Semaphore::new(
                usize::try_from(database.connections.div_ceil(2)).unwrap_or(1),
            )),
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
        on_connection!(self, |connection| sqlx::query("select 1").execute(connection).await.map(|_| ())?);
        Ok(())
    }

    /// Gives all connections back to the database, after what they are doing.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pools) => pools.close().await,
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
