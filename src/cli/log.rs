//! The log: to stderr, in colours for a person at a terminal, as JSON for everything else.

use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::fmt;

use super::Failed;

/// From here on what happens is logged, as far as the filter lets it pass. Panics always are.
pub(super) fn start(filter: &str) -> Result<(), Failed> {
    let filter = EnvFilter::try_new(filter).map_err(Failed::new)?;
    let log = fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = if io::stderr().is_terminal() {
        log.with_target(false).try_init()
    } else {
        log.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    };
    started.map_err(Failed::new)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(message, location, "panic");
}
