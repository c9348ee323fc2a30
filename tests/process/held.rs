//! Somebody else's transaction, in whose way the server's statements are.

use std::sync::mpsc;
use std::thread::{JoinHandle, spawn};

use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use tokio::sync::oneshot;

/// SQLite lets one write at a time.
const ON_SQLITE: &str = "begin immediate";
const ON_POSTGRES: &str = "begin; lock table tasks in access exclusive mode";

/// Keeps whoever writes tasks waiting until it ends; on PostgreSQL also whoever reads them.
pub struct Held {
    go_on: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Held {
    /// Returns when it has begun.
    pub fn begin(url: String) -> Self {
        let (go_on, end) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let begun = move || tell.send(()).expect("somebody waits");
        let thread = spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            if url.starts_with("postgres") {
                runtime.block_on(hold::<PgConnection>(&url, ON_POSTGRES, begun, end));
            } else {
                runtime.block_on(hold::<SqliteConnection>(&url, ON_SQLITE, begun, end));
            }
        });
        told.recv().expect("it begins");
        Self { go_on, thread }
    }

    /// Returns when it is over.
    pub fn end(self) {
        drop(self.go_on);
        self.thread.join().expect("no panic");
    }
}

#[expect(clippy::disallowed_methods, reason = "what the store would not do is wanted here")]
async fn hold<C>(url: &str, sql: &'static str, begun: impl FnOnce(), end: oneshot::Receiver<()>)
where
    C: Connection,
    for<'c> &'c mut C: Executor<'c, Database = C::Database>,
{
    let mut connection = C::connect(url).await.expect("the database answers");
    sqlx::raw_sql(sql).execute(&mut connection).await.expect(sql);
    begun();
    let _ = end.await;
    connection.close().await.expect("it goes back");
}
