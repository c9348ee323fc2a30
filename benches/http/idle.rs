//! What connections cost on which nothing happens, and what others notice of them.

use std::fmt;

use crate::client::Connection;
use crate::load;
use crate::options::Contest;
use crate::row::Row;
use crate::stage::Stage;
use crate::table::median;

/// Files that the client has open beside its connections.
const RESERVED: u64 = 128;

pub struct Idle {
    connections: u16,
    /// Kilobytes of resident memory for each; `None` where the system does not tell.
    memory: Option<f64>,
    /// Milliseconds that 99 of 100 lists took no longer than, with nobody else there.
    alone: f64,
    /// The same beside the idle ones.
    beside: f64,
}

/// Has Taskward keep so many connections that have asked once, and serve others beside them.
pub async fn measure(stage: &Stage, contest: &Contest, connections: u16) -> Idle {
    make_room(u64::from(connections));
    let list = stage.agree(Row::Tasks).await.swap_remove(1);
    let hello = stage.agree(Row::Hello).await.swap_remove(1);
    // What serving takes is taken before.
    load::run(&list, contest.seconds()).await;
    let (mut memory, mut alone, mut beside) = (None, Vec::new(), Vec::new());
    for _ in 0..contest.rounds {
        alone.push(load::run(&list, contest.seconds()).await.p99);
        let before = list.meter.memory();
        let mut idle = Vec::with_capacity(connections.into());
        for _ in 0..connections {
            let mut connection = Connection::open(hello.address).await.expect("a connection");
            connection.ask(&hello.request).await.expect("an answer");
            idle.push(connection);
        }
        let grown = list.meter.memory().zip(before).map(|(after, before)| after - before);
        // Later rounds find the memory of the first.
        memory = memory.or(grown.map(|megabytes| megabytes * 1e3 / f64::from(connections)));
        beside.push(load::run(&list, contest.seconds()).await.p99);
    }
    Idle { connections, memory, alone: median(alone), beside: median(beside) }
}

/// Systems begin with a limit of 1024 open files.
#[cfg(unix)]
pub fn make_room(connections: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let current = Some(connections + RESERVED).max(limit.current);
    setrlimit(Resource::Nofile, Rlimit { current, maximum: limit.maximum }).expect("room for connections");
}

#[cfg(not(unix))]
pub fn make_room(_: u64) {}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let memory = self.memory.map_or_else(|| "?".to_owned(), |kilobytes| format!("{kilobytes:.1}"));
        write!(
            f,
            "{} idle connections: {memory} kB of memory each; p99 of tasks(first: 20): {:.1} ms without them, {:.1} ms with",
            self.connections, self.alone, self.beside
        )
    }
}
