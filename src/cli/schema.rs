//! `taskward schema`, for code generators and for reading.

use std::io::{self, Write};

use super::Failed;
use crate::graphql;

pub(super) fn run() -> Result<(), Failed> {
    match io::stdout().write_all(graphql::sdl().as_bytes()) {
        // `taskward schema | head` is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}
