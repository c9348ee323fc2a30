//! Reading a `.env` file, and wording what is refused.

use std::error::Error as _;
use std::fmt;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, FromArgMatches};

use super::Settings;

/// One sentence that names the setting and says what it must be. Never tells what it was set to.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused(String);

impl Refused {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Adds what the file says to the environment, where the environment says nothing. No file, nothing to add.
///
/// Has to come before the first thread.
pub fn read(file: &Path) -> Result<(), Refused> {
    match dotenvy::from_path(file) {
        Err(dotenvy::Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(dotenvy::Error::Io(error)) => {
            Err(Refused(format!("The file {} cannot be read: {error}.", file.display())))
        }
        // The library's own message quotes the line, which may hold a secret.
        Err(_) => Err(Refused(format!("The file {} has a line that is not NAME=value.", file.display()))),
        Ok(()) => Ok(()),
    }
}

/// Lets every setting stand before and after the name of a command, and keeps what is set out of the help.
pub(super) fn settle(command: Command) -> Command {
    command.mut_args(|arg| arg.global(true).hide_env_values(true))
}

impl Settings {
    /// Adds the settings to a command line.
    pub fn add_to(command: Command) -> Command {
        settle(<Self as clap::Args>::augment_args(command))
    }

    /// The settings of a command line that [`Settings::add_to`] prepared.
    pub fn of(matches: &clap::ArgMatches) -> Result<Self, Refused> {
        Self::from_arg_matches(matches).map_err(|error| refuse(&error)).and_then(Self::check)
    }
}

/// What is wrong with a setting, in one sentence; anything else in the library's words.
pub fn refuse(error: &clap::Error) -> Refused {
    let name = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(flag)) => flag.split(' ').next().map(variable).unwrap_or_default(),
        _ => String::new(),
    };
    match (error.kind(), error.source()) {
        (ErrorKind::ValueValidation, Some(must)) => Refused(format!("{name} {must}.")),
        _ => Refused(error.to_string()),
    }
}

/// `--data-dir` as `DATA_DIR`.
fn variable(flag: &str) -> String {
    flag.trim_start_matches('-').replace('-', "_").to_ascii_uppercase()
}
