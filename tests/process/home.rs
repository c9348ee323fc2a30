//! Where a process runs: a folder, a database, and a log that must not tell what it was trusted with.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use tempfile::TempDir;

use crate::beneath;
use crate::held::Held;
use crate::postgres::TestDatabase;

/// An empty folder and an empty database.
pub struct Home {
    folder: TempDir,
    database: Option<TestDatabase>,
    secrets: Mutex<Vec<String>>,
}

/// Waits for what is asynchronous in the tests' support.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(future)
}

impl Home {
    pub fn with_sqlite() -> Self {
        Self::on(None)
    }

    /// `None` where there is no PostgreSQL.
    pub fn with_postgres() -> Option<Self> {
        block_on(TestDatabase::create(false)).map(|database| Self::on(Some(database)))
    }

    fn on(database: Option<TestDatabase>) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), database, secrets: Mutex::default() }
    }

    /// The command with nothing set but a free port and the database, telling the log all it would ever tell.
    pub fn taskward(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskward"));
        command.current_dir(self.folder.path()).env_clear().stdin(Stdio::null()).stderr(self.log_file());
        command.envs([("PORT", "0"), ("LOG", "debug")]);
        if let Some(database) = &self.database {
            command.env("DATABASE_URL", &database.url);
        }
        command
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    /// Runs a statement beneath every rule.
    pub fn execute(&self, sql: &str) {
        block_on(beneath::execute(&self.database_url(), sql));
    }

    /// The texts of the only column that this asks for.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        block_on(beneath::texts(&self.database_url(), sql))
    }

    /// Has somebody else's transaction keep writers of tasks waiting, and on PostgreSQL readers, too.
    pub fn lock_tasks(&self) -> Held {
        Held::begin(self.database_url())
    }

    pub fn is_sqlite(&self) -> bool {
        self.database.is_none()
    }

    pub fn database_url(&self) -> String {
        let sqlite = || format!("sqlite://{}", self.path("data/taskward.db").display());
        self.database.as_ref().map_or_else(sqlite, |database| database.url.clone())
    }

    /// All that processes here wrote to stderr so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// From here on the log must not contain this text, nor what it contained before.
    pub fn keep_secret(&self, text: &str) {
        self.secrets.lock().expect("not poisoned").push(text.to_owned());
    }

    fn log_file(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.path("log")).expect("a file")
    }
}

/// Fails the test when the log tells a token, a password, an email address or whatever else was to be kept.
impl Drop for Home {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let log = self.log().to_lowercase();
        for secret in self.secrets.lock().expect("not poisoned").iter() {
            assert!(!log.contains(&secret.to_lowercase()), "the log tells {secret:?}:\n{log}");
        }
    }
}
