//! From when until when a token counts, and the members of its payload as RFC 7519 reads them.

use std::time::Duration;

use serde_json::{Map, Value};

use super::Rejected;
use crate::time::Timestamp;

/// How far the clocks of issuer and verifier may be apart.
pub const LEEWAY: Duration = Duration::from_secs(5);

/// The last second of the year 9999.
const LATEST: f64 = 253_402_300_799.0;

/// The instants that a token names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    pub(super) issued_at: Timestamp,
    pub(super) not_before: Option<Timestamp>,
    pub(super) expires_at: Timestamp,
}

impl Life {
    /// `iat` and `exp` have to be there.
    pub(super) fn read(payload: &Map<String, Value>) -> Result<Self, Rejected> {
        let required = |name, reason| instant(payload, name).ok().flatten().ok_or(Rejected::because(reason));
        let life = Self {
            issued_at: required("iat", "iat is missing or no instant")?,
            not_before: instant(payload, "nbf")
                .map_err(|NoInstant| Rejected::because("nbf is no instant"))?,
            expires_at: required("exp", "exp is missing or no instant")?,
        };
        if life.expires_at <= life.issued_at {
            return Err(Rejected::because("exp is not after iat"));
        }
        Ok(life)
    }

    /// The checks that a token may fail later, or has failed before.
    pub(super) fn count_at(&self, now: Timestamp) -> Result<(), Rejected> {
        if now >= self.expires_at + LEEWAY {
            return Err(Rejected::because("expired"));
        }
        if self.issued_at > now + LEEWAY {
            return Err(Rejected::because("issued in the future"));
        }
        if self.not_before.is_some_and(|start| start > now + LEEWAY) {
            return Err(Rejected::because("not yet valid"));
        }
        Ok(())
    }
}

pub(super) fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str()
}

/// One text, or a list of nothing but texts: RFC 7519, section 4.1.3.
pub(super) fn names(audience: Option<&Value>, wanted: &str) -> bool {
    match audience {
        Some(Value::String(one)) => one == wanted,
        Some(Value::Array(several)) => {
            several.iter().all(Value::is_string) && several.iter().any(|one| one == wanted)
        }
        _ => false,
    }
}

pub(super) struct NoInstant;

/// A `NumericDate` (RFC 7519, section 2) between 1970 and 9999.
pub(super) fn instant(members: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, NoInstant> {
    let Some(value) = members.get(name) else { return Ok(None) };
    let seconds = value.as_f64().filter(|seconds| (0.0..=LATEST).contains(seconds)).ok_or(NoInstant)?;
    let since = Duration::try_from_secs_f64(seconds).map_err(|_| NoInstant)?;
    Ok(Some(Timestamp::from_millis(0) + since))
}
