//! The conversation on one socket, from its beginning to its end.
//!
//! One task does it all, so that nothing is read from a client that does not read itself, and nothing piles up for it.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::beginning::begin;
use super::introduction::{admit, bearer};
use super::message::{Close, Heard, Said, is_too_long};
use super::operations::{MOST, Operations, Told};
use crate::graphql::{Client, ErrorCode};
use crate::http::api::{Admitted, Api};
use crate::http::document::Asker;
use crate::http::graphql::Endpoint;
use crate::http::rejection::coded;
use crate::http::request::Params;

/// How long so many bytes of a message may take on their way out.
const STILL: Duration = Duration::from_secs(30);
const AT_LEAST: usize = 1024 * 1024;
/// How long a client has to answer the end.
const FAREWELL: Duration = Duration::from_secs(2);

/// A socket and whoever is at its other end.
pub(super) struct Talk<A: Api> {
    endpoint: Arc<Endpoint<A>>,
    socket: WebSocket,
    client: Client,
    /// Whom the handshake's header spoke for.
    introduced: Option<Admitted<A::Caller>>,
    /// Who they are, once the connection is initialised.
    admitted: Option<Admitted<A::Caller>>,
    until_refused: BoxFuture<'static, ()>,
    operations: Operations,
    heard_at: Instant,
    /// Whether they were asked since then whether they are still there.
    asked: bool,
    /// When they last had use for the socket.
    used_at: Instant,
}

/// How a conversation ends.
enum End {
    /// With these words.
    Close(Close),
    /// As the client wants it.
    Closed,
    /// There is nobody to say anything to.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

impl<A: Api> Talk<A> {
    pub(super) fn new(
        endpoint: Arc<Endpoint<A>>,
        socket: WebSocket,
        client: Client,
        introduced: Option<Admitted<A::Caller>>,
    ) -> Self {
        let now = Instant::now();
        Self {
            endpoint,
            socket,
            client,
            introduced,
            admitted: None,
            until_refused: pending().boxed(),
            operations: Operations::default(),
            heard_at: now,
            asked: false,
            used_at: now,
        }
    }

    /// Talks until somebody ends it.
    pub(super) async fn go_on(&mut self) {
        loop {
            let Err(end) = self.take_turn().await else { continue };
            // What is under way is of no use to anyone from here on.
            self.operations = Operations::default();
            let _ = Box::pin(timeout(FAREWELL, self.say_farewell(end))).await;
            return;
        }
    }

    /// Waits for one thing to happen, and does what it asks for.
    async fn take_turn(&mut self) -> Result<(), End> {
        let is_closing = self.endpoint.work.closing.is_cancelled();
        if is_closing && self.operations.len() == 0 {
            return Err(Close::going_away().into());
        }
        let look = self.next_look();
        tokio::select! {
            biased;
            () = &mut self.until_refused => Err(refused().into()),
            () = self.endpoint.work.closing.cancelled(), if !is_closing => Ok(()),
            // What is done of it is on the heap: a socket on which nothing happens would be as large.
            () = sleep_until(look) => Box::pin(self.look()).await,
            // Whichever is first: neither is to wait for ever for the other.
            next = async {
                tokio::select! {
                    heard = self.socket.recv() => Next::Heard(heard),
                    (id, told) = self.operations.next() => Next::Told(id, told),
                }
            } => match next {
                Next::Heard(heard) => Box::pin(self.hear(heard)).await,
                Next::Told(id, told) => Box::pin(self.tell(&id, &told)).await,
            },
        }
    }

    async fn tell(&mut self, id: &str, told: &Told) -> Result<(), End> {
        // Whoever comes back goes on from there.
        if matches!(told, Told::NoMore) && self.endpoint.work.closing.is_cancelled() {
            return Ok(());
        }
        self.used_at = Instant::now();
        self.send(Message::text(told.text(id))).await
    }

    async fn say(&mut self, said: &Said<'_>) -> Result<(), End> {
        self.send(Message::text(said.text())).await
    }

    /// Sends, as long as it moves and there is somebody who may hear it.
    async fn send(&mut self, message: Message) -> Result<(), End> {
        let bytes = if let Message::Text(text) = &message { text.len() } else { 0 };
        let patience = STILL * u32::try_from(1 + bytes / AT_LEAST).unwrap_or(u32::MAX);
        tokio::select! {
            biased;
            () = &mut self.until_refused => Err(refused().into()),
            sent = self.socket.send(message) => sent.map_err(|_| End::Gone),
            () = sleep(patience) => Err(End::Gone),
        }
    }

    async fn say_farewell(&mut self, end: End) {
        match end {
            End::Gone => return,
            End::Closed => {}
            End::Close(close) => {
                tracing::debug!(?close, "socket closed");
                if self.socket.send(Message::Close(Some(CloseFrame::from(close)))).await.is_err() {
                    return;
                }
            }
        }
        // Reading sends the answer to a close; and a connection that is closed with something unread breaks before its last
        // words are read.
        while let Some(Ok(_)) = self.socket.recv().await {}
    }

