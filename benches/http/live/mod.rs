//! What it costs to tell many clients of what changes, and how soon they hear of it.
//!
//! - `house.rs`: servers on a fresh database; `people.rs`: who is there
//! - `listener.rs`: one subscription over a `WebSocket`; `crowd.rs`: many of them, and what they hear
//! - `quiet.rs`: what subscribers cost while nothing changes
//! - `latency.rs`: how long after a write its owner hears of it
//! - `writes.rs`: what a write costs with and without somebody who hears of it

mod crowd;
mod house;
mod latency;
mod listener;
mod people;
mod quiet;
mod writes;

use std::path::Path;

use clap::ValueEnum;

use crate::options::{Contest, Database};
use house::House;

/// What is measured of it.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// What subscribers cost while nothing changes.
    Quiet,
    /// How long after a write its owner hears of it.
    Latency,
    /// The same on another server than the one that wrote; on PostgreSQL alone.
    Across,
    /// What a write costs with and without somebody who hears of it.
    Writes,
}

/// What the numbers mean.
pub fn legend() -> String {
    "Every subscriber has a connection and a user of its own, over loopback. In brackets the worst and the best round. \
     \u{b5}s: processor\ntime of the server for one write, without PostgreSQL's and the client's, which hears all that \
     it asked to hear."
        .to_owned()
}

/// Each part on a database of its own; `None` where there is no such database.
pub async fn measure(database: Database, contest: &Contest, parts: &[Part]) -> Option<()> {
    for (name, program) in contest.programs() {
        let mut titled = false;
        for part in Part::value_variants() {
            let is_possible = *part != Part::Across || matches!(database, Database::Postgres);
            if !is_possible || !(parts.is_empty() || parts.contains(part)) {
                continue;
            }
            let told = part.measure(database, contest, &program).await?;
            if !titled {
                crate::say(&format!("\n{}, {name}", database.name()));
                titled = true;
            }
            crate::say(&told);
        }
    }
    Some(())
}

impl Part {
    async fn measure(self, database: Database, contest: &Contest, program: &Path) -> Option<String> {
        let servers = if self == Self::Across { 2 } else { 1 };
        let house = House::open(database, contest, program, servers).await?;
        Some(match self {
            Self::Quiet => quiet::measure(&house, contest).await.to_string(),
            Self::Latency | Self::Across => latency::measure(&house, contest).await.to_string(),
            Self::Writes => writes::measure(&house, contest).await.to_string(),
        })
    }
}
