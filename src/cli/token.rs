//! `taskward token explain`: why a token counts, or why not. Asks neither the database nor, untold, the network.

use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};

use clap::Subcommand;

use super::{Failed, block_on, issuers, parts};
use crate::auth::{Check, Explanation, Finding, Verifiers};
use crate::settings::Settings;
use crate::time::Clock;

/// More than any token that is looked at, in bytes.
const LONGEST_INPUT: u64 = 64 * 1024;

#[derive(Debug, Clone, Subcommand)]
pub(super) enum Token {
    /// Say what a token is, what each check says of it, and what to change; ends with 0 when it would be accepted
    Explain {
        /// The token, or - to read it from the standard input, where no list of processes shows it
        #[arg(value_name = "JWT", allow_hyphen_values = true)]
        token: String,
        /// Ask the token's issuer for its keys
        #[arg(long)]
        fetch: bool,
    },
}

pub(super) fn run(settings: &Settings, command: &Token) -> Result<(), Failed> {
    let Token::Explain { token, fetch } = command;
    let token = if token == "-" { read()? } else { token.clone() };
    let token = token.trim();
    let token = token.strip_prefix("Bearer ").unwrap_or(token).trim();
    let own = parts::issuer_without_making_a_key(settings)?;
    let verifiers = Verifiers::new(own.verifier(), issuers::others(settings)?);
    let explanation = block_on(async { Ok(verifiers.explain(token, Clock.now(), *fetch).await) })?;
    print(&explanation)?;
    if explanation.is_accepted { Ok(()) } else { Err(Failed::new(verdict(&explanation.checks))) }
}

fn read() -> Result<String, Failed> {
    let mut text = String::new();
    io::stdin().take(LONGEST_INPUT).read_to_string(&mut text)?;
    Ok(text)
}

fn print(explanation: &Explanation) -> io::Result<()> {
    let mut text = format!("It looks like {}.\n\n", explanation.kind);
    for Check { name, finding, told, .. } in &explanation.checks {
        let finding = match finding {
            Finding::Fine => "ok",
            Finding::Fails => "FAILS",
            Finding::Open => "?",
        };
        // Writing into memory does not fail.
        let _written = writeln!(text, "  {name:<10} {finding:<6} {told}");
    }
    if explanation.is_accepted {
        text += "\nIt would be accepted, unless its user was cut off since: that stands in the database, which was not asked.\n";
    }
    io::stdout().write_all(text.as_bytes())
}

/// What to do about the first check that fails, or else the first that could not be made.
fn verdict(checks: &[Check]) -> String {
    let first = |finding| checks.iter().find(|check| check.finding == finding);
    let advice = |check: &Check| check.advice.unwrap_or_default();
    match (first(Finding::Fails), first(Finding::Open)) {
        (Some(failed), _) => {
            let settings = settings_behind(failed.name);
            let settings = settings.map_or(String::new(), |names| format!(" The settings are {names}."));
            format!("The token would be refused for its {}. {}{settings}", failed.name, advice(failed))
        }
        (None, Some(open)) => {
            let remedy = "Run this with --fetch to do so.";
            format!("Whether the token would be accepted is not known. {} {remedy}", advice(open))
        }
        (None, None) => "The token would be refused.".to_owned(),
    }
}

/// What a check goes by, for this server itself, Better Auth and others.
fn settings_behind(check: &str) -> Option<&'static str> {
    Some(match check {
        "iss" => "JWT_ISSUER, BETTER_AUTH_URL, BETTER_AUTH_ISSUER, ISSUER_ISS and the file ISSUERS",
        "aud" => "JWT_AUDIENCE, BETTER_AUTH_AUDIENCE, ISSUER_AUD and aud in ISSUERS",
        "alg" => {
            "BETTER_AUTH_SECRET (HS256 with it, keys without), ISSUER_ALGORITHMS and algorithms in ISSUERS"
        }
        "key" => "DATA_DIR, JWT_SECRET, BETTER_AUTH_URL, ISSUER_JWKS_URL and jwks_url in ISSUERS",
        "signature" => "JWT_SECRET, BETTER_AUTH_SECRET, ISSUER_SECRETS and secrets in ISSUERS",
        "id" => "ISSUER_ID and id in ISSUERS",
        "email" => "ISSUER_EMAIL and email in ISSUERS",
        _ => return None,
    })
}
