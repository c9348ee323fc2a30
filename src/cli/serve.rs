//! `taskward serve`: puts everything together, says where it is, and serves until it is asked to stop.

use std::fmt::{self, Display};
use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::net::TcpListener;

use super::mails::{self, Posting};
use super::parts::Parts;
use super::{Failed, block_on, log, open_files, stop};
use crate::graphql;
use crate::http::{self, Limits, Manifest, Options, Taskward, Tls, Trust, Work};
use crate::service::PostOffice;
use crate::settings::{Delivery, Origin, Settings, Signing, TrustMode};
use crate::time::Clock;

/// How long a client may take for the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a connection may be silent.
const QUIET: Duration = Duration::from_secs(30);
/// The pause before what fell over is begun anew.
const AGAIN: Duration = Duration::from_millis(100);
/// How long the database may take to be closed.
const CLOSE: Duration = Duration::from_secs(5);

pub(super) fn run(settings: &Settings) -> Result<(), Failed> {
    let _log = log::start(&settings.log)?;
    block_on(serve(settings))
}

async fn serve(settings: &Settings) -> Result<(), Failed> {
    let mailer = mails::mailer(settings)?;
    let tls = settings.tls()?.map(|(certificate, key)| Tls::read(certificate, key)).transpose();
    let tls = tls.map_err(|fault| Failed::new(format_args!("{fault}.")))?;
    let options = options(settings)?;
    let parts = Parts::assemble(settings).await?;
    let api = Taskward {
        engine: graphql::engine(settings.introspection.is_on()).map_err(Failed::new)?,
        services: Arc::clone(&parts.services),
        verifiers: parts.verifiers,
        keys: parts.keys.clone(),
    };
    let work = Work::default();
    let routes = http::routes(Arc::new(api), &options, work.clone())
        .map_err(|untrusted| Failed::new(format_args!("TRUSTED_DOCUMENTS: {untrusted}.")))?;
    let listener = listen(settings).await?;
    let _watch = (parts.keys.watch()?, tls.as_ref().map(Tls::watch).transpose()?);
    let address = listener.local_addr()?;
    let welcome = Welcome {
        address,
        place: parts.place,
        signing: settings.signing()?,
        delivery: settings.delivery()?,
        settings,
    };
    io::stdout().write_all(welcome.to_string().as_bytes())?;

    let services = Arc::clone(&parts.services);
    let upkeep = tokio::spawn(async move {
        // Without it no token that another instance has cut off would be refused here any more.
        while AssertUnwindSafe(services.upkeep()).catch_unwind().await.is_err() {
            tracing::error!("upkeep fell over, and begins anew");
            tokio::time::sleep(AGAIN).await;
        }
    });
    let store = parts.services.store.clone();
    let app = mails::app_url(settings, address)?;
    let posting = Posting::start(PostOffice { store: store.clone(), mailer, app, clock: Clock });
    let connections = open_files::room_for(settings.max_connections);
    if connections < settings.max_connections {
        tracing::warn!(
            connections,
            "the system's limit of open files leaves room for fewer than MAX_CONNECTIONS"
        );
    }
    let drain = settings.shutdown_timeout;
    let limits = Limits { connections, handshake: HANDSHAKE, quiet: QUIET, drain };
    if !http::serve(listener, routes, tls, limits, work, stop::asked()).await {
        tracing::warn!("requests that had not ended in SHUTDOWN_TIMEOUT were cut off");
    }
    upkeep.abort();
    // Else they would have to find it by themselves.
    if !matches!(tokio::time::timeout(CLOSE, store.tell_others_the_rest()).await, Ok(Ok(()))) {
        tracing::warn!("other instances were not told of what changed here last");
    }
    posting.end().await;
    if tokio::time::timeout(CLOSE, store.close()).await.is_err() {
        tracing::warn!("the database was still busy; what was not committed is rolled back");
    }
    tracing::info!("stopped");
    Ok(())
}

async fn listen(settings: &Settings) -> Result<TcpListener, Failed> {
    let address = SocketAddr::new(settings.host, settings.port);
    let refused = |error| Failed::new(format_args!("HOST and PORT: cannot listen on {address}: {error}."));
    TcpListener::bind(address).await.map_err(refused)
}

