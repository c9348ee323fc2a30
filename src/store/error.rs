//! What can go wrong with a database, told so that nothing of its content shows.

use std::fmt;

use sqlx::migrate::MigrateError;

/// Why the store could not do as asked. Absence is never among the reasons.
pub enum StoreError {
    /// No connection, or none in time: the same call may succeed later.
    Unavailable(sqlx::Error),
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

/// Whether the connection failed rather than the statement.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // PostgreSQL, appendix A: class 08 connection exceptions, 53300 too many connections, 57P01 to 57P03 the
        // server goes down or comes up. SQLite, result codes: 5 busy, 6 locked, 14 cannot open, low byte of each.
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            code.starts_with("08")
                || matches!(&*code, "53300" | "57P01" | "57P02" | "57P03")
                || (code.len() < 5 && code.parse().is_ok_and(|code: u32| matches!(code & 0xff, 5 | 6 | 14)))
        }),
        _ => false,
    }
}

/// For the log: the driver's message without the detail, which may quote a row.
impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(error) => write!(f, "the database does not answer: {}", Plain(error)),
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
    /// Making the tables failed.
    Migration(MigrateError),
}

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
            Self::Migration(error) => write!(f, "a migration failed: {error}"),
        }
    }
}
