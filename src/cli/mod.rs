//! The command line: one file for each command, and what they have in common.
//!
//! `main` calls [`run`]. A command gives back nothing or one readable sentence, which ends on stderr.

mod database;
mod demo;
mod issuers;
mod keys;
mod log;
mod mails;
mod migrate;
mod open_files;
mod parts;
mod schema;
mod serve;
mod stop;
mod token;
mod user;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::settings::{self, Settings};

/// The exit code for a command that did not succeed; clap's for a command line that makes no sense is 2.
const FAILED: u8 = 1;

/// Stack of a thread, in bytes. Without optimisation, as `cargo run` builds, what waits for the database takes more than
/// the usual 2 MiB. What is not used costs nothing.
const STACK: usize = 8 * 1024 * 1024;

#[derive(Debug, Parser)]
#[command(name = "taskward", version, after_help = AFTER_HELP)]
struct Line {
    #[command(subcommand)]
    command: Option<Command>,
}

const ABOUT: &str = "A GraphQL API server with auth-scoped resolvers: tasks that nobody else can see.\n\n\
    Without a command it serves: from SQLite in ./data, at http://127.0.0.1:8080, with nothing to set up.";

const AFTER_HELP: &str = "Every setting is a flag, a variable of the environment (--data-dir is DATA_DIR) and a line \
    of the file .env; the first of these that says something counts.";

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Serve the API (what happens without a command)
    Serve,
    /// Bring the database's tables up to date and end
    Migrate,
    /// Print the GraphQL schema
    Schema,
    /// Show the keys that sign tokens, or make a new one
    Keys(keys::Keys),
    /// Look into access tokens
    #[command(subcommand)]
    Token(token::Token),
    /// Make an account full of realistic tasks, to try things on
    Demo(demo::Demo),
    /// List, show, keep out and erase accounts
    User(user::User),
}

/// Why a command did not succeed, in one sentence for the person at the keyboard. Holds no secret.
#[derive(Debug, PartialEq, Eq)]
pub struct Failed(String);

impl Failed {
    fn new(sentence: impl fmt::Display) -> Self {
        Self(sentence.to_string())
    }
}

impl From<settings::Refused> for Failed {
    fn from(refused: settings::Refused) -> Self {
        Self::new(refused)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::new(error)
    }
}

/// Runs the command that the process was called with.
pub fn run() -> ExitCode {
    match settings::read(Path::new(".env")).map_err(Failed::from).and_then(|()| from_arguments()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(sentence)) => {
            // Whoever closed stderr does not want to know.
            let _ = writeln!(io::stderr(), "taskward: {sentence}");
            ExitCode::from(FAILED)
        }
    }
}

fn line() -> clap::Command {
    Settings::add_to(Line::command()).about(ABOUT).long_about(None::<&str>).max_term_width(100)
}

fn from_arguments() -> Result<(), Failed> {
    let matches = line().try_get_matches().map_err(|error| match error.kind() {
        clap::error::ErrorKind::ValueValidation => settings::refuse(&error),
        // Help and version as well: clap prints them where they belong and ends with the right code.
        _ => error.exit(),
    })?;
    let settings = Settings::of(&matches)?;
    let line = Line::from_arg_matches(&matches).map_err(|error| Failed::new(settings::refuse(&error)))?;
    match line.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&settings),
        Command::Migrate => migrate::run(&settings),
        Command::Schema => schema::run(),
        Command::Keys(keys) => keys::run(&settings, &keys),
        Command::Token(token) => token::run(&settings, &token),
        Command::Demo(demo) => demo::run(&settings, &demo),
        Command::User(user) => user::run(&settings, &user),
    }
}

/// Runs a command that waits for things, on as many threads as there are processors.
fn block_on<T>(command: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build()?;
    let result = runtime.block_on(command);
    // What is left by then had its time to end.
    runtime.shutdown_background();
    result
}
