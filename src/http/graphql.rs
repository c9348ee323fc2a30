//! `/graphql`: the one way in. What it takes, in this order: a media type, an identity, a body, a place, a request; then it
//! is an [operation](super::operation)'s turn. A handshake for a WebSocket goes to [`socket`].

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::Response as Outcome;
use async_graphql::parser::types::OperationType;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::accept::Accepted;
use super::api::Api;
use super::cors::Cors;
use super::cost::Budget;
use super::document::{Asker, Documents, Untrusted};
use super::operation::by;
use super::peer::Clients;
use super::rejection::Rejection;
use super::request::{self, Params};
use super::request_id::RequestId;
use super::response::{self, Answered};
use super::session::Session;
use super::sse::{self, Events};
use super::subscriptions::Subscriptions;
use super::transit::Room;
use super::{Options, Work, batch, compression, get, identity, socket};
use crate::graphql::Thread;
use crate::settings::QueryLimits;

/// Everything that requests share.
pub(super) struct Endpoint<A> {
    pub(super) api: Arc<A>,
    pub(super) documents: Documents,
    pub(super) budget: Option<Arc<Budget>>,
    pub(super) clients: Clients,
    pub(super) cors: Cors,
    pub(super) places: Arc<Semaphore>,
    pub(super) subscriptions: Arc<Subscriptions>,
    pub(super) room: Room,
    pub(super) init: Duration,
    pub(super) silence: Duration,
    pub(super) deadline: Duration,
    pub(super) introspection: bool,
    get_queries: bool,
    max_batch: usize,
    pub(super) limits: QueryLimits,
    pub(super) work: Work,
}

/// What is known of a request by the time that it ends, however it ends.
#[derive(Default)]
pub(super) struct Note {
    pub(super) operation: Option<String>,
    /// A mutation has begun: what it answers may hold tokens.
    pub(super) writing: bool,
}

/// Answers one request and logs one line about it.
pub(super) async fn answer<A: Api>(State(endpoint): State<Arc<Endpoint<A>>>, request: Request) -> Response {
    let started = Instant::now();
    let accepted = Accepted::of(request.headers());
    let method = request.method().clone();
    let id = request.extensions().get().cloned().unwrap_or_else(|| RequestId::of(request.headers()));
    let mut note = Note::default();
    let mut response = if method == Method::OPTIONS {
        response::options(request::methods(endpoint.get_queries))
    } else {
        let answer = async {
            if socket::is_handshake(&request) {
                endpoint.shake_hands(request, &id).await.map(Answered::Socket)
            } else {
                endpoint.run(request, accepted, started + endpoint.deadline, &id, &mut note).await
            }
        };
        let answered = AssertUnwindSafe(answer).catch_unwind().await;
        // The hook has logged the panic.
        response::write(accepted, answered.unwrap_or_else(|_| Err(Rejection::internal(&id))))
    };
    // What no mutation has begun for holds no token.
    if !note.writing {
        compression::allow(&mut response);
    }
    tracing::info!(
        method = method.as_str(),
        path = "/graphql",
        status = response.status().as_u16(),
        ms = (started.elapsed().as_secs_f64() * 10_000.0).round() / 10.0,
        operation = note.operation,
        "request"
    );
    response
}

impl<A: Api> Endpoint<A> {
    pub(super) fn new(api: Arc<A>, options: &Options, work: Work, room: Room) -> Result<Self, Untrusted> {
        let documents = Documents::new(options, &*api)?;
        Ok(Self {
            api,
            documents,
            budget: Budget::of(options.queries.cost_per_minute).map(Arc::new),
            clients: Clients::behind(options.proxies.clone()),
            cors: Cors::of(&options.origins),
            places: Arc::new(Semaphore::new(options.concurrent_requests)),
            subscriptions: Arc::new(Subscriptions::new(options.max_subscriptions)),
            room,
            init: options.init,
            silence: options.silence,
            deadline: options.deadline,
            introspection: options.introspection,
            get_queries: options.get_queries,
            max_batch: options.max_batch,
            limits: options.queries,
            work,
        })
    }

