//! The media type of an answer, as the `Accept` header asks for it (RFC 9110, section 12.5.1).

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderValue};

use super::weight::{MOST, weigh};

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// The media type of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`, for those who ask for it.
    GraphqlResponse,
    /// `application/json`, for all others.
    Json,
}

/// What a client takes for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    /// The more wanted one of the two; `None` where neither is.
    pub(super) media: Option<Media>,
    /// Whether it takes a stream of events, which has to be asked for by its name.
    pub(super) events: bool,
    /// Whether it would rather have events than anything else.
    pub(super) prefers_events: bool,
}

impl Accepted {
    /// Of the two media types of one answer, the newer one has to be asked for by its name: whoever takes anything may be
    /// older than it. Named and wanted alike, it wins.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let ranges = || headers.get_all(ACCEPT).iter().flat_map(ranges);
        if ranges().next().is_none() {
            return Self { media: Some(Media::Json), events: false, prefers_events: false };
        }
        let (graphql, json) = (Wish::of(GRAPHQL_RESPONSE, ranges()), Wish::of(JSON, ranges()));
        let prefers_graphql = graphql.is_named && graphql.weight >= json.weight;
        let media = match (graphql.weight > 0, json.weight > 0) {
            (false, false) => None,
            (true, false) => Some(Media::GraphqlResponse),
            (true, true) if prefers_graphql => Some(Media::GraphqlResponse),
            (_, true) => Some(Media::Json),
        };
        let stream = Wish::of(EVENTS, ranges());
        let events = stream.is_named && stream.weight > 0;
        Self { media, events, prefers_events: events && stream.weight > graphql.weight.max(json.weight) }
    }
}

impl Media {
    /// The value of `Content-Type`.
    pub(super) const fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }
}

/// How much a media type is wanted.
#[derive(Debug, Default)]
struct Wish {
    weight: u16,
    is_named: bool,
}

impl Wish {
    /// What the most exact of the ranges says of the type.
    fn of<'a>(name: &str, ranges: impl Iterator<Item = (&'a str, u16)>) -> Self {
        let family = if name == EVENTS { "text/*" } else { "application/*" };
        let by_exactness = ["*/*", family, name];
        let exactness = |range: &str| by_exactness.iter().position(|known| range.eq_ignore_ascii_case(known));
        ranges
            .filter_map(|(range, weight)| Some((exactness(range)?, weight)))
            .max_by_key(|(exactness, _)| *exactness)
            .map_or(Self::default(), |(exactness, weight)| Self { weight, is_named: exactness == 2 })
    }
}

/// The ranges of a header with their weights. One of another charset than UTF-8, or that is not text, has an empty name,
/// which takes nothing; other parameters than charset and weight make no difference here.
fn ranges(value: &HeaderValue) -> impl Iterator<Item = (&str, u16)> {
    let ranges = value.to_str().unwrap_or("?").split(',').map(str::trim).filter(|range| !range.is_empty());
    ranges.map(|range| {
        let (mut name, mut weight) = (range, MOST);
        for (place, part) in range.split(';').map(str::trim).enumerate() {
            match part.split_once('=') {
                _ if place == 0 => name = part,
                Some((key, value)) if key.eq_ignore_ascii_case("q") => weight = weigh(value),
                Some((key, value)) if key.eq_ignore_ascii_case("charset") => {
                    let is_utf8 = value.trim_matches('"').eq_ignore_ascii_case("utf-8");
                    name = if is_utf8 { name } else { "" };
                }
                _ => {}
            }
        }
        (name, weight)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_wanted_of_both_is_chosen_or_neither() {
        let (graphql, json) = (Some(Media::GraphqlResponse), Some(Media::Json));
        for (accept, media) in [
            (&[][..], json),
            (&[""], json),
            (&[" , "], json),
            (&["*/*"], json),
            (&["application/*"], json),
            (&["application/json"], json),
            (&["application/json, text/plain, */*"], json),
            (&["text/html,application/xml;q=0.9,*/*;q=0.8"], json),
            (&["application/graphql-response+json"], graphql),
            (&["Application/GraphQL-Response+JSON; charset=utf-8"], graphql),
            (&["application/graphql-response+json; charset=\"UTF-8\", application/json"], graphql),
            (&["application/graphql-response+json, application/json;q=0.9"], graphql),
            (&["application/json, application/graphql-response+json"], graphql),
            (&["application/json", "application/graphql-response+json"], graphql),
            (&["application/graphql-response+json, */*"], graphql),
            (&["application/graphql-response+json;profile=x"], graphql),
            (&["application/json;q=0, */*"], graphql),
            (&["application/json;q=0.1, application/*;q=0.5"], json),
            (&["application/graphql-response+json;q=0.5, application/json"], json),
            (&["application/graphql-response+json; Q=0.5, */*;q=0.8"], json),
            (&["application/graphql-response+json;q=0, */*"], json),
            (&["application/graphql-response+json; charset=latin1, application/json;q=0.1"], json),
            (&["application/graphql-response+json;q=0"], None),
            (&["application/graphql-response+json;q=much"], None),
            (&["application/graphql-response+json;q=nan"], None),
            (&["application/json;charset=latin1"], None),
            (&["application/*;q=0, */*"], None),
            (&["application/xml"], None),
            (&["text/html"], None),
            (&["application"], None),
            (&["caf\u{e9}"], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in accept {
                headers.append(ACCEPT, HeaderValue::from_bytes(value.as_bytes()).expect(value));
            }
            assert_eq!(Accepted::of(&headers).media, media, "{accept:?}");
        }
    }

    #[test]
    fn events_have_to_be_asked_for_by_their_name() {
        for (accept, events, prefers) in [
            (&[][..], false, false),
            (&["*/*"], false, false),
            (&["text/*"], false, false),
            (&["text/event-stream"], true, true),
            (&["Text/Event-Stream; charset=utf-8"], true, true),
            (&["text/event-stream, application/json"], true, false),
            (&["application/graphql-response+json, application/json", "text/event-stream"], true, false),
            (&["application/json;q=0.9, text/event-stream"], true, true),
            (&["text/event-stream, */*"], true, false),
            (&["text/event-stream;q=0, */*"], false, false),
            (&["text/event-stream;charset=latin1"], false, false),
        ] {
            let mut headers = HeaderMap::new();
            for value in accept {
                headers.append(ACCEPT, HeaderValue::from_static(value));
            }
            let accepted = Accepted::of(&headers);
            assert_eq!((accepted.events, accepted.prefers_events), (events, prefers), "{accept:?}");
        }
    }
}
