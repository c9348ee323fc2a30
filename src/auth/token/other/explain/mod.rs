//! What becomes of a token, check by check, for an operator who wonders why it is refused.
//!
//! The verdict is the verifier's own. The checks beside it repeat what each asks for, and show names and times out of the
//! token, never its signature, nor what it says of a person beyond their id.

mod checks;
mod shown;
#[cfg(test)]
mod tests;

use super::issuer::{Keys, OtherIssuer};
use super::kind::Kind;
use super::parts::Parts;
use super::{Unproven, Verifiers};
use crate::auth::token::verifier::LONGEST;
use crate::time::Timestamp;
use checks::{Expected, Judged};
use shown::shown;

/// What came of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// It is as it has to be.
    Fine,
    /// It is not.
    Fails,
    /// It was not looked at.
    Open,
}

/// One check of a token.
#[derive(Debug)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// What came of it.
    pub finding: Finding,
    /// What was wanted and what was found.
    pub told: String,
    /// What can be done about it.
    pub advice: Option<&'static str>,
}

impl Check {
    fn new(name: &'static str, is_fine: bool, told: impl Into<String>, advice: &'static str) -> Self {
        let finding = if is_fine { Finding::Fine } else { Finding::Fails };
        Self { name, finding, told: told.into(), advice: (!is_fine).then_some(advice) }
    }

    fn open(name: &'static str, told: impl Into<String>, advice: &'static str) -> Self {
        Self { name, finding: Finding::Open, told: told.into(), advice: Some(advice) }
    }
}

/// Everything that can be said about a token.
#[derive(Debug)]
pub struct Explanation {
    /// What it looks like.
    pub kind: &'static str,
    /// All checks, in the order in which they are made.
    pub checks: Vec<Check>,
    /// Whether a request with it would be let in at this instant. The database and the cut-offs in it are not asked.
    pub is_accepted: bool,
}

impl Verifiers {
    /// Explains a token. Asks an issuer for its keys only when told to, without which nobody knows about the signature.
    pub async fn explain(&self, bearer: &str, now: Timestamp, may_fetch: bool) -> Explanation {
        let kind = Kind::of(bearer);
        let parts = match Parts::read(bearer) {
            Ok(parts) if bearer.len() <= LONGEST => parts,
            Ok(_) => return unreadable(kind, "too long"),
            Err(rejected) => return unreadable(kind, rejected.reason()),
        };
        let name = parts.claim("iss");
        let other = self.others.issuers.iter().find(|other| Some(other.rules.issuer.as_str()) == name);
        if name == Some(&self.own.rules().issuer) {
            let judged = match self.own.verify(bearer, now) {
                Ok(_) => Judged::Good,
                Err(rejected) => Judged::Bad(rejected.reason()),
            };
            let expected = Expected::own(self.own.rules());
            let checks = checks::all(&parts, &expected, judged, now);
            return Explanation {
                kind: "an access token of this server's own",
                checks,
                is_accepted: judged == Judged::Good,
            };
        }
        let (Some(other), Kind::Jwt) = (other, kind) else {
            return Explanation {
                kind: if kind == Kind::Jwt && is_better_auths(&parts) { BETTER_AUTHS } else { kind.name() },
                checks: vec![self.no_issuer(&parts, kind)],
                is_accepted: false,
            };
        };
        let known_without = matches!(other.keys, Keys::Shared(_));
        let judged = if may_fetch || known_without {
            match self.verify(bearer, now).await {
                Ok(_) => Judged::Good,
                Err(Unproven::Rejected(rejected)) => Judged::Bad(rejected.reason()),
                Err(Unproven::KeyUnknown) => Judged::Bad(checks::UNREACHABLE),
            }
        } else {
            match other.judge_header(&parts) {
                Ok(_) => Judged::Not,
                Err(rejected) => Judged::Bad(rejected.reason()),
            }
        };
        let is_accepted = judged == Judged::Good;
        let checks = checks::all(&parts, &Expected::other(&other.rules), judged, now);
        Explanation { kind: kind_of(&parts, other), checks, is_accepted }
    }

    fn no_issuer(&self, parts: &Parts<'_>, kind: Kind) -> Check {
        if let Some(hint) = kind.hint() {
            return Check::new("kind", false, "wanted an access token", hint);
        }
        let known = [&self.own.rules().issuer];
        let known = known.into_iter().chain(self.others.issuers.iter().map(|other| &other.rules.issuer));
        let known: Vec<_> = known.cloned().collect();
        let got = shown(parts.payload.get("iss"));
        let near = |name: &String| {
            let plain = |text: &str| text.trim_end_matches('/').to_lowercase();
            parts.claim("iss").is_some_and(|iss| plain(iss) == plain(name))
        };
        let advice = if known.iter().any(near) {
            "The names are compared byte for byte: set the issuer's iss exactly as the token has it."
        } else {
            "Set its issuer here, or send a token of an issuer that is set."
        };
        Check::new("iss", false, format!("wanted one of {}, got {got}", known.join(", ")), advice)
    }
}

fn kind_of(parts: &Parts<'_>, other: &OtherIssuer) -> &'static str {
    match (&other.keys, is_better_auths(parts)) {
        (Keys::Published(_), true) => BETTER_AUTHS,
        (Keys::Published(_), false) => {
            "an access token of another issuer, signed with a key that it publishes"
        }
        (Keys::Shared(_), _) => "an access token of another issuer, signed with a shared secret",
    }
}

const BETTER_AUTHS: &str = "an access token of Better Auth's JWT plugin";

/// Its JWT plugin puts the whole user into a token.
fn is_better_auths(parts: &Parts<'_>) -> bool {
    parts.payload.contains_key("emailVerified")
}

fn unreadable(kind: Kind, reason: &'static str) -> Explanation {
    let advice = match (kind, kind.hint()) {
        (Kind::Refresh, _) => "Trade it for an access token with the mutation refresh, and send that.",
        (_, Some(hint)) => hint,
        (_, None) => {
            "Send the whole token and nothing else: three parts with dots between them, each in base64url, 8 KiB at most."
        }
    };
    let checks = vec![Check::new("form", false, reason, advice)];
    Explanation { kind: kind.name(), checks, is_accepted: false }
}