    /// What came of the request, or why nothing was begun.
    async fn run(
        &self,
        request: Request,
        accepted: Accepted,
        deadline: Instant,
        id: &RequestId,
        note: &mut Note,
    ) -> Result<Answered, Rejection> {
        let (parts, body) = request.into_parts();
        let address = self.clients.find(&parts);
        let admitted = async {
            request::check_way(&parts, accepted, self.get_queries)?;
            let admitted = identity::admit(&*self.api, &parts, address, id).await?;
            request::check_origin(&parts)?;
            Ok(admitted)
        };
        // Before any refusal: a connection on which a body was left unread breaks before its answer is read.
        let read = request::read(body, self.limits.max_body);
        let come = by(deadline, async { (admitted.await, read.await) }).await?;
        let (admitted, body): (Result<_, Rejection>, _) = come;
        let (admitted, body) = (admitted?, body?);
        // Not before the body is here: whoever sends slowly takes no place from those who are ready.
        let place = self.place()?;
        let asker = admitted.user.map_or(Asker::At(address), Asker::User);
        let is_safe = request::is_safe(&parts.method);
        let mut session = Session {
            caller: admitted.caller,
            asker,
            is_safe,
            place,
            deadline,
            size: body.len(),
            tried: Vec::new(),
            spent: 0,
            id,
        };
        if !is_safe && self.max_batch > 0 && batch::is_list(&body) {
            let requests = batch::parse(&body, self.max_batch)?;
            return Ok(Answered::Many(self.answer_many(requests, &mut session, note).await));
        }
        let params = if is_safe {
            let query = parts.uri.query().unwrap_or_default();
            session.size = query.len();
            get::parse(query, self.limits.max_body)?
        } else {
            request::parse(&body)?
        };
        let ready = self.make_ready(params, &mut session, note)?;
        if ready.kind() == OperationType::Subscription && accepted.events {
            let thread = Thread::new(sse::last_event(&parts.headers), self.work.closing.clone());
            let until_refused = self.api.until_refused(&session.caller);
            let told = self.follow(ready, &session, thread)?;
            return Ok(Answered::Events(Events {
                told,
                until_refused,
                closing: self.work.closing.clone(),
                held: None,
            }));
        }
        self.carry_out(ready, &session, note).await.map(Answered::One)
    }

    /// A place among those who are answered.
    pub(super) fn place(&self) -> Result<Arc<OwnedSemaphorePermit>, Rejection> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map(Arc::new).map_err(|_| Rejection::later("The server is busy."))
    }

    /// What came of each, one after the other.
    async fn answer_many(
        &self,
        requests: Vec<Result<Params, Rejection>>,
        session: &mut Session<'_, A>,
        note: &mut Note,
    ) -> Vec<Result<Outcome, Rejection>> {
        let mut outcomes = Vec::with_capacity(requests.len());
        for request in requests {
            outcomes.push(match request {
                Ok(params) => self.answer_one(params, session, note).await,
                Err(rejection) => Err(rejection),
            });
        }
        outcomes
    }

    async fn answer_one(
        &self,
        params: Params,
        session: &mut Session<'_, A>,
        note: &mut Note,
    ) -> Result<Outcome, Rejection> {
        let ready = self.make_ready(params, session, note)?;
        self.carry_out(ready, session, note).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::document::Asked;
    use crate::http::testing::{App, post};

    #[tokio::test]
    async fn a_document_is_remembered_once_it_ran_and_not_before() {
        let options = Options::default();
        let endpoint = Arc::new(
            Endpoint::new(App::new().api, &options, Work::default(), Room::new(1 << 20)).expect("fine"),
        );
        for (query, is_kept) in [("{hello}", true), ("mutation{hello}", true), ("{nothing}", false)] {
            let request = post(&json!({ "query": query }).to_string());
            answer(State(Arc::clone(&endpoint)), request).await;
            let asker = Asker::At(std::net::Ipv4Addr::LOCALHOST.into());
            let found = endpoint.documents.find(Asked::Text(query, None), asker).expect(query);
            assert_eq!(found.is_known, is_kept, "{query}");
        }
    }
}
