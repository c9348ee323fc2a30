//! Taskward beside the least that the same work can cost.
//!
//! `cargo bench` starts the release server and a hand-written one, the floor, on the same data, has the same client ask
//! both in turns, and prints what each of them answered in a second and what that cost it. A third one, stock, serves
//! the same schema through the library's own handler.
//!
//! - `options.rs`: what can be asked for after `--`
//! - `row.rs`: the requests that are compared, in both languages
//! - `stage.rs`: the data, and the contestants on it
//! - `process.rs`: a contestant as a process: its address, its processor time, its memory
//! - `client.rs`: one connection; `load.rs`: many of them, and a clock
//! - `sessions.rs`: what signing in costs, and what others notice of it
//! - `idle.rs`: what idle connections cost
//! - `live/`: what subscribers cost, and how soon they hear of what changes
//! - `table.rs`: what is printed
//! - `floor/`: the hand-written server; `stock.rs`: the library's
#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has failed")]

mod client;
mod floor;
mod idle;
mod live;
mod load;
mod options;
mod process;
mod row;
mod sessions;
mod stage;
mod stock;
mod table;

#[path = "../../tests/support/postgres.rs"]
mod postgres;

use std::io::Write as _;

use clap::Parser as _;
use mimalloc::MiMalloc;

use live::Part;
use load::Load;
use options::{Contest, Options, Role};
use row::Row;
use stage::Stage;
use table::{Line, Score};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    let options = Options::parse();
    match &options.role {
        None => block_on(compare(&options.contest)),
        Some(Role::Floor(seat)) => serve(floor::serve(seat)),
        Some(Role::Stock(seat)) => serve(stock::serve(seat)),
    }
}

/// The client has one thread, so that it leaves the processors to the servers.
fn block_on(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work);
}

/// As many threads as Taskward has: one for each processor.
fn serve(server: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime").block_on(server);
}

async fn compare(contest: &Contest) {
    say(&table::machine());
    if let Some(parts) = &contest.live {
        return follow(contest, parts).await;
    }
    say(&table::legend());
    for database in contest.databases() {
        let Some(stage) = Stage::set(database, contest).await else {
            postgres::not_run("the benchmark on PostgreSQL");
            continue;
        };
        say(&table::head(stage.database, &stage.contestants));
        for row in contest.rows() {
            let line = measure(&stage, row, contest).await;
            say(&line.to_string());
        }
        say(&table::memory(&stage.contestants));
        if let Some(connections) = contest.idle {
            say(&idle::measure(&stage, contest, connections).await.to_string());
        }
        if contest.measures_sessions() {
            say(&sessions::measure(&stage, contest).await.to_string());
        }
    }
}

async fn follow(contest: &Contest, parts: &[Part]) {
    say(&live::legend());
    for database in contest.databases() {
        if live::measure(database, contest, parts).await.is_none() {
            postgres::not_run("the benchmark on PostgreSQL");
        }
    }
}

/// Has all contestants answer the same thing, a round each in turns.
async fn measure(stage: &Stage, row: Row, contest: &Contest) -> Line {
    let asked = stage.agree(row).await;
    let mut rounds: Vec<Vec<Load>> = asked.iter().map(|_| Vec::new()).collect();
    for _ in 0..contest.rounds {
        for (asked, rounds) in asked.iter().zip(&mut rounds) {
            rounds.push(load::run(asked, contest.seconds()).await);
        }
    }
    Line { row, scores: rounds.iter().map(|rounds| Score::of(rounds)).collect() }
}

fn say(text: &str) {
    writeln!(std::io::stdout(), "{text}").expect("stdout takes it");
}
