//! The statements that Taskward's store sends for the same work, through the same driver with the same settings.
#![expect(clippy::disallowed_methods, reason = "written by hand, on purpose")]

use std::fmt::Write as _;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};
use taskward::id::{TagId, TaskId, UserId};
use taskward::store::Priority;
use taskward::text::{sort_key, words};
use taskward::time::{Clock, Timestamp};
use uuid::Uuid;

use super::CONNECTIONS;
use super::wire::NewTask;

pub type UserRow = (UserId, String, bool, Option<String>, Timestamp, Timestamp);
pub type TaskRow = (
    TaskId,
    String,
    Option<String>,
    bool,
    Option<Timestamp>,
    Priority,
    Option<Timestamp>,
    i32,
    Timestamp,
    Timestamp,
);
pub type TagRow = (TagId, String, Option<String>, Timestamp, Timestamp, TaskId);

const USER: &str = "select id, email, email_verified, name, created_at, updated_at from users where id = $1";
const TASKS: &str = "select t.id, t.title, t.description, t.completed, t.completed_at, t.priority, t.due_at, \
    t.version, t.created_at, t.updated_at from tasks t where t.owner_id = $1 \
    order by t.created_at desc, t.id desc limit $2 + 0";
const TAGS_SQLITE: &str = "select g.id, g.name, g.color, g.created_at, g.updated_at, c.task_id \
    from task_tags c join tags g on g.owner_id = $1 and g.id = c.tag_id where c.owner_id = $1 and c.task_id \
    in (select unhex(value) from json_each($2)) order by g.sort_key, g.id";
const TAGS_POSTGRES: &str = "select g.id, g.name, g.color, g.created_at, g.updated_at, c.task_id \
    from task_tags c join tags g on g.owner_id = $1 and g.id = c.tag_id where c.owner_id = $1 and c.task_id \
    = any($2) order by g.sort_key, g.id";
const TICK: &str = "update owner_clock set rev = rev + 1 where owner_id = $1 returning rev";
const ADD: &str = "insert into tasks (owner_id, id, title, description, completed, completed_at, priority, due_at, \
    version, rev, created_at, updated_at, creation, title_key, words) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $10, $11, $12, $13) \
    on conflict (owner_id, id) do nothing \
    returning id, title, description, completed, completed_at, priority, due_at, version, created_at, updated_at";

pub enum Pools {
    Sqlite { writer: SqlitePool, reader: SqlitePool },
    Postgres(PgPool),
}

macro_rules! on_readers {
    ($pools:expr, |$pool:ident| $query:expr) => {
        match $pools {
            Pools::Sqlite { reader: $pool, .. } => $query,
            Pools::Postgres($pool) => $query,
        }
    };
}

/// Adds a task in a transaction that has begun.
macro_rules! add_task {
    ($transaction:expr, $user:expr, $title:expr, $new:expr) => {{
        let mut transaction = $transaction;
        let now = Clock.now();
        let (rev,): (i64,) = sqlx::query_as(TICK).bind($user).fetch_one(&mut *transaction).await?;
        let task: TaskRow = sqlx::query_as(ADD)
            .bind($user)
            .bind(TaskId::fresh())
            .bind($title)
            .bind(None::<&str>)
            .bind(false)
            .bind(None::<Timestamp>)
            .bind($new.priority)
            .bind($new.due_at)
            .bind(rev)
            .bind(now)
            .bind(digest(&SHA256, $title.as_bytes()).as_ref())
            .bind(sort_key($title))
            .bind(searchable($user, $title))
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        task
    }};
}

impl Pools {
    pub fn open(url: &str) -> Self {
        if url.starts_with("sqlite:") { Self::open_sqlite(url) } else { Self::open_postgres(url) }
    }

    fn open_sqlite(url: &str) -> Self {
        let options = SqliteConnectOptions::from_str(url)
            .expect("an address")
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .row_buffer_size(128)
            .pragma("mmap_size", "268435456")
            .pragma("secure_delete", "on")
            .pragma("trusted_schema", "off");
        let pool =
            |connections| SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false);
        Self::Sqlite {
            writer: pool(1).connect_lazy_with(options.clone().pragma("cache_size", "-16384")),
            reader: pool(CONNECTIONS).connect_lazy_with(options.read_only(true)),
        }
    }

    fn open_postgres(url: &str) -> Self {
        let options = PgConnectOptions::from_str(url)
            .expect("an address")
            .options([("statement_timeout", "10000"), ("lock_timeout", "10000")]);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).test_before_acquire(false);
        Self::Postgres(pool.connect_lazy_with(options))
    }

    pub async fn user(&self, user: UserId) -> Result<Option<UserRow>, sqlx::Error> {
        on_readers!(self, |pool| sqlx::query_as(USER).bind(user).fetch_optional(pool).await)
    }

    pub async fn tasks(&self, user: UserId, first: u32) -> Result<Vec<TaskRow>, sqlx::Error> {
        let limit = i64::from(first) + 1;
        on_readers!(self, |pool| sqlx::query_as(TASKS).bind(user).bind(limit).fetch_all(pool).await)
    }

    pub async fn tags(
        &self,
        user: UserId,
        tasks: impl Iterator<Item = Uuid>,
    ) -> Result<Vec<TagRow>, sqlx::Error> {
        match self {
            Self::Sqlite { reader, .. } => {
                let list = json_array(tasks);
                sqlx::query_as(TAGS_SQLITE).bind(user).bind(list).fetch_all(reader).await
            }
            Self::Postgres(pool) => {
                let list: Vec<Uuid> = tasks.collect();
                sqlx::query_as(TAGS_POSTGRES).bind(user).bind(list).fetch_all(pool).await
            }
        }
    }

    pub async fn add_task(
        &self,
        user: UserId,
        title: &str,
        new: &NewTask<'_>,
    ) -> Result<TaskRow, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                add_task!(writer.begin_with("begin immediate").await?, user, title, new)
            }
            Self::Postgres(pool) => add_task!(pool.begin().await?, user, title, new),
        })
    }
}

/// The words of a title, each behind its owner's sign.
fn searchable(user: UserId, title: &str) -> String {
    let id = user.uuid().simple().to_string();
    let signed: Vec<String> = words(title).iter().map(|word| format!("{}{word}", &id[24..])).collect();
    signed.join(" ")
}

fn json_array(ids: impl Iterator<Item = Uuid>) -> String {
    let mut list = String::from("[");
    for id in ids {
        let comma = if list.len() == 1 { "" } else { "," };
        let _ = write!(list, "{comma}\"{}\"", id.as_simple());
    }
    list.push(']');
    list
}
