//! The only reader of the environment: flags win over environment variables, and those over a `.env` file.
//!
//! Every setting has one name, in three spellings: `--data-dir`, `DATA_DIR` in the environment, and the field here.
//! `.env.example` documents them. A setting that makes no sense stops the start with a sentence that names it.

mod documents;
mod issuers;
mod queries;
mod read;
mod value;

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

pub use documents::{DocumentSettings, TrustMode};
pub use issuers::{IssuerSettings, IssuerTexts, Place};
pub use queries::QueryLimits;
pub use read::{Refused, read, refuse};
pub use value::{Algorithm, Origin, Switch};

use crate::mail::{AppUrl, Sender, SmtpUrl};
use crate::proxies::Network;
use crate::secret::Secret;
use value::{audience, database_url, duration, folder, host, log_filter, number, origin, path, secret};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// What can be set, each within its bounds.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Address to listen on; 0.0.0.0 listens on all of them
    #[arg(long, env, default_value = "127.0.0.1", value_parser = host, help_heading = "Network")]
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one
    #[arg(long, env, default_value = "8080", value_parser = number(0, u16::MAX), help_heading = "Network")]
    pub port: u16,
    /// PEM file with the certificate for TLS and those that it was signed with; needs a key, too [default: no TLS]
    #[arg(long, env, value_name = "FILE", value_parser = path, help_heading = "Network")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the key of the certificate
    #[arg(long, env, value_name = "FILE", value_parser = path, help_heading = "Network")]
    pub tls_key: Option<PathBuf>,
    /// Web origins whose pages may call the API, with commas between them
    #[arg(long, env, value_name = "ORIGINS", value_delimiter = ',', value_parser = origin, help_heading = "Network")]
    pub cors_origins: Vec<Origin>,
    /// Proxies whose X-Forwarded-For counts: addresses and networks, with commas between them
    #[arg(long, env, value_name = "NETWORKS", value_delimiter = ',', help_heading = "Network")]
    pub trusted_proxies: Vec<Network>,

    /// Folder for the SQLite database, the signing key and mails that are not sent
    #[arg(long, env, value_name = "FOLDER", default_value = "./data", value_parser = folder, help_heading = "Data")]
    pub data_dir: PathBuf,
    /// sqlite://… or postgres://… [default: the file taskward.db in the data folder]
    #[arg(long, env, value_name = "URL", value_parser = database_url, help_heading = "Data")]
    pub database_url: Option<Secret>,
    /// Connections that read at once (SQLite) or that are open at most (PostgreSQL)
    #[arg(long, env, value_name = "N", default_value = "8", value_parser = number(1_u32, 1000), help_heading = "Data")]
    pub database_pool: u32,
    /// How long to try to reach the database at start
    #[arg(long, env, value_name = "TIME", default_value = "30s",
        value_parser = duration(Duration::ZERO, HOUR), help_heading = "Data")]
    pub database_wait: Duration,
    /// How long it is remembered what was deleted, for copies that were away
    #[arg(long, env, value_name = "TIME", default_value = "30d",
        value_parser = duration(MINUTE, 10 * 365 * 24 * HOUR), help_heading = "Data")]
    pub changes_retention: Duration,
    /// Whether the start brings the tables up to date: on or off
    #[arg(long, env, value_name = "ON|OFF", default_value = "on", help_heading = "Data")]
    pub migrate: Switch,

    /// Shared secret for HS256, 32 bytes or more; better set in the environment than as a flag
    #[arg(long, env, value_name = "SECRET", value_parser = secret, help_heading = "Tokens")]
    pub jwt_secret: Option<Secret>,
    /// Secrets that signed before and still verify, with commas between them
    #[arg(long, env, value_name = "SECRETS", value_delimiter = ',', value_parser = secret, help_heading = "Tokens")]
    pub jwt_secret_previous: Vec<Secret>,
    /// EdDSA or HS256 [default: HS256 when there is a secret, otherwise EdDSA]
    #[arg(long, env, value_name = "NAME", help_heading = "Tokens")]
    pub jwt_algorithm: Option<Algorithm>,
    /// Who makes the tokens (iss)
    #[arg(long, env, value_name = "NAME", default_value = "taskward", value_parser = audience, help_heading = "Tokens")]
    pub jwt_issuer: String,
    /// Who the tokens are for (aud)
    #[arg(long, env, value_name = "NAME", default_value = "taskward", value_parser = audience, help_heading = "Tokens")]
    pub jwt_audience: String,
    /// How long a token counts
    #[arg(long, env, value_name = "TIME", default_value = "1h",
        value_parser = duration(SECOND, 24 * 30 * HOUR), help_heading = "Tokens")]
    pub jwt_expiration: Duration,

    /// Whether signing in gives a refresh token, too: on or off
    #[arg(long, env, value_name = "ON|OFF", default_value = "on", help_heading = "Tokens")]
    pub refresh_tokens: Switch,
    /// How long a refresh token may lie unused
    #[arg(long, env, value_name = "TIME", default_value = "30d",
        value_parser = duration(MINUTE, 365 * 24 * HOUR), help_heading = "Tokens")]
    pub refresh_idle: Duration,
    /// How long a sign-in may go on, however often its refresh token is used
    #[arg(long, env, value_name = "TIME", default_value = "90d",
        value_parser = duration(MINUTE, 10 * 365 * 24 * HOUR), help_heading = "Tokens")]
    pub refresh_lifetime: Duration,
    /// How long a refresh token that was used is answered with the same successor once more
    #[arg(long, env, value_name = "TIME", default_value = "10s",
        value_parser = duration(Duration::ZERO, 5 * MINUTE), help_heading = "Tokens")]
    pub refresh_grace: Duration,

    /// Whose tokens count beside the server's own
    #[command(flatten)]
    pub issuers: IssuerSettings,

    /// Fewest characters of a new password
    #[arg(long, env, value_name = "N", default_value = "12", value_parser = number(8_usize, 256), help_heading = "Passwords")]
    pub password_min_length: usize,
    /// Passwords hashed at once, 19 MiB each [default: one for each processor]
    #[arg(long, env, value_name = "N", value_parser = number(1_usize, 256), help_heading = "Passwords")]
    pub hashing_at_once: Option<usize>,
    /// Passwords that may wait to be hashed; more are told to come back
    #[arg(long, env, value_name = "N", default_value = "256",
        value_parser = number(0_usize, 100_000), help_heading = "Passwords")]
    pub hashing_queue: usize,

    /// smtps://… or smtp://… of the mail server; better set in the environment than as a flag [default: mails become files]
    #[arg(long, env, value_name = "URL", help_heading = "Mail")]
    pub smtp_url: Option<SmtpUrl>,
    /// Who mails are from; needed to send any
    #[arg(long, env, value_name = "ADDRESS", help_heading = "Mail")]
    pub mail_from: Option<Sender>,
    /// Where the links in mails lead [default: this server's own address]
    #[arg(long, env, value_name = "URL", help_heading = "Mail")]
    pub app_url: Option<AppUrl>,
    /// Folder for mails where there is no mail server [default: the folder outbox in the data folder]
    #[arg(long, env, value_name = "FOLDER", value_parser = folder, help_heading = "Mail")]
    pub mail_outbox_dir: Option<PathBuf>,

    /// Which documents run, and what stands for them
    #[command(flatten)]
    pub documents: DocumentSettings,

    /// How large a request may be, and how much a query may ask for
    #[command(flatten)]
    pub queries: QueryLimits,

    /// Whether the schema can be asked for: on or off
    #[arg(long, env, value_name = "ON|OFF", default_value = "on", help_heading = "Limits")]
    pub introspection: Switch,
    /// Whether there is a page to try queries on; it needs introspection: on or off
    #[arg(long, env, value_name = "ON|OFF", default_value = "on", help_heading = "Limits")]
    pub playground: Switch,
    /// Whether queries are answered over GET, too: on or off
    #[arg(long, env, value_name = "ON|OFF", default_value = "on", help_heading = "Limits")]
    pub get_queries: Switch,
    /// Requests that one body may hold as a list; 0 takes no lists
    #[arg(long, env, value_name = "N", default_value = "0", value_parser = number(0_usize, 100), help_heading = "Limits")]
    pub max_batch: usize,
    /// Whether tries to log in, to register and the like are limited, by account and by address: on or off
    #[arg(long, env, value_name = "ON|OFF", default_value = "on", help_heading = "Limits")]
    pub rate_limits: Switch,
    /// Connections at once; more wait to be accepted
    #[arg(long, env, value_name = "N", default_value = "4096",
        value_parser = number(1_usize, 1_000_000), help_heading = "Limits")]
    pub max_connections: usize,
    /// GraphQL requests at once; more are told to come back
    #[arg(long, env, value_name = "N", default_value = "1024",
        value_parser = number(1_usize, 1_000_000), help_heading = "Limits")]
    pub max_concurrent_requests: usize,
    /// Subscriptions at once; more are told to come back
    #[arg(long, env, value_name = "N", default_value = "16384",
        value_parser = number(1_usize, 1_000_000), help_heading = "Limits")]
    pub max_subscriptions: usize,
    /// How long a request may take, its body included
    #[arg(long, env, value_name = "TIME", default_value = "10s",
        value_parser = duration(Duration::from_millis(100), 10 * MINUTE), help_heading = "Limits")]
    pub request_timeout: Duration,
    /// How long requests may go on after the server was told to stop
    #[arg(long, env, value_name = "TIME", default_value = "15s",
        value_parser = duration(Duration::ZERO, 10 * MINUTE), help_heading = "Limits")]
    pub shutdown_timeout: Duration,

    /// What is logged: error, warn, info, debug, trace, or a filter such as `info,taskward::http=debug`
    #[arg(long, env, value_name = "FILTER", default_value = "info", value_parser = log_filter, help_heading = "Log")]
    pub log: String,
}

