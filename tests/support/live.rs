//! The other end of a WebSocket that speaks `graphql-transport-ws`.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Long enough for anything that is to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A socket on which somebody is signed in.
pub struct Live(WebSocketStream<TcpStream>);

/// What the server says next.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    Message(Value),
    /// With which code it closes the socket.
    Closed(u16),
    /// It is gone without a word.
    Broken,
}

impl Live {
    /// `None` where nobody listens, or the server goes before the socket is there.
    pub async fn connect(address: &str, token: &str) -> Option<Self> {
        let mut request = format!("ws://{address}/graphql").into_client_request().expect("a request");
        let protocol = "graphql-transport-ws".parse().expect("a value");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let stream = TcpStream::connect(address).await.ok()?;
        let (socket, _) = client_async(request, stream).await.ok()?;
        let mut live = Self(socket);
        let payload = json!({ "authorization": format!("Bearer {token}") });
        live.say(&json!({ "type": "connection_init", "payload": payload })).await;
        let heard = live.hear().await;
        (heard == Heard::Message(json!({ "type": "connection_ack" }))).then_some(live)
    }

    /// Says something to whoever may still be there.
    pub async fn say(&mut self, message: &Value) {
        let _ = self.0.send(Message::text(message.to_string())).await;
    }

    /// Follows the changes behind a cursor.
    pub async fn follow(&mut self, after: Option<&str>, selection: &str) {
        let query = format!("subscription ($after: String) {{ changes(after: $after) {{ {selection} }} }}");
        let payload = json!({ "query": query, "variables": { "after": after } });
        self.say(&json!({ "type": "subscribe", "id": "changes", "payload": payload })).await;
    }

    /// Whatever the server says next.
    pub async fn hear(&mut self) -> Heard {
        self.hear_within(PATIENCE).await.expect("the server says something")
    }

    /// The same; `None` where it says nothing for so long.
    pub async fn hear_within(&mut self, time: Duration) -> Option<Heard> {
        loop {
            let heard = match timeout(time, self.0.next()).await.ok()? {
                Some(Ok(Message::Text(text))) => Heard::Message(serde_json::from_str(&text).expect("JSON")),
                Some(Ok(Message::Close(frame))) => {
                    Heard::Closed(frame.map_or(1005, |frame| frame.code.into()))
                }
                Some(Ok(_)) => continue,
                None | Some(Err(Error::ConnectionClosed | Error::Io(_) | Error::Protocol(_))) => {
                    Heard::Broken
                }
                Some(Err(error)) => panic!("{error}"),
            };
            return Some(heard);
        }
    }
}
