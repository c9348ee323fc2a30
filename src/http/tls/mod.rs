//! TLS: how handshakes are made, and the certificate that follows its files.
//!
//! `cli` reads the files and watches them; `connection.rs` lets every connection pass through here.

mod files;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub use files::TlsFault;

use crate::watch::Watch;
use files::Files;

/// How often the files are looked at. They are read each time, as the keys that sign tokens are, and for the same reasons.
const LOOK: Duration = Duration::from_millis(500);

/// What a client that speaks HTTP without TLS is told, since it cannot know otherwise what is wrong.
const NOT_TLS: &str = concat!(
    "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\nconnection: close\r\n\r\n",
    r#"{"errors":[{"message":"This server speaks TLS alone: use https://.","#,
    r#""extensions":{"code":"BAD_USER_INPUT"}}]}"#,
);

/// How much more such a client may send before it reads that, in bytes.
const UNREAD: u64 = 256 * 1024;

/// A certificate, its key, and what is made with them. Clones are the same.
#[derive(Clone)]
pub struct Tls(Arc<Held>);

struct Held {
    files: Files,
    config: RwLock<Arc<ServerConfig>>,
    /// What the files held when the configuration was made of them.
    digest: [u8; 64],
}

/// What the looks at the files have found so far.
struct Seen {
    /// What the files held at the last look.
    last: [u8; 64],
    /// What they held when it was last tried to use it.
    tried: [u8; 64],
    /// They cannot be read, and the log says so.
    is_unreadable: bool,
}

impl Tls {
    /// A chain of certificates, the server's own first, and its key.
    pub fn read(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsFault> {
        let files = Files { certificate, key };
        let pair = files.read()?;
        let config = RwLock::new(Arc::new(files.config(&pair)?));
        Ok(Self(Arc::new(Held { files, config, digest: pair.digest() })))
    }

    /// Takes what the files hold from here on. What cannot be used changes nothing, and connections that there are stay
    /// as they are.
    pub fn watch(&self) -> io::Result<Watch> {
        let (tls, start) = (self.clone(), self.0.digest);
        let mut seen = Seen { last: start, tried: start, is_unreadable: false };
        Watch::start("certificate", LOOK, move || tls.look(&mut seen))
    }

    fn look(&self, seen: &mut Seen) {
        let pair = match self.0.files.read() {
            Ok(pair) => pair,
            Err(fault) => {
                if !seen.is_unreadable {
                    tracing::error!(%fault, "the TLS certificate stays as it is");
                }
                seen.is_unreadable = true;
                return;
            }
        };
        seen.is_unreadable = false;
        let digest = pair.digest();
        // One of the two may have been replaced and the other not yet: they count when they have come to rest.
        let is_at_rest = std::mem::replace(&mut seen.last, digest) == digest;
        if !is_at_rest || digest == seen.tried {
            return;
        }
        seen.tried = digest;
        match self.0.files.config(&pair) {
            Ok(config) => {
                *self.0.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                tracing::info!("a new TLS certificate is used for new connections");
            }
            Err(fault) => tracing::error!(%fault, "the TLS certificate stays as it is"),
        }
    }

    /// The connection as it is within TLS.
    pub(super) async fn accept(&self, mut stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let mut first = [0];
        stream.peek(&mut first).await?;
        // A method's name; a handshake begins with the byte 22 (RFC 8446, section 5.1).
        if first[0].is_ascii_uppercase() {
            stream.write_all(NOT_TLS.as_bytes()).await?;
            stream.shutdown().await?;
            // What was left unread would break the connection before the answer is read.
            tokio::io::copy(&mut stream.take(UNREAD), &mut tokio::io::sink()).await?;
            return Err(io::Error::other("HTTP without TLS"));
        }
        let config = Arc::clone(&self.0.config.read().unwrap_or_else(PoisonError::into_inner));
        TlsAcceptor::from(config).accept(stream).await
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.files.fmt(f)
    }
}
