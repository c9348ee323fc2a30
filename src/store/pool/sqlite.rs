//! Connections to SQLite: one that writes, and some that read.

use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions;

use crate::folder::{make_private, make_private_file};

use super::super::OpenError;
use super::super::migrate::Migrate;
use super::lent::Connections;
use super::{Database, retry};

/// How long a write waits for another process's.
pub(crate) const BUSY: Duration = Duration::from_secs(5);
/// How long SQLite itself waits for that before it is asked again: its thread hears nothing meanwhile.
const BUSY_SLICE: Duration = Duration::from_millis(100);
/// What the writer may keep of the file in memory, in KiB after SQLite's minus sign. Every index of a task is another page
/// to change; with SQLite's own 2 MiB, many tasks at once would push each other's pages out.
const WRITER_CACHE: &str = "-16384";

/// SQLite lets one write at a time. One connection that all writes queue for is fair and never meets a busy database.
#[derive(Clone)]
pub(crate) struct SqlitePools {
    pub(crate) writer: Connections,
    pub(crate) reader: Connections,
}

impl SqlitePools {
    pub(super) async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

pub(super) async fn open(database: &Database, migrate: Migrate) -> Result<SqlitePools, OpenError> {
    let options = database.sqlite()?.busy_timeout(BUSY);
    prepare_file(options.get_filename(), migrate)?;
    let first = retry(database.wait, || options.connect()).await?;
    migrate.sqlite(first).await?;
    let writing = options.clone().busy_timeout(BUSY_SLICE).pragma("cache_size", WRITER_CACHE);
    Ok(SqlitePools {
        writer: Connections::new(writing, 1),
        reader: Connections::new(options.read_only(true), database.connections),
    })
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
