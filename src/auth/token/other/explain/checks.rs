//! One line for each thing that a verifier asks of a token.

use std::time::Duration;

use super::shown::shown;
use super::{Check, Parts};
use crate::auth::token::life::{LEEWAY, instant, names};
use crate::auth::token::other::claims::{LONGEST_LIFE, OtherClaims};
use crate::auth::token::other::rules::OtherRules;
use crate::auth::token::verifier::asks_for_extension;
use crate::auth::token::{Rejected, TYPE, TokenRules};
use crate::time::Timestamp;

/// In place of a reason: nobody knows the key.
pub(super) const UNREACHABLE: &str = "the issuer cannot be asked for its keys";

/// What the verifier says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// It could not be asked.
    Not,
    /// The token counts.
    Good,
    /// It does not, for this reason.
    Bad(&'static str),
}

impl Judged {
    /// The reason; an empty one where there is none.
    fn reason(self) -> &'static str {
        match self {
            Self::Bad(reason) => reason,
            Self::Not | Self::Good => "",
        }
    }
}

/// What a token is held to.
pub(super) struct Expected<'r> {
    audience: &'r str,
    /// Of the header; for others, what may stand there instead.
    types: &'static str,
    algorithms: Vec<&'static str>,
    other: Option<&'r OtherRules>,
}

impl<'r> Expected<'r> {
    pub(super) fn own(rules: &'r TokenRules) -> Self {
        Self { audience: &rules.audience, types: TYPE, algorithms: Vec::new(), other: None }
    }

    pub(super) fn other(rules: &'r OtherRules) -> Self {
        let algorithms = rules.algorithms.iter().map(|algorithm| algorithm.name()).collect();
        Self { audience: &rules.audience, types: "none, JWT or at+jwt", algorithms, other: Some(rules) }
    }
}

/// All checks, in the order in which they are made.
pub(super) fn all(parts: &Parts<'_>, expected: &Expected<'_>, judged: Judged, now: Timestamp) -> Vec<Check> {
    let iss = Check::new("iss", true, shown(parts.payload.get("iss")), "");
    let mut checks = vec![iss];
    checks.extend(header(parts, expected, judged));
    checks.push(audience(parts, expected));
    checks.extend(times(parts, expected, now));
    checks.extend(match expected.other {
        Some(rules) => person(parts, rules),
        None => own_user(parts, judged),
    });
    checks
}

/// Type, algorithm, key and signature: the verifier ends at the first that fails, so that its reason tells all four.
fn header(parts: &Parts<'_>, expected: &Expected<'_>, judged: Judged) -> Vec<Check> {
    let got = |name: &str| shown(parts.header.get(name));
    let failed = judged.reason();
    let bad_type = failed.starts_with("typ ") || failed == "no access token";
    let wanted_type = if bad_type { format!("wanted {}, got ", expected.types) } else { String::new() };
    let bad_alg = failed.starts_with("alg ");
    let wanted_alg = match (bad_alg, expected.algorithms.as_slice()) {
        (false, _) => String::new(),
        (true, []) => "wanted the key's own, got ".to_owned(),
        (true, names) => format!("wanted {}, got ", names.join(" or ")),
    };
    let mut checks = vec![
        Check::new(
            "typ",
            !bad_type,
            wanted_type + &got("typ"),
            "This token is made for something else: send an access token.",
        ),
        Check::new(
            "alg",
            !bad_alg,
            wanted_alg + &got("alg"),
            "Have the issuer sign with an algorithm that is set for it here, or set the one that it signs with.",
        ),
    ];
    if asks_for_extension(&parts.header) {
        checks.push(Check::new(
            "header",
            false,
            "crit, b64, enc and zip are not understood",
            "Send a plain signed token.",
        ));
    }
    let is_shared = expected.algorithms == ["HS256"];
    let kid = if is_shared { "a shared secret".to_owned() } else { format!("kid {}", got("kid")) };
    let found = |told: &str| format!("{kid}: {told}");
    let key_advice = if expected.other.is_some() {
        "Its issuer publishes no such key: look at the JWKS URL that is set, or get a new token from the issuer."
    } else {
        "This server has no such key, or no longer: look at where its key is, or sign in again."
    };
    let (key, signature) = match judged {
        Judged::Not => (
            Check::open("key", found("not looked for"), "Its issuer has to be asked for its keys."),
            Check::open("signature", "not checked", "Its issuer has to be asked for its keys."),
        ),
        Judged::Bad(UNREACHABLE) => (
            Check::new(
                "key",
                false,
                found(UNREACHABLE),
                "Look at the JWKS URL that is set and whether it can be reached.",
            ),
            Check::open("signature", "not checked", key_advice),
        ),
        Judged::Bad(failed) if failed.starts_with("kid ") => (
            Check::new("key", false, found(failed.trim_start_matches("kid ")), key_advice),
            Check::open("signature", "not checked", key_advice),
        ),
        Judged::Bad("the signature is wrong") => (
            Check::new("key", true, kid, ""),
            Check::new(
                "signature",
                false,
                "another key or another text",
                "The token was changed on its way, or signed with another key or secret than the one that is set here.",
            ),
        ),
        Judged::Bad(_) if bad_type || bad_alg || asks_for_extension(&parts.header) => (
            Check::open("key", found("not looked for"), key_advice),
            Check::open("signature", "not checked", key_advice),
        ),
        Judged::Good | Judged::Bad(_) => {
            (Check::new("key", true, found("found"), ""), Check::new("signature", true, "good", ""))
        }
    };
    checks.extend([key, signature]);
    checks
}