/// What tokens are signed with.
#[derive(Debug, Clone)]
pub enum Signing {
    /// An Ed25519 key in this file, made when it is not there.
    EdDsa(PathBuf),
    /// A secret shared by all that sign and check.
    Hs256(Secret),
}

/// How mails leave.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// Through this server, from this sender.
    Smtp(SmtpUrl, Sender),
    /// As files in this folder.
    Files(PathBuf),
}

impl Settings {
    /// Where the data is: what was set, or a SQLite file in the data folder.
    pub fn database_url(&self) -> Secret {
        self.database_url.clone().unwrap_or_else(|| sqlite_url(&self.data_dir.join("taskward.db")))
    }

    /// What tokens are signed with; the settings that decide it may contradict each other.
    pub fn signing(&self) -> Result<Signing, Refused> {
        match (self.jwt_algorithm, &self.jwt_secret) {
            (None | Some(Algorithm::Hs256), Some(secret)) => Ok(Signing::Hs256(secret.clone())),
            (None | Some(Algorithm::EdDsa), None) => {
                Ok(Signing::EdDsa(self.data_dir.join("signing-key.pem")))
            }
            (Some(Algorithm::Hs256), None) => {
                Err(Refused::new("JWT_ALGORITHM is HS256, which signs with a secret: set JWT_SECRET."))
            }
            (Some(Algorithm::EdDsa), Some(_)) => {
                Err(Refused::new("JWT_ALGORITHM is EdDSA, which has no use for the JWT_SECRET: unset one."))
            }
        }
    }

