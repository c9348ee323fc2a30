//! The command as a process: what it prints, what it refuses, and how it ends.
#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Long enough for anything that is to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The command in an empty folder, with nothing set but a port that is free.
fn taskward(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskward"));
    command.current_dir(folder.path()).env_clear().env("PORT", "0").stdin(Stdio::null());
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Exit code and stderr of a command that ends by itself.
fn refused(output: &Output) -> (Option<i32>, String) {
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A server that was started, killed when the test is over.
struct Server {
    process: Child,
    stdout: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut stdout = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let address = line.trim().rsplit_once("http://").expect(&line).1.to_owned();
        Self { process, stdout, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    fn get(&self, path: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.process.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(id.expect("a process"), signal).expect("it takes signals");
    }

    /// The exit code, once it has ended.
    fn end(&mut self) -> Option<i32> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if let Some(status) = self.process.try_wait().expect("a child") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it does not end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_start_prints_where_it_is_and_serves_there() {
    let folder = folder();
    let server = Server::start(&mut taskward(&folder));
    assert!(server.get("/livez").starts_with("HTTP/1.1 200 OK"));
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200 OK"));
}

#[cfg(unix)]
#[test]
fn sigterm_and_ctrl_c_end_it_in_good_order() {
    use rustix::process::Signal;
    for signal in [Signal::TERM, Signal::INT] {
        let folder = folder();
        let mut server = Server::start(&mut taskward(&folder));
        server.get("/livez");
        let _idle = server.connect();
        server.signal(signal);
        assert_eq!(server.end(), Some(0), "{signal:?}");
        let mut rest = String::new();
        server.stdout.read_to_string(&mut rest).expect("text");
        assert!(rest.contains("/graphql") && rest.contains("Ctrl-C stops the server."), "{rest}");
    }
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_ends_it_at_once() {
    use rustix::process::Signal;
    let folder = folder();
    let mut server =
        Server::start(taskward(&folder).args(["--shutdown-timeout=10m", "--request-timeout=10m"]));
    // A request that goes on for as long as its body does not come.
    let mut stream = server.connect();
    let head =
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    stream.write_all(head.as_bytes()).expect("sent");
    // The order in which connections are served is the order in which they came.
    server.get("/livez");
    server.signal(Signal::INT);
    while TcpStream::connect(&server.address).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(server.process.try_wait().expect("a child").is_none(), "a request is under way");
    server.signal(Signal::INT);
    assert_eq!(server.end(), Some(130));
}

#[test]
fn a_setting_that_makes_no_sense_stops_the_start_with_one_sentence() {
    let folder = folder();
    let output = taskward(&folder).env("JWT_EXPIRATION", "soon").output().expect("it runs");
    let sentence = "taskward: JWT_EXPIRATION must be a time from 1s to 30days, such as 30s or 5m.\n";
    assert_eq!(refused(&output), (Some(1), sentence.to_owned()));
}

#[test]
fn the_sample_secret_and_a_short_one_stop_the_start() {
    let folder = folder();
    for secret in ["sample-secret-that-everybody-knows-put-your-own-random-text-here", "hunter2"] {
        let output = taskward(&folder).env("JWT_SECRET", secret).output().expect("it runs");
        let (code, text) = refused(&output);
        assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = folder();
    std::fs::write(folder.path().join(".env"), "HOST=file\nLOG=file\nMIGRATE=off\n").expect("written");
    let named = |command: &mut Command| {
        let (_, text) = refused(&command.output().expect("it runs"));
        text
    };
    assert!(named(&mut taskward(&folder)).starts_with("taskward: HOST must"));
    assert!(named(taskward(&folder).env("HOST", "127.0.0.1")).starts_with("taskward: LOG must"));
    assert!(
        named(taskward(&folder).args(["--host=127.0.0.1", "--log=flag"]).env("LOG", "info"))
            .starts_with("taskward: LOG must")
    );
}

#[test]
fn the_example_copied_to_env_starts() {
    let folder = folder();
    std::fs::write(folder.path().join(".env"), include_str!("../.env.example")).expect("written");
    let server = Server::start(&mut taskward(&folder));
    assert!(server.get("/livez").starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn a_port_that_is_taken_is_told() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let output = taskward(&folder).env("PORT", &port).output().expect("it runs");
    let (code, text) = refused(&output);
    let line = text.lines().last().unwrap_or_default();
    assert_eq!(code, Some(1));
    assert!(
        line.starts_with(&format!("taskward: HOST and PORT: cannot listen on 127.0.0.1:{port}: ")),
        "{text}"
    );
}

#[test]
fn help_names_every_command_and_the_schema_is_printed() {
    let folder = folder();
    let output = |argument: &str| {
        let output = taskward(&folder).arg(argument).output().expect("it runs");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("text")
    };
    let help = output("--help");
    assert!(help.starts_with("A GraphQL API server with auth-scoped resolvers"), "{help}");
    for word in ["serve", "migrate", "schema", "--data-dir", "DATA_DIR"] {
        assert!(help.contains(word), "{word}");
    }
    assert!(output("schema").contains("type Query {"));
}
