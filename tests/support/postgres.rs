//! A PostgreSQL server for the tests: the one that `TEST_POSTGRES_URL` names, or a private one that ends with them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// A database of one test, gone with it.
pub struct TestDatabase {
    pub url: String,
    server: &'static str,
    name: String,
}

#[expect(clippy::disallowed_methods, reason = "makes databases, reads none")]
impl TestDatabase {
    /// A fresh, empty database; `None` where there is no PostgreSQL.
    ///
    /// Without `durable` a private server's commits do not wait for the disk. All databases of a process are on one
    /// server, which is as the first of them wanted it.
    pub async fn create(durable: bool) -> Option<Self> {
        let server = server(durable)?;
        let name = format!("taskward_test_{}", Uuid::now_v7().simple());
        let mut connection =
            PgConnection::connect(&format!("{server}/postgres")).await.expect("PostgreSQL answers");
        // Copying files is three times as fast as the write-ahead log; before version 15 it is the only way.
        let version = connection.server_version_num().unwrap_or_default();
        let strategy = if version >= 150_000 { "strategy file_copy" } else { "" };
        let create = format!("create database {name} template template0 encoding 'utf8' {strategy}");
        sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.expect("a database can be made");
        connection.close().await.expect("PostgreSQL answers");
        Some(Self { url: format!("{server}/{name}"), server, name })
    }
}

#[expect(clippy::disallowed_methods, reason = "drops a database, reads none")]
impl Drop for TestDatabase {
    fn drop(&mut self) {
        let server = self.server;
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
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the server")]
pub fn not_run(case: &str) {
    assert!(
        std::env::var_os("CI").is_none(),
        "CI must run {case}: install PostgreSQL or set TEST_POSTGRES_URL"
    );
    let _ = writeln!(std::io::stderr(), "NOT RUN for lack of PostgreSQL: {case}");
}

/// The address of the server without a database's name.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the server")]
fn server(durable: bool) -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    static LIFELINE: Mutex<Option<PrivateServer>> = Mutex::new(None);
    SERVER
        .get_or_init(|| match std::env::var("TEST_POSTGRES_URL") {
            Ok(url) => Some(url.trim_end_matches('/').trim_end_matches("/postgres").to_owned()),
            Err(_) => PrivateServer::start(durable).map(|server| {
                let url = server.url.clone();
                *LIFELINE.lock().expect("not poisoned") = Some(server);
                url
            }),
        })
        .as_deref()
}

/// A server that takes orders over a pipe, and ends when the pipe closes: with its owner, however that ends.
pub struct PrivateServer {
    /// Without a database's name.
    pub url: String,
    keeper: Child,
    answers: BufReader<ChildStdout>,
}

impl PrivateServer {
    /// A new, empty server; `None` where PostgreSQL is not installed.
    pub fn start(durable: bool) -> Option<Self> {
        let binaries = binaries()?;
        let folder = std::env::temp_dir().join(format!("taskward-postgres-{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&folder).expect("a temporary folder can be made");
        let port = free_port();
        let commits = if durable { "" } else { "-c fsync=off -c full_page_writes=off" };
        let options = format!(
            "-p {port} -k {} {commits} -c listen_addresses=127.0.0.1 -c max_connections=400 -c log_min_messages=warning",
            folder.display()
        );
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER])
            .envs([("FOLDER", folder.as_os_str()), ("BINARIES", binaries.as_os_str())])
            .envs([("AS", as_user(&folder)), ("OPTIONS", &options)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh is there");
        let answers = BufReader::new(keeper.stdout.take().expect("a pipe"));
        let mut server = Self { url: format!("postgres://postgres@127.0.0.1:{port}"), keeper, answers };
        server.order("start");
        Some(server)
    }

    /// `start`, or `stop` whatever is going on; returns when it is done.
    pub fn order(&mut self, order: &str) {
        let keeper = self.keeper.stdin.as_mut().expect("a pipe");
        writeln!(keeper, "{order}").expect("the keeper listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the keeper answers");
        assert_eq!(answer, "done\n", "PostgreSQL does not {order}: see its log in the temporary folder");
    }
}

/// What runs beside the tests. Left alone with a closed pipe, it stops the server and cleans up.
const KEEPER: &str = r#"
    trap '' INT
    cd "$FOLDER" && export LC_ALL=C TZ=UTC || exit
    $AS "$BINARIES/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >initdb.log 2>&1 || exit
    while read -r order; do
        case $order in
            start) $AS "$BINARIES/pg_ctl" start -w -t 60 -D data -l postgres.log -o "$OPTIONS" >pg_ctl.log 2>&1 || exit ;;
            stop) $AS "$BINARIES/pg_ctl" stop -w -t 60 -D data -m fast >pg_ctl.log 2>&1 || exit ;;
        esac
        echo done
    done
    $AS "$BINARIES/pg_ctl" stop -w -t 60 -D data -m immediate >pg_ctl.log 2>&1
    rm -rf "$FOLDER"
"#;

/// PostgreSQL refuses to run as root, and setpriv is wherever root has Debian's or Fedora's base system.
fn as_user(folder: &Path) -> &'static str {
    if !is_root() {
        return "";
    }
    let chown = Command::new("chown").arg("postgres").arg(folder).status();
    assert!(chown.is_ok_and(|status| status.success()), "as root, PostgreSQL's tests need its user postgres");
    "setpriv --reuid=postgres --regid=postgres --init-groups"
}

/// The newest of the installed servers' folders, wherever Debian, Fedora, Homebrew or the PATH have them.
#[expect(clippy::disallowed_methods, reason = "looks for programs, as a shell does")]
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
        .find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("bound").port()
}
