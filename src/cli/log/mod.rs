//! The log: to stderr, in colours for a person at a terminal, as JSON for everything else.

mod json;
mod lines;

use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::Failed;

/// The log, while it lives. Its end waits for the lines that are still to be written.
#[must_use]
pub(super) struct Log(#[expect(dead_code, reason = "held for its end")] Option<lines::Writing>);

/// From here on what happens is logged, as far as the filter lets it pass. Panics always are.
///
/// The filter goes by modules alone. One that goes by spans as well keeps a table of them, with a lock that every row from
/// the database would take.
pub(super) fn start(filter: &str) -> Result<Log, Failed> {
    let filter: Targets = filter.parse().map_err(Failed::new)?;
    // They would log every message as it came, and tokens with them.
    let loud = ["tungstenite", "tokio_tungstenite"].map(|module| (module, LevelFilter::WARN));
    let log = tracing_subscriber::registry().with(filter.with_targets(loud));
    let (started, writing) = if io::stderr().is_terminal() {
        (log.with(layer().with_target(false).with_writer(io::stderr)).try_init(), None)
    } else {
        let (lines, writing) = lines::begin(io::stderr()).map_err(Failed::new)?;
        let json = layer().fmt_fields(json::Json).event_format(json::Json);
        (log.with(json.with_writer(move || lines.clone())).try_init(), Some(writing))
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
