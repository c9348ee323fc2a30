//! Connections to PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::super::migrate::Migrate;
use super::super::{OpenError, StoreError};
use super::{ACQUIRE, Database, retry};

/// A connection that was idle for longer is asked whether it still lives before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(10);
/// How long a connection may take to end what nobody waits for any more; longer, and it is closed.
const LINGER: Duration = Duration::from_millis(50);
/// How often PostgreSQL looks whether whoever sent a statement is still there, in milliseconds.
const LOOK: &str = "100";

/// Writes of one owner stand in line for the owner's clock, each with its connection. Half of the connections is the most
/// that they may hold, so that one owner's line holds up nobody's reading.
#[derive(Clone)]
pub(crate) struct PostgresPools {
    pub(crate) all: PgPool,
    pub(crate) writes: Arc<Semaphore>,
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
        .after_release(|connection, _| Box::pin(async move { Ok(is_quiet(connection).await) }))
        .connect_lazy_with(options);
    let writes = usize::try_from(database.connections.div_ceil(2)).unwrap_or(1);
    Ok(PostgresPools { all, writes: Arc::new(Semaphore::new(writes)) })
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

/// Whether nothing is under way on a connection that came back. At once for one whose last answer was read; one that was
/// dropped in the middle of a statement has a moment for it, and is closed otherwise.
async fn is_quiet(connection: &mut PgConnection) -> bool {
    matches!(timeout(LINGER, connection.flush()).await, Ok(Ok(())))
}
