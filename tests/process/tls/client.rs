//! A client that trusts one authority, and says who it spoke to.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::Request;
use futures_util::future::join_all;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};
use tokio_rustls::TlsConnector;

use super::Authority;
use crate::Server;

pub type Connection = StreamOwned<ClientConnection, TcpStream>;

#[derive(Clone)]
pub struct Client(pub Arc<ClientConfig>);

impl Client {
    /// Offers these protocols, in the order in which it would like to speak them.
    pub fn new(
        authority: &Authority,
        versions: &[&'static SupportedProtocolVersion],
        protocols: &[&[u8]],
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(authority.root()).expect("a certificate");
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(versions)
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Self(Arc::new(config))
    }

    /// A connection whose handshake is done.
    pub fn connect(&self, server: &Server) -> std::io::Result<Connection> {
        let name = ServerName::try_from("localhost").expect("a name");
        let session = ClientConnection::new(Arc::clone(&self.0), name).expect("a session");
        let mut connection = StreamOwned::new(session, server.connect());
        while connection.conn.is_handshaking() {
            connection.conn.complete_io(&mut connection.sock)?;
        }
        Ok(connection)
    }

    /// The certificate that a new connection is shown.
    pub fn shown(&self, server: &Server) -> CertificateDer<'static> {
        let connection = self.connect(server).expect("a connection");
        connection.conn.peer_certificates().expect("a chain")[0].clone().into_owned()
    }

    /// Head and body of the answer to this, on a connection of its own.
    pub fn send(&self, server: &Server, request: &str) -> (String, String) {
        let mut connection = self.connect(server).expect("a connection");
        connection.write_all(request.as_bytes()).expect("sent");
        let mut text = String::new();
        // Fails where the other side does not say that this is all.
        connection.read_to_string(&mut text).expect("an answer");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        (head.to_lowercase(), body.to_owned())
    }
}

/// Status of each of so many answers, and the front page, all over one HTTP/2 connection.
impl Client {
    pub fn over_http2(&self, server: &Server, times: usize) -> (Vec<u16>, String) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(&server.address).await.expect("a connection");
            let name = ServerName::try_from("localhost").expect("a name");
            let connector = TlsConnector::from(Arc::clone(&self.0));
            let stream = connector.connect(name, stream).await.expect("a handshake");
            let (sender, connection) =
                http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
            tokio::spawn(connection);
            let ask = |path: &str| {
                let request = Request::get(format!("https://tasks.example{path}"))
                    .header("accept", "text/html")
                    .body(Empty::<Bytes>::new());
                let mut sender = sender.clone();
                async move { sender.send_request(request.expect("a request")).await.expect("an answer") }
            };
            let answers = join_all((0..times).map(|_| ask("/livez"))).await;
            let page = ask("/").await.into_body().collect().await.expect("a page").to_bytes();
            let statuses = answers.iter().map(|answer| answer.status().as_u16()).collect();
            (statuses, String::from_utf8(page.to_vec()).expect("text"))
        })
    }
}

/// Sends a request that leaves the connection open, and gives back the head of the answer.
pub fn ask_again(connection: &mut Connection) -> String {
    connection.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("sent");
    let mut text = Vec::new();
    while !text.ends_with(br#"{"status":"ok"}"#) {
        let mut piece = [0; 1024];
        let length = connection.read(&mut piece).expect("read");
        assert_ne!(length, 0, "closed after {}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&piece[..length]);
    }
    String::from_utf8(text).expect("text")
}
