//! What signing in costs beside the hashing that it cannot do without, and what others notice of it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::client::{Connection, Request};
use crate::load::{self, Asked, CONNECTIONS, count, millis};
use crate::options::Contest;
use crate::row::Row;
use crate::stage::{EMAIL, Stage};
use crate::table::median;

/// How often each of two addresses is tried in a round.
const TRIES: usize = 25;

/// One round, or the medians of several.
pub struct Sessions {
    logins: f64,
    hashes: f64,
    refreshes: f64,
    /// Milliseconds of a login with a wrong password.
    known: f64,
    /// Milliseconds of a login with an address that nobody has.
    unknown: f64,
    /// Milliseconds that 99 of 100 lists took no longer than, with nothing else going on.
    quiet: f64,
    /// The same while as many connections log in.
    storm: f64,
}

/// Has Taskward alone do all this, a round each in turns.
pub async fn measure(stage: &Stage, contest: &Contest) -> Sessions {
    let (time, address) = (contest.seconds(), stage.contestants[1].process.address);
    let list = stage.agree(Row::Tasks).await.swap_remove(1);
    let log_in = logging_in(stage).await;
    let mut rounds = Vec::new();
    for _ in 0..contest.rounds {
        let (known, unknown) = guesses(address).await;
        rounds.push(Sessions {
            logins: load::run(&log_in, time).await.per_second,
            hashes: tokio::task::spawn_blocking(move || bare_hashes(time)).await.expect("no panic"),
            refreshes: refreshes(&log_in, time).await,
            known,
            unknown,
            quiet: load::run(&list, time).await.p99,
            storm: storm(&list, &log_in, time).await,
        });
    }
    let median_of = |value: fn(&Sessions) -> f64| median(rounds.iter().map(value).collect());
    Sessions {
        logins: median_of(|round| round.logins),
        hashes: median_of(|round| round.hashes),
        refreshes: median_of(|round| round.refreshes),
        known: median_of(|round| round.known),
        unknown: median_of(|round| round.unknown),
        quiet: median_of(|round| round.quiet),
        storm: median_of(|round| round.storm),
    }
}

fn request(query: &str, input: &Value) -> Vec<u8> {
    let body = json!({ "query": query, "variables": { "input": input } });
    Request { method: "POST", path: "/graphql", token: None, body: Some(body) }.bytes()
}

fn login(email: &str, password: &str) -> Vec<u8> {
    let query = "mutation ($input: LoginInput!) { login(input: $input) { refreshToken } }";
    request(query, &json!({ "email": email, "password": password }))
}

/// The right password, again and again.
async fn logging_in(stage: &Stage) -> Asked {
    let process = &stage.contestants[1].process;
    let request = login(EMAIL, &stage.password);
    let mut connection = Connection::open(process.address).await.expect("a connection");
    let answer = connection.ask(&request).await.expect("an answer");
    let (status, length) = (answer.status, answer.body.len());
    assert!(refresh_token(answer.body, "login").starts_with("twr_"), "a refresh token");
    let (address, meter) = (process.address, process.meter());
    Asked { address, request: Arc::from(request), number: None, status, length, meter }
}

/// What the hashing alone allows in a second, on as many threads as there are processors.
fn bare_hashes(time: Duration) -> f64 {
    let stored =
        Argon2::default().hash_password(b"correct horse battery staple").expect("a hash").to_string();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let begin = Instant::now();
    let counts: Vec<usize> = thread::scope(|scope| {
        let work = || {
            let stored = PasswordHash::new(&stored).expect("a hash");
            let mut hashes = 0;
            while begin.elapsed() < time {
                Argon2::default()
                    .verify_password(b"correct horse battery staple", &stored)
                    .expect("the same");
                hashes += 1;
            }
            hashes
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    count(counts.iter().sum()) / begin.elapsed().as_secs_f64()
}

/// How many refresh tokens are traded in a second, each connection trading those of its own sign-in.
async fn refreshes(log_in: &Asked, time: Duration) -> f64 {
    let mut signed_in = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut connection = Connection::open(log_in.address).await.expect("a connection");
        let answer = connection.ask(&log_in.request).await.expect("an answer");
        let token = refresh_token(answer.body, "login");
        // One that was used once is not driven out by the logins that are still on their way.
        let token = trade(&mut connection, &token).await;
        signed_in.push((connection, token));
    }
    let begin = Instant::now();
    let mut connections = JoinSet::new();
    for (mut connection, mut token) in signed_in {
        connections.spawn(async move {
            let mut traded = 0;
            while begin.elapsed() < time {
                token = trade(&mut connection, &token).await;
                traded += 1;
            }
            traded
        });
    }
    count(connections.join_all().await.into_iter().sum()) / begin.elapsed().as_secs_f64()
}

async fn trade(connection: &mut Connection, token: &str) -> String {
    let query = "mutation ($input: RefreshInput!) { refresh(input: $input) { refreshToken } }";
    let request = request(query, &json!({ "refreshToken": token }));
    refresh_token(connection.ask(&request).await.expect("an answer").body, "refresh")
}

fn refresh_token(body: &[u8], field: &str) -> String {
    let answer: Value = serde_json::from_slice(body).expect("JSON");
    answer["data"][field]["refreshToken"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
}

/// How long a refusal takes for an address that has an account, and for one that has none.
async fn guesses(address: SocketAddr) -> (f64, f64) {
    let mut connection = Connection::open(address).await.expect("a connection");
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for _ in 0..TRIES {
        for (email, times) in [(EMAIL, &mut known), ("nobody@taskward.example", &mut unknown)] {
            let request = login(email, "not the password of anybody");
            let begin = Instant::now();
            let answer = connection.ask(&request).await.expect("an answer");
            times.push(millis(begin.elapsed()));
            assert!(String::from_utf8_lossy(answer.body).contains("INVALID_CREDENTIALS"), "refused");
        }
    }
    (median(known), median(unknown))
}

/// How long lists take while as many connections log in as fast as they can.
async fn storm(list: &Asked, log_in: &Asked, time: Duration) -> f64 {
    let mut storm = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (address, request) = (log_in.address, Arc::clone(&log_in.request));
        storm.spawn(async move {
            let mut connection = Connection::open(address).await.expect("a connection");
            loop {
                connection.ask(&request).await.expect("an answer");
            }
        });
    }
    load::run(list, time).await.p99
}

impl fmt::Display for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { logins, hashes, refreshes, known, unknown, quiet, storm } = self;
        writeln!(
            f,
            "login           {logins:7.1}/s   argon2 alone {hashes:7.1}/s   ratio {:.2}",
            logins / hashes
        )?;
        writeln!(
            f,
            "wrong login     {known:7.2} ms  unknown email {unknown:6.2} ms  ratio {:.2}",
            unknown / known
        )?;
        writeln!(
            f,
            "list, p99       {quiet:7.2} ms  in a login storm {storm:.2} ms  ratio {:.2}",
            storm / quiet
        )?;
        writeln!(f, "refresh         {refreshes:7.1}/s")
    }
}
