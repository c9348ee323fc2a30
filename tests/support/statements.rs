//! Every statement that is sent to a database, and the request it was sent for.
//!
//! The driver logs each with the span that it was called in, and the server puts each request into a span.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

#[derive(Default)]
struct Recorded {
    by_request: HashMap<String, Vec<String>>,
    all: HashSet<String>,
    not_audited: Vec<String>,
}

static RECORDED: LazyLock<Mutex<Recorded>> = LazyLock::new(Mutex::default);

/// From here on statements are recorded. Once for the whole process.
pub fn record() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let wanted =
            Targets::new().with_target("sqlx::query", Level::TRACE).with_target("taskward", Level::ERROR);
        let subscriber = tracing_subscriber::registry().with(Recorder.with_filter(wanted));
        tracing::subscriber::set_global_default(subscriber).expect("no other subscriber");
    });
}

/// What was sent for the request of this id, transactions' own statements aside.
pub fn of_request(id: &str) -> Vec<String> {
    let recorded = RECORDED.lock().expect("not poisoned");
    recorded.by_request.get(id).cloned().unwrap_or_default()
}

/// Every statement so far that was not handed out here before.
pub fn not_audited() -> Vec<String> {
    std::mem::take(&mut RECORDED.lock().expect("not poisoned").not_audited)
}

struct Recorder;

/// The id of the request that a span is for.
struct RequestId(String);

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() == "request" {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            let span = context.span(id).expect("a new span is known");
            span.extensions_mut().insert(RequestId(fields.0.remove("id").expect("the request's id")));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != "sqlx::query" {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let summary = fields.0.remove("summary").unwrap_or_default();
        let whole = fields.0.remove("db.statement").unwrap_or_default().trim().to_owned();
        let statement = if whole.is_empty() { summary } else { whole };
        let request = context.event_scope(event).and_then(|mut scope| {
            scope.find_map(|span| span.extensions().get::<RequestId>().map(|id| id.0.clone()))
        });
        let mut recorded = RECORDED.lock().expect("not poisoned");
        if let Some(id) = request {
            recorded.by_request.entry(id).or_default().push(statement.clone());
        }
        if recorded.all.insert(statement.clone()) {
            recorded.not_audited.push(statement);
        }
    }
}

#[derive(Default)]
struct Fields(HashMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
