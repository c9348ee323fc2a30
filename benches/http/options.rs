//! What can be asked for after `cargo bench --bench http --`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum as _};

use crate::live::Part;
use crate::row::Row;

/// Compares Taskward with a hand-written server on the same data.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    pub role: Option<Role>,
    #[command(flatten)]
    pub contest: Contest,
}

#[derive(Args)]
pub struct Contest {
    /// How long one contestant is measured at a time
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// How often each contestant is measured; the medians are printed
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// Only this row; may be given more than once
    #[arg(long, value_name = "ROW")]
    only: Vec<Row>,
    /// What signing in costs, and nothing else
    #[arg(long, conflicts_with = "only")]
    sessions: bool,
    /// What so many idle connections cost, and what others notice of them, and nothing else
    #[arg(long, value_name = "N", conflicts_with_all = ["only", "sessions"])]
    pub idle: Option<u16>,
    /// What it costs to tell subscribers of what changes, and how soon they hear of it, and nothing else; all parts of that,
    /// unless some are named
    #[arg(long, value_name = "PART", num_args = 0.., conflicts_with_all = ["only", "sessions", "idle"])]
    pub live: Option<Vec<Part>>,
    /// Subscribers that are kept while nothing changes
    #[arg(long, value_name = "N", default_value_t = 10_000, requires = "live")]
    pub subscribers: u16,
    /// Only on this database
    #[arg(long)]
    database: Option<Database>,
    /// What Taskward logs
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub log: String,
    /// Taskward and the floor only
    #[arg(long)]
    pub without_stock: bool,
    /// Another build of Taskward to compare with, in the place of the stock handler
    #[arg(long, value_name = "PROGRAM", conflicts_with = "without_stock")]
    pub against: Option<PathBuf>,
    /// What `cargo bench` adds
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// The benchmark runs itself as the servers that it compares with.
#[derive(Subcommand)]
pub enum Role {
    #[command(hide = true)]
    Floor(Seat),
    #[command(hide = true)]
    Stock(Seat),
}

/// Where such a server finds what Taskward left there.
#[derive(Args)]
pub struct Seat {
    #[arg(long)]
    pub database_url: String,
    #[arg(long)]
    pub key: PathBuf,
}

impl Database {
    /// What the head of the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl Contest {
    pub fn databases(&self) -> Vec<Database> {
        self.database.map_or_else(|| Database::value_variants().to_vec(), |database| vec![database])
    }

    /// Taskward, and the build to compare it with.
    pub fn programs(&self) -> Vec<(&'static str, PathBuf)> {
        let own = ("taskward", PathBuf::from(env!("CARGO_BIN_EXE_taskward")));
        std::iter::once(own).chain(self.against.clone().map(|other| ("other", other))).collect()
    }

    /// Rows that were asked for leave no time for it.
    pub fn measures_sessions(&self) -> bool {
        self.only.is_empty() && self.idle.is_none()
    }

    pub fn rows(&self) -> Vec<Row> {
        if self.sessions || self.idle.is_some() {
            return Vec::new();
        }
        if self.only.is_empty() { Row::value_variants().to_vec() } else { self.only.clone() }
    }

    pub fn seconds(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}
