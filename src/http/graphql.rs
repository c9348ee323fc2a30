//! `/graphql`: the one way in. What it takes, in this order: a media type, an identity, a body, a place, a request, a
//! document, an operation.
//!
//! A query is dropped when its caller goes away and when its time is up, and its SQL ends with it. A mutation runs in a task
//! of its own, so that one whose caller went away is still carried out; when its time is up, whatever it waits for ends
//! ([`deadline`]), but for a commit that has begun. [`TaskTracker`] lets the end of the server wait for mutations.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::parser::types::OperationType;
use async_graphql::{Request as Query, Response as Outcome, Variables};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::accept::Media;
use super::api::Api;
use super::document::{Asker, Document, Documents, Operation};
use super::peer::Clients;
use super::rejection::Rejection;
use super::request::{self, Params};
use super::request_id::RequestId;
use super::response;
use super::{Options, guard, identity, outcome, values};
use crate::deadline;
use crate::graphql::{ErrorCode, Fit};
use crate::settings::QueryLimits;

/// How long past its time a mutation is waited for: longer than a commit that has begun is waited for.
const OVERTIME: Duration = Duration::from_secs(10);
/// Longest name of an operation that the log shows, in bytes.
const LOGGED_NAME: usize = 64;

/// Everything that requests share.
pub(super) struct Endpoint<A> {
    api: Arc<A>,
    documents: Documents,
    clients: Clients,
    places: Arc<Semaphore>,
    deadline: Duration,
    introspection: bool,
    limits: QueryLimits,
    mutations: TaskTracker,
}

/// What is known of a request by the time that it ends, however it ends.
#[derive(Default)]
struct Note {
    operation: Option<String>,
}

/// On whose behalf operations run, and under which name.
struct Session<'a, A: Api> {
    caller: A::Caller,
    asker: Asker,
    /// Kept until the last mutation is done, which may be after the answer.
    place: Arc<OwnedSemaphorePermit>,
    /// When its time is up.
    deadline: Instant,
    /// Bytes that came.
    size: usize,
    id: &'a RequestId,
}

/// Answers one request and logs one line about it.
pub(super) async fn answer<A: Api>(State(endpoint): State<Arc<Endpoint<A>>>, request: Request) -> Response {
    let started = Instant::now();
    let accepted = Media::accepted(request.headers());
    let media = accepted.unwrap_or(Media::Json);
    let method = request.method().clone();
    let id = request.extensions().get().cloned().unwrap_or_else(|| RequestId::of(request.headers()));
    let mut note = Note::default();
    let response = if method == Method::OPTIONS {
        response::options(request::METHODS)
    } else {
        let answer = endpoint.run(request, accepted, started + endpoint.deadline, &id, &mut note);
        let answered = AssertUnwindSafe(answer).catch_unwind().await;
        // The hook has logged the panic.
        response::write(media, answered.unwrap_or_else(|_| Err(Rejection::internal(&id))))
    };
    tracing::info!(
        %method,
        path = "/graphql",
        status = response.status().as_u16(),
        ms = (started.elapsed().as_secs_f64() * 10_000.0).round() / 10.0,
        operation = note.operation,
        "request"
    );
    response
}

impl<A: Api> Endpoint<A> {
    pub(super) fn new(api: Arc<A>, options: &Options, mutations: TaskTracker) -> Self {
        Self {
            api,
            documents: Documents::new(options.queries),
            clients: Clients::behind(options.proxies.clone()),
            places: Arc::new(Semaphore::new(options.concurrent_requests)),
            deadline: options.deadline,
            introspection: options.introspection,
            limits: options.queries,
            mutations,
        }
    }