fn audience(parts: &Parts<'_>, expected: &Expected<'_>) -> Check {
    let (got, wanted) = (shown(parts.payload.get("aud")), expected.audience);
    let is_fine = names(parts.payload.get("aud"), wanted);
    let told = if is_fine { got } else { format!("wanted {wanted}, got {got}") };
    let advice = "Have the issuer name this audience, or set the issuer's aud here to what its tokens have.";
    Check::new("aud", is_fine, told, advice)
}

fn times(parts: &Parts<'_>, expected: &Expected<'_>, now: Timestamp) -> Vec<Check> {
    let read = |name| instant(&parts.payload, name).ok().flatten();
    let got = |name: &str| shown(parts.payload.get(name));
    let (iat, exp, nbf) = (read("iat"), read("exp"), read("nbf"));
    let clocks = "Set the clocks of this machine and of the issuer's right.";
    let begins = |name: &'static str, at: Option<Timestamp>| match at {
        Some(at) if at > now + LEEWAY => {
            let skew = format!("{at} is {} ahead of this machine's clock; 5s are forgiven", apart(now, at));
            Check::new(name, false, skew, clocks)
        }
        Some(at) if at > now => {
            Check::new(name, true, format!("{at}, {} ahead of this machine's clock", apart(now, at)), "")
        }
        Some(at) => Check::new(name, true, format!("{at}, {} ago", apart(at, now)), ""),
        None => Check::new(
            name,
            false,
            format!("wanted a number of seconds, got {}", got(name)),
            "Have the issuer put it in.",
        ),
    };
    let mut checks = vec![begins("iat", iat)];
    checks.push(match exp {
        Some(exp) if now >= exp + LEEWAY => Check::new(
            "exp",
            false,
            format!("{exp}, {} ago", apart(exp, now)),
            "It has expired: get a new one.",
        ),
        Some(exp) if now >= exp => Check::new("exp", true, format!("{exp}, just over; 5s are forgiven"), ""),
        Some(exp) => Check::new("exp", true, format!("{exp}, in {}", apart(now, exp)), ""),
        None => Check::new(
            "exp",
            false,
            format!("wanted a number of seconds, got {}", got("exp")),
            "Have the issuer put it in.",
        ),
    });
    if parts.payload.contains_key("nbf") {
        checks.push(begins("nbf", nbf));
    }
    if let (Some(iat), Some(exp)) = (iat, exp) {
        let longest = expected.other.map_or(Duration::MAX, |_| LONGEST_LIFE);
        let is_fine = exp > iat && exp <= iat + longest;
        let told =
            format!("{} from iat to exp{}", apart(iat, exp), if is_fine { "" } else { "; wanted 1s to 24h" });
        checks.push(Check::new(
            "life",
            is_fine,
            told,
            "Have the issuer make tokens that live for 24 hours at the most.",
        ));
    }
    checks
}

/// What the verifier reads of a person, less the claims that have lines of their own.
fn person(parts: &Parts<'_>, rules: &OtherRules) -> Vec<Check> {
    let paths = &rules.claims;
    let failed = OtherClaims::read_person(&parts.payload, rules).err().map(Rejected::reason);
    let id = format!("{} is {}", paths.id, shown(paths.id.find(&parts.payload)));
    let email = format!(
        "{} is {}",
        paths.email,
        if paths.email.find(&parts.payload).is_some() { "there" } else { "missing" }
    );
    let id_advice =
        "Have the issuer put the user's id there, as a text of 1 to 255 bytes, or set where it is.";
    let email_advice = "Have the issuer put an email address there, or set where it is.";
    vec![
        Check::new("id", failed != Some("no usable id"), id, id_advice),
        Check::new(
            "email",
            !failed.is_some_and(|failed| failed.ends_with("email") || failed.starts_with("the email")),
            email,
            email_advice,
        ),
        Check::new(
            "banned",
            failed != Some("banned"),
            if failed == Some("banned") { "yes" } else { "no" },
            "Its issuer has banned its user: lift the ban there, and get a new token.",
        ),
    ]
}

fn own_user(parts: &Parts<'_>, judged: Judged) -> Vec<Check> {
    let failed = judged.reason();
    let is_fine = !failed.starts_with("sub ") && !failed.starts_with("user_id ");
    vec![Check::new(
        "sub",
        is_fine,
        shown(parts.payload.get("sub")),
        "This server makes no such tokens: sign in again.",
    )]
}

fn apart(from: Timestamp, to: Timestamp) -> String {
    let seconds = u64::try_from((to.millis() - from.millis()) / 1000).unwrap_or(0);
    humantime::format_duration(Duration::from_secs(seconds)).to_string()
}
