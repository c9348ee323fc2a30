//! Whose tokens count beside the server's own: a file, variables for one issuer, and a shortcut for Better Auth.
//!
//! All three end up as [`IssuerTexts`], which `cli` judges; each knows under which names it was set.

mod better_auth;
mod file;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::value::{duration, path, secret};
use super::{HOUR, Refused, SECOND};
use crate::secret::Secret;

/// The issuers that can be set.
#[derive(Debug, Clone, Args)]
pub struct IssuerSettings {
    /// Better Auth at this address signs users in, with the keys that it publishes
    #[arg(long, env, value_name = "URL", help_heading = "Other issuers")]
    pub better_auth_url: Option<String>,
    /// Better Auth's secret, where its tokens are signed with that (HS256); better set in the environment than as a flag
    #[arg(long, env, value_name = "SECRET", value_parser = secret, help_heading = "Other issuers")]
    pub better_auth_secret: Option<Secret>,
    /// What Better Auth's tokens have for iss [default: the origin of its address]
    #[arg(long, env, value_name = "NAME", help_heading = "Other issuers")]
    pub better_auth_issuer: Option<String>,
    /// What Better Auth's tokens have for aud [default: the origin of its address]
    #[arg(long, env, value_name = "NAME", help_heading = "Other issuers")]
    pub better_auth_audience: Option<String>,

    /// File of other issuers, in TOML
    #[arg(long, env, value_name = "FILE", value_parser = path, help_heading = "Other issuers")]
    pub issuers: Option<PathBuf>,
    /// One other issuer: its name, as iss has it
    #[arg(long, env, value_name = "NAME", help_heading = "Other issuers")]
    pub issuer_iss: Option<String>,
    /// Who its tokens are for, as aud has it
    #[arg(long, env, value_name = "NAME", help_heading = "Other issuers")]
    pub issuer_aud: Option<String>,
    /// How its tokens may be signed, with commas between: EdDSA, ES256, RS256, PS256
    #[arg(long, env, value_name = "NAMES", value_delimiter = ',', help_heading = "Other issuers")]
    pub issuer_algorithms: Vec<String>,
    /// Where it publishes its keys
    #[arg(long, env, value_name = "URL", help_heading = "Other issuers")]
    pub issuer_jwks_url: Option<String>,
    /// Secrets shared with it instead (HS256), with commas between; better set in the environment than as a flag
    #[arg(long, env, value_name = "SECRETS", value_delimiter = ',', value_parser = secret,
        help_heading = "Other issuers")]
    pub issuer_secrets: Vec<Secret>,
    /// The claim that its users are known by, such as user.id [default: sub]
    #[arg(long, env, value_name = "CLAIM", help_heading = "Other issuers")]
    pub issuer_id: Option<String>,
    /// The claim with their email address [default: email]
    #[arg(long, env, value_name = "CLAIM", help_heading = "Other issuers")]
    pub issuer_email: Option<String>,
    /// The claim with their name [default: name]
    #[arg(long, env, value_name = "CLAIM", help_heading = "Other issuers")]
    pub issuer_name: Option<String>,

    /// The least time between two looks for an issuer's keys
    #[arg(long, env, value_name = "TIME", default_value = "10s",
        value_parser = duration(SECOND, HOUR), help_heading = "Other issuers")]
    pub jwks_interval: Duration,
    /// After which an issuer's keys are looked for again
    #[arg(long, env, value_name = "TIME", default_value = "15m",
        value_parser = duration(SECOND, 24 * HOUR), help_heading = "Other issuers")]
    pub jwks_max_age: Duration,
}

/// Where an issuer was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the file `ISSUERS`, as the one of this number, counted from 1.
    File(usize),
    /// In the variables `ISSUER_…`.
    Variables,
    /// In the variables `BETTER_AUTH_…`.
    BetterAuth,
}

impl Place {
    /// What one thing about an issuer is called there.
    pub fn name(self, key: &str) -> String {
        match (self, key) {
            (Self::File(number), key) => format!("ISSUERS, issuer {number}: {key}"),
            (Self::Variables, key) => format!("ISSUER_{}", key.to_ascii_uppercase()),
            (Self::BetterAuth, "iss") => "BETTER_AUTH_ISSUER".to_owned(),
            (Self::BetterAuth, "aud") => "BETTER_AUTH_AUDIENCE".to_owned(),
            (Self::BetterAuth, "secrets") => "BETTER_AUTH_SECRET".to_owned(),
            (Self::BetterAuth, _) => "BETTER_AUTH_URL".to_owned(),
        }
    }
}

/// What was set about one issuer. What is left out stays so: the defaults are not a matter of spelling.
#[derive(Debug, Clone)]
pub struct IssuerTexts {
    /// Where it was set.
    pub place: Place,
    /// `iss`.
    pub iss: Option<String>,
    /// `aud`.
    pub aud: Option<String>,
    /// Names of algorithms.
    pub algorithms: Vec<String>,
    /// Where the keys are.
    pub jwks_url: Option<String>,
    /// What is shared instead.
    pub secrets: Vec<Secret>,
    /// The claim that identifies.
    pub id: Option<String>,
    /// The claim with the address.
    pub email: Option<String>,
    /// The claim with the name.
    pub name: Option<String>,
}

impl IssuerTexts {
    fn at(place: Place) -> Self {
        Self {
            place,
            iss: None,
            aud: None,
            algorithms: Vec::new(),
            jwks_url: None,
            secrets: Vec::new(),
            id: None,
            email: None,
            name: None,
        }
    }
}

impl IssuerSettings {
    /// All issuers that are set. Reads the file.
    pub fn all(&self) -> Result<Vec<IssuerTexts>, Refused> {
        let mut issuers = match &self.issuers {
            Some(path) => file::read(path)?,
            None => Vec::new(),
        };
        issuers.extend(self.variables());
        issuers.extend(better_auth::read(self)?);
        Ok(issuers)
    }

    fn variables(&self) -> Option<IssuerTexts> {
        let issuer = IssuerTexts {
            place: Place::Variables,
            iss: self.issuer_iss.clone(),
            aud: self.issuer_aud.clone(),
            algorithms: self.issuer_algorithms.clone(),
            jwks_url: self.issuer_jwks_url.clone(),
            secrets: self.issuer_secrets.clone(),
            id: self.issuer_id.clone(),
            email: self.issuer_email.clone(),
            name: self.issuer_name.clone(),
        };
        let texts = [&issuer.iss, &issuer.aud, &issuer.jwks_url, &issuer.id, &issuer.email, &issuer.name];
        let is_set = texts.iter().any(|text| text.is_some())
            || !issuer.algorithms.is_empty()
            || !issuer.secrets.is_empty();
        is_set.then_some(issuer)
    }
}
