//! One or more servers on a fresh database.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::people::{self, Person};
use crate::options::{Contest, Database};
use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::stage;

/// Connections that a server takes beside those of subscribers.
const BESIDE: u32 = 2000;

pub struct House {
    servers: Vec<Process>,
    pub url: String,
    folder: TempDir,
    _postgres: Option<TestDatabase>,
}

impl House {
    /// `None` where there is no such database.
    pub async fn open(database: Database, contest: &Contest, program: &Path, servers: usize) -> Option<Self> {
        crate::idle::make_room(u64::from(contest.subscribers) + u64::from(BESIDE));
        let folder = tempfile::tempdir().expect("a folder");
        let (url, postgres) = stage::fresh(database, folder.path()).await?;
        let start = |number: usize| {
            let log = File::create(folder.path().join(format!("{number}.log"))).expect("a file");
            let mut command = Command::new(program);
            command.current_dir(folder.path()).env_clear().env("PORT", "0").env("DATA_DIR", folder.path());
            command.env("DATABASE_URL", &url).env("RATE_LIMITS", "off").env("LOG", &contest.log);
            command.env("MAX_CONNECTIONS", (u32::from(contest.subscribers) + BESIDE).to_string());
            command.env("MAX_SUBSCRIPTIONS", contest.subscribers.max(1000).to_string());
            Process::start(command.stderr(log))
        };
        let servers = (0..servers).map(start).collect();
        Some(Self { servers, url, folder, _postgres: postgres })
    }

    /// Where people write.
    pub fn writer(&self) -> &Process {
        &self.servers[0]
    }

    /// Where people listen: where others write, if there are two.
    pub fn teller(&self) -> &Process {
        &self.servers[self.servers.len() - 1]
    }

    pub fn is_one(&self) -> bool {
        self.servers.len() == 1
    }

    /// So many new people.
    pub async fn people(&self, number: usize) -> Vec<Person> {
        people::settle(&self.url, &self.folder.path().join("signing-key.pem"), number).await
    }
}
