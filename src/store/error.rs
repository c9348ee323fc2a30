//! What can go wrong with a database, told so that nothing of its content shows.

use std::fmt;

use sqlx::migrate::MigrateError;

/// Why the store could not do as asked. Absence is never among the reasons.
pub enum StoreError {
    /// No connection, or none in time: the same call may succeed later.
    Unavailable(sqlx::Error),
    /// The request's time was up. What it was about to write is not written.
    TimeUp,
    /// The connection was lost while the database was committing: nobody knows whether it did.
    Unsettled(sqlx::Error),
    /// The token outlived its user.
    NoOwner,
    /// A fault of ours, or of the database's.
    Broken(sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_passing(&error) { Self::Unavailable(error) } else { Self::Broken(error) }
    }
}

impl StoreError {
    /// Whether another process is writing to the same SQLite file.
    pub(super) fn is_busy(&self) -> bool {
        let Self::Unavailable(sqlx::Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| code.parse().is_ok_and(|code: u32| code & 0xff == SQLITE_BUSY))
    }
}

const SQLITE_BUSY: u32 = 5;
const POSTGRES_CODE: usize = 5;
/// PostgreSQL, appendix A, beside class 08: on a standby since a failover, serialization failure, deadlock, out of
/// memory, too many connections, lock not available, statement out of time, and a server that goes down or comes up.
const POSTGRES_PASSES: [&str; 12] = [
    "25006", "25P03", "40001", "40P01", "53200", "53300", "55P03", "57014", "57P01", "57P02", "57P03",
    "57P05",
];
/// SQLite, primary result codes: busy, locked, cannot read or write, disk full, cannot open.
const SQLITE_PASSES: [u32; 5] = [SQLITE_BUSY, 6, 10, 13, 14];

/// Whether the connection or the machine failed rather than the statement.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        // The connection lost count of its transactions, as it does when SQLite rolls back by itself; it is not used
        // again.
        | sqlx::Error::InvalidSavePointStatement
        | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            if code.len() == POSTGRES_CODE {
                code.starts_with("08") || POSTGRES_PASSES.contains(&&*code)
            } else {
                code.parse().is_ok_and(|code: u32| SQLITE_PASSES.contains(&(code & 0xff)))
            }
        }
        _ => false,
    }
}

impl std::error::Error for StoreError {}

/// For the log: the driver's message without the detail, which may quote a row.
impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(error) => write!(f, "the database does not answer: {}", Plain(error)),
            Self::TimeUp => f.write_str("the request's time was up"),
            Self::Unsettled(error) => {
                write!(f, "the database did not say whether it committed: {}", Plain(error))
            }
            Self::NoOwner => f.write_str("the token's user does not exist"),
            Self::Broken(error) => write!(f, "the database refused: {}", Plain(error)),
        }
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A driver's error without what it may quote of a row.
pub(super) struct Plain<'e>(pub(super) &'e sqlx::Error);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            sqlx::Error::Database(error) => {
                write!(f, "{} ({})", error.message(), error.code().unwrap_or_default())
            }
            error => error.fmt(f),
        }
    }
}

/// Why the database could not be opened at start; fit to be printed.
#[derive(Debug)]
pub enum OpenError {
    /// The address is none that a driver understands.
    Address(String),
    /// It did not answer for as long as the settings allow.
    Unreachable(StoreError),
    /// It holds tables of a newer release.
    Newer(i64),
    /// It lacks tables of this release, and making them is switched off.
    Older(i64),
    /// It has a migration of this release with another text, or one that ended halfway.
    Altered(i64),
    /// Making the tables failed.
    Migration(MigrateError),
}

impl std::error::Error for OpenError {}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(why) => write!(f, "DATABASE_URL: {why}"),
            Self::Unreachable(error) => write!(f, "DATABASE_URL: {error}"),
            Self::Newer(version) => write!(
                f,
                "the database was made by a newer release (its migration {version} is unknown here): \
                 start that release, or restore a backup"
            ),
            Self::Older(version) => write!(
                f,
                "the database lacks migration {version}, and MIGRATE is off: run `taskward migrate` first"
            ),
            Self::Altered(version) => write!(
                f,
                "migration {version} of the database is not this release's, or ended halfway: restore a backup"
            ),
            Self::Migration(error) => write!(f, "a migration failed: {error}"),
        }
    }
}
