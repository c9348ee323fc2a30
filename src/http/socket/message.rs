//! The messages of the protocol, and the codes that a socket is closed with.

use std::time::Duration;

use async_graphql::ServerError;
use axum::extract::ws::CloseFrame;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::request::Params;

/// The longest reason that a close frame has room for, in bytes (RFC 6455, section 5.5).
const LONGEST_REASON: usize = 123;

/// "Try again later" (IANA, WebSocket Close Code Number Registry).
const LATER: u16 = 1013;

/// What a client says. Not `Debug`: a payload may hold a token.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Heard {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Pong {},
    Subscribe {
        id: String,
        payload: Params,
    },
    Complete {
        id: String,
    },
}

/// What the server says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Said<'a> {
    ConnectionAck,
    Pong,
    Error { id: &'a str, payload: &'a [ServerError] },
    Complete { id: &'a str },
}

impl Heard {
    /// Reads a message; the error is for the client.
    pub(super) fn read(text: &str) -> Result<Self, Close> {
        // What the reader has to say would quote the message, which may hold a token.
        let wrong = |error: serde_json::Error| {
            Close::invalid(&format!("it is none of the protocol's, as seen at column {}", error.column()))
        };
        let heard = serde_json::from_str(text).map_err(wrong)?;
        match &heard {
            Self::Subscribe { id, .. } | Self::Complete { id } if id.is_empty() => {
                Err(Close::invalid("`id` is empty"))
            }
            _ => Ok(heard),
        }
    }
}

impl Said<'_> {
    pub(super) fn text(&self) -> String {
        // Values of the engine are always JSON: names are text, and numbers are finite.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The message that brings an answer which is written already.
pub(super) fn next(id: &str, payload: &str) -> String {
    let id = serde_json::to_string(id).unwrap_or_default();
    format!("{{\"type\":\"next\",\"id\":{id},\"payload\":{payload}}}")
}

/// Why a socket is closed by the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Close {
    code: u16,
    reason: String,
}

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// The server ends (RFC 6455, section 7.4.1).
    pub(super) fn going_away() -> Self {
        Self::new(1001, "The server is going away.")
    }

    pub(super) fn too_long(most: usize) -> Self {
        Self::new(1009, format!("A message may have {most} bytes."))
    }

    pub(super) fn later(why: &str) -> Self {
        Self::new(LATER, why)
    }

    /// Whether it may be otherwise in a moment.
    pub(super) fn is_for_a_while(&self) -> bool {
        self.code == LATER
    }

    pub(super) fn invalid(why: &str) -> Self {
        Self::new(4400, format!("Invalid message: {why}"))
    }

    pub(super) fn not_initialised() -> Self {
        Self::new(4401, "Unauthorized: send connection_init first.")
    }

    pub(super) fn forbidden(why: &str) -> Self {
        Self::new(4403, format!("Forbidden: {why}"))
    }

    pub(super) fn no_protocol() -> Self {
        Self::new(4406, "Subprotocol not acceptable: this server speaks graphql-transport-ws.")
    }

    pub(super) fn too_late(after: Duration) -> Self {
        Self::new(4408, format!("Connection initialisation timeout: {} s.", after.as_secs()))
    }

    pub(super) fn exists(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    pub(super) fn too_many_inits() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }
}

impl From<Close> for CloseFrame {
    fn from(close: Close) -> Self {
        let Close { code, mut reason } = close;
        reason.truncate(reason.floor_char_boundary(LONGEST_REASON));
        Self { code, reason: reason.into() }
    }
}

/// Whether a message was longer than it may be.
pub(super) fn is_too_long(error: &axum::Error) -> bool {
    use tungstenite::Error;
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(Error::Capacity(_)) = cause.downcast_ref() {
            return true;
        }
        source = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_protocol_does_not_know_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            "7",
            "{\"type\":\"start\"}",
            "{\"type\":7}",
            "{\"type\":\"connection_init\",\"payload\":7}",
            "{\"type\":\"ping\",\"payload\":[]}",
            "{\"type\":\"subscribe\",\"payload\":{\"query\":\"{me{id}}\"}}",
            "{\"type\":\"subscribe\",\"id\":7,\"payload\":{\"query\":\"{me{id}}\"}}",
            "{\"type\":\"subscribe\",\"id\":\"\",\"payload\":{\"query\":\"{me{id}}\"}}",
            "{\"type\":\"subscribe\",\"id\":\"1\"}",
            "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"query\":7}}",
            "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"query\":\"\",\"variables\":[]}}",
            "{\"type\":\"complete\"}",
            "{\"type\":\"complete\",\"id\":\"\"}",
            "{\"type\":\"next\",\"id\":\"1\",\"payload\":{}}",
        ] {
            let close = Heard::read(text).err().expect(text);
            assert!(close.code == 4400 && !close.reason.is_empty(), "{close:?}");
        }
    }

    #[test]
    fn what_the_protocol_knows_is_read() {
        for text in [
            "{\"type\":\"connection_init\"}",
            "{\"payload\":null,\"type\":\"connection_init\"}",
            "{\"type\":\"connection_init\",\"payload\":{\"a\":[1]}}",
            "{\"type\":\"ping\"}",
            "{\"type\":\"pong\",\"payload\":{}}",
            "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"query\":\"{me{id}}\",\"variables\":null,\"operationName\":null}}",
            "{\"type\":\"subscribe\",\"payload\":{\"query\":\"{me{id}}\",\"variables\":{\"a\":1.5}},\"id\":\"caf\\u00e9\"}",
            "{\"type\":\"complete\",\"id\":\"1\"}",
        ] {
            assert!(Heard::read(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_reason_fits_into_its_frame() {
        let frame = CloseFrame::from(Close::exists(&"\u{e9}".repeat(200)));
        assert!(
            (LONGEST_REASON - 1..=LONGEST_REASON).contains(&frame.reason.len()),
            "{}",
            frame.reason.len()
        );
    }
}
