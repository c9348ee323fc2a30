//! `POST /graphql`: the one way in. What it takes, in this order: a place, an identity, JSON, a document, an operation.
//!
//! Mutations run in a task of their own, so that one whose caller went away, or whose time is up, is still carried out
//! as a whole; [`TaskTracker`] lets the end of the server wait for them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::parser::types::OperationType;
use async_graphql::{Data, Response as Outcome, ServerError, Variables};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::api::{Admitted, Api};
use super::document::{Asker, Document, Documents, Operation};
use super::peer::Clients;
use super::request::{self, Params};
use super::request_id::RequestId;
use super::response::{Media, Rejection, executed};
use super::{Options, guard, identity, outcome, values};
use crate::graphql::{ErrorCode, Fit};
use crate::settings::QueryLimits;

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
    /// A mutation has begun, and goes on whatever becomes of the request.
    writing: bool,
}

/// Answers one request and logs one line about it.
pub(super) async fn answer<A: Api>(State(endpoint): State<Arc<Endpoint<A>>>, request: Request) -> Response {
    let started = Instant::now();
    let media = Media::accepted(request.headers());
    let method = request.method().clone();
    let id = request.extensions().get().cloned().unwrap_or_else(|| RequestId::of(request.headers()));
    let mut note = Note::default();
    let answer = tokio::time::timeout(endpoint.deadline, endpoint.run(request, &id, &mut note));
    let response = match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(Ok(Ok(outcome))) => executed(media, outcome),
        Ok(Ok(Err(refusal))) => refusal.write(media),
        Ok(Err(_)) if note.writing => {
            Rejection::later("The request took too long; what it began is still carried out.").write(media)
        }
        Ok(Err(_)) => Rejection::later("The request took too long.").write(media),
        // The hook has logged the panic.
        Err(_) => Rejection::internal(&id).write(media),
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

    /// What came of the operation, or why there was none.
    async fn run(&self, request: Request, id: &RequestId, note: &mut Note) -> Result<Outcome, Rejection> {
        if request.method() != Method::POST {
            return Err(Rejection::method("POST"));
        }
        let (parts, body) = request.into_parts();
        let address = self.clients.find(&parts);
        let admitted = identity::admit(&*self.api, &parts, address, id).await;
        let json = request::check_media_type(&parts.headers);
        // Before any refusal: a connection on which a body was left unread breaks before its answer is read.
        let body = request::read(body, self.limits.max_body).await;
        let Admitted { user, data } = admitted?;
        json?;
        let body = body?;
        // Not before the body is here: whoever sends slowly takes no place from those who are ready.
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Rejection::later("The server is busy."))?;
        let Params { query, operation_name, variables, .. } = request::parse(&body)?;

        let asker = user.map_or(Asker::At(address), Asker::User);
        let found = self.documents.find(&query, asker)?;
        guard::check_variables(&variables, &self.limits)?;
        let document = &found.document;
        document.allow_variables(body.len().saturating_sub(query.len()))?;
        if document.introspects() && !self.introspection {
            return Err(invalid("This server does not tell its schema."));
        }
        let operation = document.operation(operation_name.as_deref().filter(|name| !name.is_empty()))?;
        note.operation = operation.name.filter(|name| name.len() <= LOGGED_NAME).map(str::to_owned);

        if !found.ran_before {
            values::check_literals(self.api.model(), document.parsed()).map_err(unfit)?;
        }
        values::check_variables(self.api.model(), operation.definition, &variables).map_err(unfit)?;
        let fit = if found.ran_before { Fit::Known } else { Fit::Unknown };
        let prepared = prepare(document, &operation, variables, data);
        let mut outcome = match operation.kind {
            OperationType::Query => self.api.execute(prepared, fit).await,
            OperationType::Mutation => {
                note.writing = true;
                self.write(prepared, fit, place).await.ok_or_else(|| Rejection::internal(id))?
            }
            OperationType::Subscription => {
                return Err(invalid("Subscriptions are not answered over HTTP POST."));
            }
        };
        outcome::settle(&mut outcome, document, id);
        if outcome::is_refused(&outcome) {
            return Err(Rejection::with(StatusCode::BAD_REQUEST, outcome.errors));
        }
        self.documents.keep(found, asker);
        Ok(outcome)
    }

    /// `None` after a panic, which the hook has logged. Keeps its place until the write is done.
    async fn write(
        &self,
        request: async_graphql::Request,
        fit: Fit,
        place: OwnedSemaphorePermit,
    ) -> Option<Outcome> {
        let api = Arc::clone(&self.api);
        let write = async move {
            let outcome = api.execute(request, fit).await;
            drop(place);
            outcome
        };
        self.mutations.spawn(write.in_current_span()).await.ok()
    }
}

fn invalid(message: &'static str) -> Rejection {
    Rejection::bad_query(ErrorCode::GraphqlValidationFailed, message)
}

fn unfit(errors: Vec<ServerError>) -> Rejection {
    Rejection::with(StatusCode::BAD_REQUEST, errors)
}

fn prepare(
    document: &Document,
    operation: &Operation<'_>,
    variables: Variables,
    data: Data,
) -> async_graphql::Request {
    // The engine has no use for the text of a document that it is given.
    let mut request = async_graphql::Request::new(String::new()).variables(variables);
    request.operation_name = operation.name.map(str::to_owned);
    request.set_parsed_query(document.parsed().clone());
    request.data = data;
    request
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::testing::{App, post};
    use crate::proxies::TrustedProxies;

    #[tokio::test]
    async fn a_document_is_remembered_once_it_ran_and_not_before() {
        let options = Options {
            concurrent_requests: 1,
            deadline: Duration::from_secs(10),
            introspection: true,
            queries: QueryLimits::default(),
            origins: Vec::new(),
            proxies: TrustedProxies::default(),
        };
        let endpoint = Arc::new(Endpoint::new(App::new().api, &options, TaskTracker::new()));
        for (query, is_kept) in [("{hello}", true), ("mutation{hello}", true), ("{nothing}", false)] {
            let request = post(&json!({ "query": query }).to_string());
            answer(State(Arc::clone(&endpoint)), request).await;
            let asker = Asker::At(std::net::Ipv4Addr::LOCALHOST.into());
            assert_eq!(endpoint.documents.find(query, asker).expect(query).ran_before, is_kept, "{query}");
        }
    }
}
