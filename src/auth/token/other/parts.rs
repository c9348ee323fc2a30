//! The three parts of a token, taken apart and not yet believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::auth::token::{Rejected, json};

/// A token in the compact form (RFC 7515, section 7.1) whose two objects are strict JSON.
pub(super) struct Parts<'b> {
    /// Header and payload as they were signed.
    pub(super) signed: &'b str,
    pub(super) signature: &'b str,
    pub(super) header: Map<String, Value>,
    pub(super) payload: Map<String, Value>,
}

impl<'b> Parts<'b> {
    pub(super) fn read(bearer: &'b str) -> Result<Self, Rejected> {
        let (signed, signature) = bearer.rsplit_once('.').ok_or(Rejected::because("not three parts"))?;
        let (header, payload) = signed.split_once('.').ok_or(Rejected::because("not three parts"))?;
        let object = |part: &str| json::object(&URL_SAFE_NO_PAD.decode(part).ok()?);
        Ok(Self {
            signed,
            signature,
            header: object(header).ok_or(Rejected::because("the header is no strict JSON object"))?,
            payload: object(payload).ok_or(Rejected::because("the payload is no strict JSON object"))?,
        })
    }

    pub(super) fn in_header(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    pub(super) fn claim(&self, name: &str) -> Option<&str> {
        self.payload.get(name)?.as_str()
    }
}
