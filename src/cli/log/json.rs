//! A line of the log as JSON: `timestamp` as the API writes instants, `level`, `message`, the event's own fields, `target`, and
//! the `span` that names the request.
//!
//! The library's own format reads the span's fields out of their JSON and writes them anew for each line, which costs as
//! much as all the rest. Here they are written once, as they stand in each line.

use std::fmt::{self, Debug};
use std::io;

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::time::Clock;

#[derive(Clone, Copy)]
pub(super) struct Json;

impl<'w> FormatFields<'w> for Json {
    /// Each behind a comma.
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut written = Fields { line: Line(&mut writer), result: Ok(()) };
        fields.record(&mut written);
        written.result
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, Self> for Json {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Self>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (now, level) = (Clock.now().to_string(), event.metadata().level().as_str());
        write_all(&mut writer, &[r#"{"timestamp":""#, &now, r#"","level":""#, level, "\""])?;
        context.format_fields(writer.by_ref(), event)?;
        write_all(&mut writer, &[r#","target":""#, event.metadata().target(), "\""])?;
        if let Some(span) = context.lookup_current() {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<Self>>().map_or("", |fields| &fields.fields);
            write_all(&mut writer, &[r#","span":{"name":""#, span.name(), "\"", fields, "}"])?;
        }
        writer.write_str("}\n")
    }
}

/// What `write!` does, without looking into a format for it.
fn write_all(writer: &mut Writer<'_>, parts: &[&str]) -> fmt::Result {
    parts.iter().try_for_each(|part| writer.write_str(part))
}

struct Fields<'a, 'w> {
    line: Line<'a, 'w>,
    result: fmt::Result,
}

impl Fields<'_, '_> {
    fn add(&mut self, field: &Field, value: impl Serialize) {
        if self.result.is_ok() {
            self.result = write_all(self.line.0, &[",\"", field.name(), "\":"])
                .and_then(|()| serde_json::to_writer(&mut self.line, &value).map_err(|_| fmt::Error));
        }
    }
}

impl Visit for Fields<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }
}

/// JSON is written in bytes, and always as whole characters.
struct Line<'a, 'w>(&'a mut Writer<'w>);

impl io::Write for Line<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        self.0.write_str(text).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("whole").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_json_whatever_is_in_it() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(Json)
            .event_format(Json)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let nasty = "\" } \\ \n \u{1f980}";
            tracing::info!(
                nasty,
                number = -1,
                many = 2_u64,
                part = 0.5,
                yes = true,
                none = None::<&str>,
                "told"
            );
            let _span = tracing::error_span!("request", id = "a\"}b").entered();
            tracing::warn!(shown = %nasty, debugged = ?nasty, "in a request");
        });
        let text = String::from_utf8(log.0.lock().expect("whole").clone()).expect("text");
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        assert!(lines[0]["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{text}");
        let told = json!({
            "timestamp": lines[0]["timestamp"], "level": "INFO", "message": "told", "target": module_path!(),
            "nasty": "\" } \\ \n \u{1f980}", "number": -1, "many": 2, "part": 0.5, "yes": true,
        });
        assert_eq!(lines[0], told);
        assert_eq!(
            (&lines[1]["span"], &lines[1]["shown"]),
            (&json!({ "id": "a\"}b", "name": "request" }), &json!("\" } \\ \n \u{1f980}"))
        );
        assert_eq!(lines[1]["debugged"], format!("{:?}", "\" } \\ \n \u{1f980}"));
    }
}
