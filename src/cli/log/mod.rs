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
    let log = tracing_subscriber::registry().with(without_messages(&filter));
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

/// The filter without what would log every message of a WebSocket as it came, and tokens with it, whatever it asks for.
fn without_messages(filter: &Targets) -> Targets {
    const LOUD: [&str; 2] = ["tungstenite", "tokio_tungstenite"];
    let wanted = filter.iter().filter(|(module, _)| !LOUD.iter().any(|loud| module.starts_with(loud)));
    let rest = Targets::new().with_default(filter.default_level().unwrap_or(LevelFilter::OFF));
    rest.with_targets(wanted).with_targets(LOUD.map(|module| (module, LevelFilter::WARN)))
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(message, location, "panic");
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn no_filter_brings_the_messages_of_a_websocket_into_the_log() {
        for text in
            ["trace", "info,tungstenite=trace", "info,tungstenite::protocol=trace,tokio_tungstenite::x=trace"]
        {
            let filter = without_messages(&text.parse().expect(text));
            for module in
                ["tungstenite", "tungstenite::protocol", "tokio_tungstenite", "tokio_tungstenite::x"]
            {
                assert!(!filter.would_enable(module, &Level::INFO), "{text}: {module}");
                assert!(filter.would_enable(module, &Level::WARN), "{text}: {module}");
            }
            assert!(filter.would_enable("taskward::http", &Level::INFO), "{text}");
        }
        let filter = without_messages(&"sqlx=debug".parse().expect("a filter"));
        assert!(filter.would_enable("sqlx::query", &Level::DEBUG));
        assert!(!filter.would_enable("taskward", &Level::ERROR));
    }
}
