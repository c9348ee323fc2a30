//! `WebSocket`s that speak `graphql-transport-ws`
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>): the handshake.
//!
//! Browsers let every page open one and send their cookies along. So the page's origin is looked at, and who is asking is
//! told by a token and by nothing else: in the handshake's header, which pages cannot set, or in `connection_init`.

mod beginning;
mod introduction;
mod message;
mod operations;
mod talk;

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{AUTHORIZATION, UPGRADE};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::api::Api;
use super::connection::Place;
use super::graphql::Endpoint;
use super::operation::by;
use super::rejection::Rejection;
use super::request_id::RequestId;
use super::{caller, identity};
use crate::graphql::ErrorCode;
use message::Close;
use talk::Talk;

/// The one protocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";
/// What a socket sets aside for reading, in bytes; more as messages need it.
const READ: usize = 512;

/// Whether the connection is to become a `WebSocket` (RFC 6455, section 4.1).
pub(super) fn is_handshake(request: &Request) -> bool {
    let wants = |value: &str| value.split(',').any(|name| name.trim().eq_ignore_ascii_case("websocket"));
    request.method() == Method::GET
        && request.headers().get_all(UPGRADE).iter().any(|value| value.to_str().is_ok_and(wants))
}

impl<A: Api> Endpoint<A> {
    /// Answers the handshake; the conversation goes on in a task of its own.
    pub(super) async fn shake_hands(
        self: &Arc<Self>,
        request: Request,
        id: &RequestId,
    ) -> Result<Response, Rejection> {
        let (mut parts, _) = request.into_parts();
        if !self.cors.may_connect(&parts.uri, &parts.headers) {
            let message = "Pages of this origin may not connect: CORS_ORIGINS does not name it.";
            return Err(Rejection::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message));
        }
        let address = self.clients.find(&parts);
        let client = caller::client(&parts, address);
        let admitted = if parts.headers.contains_key(AUTHORIZATION) {
            let until = std::time::Instant::now() + self.deadline;
            Some(by(until, identity::admit(&*self.api, &parts, address, id)).await??)
        } else {
            None
        };
        let upgrade = upgrade(&mut parts).await?.protocols([PROTOCOL]);
        let speaks = upgrade.selected_protocol().is_some();
        let most = self.limits.max_body;
        let upgrade = upgrade
            .max_message_size(most)
            .max_frame_size(most)
            .read_buffer_size(READ.min(most))
            // Each message goes out at once.
            .write_buffer_size(0)
            .on_failed_upgrade(|error| tracing::debug!(%error, "no WebSocket"));
        let place: Option<Place> = parts.extensions.remove();
        let (endpoint, token) = (Arc::clone(self), self.work.sockets.token());
        Ok(upgrade.on_upgrade(async move |mut socket| {
            let _held = (place, token);
            if speaks {
                // On the heap: a task would hold it more than once, as it is handed on.
                let mut talk = Box::new(Talk::new(endpoint, socket, client, admitted));
                talk.go_on().await;
            } else {
                let frame = CloseFrame::from(Close::no_protocol());
                // Whoever does not listen has gone already.
                let _ = socket.send(Message::Close(Some(frame))).await;
            }
        }))
    }
}

async fn upgrade(parts: &mut Parts) -> Result<WebSocketUpgrade, Rejection> {
    WebSocketUpgrade::from_request_parts(parts, &()).await.map_err(|rejection| {
        let message = format!("This is no handshake for a WebSocket: {}.", rejection.body_text());
        Rejection::new(rejection.status(), ErrorCode::BadUserInput, message)
    })
}