pub(super) fn options(settings: &Settings) -> Result<Options, Failed> {
    Ok(Options {
        concurrent_requests: settings.max_concurrent_requests,
        max_subscriptions: settings.max_subscriptions,
        deadline: settings.request_timeout,
        introspection: settings.introspection.is_on(),
        playground: settings.has_playground(),
        get_queries: settings.get_queries.is_on(),
        max_batch: settings.max_batch,
        queries: settings.queries,
        origins: settings.cors_origins.iter().map(Origin::header).cloned().collect(),
        proxies: settings.trusted_proxies.clone().into(),
        persisted_queries: settings.documents.persisted_queries.is_on(),
        trust: trust(settings)?,
        ..Options::default()
    })
}

/// The documents that are trusted, as texts.
fn trust(settings: &Settings) -> Result<Option<Trust>, Failed> {
    let Some((file, mode)) = settings.documents.trusted()? else { return Ok(None) };
    let wrong =
        |what: String| Failed::new(format_args!("TRUSTED_DOCUMENTS: the file {} {what}.", file.display()));
    let json = fs::read_to_string(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let manifest = Manifest::read(&json).map_err(wrong)?;
    Ok(Some(Trust { manifest, enforced: mode == TrustMode::Enforce }))
}

/// The block that a start prints: where, what, how, and what is not as it should be in production.
pub(super) struct Welcome<'a> {
    pub(super) address: SocketAddr,
    pub(super) place: String,
    pub(super) signing: Signing,
    pub(super) delivery: Delivery,
    pub(super) settings: &'a Settings,
}

impl Display for Welcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = url(self.settings, self.address);
        let life = humantime::format_duration(self.settings.jwt_expiration);
        writeln!(f, "Taskward {} listens on {url}\n", env!("CARGO_PKG_VERSION"))?;
        writeln!(f, "  API         POST {url}/graphql")?;
        if self.settings.has_playground() {
            writeln!(f, "  Playground  {url}/playground")?;
        }
        if let Some(certificate) = &self.settings.tls_cert {
            writeln!(f, "  TLS         certificate in {}", certificate.display())?;
        }
        writeln!(f, "  Database    {}", self.place)?;
        match &self.signing {
            Signing::EdDsa(file) => {
                writeln!(f, "  Tokens      EdDSA, key in {}, valid for {life}", file.display())?;
            }
            Signing::Hs256(_) => writeln!(f, "  Tokens      HS256 with JWT_SECRET, valid for {life}")?,
        }
        match &self.delivery {
            Delivery::Smtp(..) => writeln!(f, "  Mails       through SMTP_URL")?,
            Delivery::Files(folder) => writeln!(f, "  Mails       files in {}", folder.display())?,
        }
        for warning in self.warnings() {
            writeln!(f, "  Warning     {warning}")?;
        }
        writeln!(f, "\nOpen {url} in a browser to begin. Ctrl-C stops the server.\n")
    }
}

impl Welcome<'_> {
    fn warnings(&self) -> impl Iterator<Item = &'static str> {
        let settings = self.settings;
        let no_limits = (!settings.rate_limits.is_on())
            .then_some("RATE_LIMITS is off: passwords can be guessed without end.");
        // On one's own machine that is as it should be.
        let is_open = !self.address.ip().is_loopback();
        // Whoever names proxies has them end TLS, most likely: nobody else could tell this server of it.
        let is_unprotected = settings.tls_cert.is_none() && settings.trusted_proxies.is_empty();
        let in_clear = (is_open && is_unprotected).then_some(
            "Passwords and tokens travel in clear: set TLS_CERT and TLS_KEY, or name the proxy that ends TLS in \
             TRUSTED_PROXIES.",
        );
        let tells_all = (settings.introspection.is_on() && is_open)
            .then_some("INTROSPECTION is on: whoever reaches this server can read its schema.");
        let leads_here = (settings.smtp_url.is_some() && settings.app_url.is_none()).then_some(
            "APP_URL is not set: the links in mails lead to this server, which has no pages for them.",
        );
        [in_clear, no_limits, tells_all, leads_here].into_iter().flatten()
    }
}

/// An address that a browser on this machine can open.
pub(super) fn url(settings: &Settings, address: SocketAddr) -> String {
    let host = match address.ip() {
        IpAddr::V4(any) if any.is_unspecified() => "localhost".to_owned(),
        IpAddr::V6(any) if any.is_unspecified() => "localhost".to_owned(),
        IpAddr::V6(one) => format!("[{one}]"),
        IpAddr::V4(one) => one.to_string(),
    };
    let scheme = if settings.tls_cert.is_some() { "https" } else { "http" };
    format!("{scheme}://{host}:{}", address.port())
}
