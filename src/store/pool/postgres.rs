//! Connections to PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::super::migrate::Migrate;
use super::super::{OpenError, StoreError};
use super::kept::Connections;
use super::{ACQUIRE, Database, retry};

/// How long a connection may take to end what nobody waits for any more; longer, and it is closed.
const LINGER: Duration = Duration::from_millis(50);
/// How often PostgreSQL looks whether whoever sent a statement is still there, in milliseconds.
const LOOK: &str = "100";

/// Writes of one owner stand in line for the owner's clock, each with its connection. Half of the connections is the most
/// that they may hold (all where there is but one), so that one owner's line holds up nobody's reading.
#[derive(Clone)]
pub(crate) struct PostgresPools {
    pub(crate) all: Connections,
    /// For the one connection on which this instance hears of others.
    pub(crate) ear: Arc<PgConnectOptions>,
    writes: Arc<Semaphore>,
}

impl PostgresPools {
    /// A place among those who write.
    pub(crate) async fn turn(&self) -> Result<SemaphorePermit<'_>, sqlx::Error> {
        let turn = timeout(ACQUIRE, self.writes.acquire()).await;
        turn.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)
    }
}

pub(super) async fn open(database: &Database, migrate: Migrate) -> Result<PostgresPools, OpenError> {
    let options = database.postgres()?;
    let mut first = retry(database.wait, || options.connect()).await?;
    let looks = looks_for_client(&mut first).await.map_err(OpenError::Unreachable)?;
    migrate.postgres(first).await?;
    // For statements that go on without anyone: a proxy may stand between, and keep the connection.
    let limit = database.statement.as_millis().to_string();
    let mut options = options.options([("statement_timeout", &limit), ("lock_timeout", &limit)]);
    if looks {
        options = options.options([("client_connection_check_interval", LOOK)]);
    }
    let ear = Arc::new(options.clone());
    let all = PgPoolOptions::new()
        .max_connections(database.connections)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(async move { Ok(is_quiet(connection).await) }))
        .connect_lazy_with(options);
    let writes = usize::try_from(database.connections.div_ceil(2)).unwrap_or(1);
    Ok(PostgresPools { all: Connections::new(all), ear, writes: Arc::new(Semaphore::new(writes)) })
}

/// Whether PostgreSQL can look for its clients. Then it ends a statement, and rolls its transaction back, when the connection
/// is closed meanwhile.
///
/// That is how a statement is stopped for which nobody waits any more. A request to cancel it would go another way than the
/// statement, and might hit the next one.
#[expect(clippy::disallowed_methods, reason = "reads no table")]
async fn looks_for_client(connection: &mut PgConnection) -> Result<bool, StoreError> {
    const TRY: &str = "select set_config('client_connection_check_interval', $1, false)";
    match sqlx::query(TRY).bind(LOOK).execute(connection).await {
        Ok(_) => Ok(true),
        // A server on Windows cannot. There the limit of the statement has to do.
        Err(sqlx::Error::Database(error)) => {
            tracing::warn!(
                error = error.message(),
                "PostgreSQL goes on with statements that nobody waits for"
            );
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether nothing is under way on a connection whose work broke off. It has a moment for the statement that it was in the
/// middle of, and is closed otherwise. It is rolled back whether or not the driver counts a transaction: one that was being
/// begun it does not.
#[expect(clippy::disallowed_methods, reason = "reads no table")]
async fn is_quiet(connection: &mut PgConnection) -> bool {
    let rollback = sqlx::raw_sql("rollback").execute(connection);
    matches!(timeout(LINGER, rollback).await, Ok(Ok(_)))
}