    /// When to look next whether the other end is still there and has use for the socket.
    fn next_look(&self) -> Instant {
        let (init, silence) = (self.endpoint.init, self.endpoint.silence);
        if self.admitted.is_none() {
            return self.used_at + init;
        }
        let silent = self.heard_at + if self.asked { 2 * silence } else { silence };
        if self.is_idle_stranger() { silent.min(self.used_at + silence) } else { silent }
    }

    fn is_idle_stranger(&self) -> bool {
        self.operations.len() == 0 && self.admitted.as_ref().is_some_and(|admitted| admitted.user.is_none())
    }

    async fn look(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if self.admitted.is_none() {
            return Err(Close::too_late(self.endpoint.init).into());
        }
        if self.is_idle_stranger() && now >= self.used_at + self.endpoint.silence {
            return Err(Close::forbidden("sign in.").into());
        }
        if self.asked {
            return Err(End::Gone);
        }
        self.asked = true;
        self.send(Message::Ping(Bytes::new())).await
    }

    async fn hear(&mut self, heard: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let message = match heard {
            Some(Ok(message)) => message,
            Some(Err(error)) if is_too_long(&error) => {
                return Err(Close::too_long(self.endpoint.limits.max_body).into());
            }
            None | Some(Err(_)) => return Err(End::Gone),
        };
        self.heard_at = Instant::now();
        self.asked = false;
        match message {
            Message::Text(text) => self.take(Heard::read(&text)?, text.len()).await,
            Message::Binary(_) => Err(Close::invalid("it is not text").into()),
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(End::Closed),
        }
    }

    async fn take(&mut self, heard: Heard, size: usize) -> Result<(), End> {
        match heard {
            Heard::ConnectionInit { payload } => self.initialise(payload).await,
            Heard::Ping { payload } => {
                self.renew(payload).await?;
                self.say(&Said::Pong).await
            }
            Heard::Pong { .. } => Ok(()),
            Heard::Subscribe { id, payload } => self.begin(id, payload, size).await,
            Heard::Complete { id } => {
                self.operations.end(&id);
                Ok(())
            }
        }
    }

    async fn initialise(&mut self, payload: Option<Map<String, Value>>) -> Result<(), End> {
        if self.admitted.is_some() {
            return Err(Close::too_many_inits().into());
        }
        let bearer = bearer(payload.as_ref())?;
        let admitted = match (bearer, self.introduced.take()) {
            (None, Some(introduced)) => introduced,
            (bearer, _) => admit(&self.endpoint, &self.client, bearer).await?,
        };
        self.until_refused = self.endpoint.api.until_refused(&admitted.caller);
        self.admitted = Some(admitted);
        self.used_at = Instant::now();
        self.say(&Said::ConnectionAck).await
    }

    /// Takes a fresh token of the same user's. What is under way goes on.
    async fn renew(&mut self, payload: Option<Map<String, Value>>) -> Result<(), End> {
        let Some(bearer) = bearer(payload.as_ref())? else { return Ok(()) };
        let Some(user) = self.admitted.as_ref().map(|admitted| admitted.user) else { return Ok(()) };
        let admitted = match admit(&self.endpoint, &self.client, Some(bearer)).await {
            Ok(admitted) => admitted,
            // The old one counts as long as it does.
            Err(close) if close.is_for_a_while() => return Ok(()),
            Err(close) => return Err(close.into()),
        };
        if user.is_some() && admitted.user != user {
            return Err(Close::forbidden("the token is another user's.").into());
        }
        self.until_refused = self.endpoint.api.until_refused(&admitted.caller);
        self.admitted = Some(admitted);
        Ok(())
    }

    async fn begin(&mut self, id: String, params: Params, size: usize) -> Result<(), End> {
        let Some(admitted) = &self.admitted else { return Err(Close::not_initialised().into()) };
        if self.endpoint.work.draining.is_cancelled() {
            // Whoever is told that the server goes away asks again elsewhere.
            return Ok(());
        }
        self.used_at = Instant::now();
        if self.operations.contains(&id) {
            return Err(Close::exists(&id).into());
        }
        if self.operations.len() >= MOST {
            let message = format!("This socket has {MOST} operations under way, which is the most.");
            let refused = Told::Error(vec![coded(ErrorCode::QueryTooComplex, message)]);
            return self.send(Message::text(refused.text(&id))).await;
        }
        let asker = admitted.user.map_or(Asker::At(self.client.address), Asker::User);
        let caller = self.endpoint.api.again(&admitted.caller);
        let beginning = begin(Arc::clone(&self.endpoint), params, caller, asker, size);
        self.operations.begin(id, beginning);
        Ok(())
    }
}

enum Next {
    Heard(Option<Result<Message, axum::Error>>),
    Told(Arc<str>, Told),
}

fn refused() -> Close {
    Close::forbidden("the access token counts no more.")
}
