//! The name of one request: in the answer, in the log, and in `extensions.requestId` of the faults that are ours.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// The header that brings the name and takes it back.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest name that is taken over, in bytes.
const LONGEST: usize = 128;

/// 1 to 128 of `A-Z a-z 0-9 . _ -`, so that it is safe in a header, in a log line and in a shell.
#[derive(Debug, Clone)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The one the request came with, if it is fit; otherwise a fresh UUID, version 7.
    pub fn of(headers: &HeaderMap) -> Self {
        match headers.get(HEADER) {
            Some(given) if is_fit(given.as_bytes()) => Self(given.clone()),
            _ => Self::fresh(),
        }
    }

    /// A UUID, version 7.
    pub(super) fn fresh() -> Self {
        let mut buffer = Uuid::encode_buffer();
        let text = Uuid::now_v7().hyphenated().encode_lower(&mut buffer);
        Self(HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unnamed")))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The name as the value of a header.
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

fn is_fit(name: &[u8]) -> bool {
    let fit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST).contains(&name.len()) && name.iter().all(fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &[u8]) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_bytes(name).expect("a header"));
        RequestId::of(&headers)
    }

    #[test]
    fn a_fit_name_is_kept() {
        let long = "a".repeat(LONGEST);
        for name in ["7", "trace-1.2_x", &long] {
            assert_eq!(named(name.as_bytes()).as_str(), name);
        }
    }

    #[test]
    fn an_unfit_name_is_replaced_by_a_uuid() {
        let long = "a".repeat(LONGEST + 1);
        for name in ["", "two words", "a\"b", "<b>", "caf\u{e9}", "a\tb", &long] {
            let id = named(name.as_bytes());
            assert_ne!(id.as_str(), name);
            assert_eq!(Uuid::parse_str(id.as_str()).expect(name).get_version_num(), 7, "{name}");
        }
    }

    #[test]
    fn two_requests_without_a_name_get_two() {
        let headers = HeaderMap::new();
        assert_ne!(RequestId::of(&headers).as_str(), RequestId::of(&headers).as_str());
    }
}