    /// The files of certificate and key, where the server speaks TLS.
    pub fn tls(&self) -> Result<Option<(PathBuf, PathBuf)>, Refused> {
        match (self.tls_cert.clone(), self.tls_key.clone()) {
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (Some(_), None) => Err(Refused::new("TLS_CERT is of no use without its key: set TLS_KEY.")),
            (None, Some(_)) => Err(Refused::new("TLS_KEY is of no use without a certificate: set TLS_CERT.")),
            (None, None) => Ok(None),
        }
    }

    /// How mails leave.
    pub fn delivery(&self) -> Result<Delivery, Refused> {
        match (&self.smtp_url, &self.mail_from) {
            (Some(url), Some(sender)) => Ok(Delivery::Smtp(url.clone(), sender.clone())),
            (Some(_), None) => Err(Refused::new("SMTP_URL sends mails, which need a sender: set MAIL_FROM.")),
            (None, _) => {
                let beside_the_data = || self.data_dir.join("outbox");
                Ok(Delivery::Files(self.mail_outbox_dir.clone().unwrap_or_else(beside_the_data)))
            }
        }
    }

    /// Whether there is a page to try queries on. It would be of no use where the schema cannot be asked for.
    pub fn has_playground(&self) -> bool {
        let is_open = !matches!(self.documents.trusted(), Ok(Some((_, TrustMode::Enforce))));
        self.playground.is_on() && self.introspection.is_on() && is_open
    }

    /// How many passwords are hashed at once.
    pub fn hashing_at_once(&self) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        self.hashing_at_once.unwrap_or_else(processors)
    }

    /// What no single setting can tell about itself.
    fn check(self) -> Result<Self, Refused> {
        if matches!(self.signing()?, Signing::EdDsa(_)) && !self.jwt_secret_previous.is_empty() {
            return Err(Refused::new("JWT_SECRET_PREVIOUS is of use beside a JWT_SECRET only: unset it."));
        }
        self.delivery()?;
        self.tls()?;
        self.documents.trusted()?;
        if (1..self.queries.max_cost).contains(&self.queries.cost_per_minute.into()) {
            return Err(Refused::new("COST_PER_MINUTE must be at least MAX_COST, or 0."));
        }
        Ok(self)
    }
}

/// The driver undoes percent-encoding and reads options after a question mark.
fn sqlite_url(file: &Path) -> Secret {
    let path = file.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    Secret::from(format!("sqlite://{path}"))
}