    /// What came of the request, or why nothing was begun.
    async fn run(
        &self,
        request: Request,
        accepted: Option<Media>,
        deadline: Instant,
        id: &RequestId,
        note: &mut Note,
    ) -> Result<Outcome, Rejection> {
        let (parts, body) = request.into_parts();
        let address = self.clients.find(&parts);
        let admitted = async {
            request::check_way(&parts, accepted)?;
            let admitted = identity::admit(&*self.api, &parts, address, id).await?;
            request::check_media_type(&parts.headers)?;
            Ok(admitted)
        };
        // Before any refusal: a connection on which a body was left unread breaks before its answer is read.
        let read = request::read(body, self.limits.max_body);
        let come = by(deadline, async { (admitted.await, read.await) }).await?;
        let (admitted, body): (Result<_, Rejection>, _) = come;
        let (admitted, body) = (admitted?, body?);
        // Not before the body is here: whoever sends slowly takes no place from those who are ready.
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Rejection::later("The server is busy."))?;
        let asker = admitted.user.map_or(Asker::At(address), Asker::User);
        let session = Session {
            caller: admitted.caller,
            asker,
            place: Arc::new(place),
            deadline,
            size: body.len(),
            id,
        };
        let params = request::parse(&body)?;
        self.answer_one(params, &session, note).await
    }

    /// What came of the operation, or why there was none.
    async fn answer_one(
        &self,
        params: Params,
        session: &Session<'_, A>,
        note: &mut Note,
    ) -> Result<Outcome, Rejection> {
        let Params { query, operation_name, variables, .. } = params;
        let query = query.ok_or_else(request::no_query)?;
        let found = self.documents.find(&query, session.asker)?;
        guard::check_variables(&variables, &self.limits)?;
        let document = &found.document;
        document.allow_variables(session.size.saturating_sub(query.len()))?;
        if document.introspects() && !self.introspection {
            return Err(invalid("This server does not tell its schema."));
        }
        let operation = document.operation(operation_name.as_deref().filter(|name| !name.is_empty()))?;
        note.operation = operation.name.filter(|name| name.len() <= LOGGED_NAME).map(str::to_owned);

        if !found.ran_before {
            values::check_literals(self.api.model(), document.parsed()).map_err(Rejection::unfit)?;
        }
        values::check_variables(self.api.model(), operation.definition, &variables)
            .map_err(Rejection::unfit)?;
        let fit = if found.ran_before { Fit::Known } else { Fit::Unknown };
        let prepared = prepare(document, &operation, variables);
        let mut outcome = match operation.kind {
            OperationType::Query => {
                by(session.deadline, self.api.execute(&session.caller, prepared, fit)).await?
            }
            OperationType::Mutation => self.write(prepared, fit, session).await?,
            OperationType::Subscription => {
                return Err(invalid("Subscriptions are not answered over HTTP POST."));
            }
        };
        outcome::settle(&mut outcome, document, session.id);
        if outcome::is_refused(&outcome) {
            return Err(Rejection::unfit(outcome.errors));
        }
        self.documents.keep(found, session.asker);
        Ok(outcome)
    }

    /// What came of a mutation, whoever waits for that.
    async fn write(&self, query: Query, fit: Fit, session: &Session<'_, A>) -> Result<Outcome, Rejection> {
        let (api, caller) = (Arc::clone(&self.api), session.caller.clone());
        let (place, deadline) = (Arc::clone(&session.place), session.deadline);
        let write = async move {
            let work = deadline::until(deadline, api.execute(&caller, query, fit));
            let outcome = timeout_at((deadline + OVERTIME).into(), work).await;
            drop(place);
            outcome.map_err(|_| {
                Rejection::later("The request took too long: look what of it is done before you try again.")
            })
        };
        let written = self.mutations.spawn(write.in_current_span()).await;
        // The hook has logged the panic.
        written.unwrap_or_else(|_| Err(Rejection::internal(session.id)))
    }
}

/// What the work comes to before the deadline; it is dropped then.
async fn by<T>(deadline: Instant, work: impl Future<Output = T>) -> Result<T, Rejection> {
    let in_time = timeout_at(deadline.into(), work).await;
    in_time.map_err(|_| Rejection::later("The request took too long."))
}

fn invalid(message: &'static str) -> Rejection {
    Rejection::bad_query(ErrorCode::GraphqlValidationFailed, message)
}

fn prepare(document: &Document, operation: &Operation<'_>, variables: Variables) -> Query {
    // The engine has no use for the text of a document that it is given.
    let mut query = Query::new(String::new()).variables(variables);
    query.operation_name = operation.name.map(str::to_owned);
    query.set_parsed_query(document.parsed().clone());
    query
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::testing::{App, post};

    #[tokio::test]
    async fn a_document_is_remembered_once_it_ran_and_not_before() {
        let options = Options::default();
        let endpoint = Arc::new(Endpoint::new(App::new().api, &options, TaskTracker::new()));
        for (query, is_kept) in [("{hello}", true), ("mutation{hello}", true), ("{nothing}", false)] {
            let request = post(&json!({ "query": query }).to_string());
            answer(State(Arc::clone(&endpoint)), request).await;
            let asker = Asker::At(std::net::Ipv4Addr::LOCALHOST.into());
            assert_eq!(endpoint.documents.find(query, asker).expect(query).ran_before, is_kept, "{query}");
        }
    }
}
