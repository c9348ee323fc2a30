//! The log: to stderr, in colours for a person at a terminal, as JSON for everything else.

mod json;
mod lines;

use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::fmt;

use super::Failed;

/// The log, while it lives. Its end waits for the lines that are still to be written.
#[must_use]
pub(super) struct Log(#[expect(dead_code, reason = "held for its end")] Option<lines::Writing>);

/// From here on what happens is logged, as far as the filter lets it pass. Panics always are.
pub(super) fn start(filter: &str) -> Result<Log, Failed> {
    // It would log every message as it came, and tokens with them.
    let filter = format!("{filter},tungstenite=warn,tokio_tungstenite=warn");
    let filter = EnvFilter::try_new(filter).map_err(Failed::new)?;
    let log = fmt().with_env_filter(filter);
    let (started, writing) = if io::stderr().is_terminal() {
        (log.with_target(false).with_writer(io::stderr).try_init(), None)
    } else {
        let (lines, writing) = lines::begin(io::stderr()).map_err(Failed::new)?;
        (log.json().event_format(json::Json).with_writer(move || lines.clone()).try_init(), Some(writing))
    };
    started.map_err(Failed::new)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(Log(writing))
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(message, location, "panic");
}
