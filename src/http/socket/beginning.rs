//! How an operation begins that came over a socket.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::graphql::Thread;
use crate::http::api::Api;
use crate::http::document::Asker;
use crate::http::graphql::{Endpoint, Note};
use crate::http::operation::Event;
use crate::http::rejection::Rejection;
use crate::http::request::Params;
use crate::http::request_id::RequestId;
use crate::http::response::Body;
use crate::http::session::Session;
use crate::http::transit::Written;

/// An operation that has begun, or what it came to.
pub(super) enum Begun {
    Once(Written),
    Events(BoxStream<'static, Event>),
}

/// Finds out what becomes of an operation.
pub(super) type Beginning = BoxFuture<'static, Result<Begun, Rejection>>;

/// Finds out what becomes of an operation.
pub(super) fn begin<A: Api>(
    endpoint: Arc<Endpoint<A>>,
    params: Params,
    caller: A::Caller,
    asker: Asker,
    size: usize,
) -> Beginning {
    let id = RequestId::fresh();
    let span = tracing::error_span!("operation", id = id.as_str());
    let name = id.clone();
    let work = async move {
        let started = Instant::now();
        let mut session = Session {
            caller,
            asker,
            is_safe: false,
            place: endpoint.place()?,
            deadline: (started + endpoint.deadline).into(),
            size,
            tried: Vec::new(),
            spent: 0,
            id: &id,
        };
        let mut note = Note::default();
        let begun = run(&endpoint, params, &mut session, &mut note).await;
        tracing::info!(
            ms = (started.elapsed().as_secs_f64() * 10_000.0).round() / 10.0,
            operation = note.operation,
            refused = begun.is_err(),
            "operation over a socket"
        );
        begun
    };
    // In a task of its own, so that it does not stand still with what it holds while the socket waits for its client.
    let work = AbortOnDropHandle::new(tokio::spawn(work.instrument(span)));
    // The hook has logged the panic.
    Box::pin(async move { work.await.unwrap_or_else(|_| Err(Rejection::internal(&name))) })
}

async fn run<A: Api>(
    endpoint: &Endpoint<A>,
    params: Params,
    session: &mut Session<'_, A>,
    note: &mut Note,
) -> Result<Begun, Rejection> {
    let ready = endpoint.make_ready(params, session, note)?;
    if ready.kind() == OperationType::Subscription {
        let thread = Thread::new(None, endpoint.work.closing.clone());
        return endpoint.follow(ready, session, thread).map(Begun::Events);
    }
    let outcome = endpoint.carry_out(ready, session, note).await?;
    endpoint.room.write(&Body::of(&outcome)).map(Begun::Once)
}
