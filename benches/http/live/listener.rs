//! One subscription to all changes, over a `WebSocket` of its own.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Bytes that are set aside for reading.
const READ: usize = 4 * 1024;
const CHANGES: &str = "subscription Changes { changes { cursor kind nodeId caughtUp at \
    node { ... on Task { id title completed priority dueAt createdAt } } } }";

pub struct Listener(WebSocketStream<TcpStream>);

impl Listener {
    /// Has asked to be told of this user's changes when it returns, and may not have been heard yet.
    pub async fn open(address: SocketAddr, token: &str) -> Self {
        let mut request = "ws://localhost/graphql".into_client_request().expect("a request");
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol);
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let config = WebSocketConfig::default().read_buffer_size(READ).write_buffer_size(0);
        let (socket, _) = client_async_with_config(request, stream, Some(config)).await.expect("a handshake");
        let mut listener = Self(socket);
        let payload = json!({ "authorization": format!("Bearer {token}") });
        listener.say(&json!({ "type": "connection_init", "payload": payload })).await;
        let answer = listener.hear().await;
        assert!(answer.contains("connection_ack"), "{answer}");
        listener.say(&json!({ "type": "subscribe", "id": "1", "payload": { "query": CHANGES } })).await;
        listener
    }

    async fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.expect("the server listens");
    }

    /// What the server says next. Whether somebody is there is answered meanwhile.
    pub async fn hear(&mut self) -> Utf8Bytes {
        loop {
            match self.0.next().await.expect("the server goes on").expect("a message") {
                Message::Text(text) => return text,
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}
