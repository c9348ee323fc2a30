//! The other end of a WebSocket.

use std::time::Duration;

use axum::http::{HeaderValue, Response};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Long enough for anything that is to happen.
const PATIENCE: Duration = Duration::from_secs(10);

pub(in crate::http) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// A handshake with these headers; the answer where it is refused.
    pub(in crate::http) async fn open(
        stream: TcpStream,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Box<Response<Option<Vec<u8>>>>> {
        Self::attempt(stream, headers).await.expect("a handshake")
    }

    /// The same; `Err` where the answer is none that this end takes for one.
    pub(in crate::http) async fn attempt(
        stream: TcpStream,
        headers: &[(&'static str, &str)],
    ) -> Result<Result<Self, Box<Response<Option<Vec<u8>>>>>, Error> {
        let mut request = "ws://127.0.0.1/graphql".into_client_request().expect("a request");
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).expect("a value"));
        }
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Ok(Self(socket))),
            Err(Error::Http(answer)) => Ok(Err(answer)),
            Err(error) => Err(error),
        }
    }

    /// A socket that speaks the protocol.
    pub(in crate::http) async fn speaking(stream: TcpStream) -> Self {
        Self::open(stream, &[("sec-websocket-protocol", "graphql-transport-ws")]).await.expect("a socket")
    }

    /// The same, initialised with this payload.
    pub(in crate::http) async fn initialised(stream: TcpStream, payload: Value) -> Self {
        let mut socket = Self::speaking(stream).await;
        socket.say(&json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub(in crate::http) async fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(in crate::http) async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(&json!({ "type": "subscribe", "id": id, "payload": { "query": query } })).await;
    }

    pub(in crate::http) async fn send(&mut self, message: Message) {
        self.0.send(message).await.expect("sent");
    }

    /// The next message of the protocol.
    pub(in crate::http) async fn hear(&mut self) -> Value {
        match self.next().await {
            Message::Text(text) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("{other:?}"),
        }
    }

    /// The same, or with which code and reason the server closes it.
    pub(in crate::http) async fn hear_or_closed(&mut self) -> Result<Value, (u16, String)> {
        match self.next().await {
            Message::Text(text) => Ok(serde_json::from_str(&text).expect("JSON")),
            Message::Close(Some(frame)) => Err((frame.code.into(), frame.reason.to_string())),
            other => panic!("{other:?}"),
        }
    }

    /// Fails unless it is answered.
    pub(in crate::http) async fn answers(mut self) {
        self.say(&json!({ "type": "ping" })).await;
        assert_eq!(self.hear().await, json!({ "type": "pong" }));
    }

    /// Whatever comes next, pings and pongs aside.
    async fn next(&mut self) -> Message {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("something comes");
            match next.expect("it is open").expect("a message") {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    /// With which code and reason the server closes it, which it does next.
    pub(in crate::http) async fn closed(mut self) -> (u16, String) {
        match self.next().await {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("{other:?}"),
        }
    }

    /// Whether the connection is closed without a word.
    pub(in crate::http) async fn breaks(mut self) -> bool {
        // What is not read is not answered: not even a ping.
        let mut stream = self.0.get_mut();
        let mut all = Vec::new();
        let read = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut all);
        tokio::time::timeout(PATIENCE, read).await.is_ok()
    }
}
