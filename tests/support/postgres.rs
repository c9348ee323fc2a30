//! A PostgreSQL server for the tests: the one that `TEST_POSTGRES_URL` names, or a private one that ends with them.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// A database of one test, gone with it.
pub struct TestDatabase {
    pub url: String,
    name: String,
}

#[expect(clippy::disallowed_methods, reason = "makes databases, reads none")]
impl TestDatabase {
    /// A fresh, empty database; `None` where there is no PostgreSQL.
    pub async fn create() -> Option<Self> {
        let server = server()?;
        let name = format!("taskward_test_{}", Uuid::now_v7().simple());
        let mut connection =
            PgConnection::connect(&format!("{server}/postgres")).await.expect("PostgreSQL answers");
        // Copying files is three times as fast as the write-ahead log; before version 15 it is the only way.
        let version = connection.server_version_num().unwrap_or_default();
        let strategy = if version >= 150_000 { "strategy file_copy" } else { "" };
        let create = format!("create database {name} template template0 encoding 'utf8' {strategy}");
        sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.expect("a database can be made");
        connection.close().await.expect("PostgreSQL answers");
        Some(Self { url: format!("{server}/{name}"), name })
    }
}

#[expect(clippy::disallowed_methods, reason = "drops a database, reads none")]
impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some(server) = server() else { return };
        let drop = format!("drop database if exists {} with (force)", self.name);
        let gone = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&format!("{server}/postgres")).await?;
                sqlx::query(AssertSqlSafe(drop)).execute(&mut connection).await?;
                connection.close().await
            })
        })
        .join();
        if !matches!(gone, Ok(Ok(()))) {
            let _ = writeln!(std::io::stderr(), "left behind: database {}", self.name);
        }
    }
}

/// Says past libtest's capture that a case did not run; under CI that is a failure.
pub fn not_run(case: &str) {
    assert!(
        std::env::var_os("CI").is_none(),
        "CI must run {case}: install PostgreSQL or set TEST_POSTGRES_URL"
    );
    let _ = writeln!(std::io::stderr(), "NOT RUN for lack of PostgreSQL: {case}");
}

/// The address of the server without a database's name.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the server")]
fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    SERVER
        .get_or_init(|| match std::env::var("TEST_POSTGRES_URL") {
            Ok(url) => Some(url.trim_end_matches('/').trim_end_matches("/postgres").to_owned()),
            Err(_) => private_server(),
        })
        .as_deref()
}

/// Keeps the pipe that the private server lives by: it closes when this process ends, however it ends.
static LIFELINE: Mutex<Option<Child>> = Mutex::new(None);

fn private_server() -> Option<String> {
    let binaries = binaries()?;
    let folder = std::env::temp_dir().join(format!("taskward-postgres-{}", Uuid::now_v7().simple()));
    std::fs::create_dir(&folder).expect("a temporary folder can be made");
    // PostgreSQL refuses to run as root, and setpriv is wherever root has Debian's or Fedora's base system.
    let user = if is_root() {
        let chown = Command::new("chown").arg("postgres").arg(&folder).status();
        assert!(
            chown.is_ok_and(|status| status.success()),
            "as root, PostgreSQL's tests need its user postgres"
        );
        "setpriv --reuid=postgres --regid=postgres --init-groups"
    } else {
        ""
    };
    let port = free_port();
    let script = format!(
        "set -e; cd \"$FOLDER\"; export LC_ALL=C TZ=UTC
         {user} \"$BINARIES/initdb\" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >initdb.log 2>&1
         {user} \"$BINARIES/postgres\" -D data -p {port} -k \"$FOLDER\" -c listen_addresses=127.0.0.1 \
             -c fsync=off -c full_page_writes=off -c max_connections=400 -c log_min_messages=warning \
             >postgres.log 2>&1 </dev/null &
         server=$!
         cat >/dev/null || true
         kill -INT $server; wait $server || true
         rm -rf \"$FOLDER\""
    );
    let child = Command::new("sh")
        .arg("-c")
        .arg(script)
        .env("FOLDER", &folder)
        .env("BINARIES", &binaries)
        .stdin(Stdio::piped())
        .spawn()
        .expect("sh is there");
    *LIFELINE.lock().expect("not poisoned") = Some(child);
    let url = format!("postgres://postgres@127.0.0.1:{port}");
    let answers = std::thread::spawn({
        let url = format!("{url}/postgres");
        move || wait_for(&url)
    });
    assert!(answers.join().unwrap_or(false), "PostgreSQL does not start: see {}", folder.display());
    Some(url)
}

fn wait_for(url: &str) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(60) {
        if runtime.block_on(PgConnection::connect(url)).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    false
}

/// The newest of the installed servers' folders, wherever Debian, Fedora, Homebrew or the PATH have them.
fn binaries() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|folder| folder.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    versions.sort();
    versions
        .into_iter()
        .rev()
        .chain(on_path.unwrap_or_default())
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("bound").port()
}
