//! `taskward schema`, for code generators and for reading.

use std::io::{self, Write};

use super::Failed;
use crate::graphql;
use crate::settings::Settings;

pub(super) fn run(settings: &Settings) -> Result<(), Failed> {
    let sdl = graphql::schema(settings.introspection.is_on()).sdl();
    match io::stdout().write_all(sdl.as_bytes()) {
        // `taskward schema | head` is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}
