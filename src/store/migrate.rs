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
    /// The first migration of this release; what an empty database lacks.
    pub(super) fn first() -> i64 {
        SQLITE.iter().next().map_or(1, |migration| migration.version)
    }

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

/// Whether exactly this release's migrations were applied, each as it is here. Only reads.
async fn check<C: sqlx::migrate::Migrate>(connection: &mut C, known: &Migrator) -> Result<(), OpenError> {
    let applied = match connection.list_applied_migrations(&known.table_name).await {
        Ok(applied) => applied,
        Err(MigrateError::Execute(error)) if is_no_table(&error) => Vec::new(),
        Err(error) => return Err(refused(error)),
    };
    if let Some(newer) = applied.iter().find(|applied| !known.version_exists(applied.version)) {
        return Err(OpenError::Newer(newer.version));
    }
    for wanted in known.iter() {
        match applied.iter().find(|applied| applied.version == wanted.version) {
            None => return Err(OpenError::Older(wanted.version)),
            Some(applied) if applied.checksum != wanted.checksum => {
                return Err(OpenError::Altered(wanted.version));
            }
            Some(_) => {}
        }
    }
    match connection.dirty_version(&known.table_name).await.map_err(refused) {
        Ok(Some(halfway)) if !applied.is_empty() => Err(OpenError::Altered(halfway)),
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether no migration was ever applied: PostgreSQL's code for an undefined table, SQLite's words for it.
fn is_no_table(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        error.code().as_deref() == Some("42P01") || error.message().starts_with("no such table")
    })
}

fn broken(error: sqlx::Error) -> OpenError {
    OpenError::Unreachable(error.into())
}

fn refused(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(version) => OpenError::Newer(version),
        MigrateError::VersionMismatch(version) | MigrateError::Dirty(version) => OpenError::Altered(version),
        error => OpenError::Migration(error),
    }
}
