//! One setting's text made into its value. Each refusal completes the sentence that the setting's name begins, and
//! says nothing of the text itself, which may be a secret.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use axum::http::{HeaderValue, Uri};

use crate::secret::Secret;

/// Longest `iss` or `aud`, in bytes.
const NAME: usize = 256;

/// Something that is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

impl Switch {
    /// Whether it is on.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

impl FromStr for Switch {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err("must be on or off"),
        }
    }
}

/// How tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519; others can check tokens by the published key.
    EdDsa,
    /// A shared secret.
    Hs256,
}

impl FromStr for Algorithm {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "eddsa" => Ok(Self::EdDsa),
            "hs256" => Ok(Self::Hs256),
            _ => Err("must be EdDSA or HS256"),
        }
    }
}

/// A web origin as browsers write it: `https://app.example.com`, with a port unless it is the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl Origin {
    /// What the `Origin` header has to be.
    pub fn header(&self) -> &HeaderValue {
        &self.0
    }
}

pub(super) fn origin(text: &str) -> Result<Origin, String> {
    let refused = "must be web origins such as https://app.example.com, without a path and without *";
    let text = text.trim();
    let uri: Uri = text.parse().map_err(|_| refused)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(refused.to_owned());
    };
    // Compared byte by byte with what the browser sends, so that any other spelling would never match.
    let plain = format!("{scheme}://{}", authority.as_str().to_ascii_lowercase());
    let own_port = matches!((scheme, uri.port_u16()), ("https", Some(443)) | ("http", Some(80)));
    if text != plain
        || own_port
        || authority.as_str().contains(['@', '*'])
        || !matches!(scheme, "http" | "https")
    {
        return Err(refused.to_owned());
    }
    HeaderValue::from_str(text).map(Origin).map_err(|_| refused.to_owned())
}

pub(super) fn host(text: &str) -> Result<IpAddr, &'static str> {
    match text {
        "localhost" => Ok(Ipv4Addr::LOCALHOST.into()),
        _ => text.parse().map_err(|_| "must be an IP address such as 127.0.0.1, 0.0.0.0 or ::1"),
    }
}

pub(super) fn folder(text: &str) -> Result<PathBuf, &'static str> {
    match text.trim() {
        "" => Err("must be the path of a folder"),
        _ => Ok(PathBuf::from(text)),
    }
}

pub(super) fn database_url(text: &str) -> Result<Secret, &'static str> {
    match text.split_once(':') {
        Some(("sqlite" | "postgres" | "postgresql", rest)) if !rest.trim_start_matches('/').is_empty() => {
            Ok(Secret::from(text.to_owned()))
        }
        _ => Err("must begin with sqlite:// or postgres:// and lead to a database"),
    }
}

pub(super) fn secret(text: &str) -> Result<Secret, &'static str> {
    match text.trim() {
        "" => Err("must not be empty; leave it out to do without"),
        _ => Ok(Secret::from(text.to_owned())),
    }
}

pub(super) fn path(text: &str) -> Result<PathBuf, &'static str> {
    match text.trim() {
        "" => Err("must be the path of a file"),
        _ => Ok(PathBuf::from(text)),
    }
}

pub(super) fn audience(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.len() > NAME || text.chars().any(char::is_control) {
        return Err(format!("must be a name of 1 to {NAME} bytes"));
    }
    Ok(text.to_owned())
}

pub(super) fn log_filter(text: &str) -> Result<String, &'static str> {
    let refused = "must be error, warn, info, debug, trace, or a filter such as info,taskward::http=debug";
    // To the filter a word that is no level is the name of a module, so that a slip would switch the log off.
    let is_level = |word: &str| {
        ["error", "warn", "info", "debug", "trace", "off"].contains(&word.to_ascii_lowercase().as_str())
    };
    let is_module =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "_:-".contains(c));
    let fits = |part: &str| {
        is_level(part)
            || part.split_once('=').is_some_and(|(module, level)| is_module(module) && is_level(level))
    };
    let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let filter = parts.join(",");
    if parts.is_empty() || !parts.into_iter().all(fits) {
        return Err(refused);
    }
    Ok(filter)
}

pub(super) fn number<T>(lowest: T, highest: T) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr + PartialOrd + Display + Copy,
{
    move |text| {
        let number = text.trim().parse().ok().filter(|number| (lowest..=highest).contains(number));
        number.ok_or_else(|| format!("must be a whole number from {lowest} to {highest}"))
    }
}

pub(super) fn duration(
    shortest: Duration,
    longest: Duration,
) -> impl Fn(&str) -> Result<Duration, String> + Clone {
    move |text| {
        let duration =
            humantime::parse_duration(text).ok().filter(|time| (shortest..=longest).contains(time));
        duration.ok_or_else(|| {
            let [shortest, longest] = [shortest, longest].map(humantime::format_duration);
            format!("must be a time from {shortest} to {longest}, such as 30s or 5m")
        })
    }
}
