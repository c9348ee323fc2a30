//! The tables: made at start or by `taskward migrate`, and never older or newer than this release.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::{Database, OpenError, Store};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// What to do about migrations that were not applied yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrate {
    /// Apply them.
    Run,
    /// Refuse to start.
    Check,
}

impl Store {
    /// Makes the tables of this release; what is there already stays.
    pub async fn migrate(database: &Database) -> Result<(), OpenError> {
        Self::open(database, Migrate::Run).await?.close().await;
        Ok(())
    }
}

impl Migrate {
    /// All of them in one transaction that holds SQLite's write lock, so that two starting processes cannot race.
    pub(super) async fn sqlite(self, mut connection: SqliteConnection) -> Result<(), OpenError> {
        match self {
            Self::Run => {
                let mut transaction = connection.begin_with("begin immediate").await.map_err(broken)?;
                SQLITE.run_direct(None, &mut *transaction, false).await.map_err(refused)?;
                transaction.commit().await.map_err(broken)?;
            }
            Self::Check => check(&mut connection, &SQLITE).await?,
        }
        connection.close().await.map_err(broken)
    }

    /// Under the migrator's advisory lock, so that two starting processes cannot race.
    pub(super) async fn postgres(self, mut connection: PgConnection) -> Result<(), OpenError> {
        match self {
            Self::Run => POSTGRES.run_direct(None, &mut connection, false).await.map_err(refused)?,
            Self::Check => check(&mut connection, &POSTGRES).await?,
        }
        connection.close().await.map_err(broken)
    }
}

/// Whether exactly this release's migrations were applied.
async fn check<C: sqlx::migrate::Migrate>(connection: &mut C, known: &Migrator) -> Result<(), OpenError> {
    connection.ensure_migrations_table(&known.table_name).await.map_err(refused)?;
    let applied = connection.list_applied_migrations(&known.table_name).await.map_err(refused)?;
    if let Some(newer) = applied.iter().find(|applied| !known.version_exists(applied.version)) {
        return Err(OpenError::Newer(newer.version));
    }
    match known.iter().find(|wanted| applied.iter().all(|applied| applied.version != wanted.version)) {
        Some(missing) => Err(OpenError::Older(missing.version)),
        None => Ok(()),
    }
}

fn broken(error: sqlx::Error) -> OpenError {
    OpenError::Unreachable(error.into())
}

fn refused(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(version) => OpenError::Newer(version),
        error => OpenError::Migration(error),
    }
}
