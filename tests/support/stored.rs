//! What the database holds of a person, read past the API.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, FromRow, PgConnection, SqliteConnection};
use taskward::id::UserId;
use taskward::time::Timestamp;
use uuid::Uuid;

use super::{Actor, Backend};

/// All rows of one owner, in the order of their keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// How many writes there were.
    pub rev: i64,
    pub tasks: Vec<TaskRow>,
    pub tags: Vec<TagRow>,
    /// Task and tag.
    pub links: Vec<(Uuid, Uuid)>,
    pub tombstones: Vec<Tombstone>,
}

#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct TaskRow {
    pub id: Uuid,
    pub title: String,
    pub description: Option<String>,
    pub completed: bool,
    pub completed_at: Option<Timestamp>,
    pub priority: i16,
    pub due_at: Option<Timestamp>,
    pub version: i32,
    pub rev: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub creation: Vec<u8>,
    pub title_key: String,
    pub words: String,
}

#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct TagRow {
    pub id: Uuid,
    pub name: String,
    pub name_key: String,
    pub sort_key: String,
    pub color: Option<String>,
    pub rev: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub creation: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Tombstone {
    pub node_id: String,
    pub rev: i64,
    pub deleted_at: Timestamp,
}

const TASKS: &str = "select id, title, description, completed, completed_at, priority, due_at, version, rev, \
                     created_at, updated_at, creation, title_key, words \
                     from tasks where owner_id = $1 order by id";
const TAGS: &str = "select id, name, name_key, sort_key, color, rev, created_at, updated_at, creation \
                    from tags where owner_id = $1 order by id";
const LINKS: &str = "select task_id, tag_id from task_tags where owner_id = $1 order by task_id, tag_id";
const TOMBSTONES: &str =
    "select node_id, rev, deleted_at from tombstones where owner_id = $1 order by node_id";
const REV: &str = "select rev from owner_clock where owner_id = $1";

impl Actor<'_> {
    /// How many writes of this person the database counts.
    pub async fn rev(&self) -> i64 {
        self.connection().await.rev().await
    }

    /// All that the database holds of this person.
    pub async fn stored(&self) -> Stored {
        let mut connection = self.connection().await;
        Stored {
            rev: connection.rev().await,
            tasks: connection.rows(TASKS).await,
            tags: connection.rows(TAGS).await,
            links: connection.rows(LINKS).await,
            tombstones: connection.rows(TOMBSTONES).await,
        }
    }

    async fn connection(&self) -> Connected {
        let owner = self.id.parse().expect("a user's id");
        let url = self.app.database.url.expose();
        match self.app.backend {
            Backend::Sqlite => {
                Connected::Sqlite(SqliteConnection::connect(url).await.expect("SQLite opens"), owner)
            }
            Backend::Postgres => {
                Connected::Postgres(PgConnection::connect(url).await.expect("PostgreSQL answers"), owner)
            }
        }
    }
}

/// A connection, and whose rows it is to read.
enum Connected {
    Sqlite(SqliteConnection, UserId),
    Postgres(PgConnection, UserId),
}

impl Connected {
    async fn rev(&mut self) -> i64 {
        self.rows::<(i64,)>(REV).await[0].0
    }

    #[expect(clippy::disallowed_methods, reason = "looks beneath the API on purpose")]
    async fn rows<R>(&mut self, sql: &'static str) -> Vec<R>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let rows = match self {
            Self::Sqlite(connection, owner) => sqlx::query_as(sql).bind(*owner).fetch_all(connection).await,
            Self::Postgres(connection, owner) => sqlx::query_as(sql).bind(*owner).fetch_all(connection).await,
        };
        rows.expect("the rows can be read")
    }
}
