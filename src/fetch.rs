//! Getting one small document from an address that an operator has set.
//!
//! Over TLS, or from this machine; bounded in size and time; redirects are followed on the same host alone, so that what
//! was set is also where it comes from.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{ACCEPT, HOST, LOCATION, USER_AGENT};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs::default_provider;

/// Bytes without a copy, as they come off the network.
type Bytes = axum::body::Bytes;

/// How many times a document may say that it is elsewhere.
const REDIRECTS: usize = 3;

/// The address of a document: `https://…`, or `http://…` on this machine.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Uri);

impl Address {
    /// Refuses with what completes the sentence "… must".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const MUST: &str =
            "must be an address such as https://auth.example.com/jwks, without user or password";
        let uri: Uri = text.trim().parse().map_err(|_| MUST)?;
        let authority = uri.authority().ok_or(MUST)?;
        if authority.as_str().contains('@') || text.contains('#') {
            return Err(MUST);
        }
        match uri.scheme_str() {
            Some("https") => Ok(Self(uri)),
            Some("http") if is_loopback(authority) => Ok(Self(uri)),
            Some("http") => Err("must begin with https://, except on this machine (localhost)"),
            _ => Err(MUST),
        }
    }

    /// Where a document says that it is, as long as that is the same host.
    fn follow(&self, location: &HeaderValue) -> Option<Self> {
        // Two slashes name a host, which the parser takes for a path.
        let to: Uri = location.to_str().ok().filter(|to| !to.starts_with("//"))?.parse().ok()?;
        if to.authority().is_some() {
            let is_same = (to.scheme(), to.authority()) == (self.0.scheme(), self.0.authority());
            return is_same.then_some(Self(to));
        }
        let mut parts = self.0.clone().into_parts();
        parts.path_and_query = to.into_parts().path_and_query;
        Uri::from_parts(parts).ok().map(Self)
    }
}

/// A name that browsers, too, take for this machine, or an address that is.
fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why there is no document.
#[derive(Debug, PartialEq, Eq)]
pub enum FetchFault {
    /// No connection, or one that broke.
    Unreachable(String),
    /// Not all of it came in time.
    TooSlow,
    /// There is more of it than there may be.
    TooLarge,
    /// It is on another host, or nowhere.
    Elsewhere,
    /// The host answered with this status instead.
    Status(u16),
}

impl fmt::Display for FetchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "the host cannot be reached: {why}"),
            Self::TooSlow => f.write_str("it took too long"),
            Self::TooLarge => f.write_str("it is too large"),
            Self::Elsewhere => f.write_str("it redirects to another host, or in a circle"),
            Self::Status(status) => write!(f, "the status is {status}"),
        }
    }
}

impl std::error::Error for FetchFault {}

/// Gets documents. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher(Arc<Client<HttpsConnector<HttpConnector>, Empty<Bytes>>>);

impl Fetcher {
    /// Trusts the certificates that the system trusts, or Mozilla's where the system has none, as in bare containers.
    pub fn new() -> Result<Self, rustls::Error> {
        let builder = HttpsConnectorBuilder::new().with_provider_and_native_roots(default_provider());
        let builder = match builder {
            Ok(builder) => builder,
            Err(_) => HttpsConnectorBuilder::new().with_provider_and_webpki_roots(default_provider())?,
        };
        let connector = builder.https_or_http().enable_http1().build();
        // Years may pass between two fetches; no connection is kept.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Ok(Self(Arc::new(client)))
    }

    /// The document, whole, or nothing.
    pub async fn get(
        &self,
        address: &Address,
        largest: usize,
        patience: Duration,
    ) -> Result<Bytes, FetchFault> {
        let document = tokio::time::timeout(patience, self.find(address.clone(), largest));
        document.await.unwrap_or(Err(FetchFault::TooSlow))
    }

    async fn find(&self, mut address: Address, largest: usize) -> Result<Bytes, FetchFault> {
        for _ in 0..=REDIRECTS {
            let response = self.ask(&address).await?;
            let status = response.status();
            if status.is_success() {
                return read(response, largest).await;
            }
            let location = response.headers().get(LOCATION).filter(|_| status.is_redirection());
            let location = location.ok_or(FetchFault::Status(status.as_u16()))?;
            address = address.follow(location).ok_or(FetchFault::Elsewhere)?;
        }
        Err(FetchFault::Elsewhere)
    }

    async fn ask(&self, address: &Address) -> Result<Response<hyper::body::Incoming>, FetchFault> {
        let host = address.0.authority().map_or("", Authority::as_str);
        let request = Request::get(address.0.clone())
            .header(ACCEPT, "application/json, application/jwk-set+json")
            .header(USER_AGENT, concat!("taskward/", env!("CARGO_PKG_VERSION")))
            .header(HOST, host)
            .body(Empty::new())
            .map_err(|error| FetchFault::Unreachable(innermost(&error)))?;
        self.0.request(request).await.map_err(|error| FetchFault::Unreachable(innermost(&error)))
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fetcher")
    }
}

async fn read(response: Response<hyper::body::Incoming>, largest: usize) -> Result<Bytes, FetchFault> {
    match Limited::new(response.into_body(), largest).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(FetchFault::TooLarge),
        Err(error) => Err(FetchFault::Unreachable(innermost(&*error))),
    }
}

/// The library's own message says no more than that something failed.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_machine() {
        for text in [
            "https://auth.example.com/jwks",
            "https://auth.example.com:8443/jwks?x=1",
            "http://localhost:3000/api/auth/jwks",
            "http://127.0.0.1/jwks",
            "http://[::1]:3000/jwks",
        ] {
            assert_eq!(Address::parse(text).map(|address| address.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "/jwks",
            "auth.example.com/jwks",
            "http://auth.example.com/jwks",
            "http://localhost.example.com/jwks",
            "http://10.0.0.1/jwks",
            "ftp://localhost/jwks",
            "file:///etc/passwd",
            "https://me:hunter2@auth.example.com/jwks",
            "https://auth.example.com/jwks#key",
        ] {
            assert!(Address::parse(text).is_err_and(|must| !must.contains("hunter2")), "{text}");
        }
    }

    #[test]
    fn a_redirect_leads_nowhere_but_the_same_host() {
        let from = Address::parse("https://auth.example.com/a/jwks").expect("an address");
        let to = |location: &'static str| from.follow(&HeaderValue::from_static(location));
        assert_eq!(to("/jwks/").expect("here").to_string(), "https://auth.example.com/jwks/");
        assert_eq!(to("https://auth.example.com/b").expect("here").to_string(), "https://auth.example.com/b");
        for location in [
            "http://auth.example.com/b",
            "https://auth.example.com:8443/b",
            "https://evil.example/b",
            "//evil.example/b",
            "",
        ] {
            assert_eq!(to(location), None, "{location}");
        }
    }
}
