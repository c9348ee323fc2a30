//! The data, and the contestants on it: one person with a thousand tasks and a dozen tags.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Connection, Request};
use crate::load::Asked;
use crate::options::{Contest, Database};
use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::row::{NUMBER, Row, manifest};

/// Who has the tasks.
pub const EMAIL: &str = "demo@taskward.example";

/// Whose requests are written in what.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Plain,
    Graphql,
    /// GraphQL as a server takes it that knows nothing of ids in the place of queries.
    GraphqlInFull,
}

pub struct Contestant {
    pub name: &'static str,
    language: Language,
    pub process: Process,
}

pub struct Stage {
    /// What the head of the table calls it.
    pub database: &'static str,
    /// The floor first, Taskward second.
    pub contestants: Vec<Contestant>,
    token: String,
    pub password: String,
    _folder: TempDir,
    _postgres: Option<TestDatabase>,
}

impl Stage {
    /// Fills a fresh database and starts everyone; `None` where there is no such database.
    pub async fn set(database: Database, contest: &Contest) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let name = database.name();
        let (url, postgres) = fresh(database, folder.path()).await?;
        let trusted = folder.path().join("trusted-documents.json");
        std::fs::write(&trusted, manifest()).expect("written");
        // A query that nobody has sent before is none that is trusted.
        let log = format!("{},taskward::http::document::trusted=error", contest.log);
        let own = Path::new(env!("CARGO_BIN_EXE_taskward"));
        let taskward = |program: &Path| {
            let mut command = Command::new(program);
            command.current_dir(folder.path()).env_clear().env("PORT", "0").env("DATA_DIR", folder.path());
            command.env("DATABASE_URL", &url).env("JWT_EXPIRATION", "24h").env("RATE_LIMITS", "off");
            command.env("TRUSTED_DOCUMENTS", &trusted).env("TRUSTED_DOCUMENTS_MODE", "log");
            command
        };
        let demo = taskward(own).args(["demo", "--tasks=1000", "--email", EMAIL]).output().expect("it runs");
        let printed = String::from_utf8(demo.stdout).expect("text");
        let password =
            printed.lines().find_map(|line| line.trim().strip_prefix("Password")).expect("a password");

        let build = |name: &'static str, program: &Path| {
            let file = File::create(folder.path().join(name).with_extension("log")).expect("a file");
            let process = Process::start(taskward(program).env("LOG", &log).stderr(file));
            Contestant { name, language: Language::Graphql, process }
        };
        let mut contestants =
            vec![Contestant::own("floor", Language::Plain, &url, folder.path()), build("taskward", own)];
        match &contest.against {
            Some(program) => contestants.push(build("other", program)),
            None if contest.without_stock => {}
            None => contestants.push(Contestant::own("stock", Language::GraphqlInFull, &url, folder.path())),
        }
        let token = log_in(&contestants[1], password.trim()).await;
        let password = password.trim().to_owned();
        Some(Self { database: name, contestants, token, password, _folder: folder, _postgres: postgres })
    }

    /// Makes sure that all contestants answer the same, and tells what to ask each of them.
    pub async fn agree(&self, row: Row) -> Vec<Asked> {
        let mut all = Vec::new();
        let mut first = None;
        for contestant in &self.contestants {
            let (request, told): (_, fn(Row, &Value) -> Value) = match contestant.language {
                Language::Plain => (row.plain(&self.token), Row::told_by_floor),
                Language::Graphql => (row.graphql(&self.token), Row::told_by_graphql),
                Language::GraphqlInFull => (row.in_full().graphql(&self.token), Row::told_by_graphql),
            };
            if contestant.language == Language::Graphql
                && let Some(request) = row.told_first(&self.token)
            {
                contestant.ask(&request).await;
            }
            let (status, length, answer) = contestant.ask(&request).await;
            assert!(status == row.status(), "{}, {}: {status} {answer}", row.name(), contestant.name);
            let told = told(row, &answer);
            assert!(row.is_full(&told), "{}, {}: {answer}", row.name(), contestant.name);
            let first = first.get_or_insert_with(|| told.clone());
            assert!(*first == told, "{}, {}: {told} instead of {first}", row.name(), contestant.name);
            let request = request.bytes();
            let number = request.windows(NUMBER.len()).position(|part| part == NUMBER.as_bytes());
            all.push(Asked {
                address: contestant.process.address,
                number: number.map(|at| at + 1..at + NUMBER.len()),
                request: Arc::from(request),
                status,
                length,
                meter: contestant.process.meter(),
            });
        }
        all
    }
}

/// Where a new database is; `None` where there is no such database.
pub async fn fresh(database: Database, folder: &Path) -> Option<(String, Option<TestDatabase>)> {
    Some(match database {
        Database::Sqlite => (format!("sqlite://{}/taskward.db", folder.display()), None),
        Database::Postgres => {
            let postgres = TestDatabase::create(true).await?;
            (postgres.url.clone(), Some(postgres))
        }
    })
}

impl Contestant {
    /// One of those that this program is itself.
    fn own(name: &'static str, language: Language, url: &str, folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.arg(name).args(["--database-url", url]);
        command.arg("--key").arg(folder.join("signing-key.pem"));
        Self { name, language, process: Process::start(&mut command) }
    }

    async fn ask(&self, request: &Request) -> (u16, usize, Value) {
        let mut connection = Connection::open(self.process.address).await.expect("a connection");
        let answer = connection.ask(&request.bytes()).await.expect("an answer");
        (answer.status, answer.body.len(), serde_json::from_slice(answer.body).expect("JSON"))
    }
}

async fn log_in(taskward: &Contestant, password: &str) -> String {
    let body = json!({
        "query": "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
        "variables": { "input": { "email": EMAIL, "password": password } },
    });
    let request = Request { method: "POST", path: "/graphql", token: None, body: Some(body) };
    let (_, _, answer) = taskward.ask(&request).await;
    answer["data"]["login"]["accessToken"].as_str().expect("a token").to_owned()
}
