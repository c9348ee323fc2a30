//! The log: to stderr, in colours for a person at a terminal, as JSON for everything else.

use std::io::{self, BufWriter, IsTerminal};
use std::panic::PanicHookInfo;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::fmt;

use super::Failed;

/// Lines that may wait to be written. Past that whoever logs waits: no line is lost, and none fills the memory.
const WAITING: usize = 8192;

/// The log, while it lives. Its end waits for the lines that are still to be written.
#[must_use]
pub(super) struct Log(#[expect(dead_code, reason = "held for its end")] Option<WorkerGuard>);

/// From here on what happens is logged, as far as the filter lets it pass. Panics always are.
pub(super) fn start(filter: &str) -> Result<Log, Failed> {
    let filter = EnvFilter::try_new(filter).map_err(Failed::new)?;
    let log = fmt().with_env_filter(filter);
    let (started, guard) = if io::stderr().is_terminal() {
        (log.with_target(false).with_writer(io::stderr).try_init(), None)
    } else {
        // A thread of its own writes many lines in one go, where each request would wait for its line.
        let queue = NonBlockingBuilder::default().lossy(false).buffered_lines_limit(WAITING);
        let (writer, guard) = queue.thread_name("log").finish(BufWriter::new(io::stderr()));
        let log = log.json().flatten_event(true).with_current_span(true).with_span_list(false);
        (log.with_writer(writer).try_init(), Some(guard))
    };
    started.map_err(Failed::new)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(Log(guard))
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(message, location, "panic");
}
