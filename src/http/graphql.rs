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
use async_graphql::{Request as Query, Response as Outcome};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tokio::time::timeout_at;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::accept::Media;
use super::api::Api;
use super::cost::{self, Budget};
use super::document::{Asked, Asker, Documents, Untrusted};
use super::peer::Clients;
use super::rejection::Rejection;
use super::request::{self, Params};
use super::request_id::RequestId;
use super::response::{self, Answered};
use super::session::Session;
use super::{Options, access, batch, compression, get, guard, identity, outcome, prepare, values};
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
    budget: Option<Budget>,
    clients: Clients,
    places: Arc<Semaphore>,
    deadline: Duration,
    introspection: bool,
    get_queries: bool,
    max_batch: usize,
    limits: QueryLimits,
    mutations: TaskTracker,
}

/// What is known of a request by the time that it ends, however it ends.
#[derive(Default)]
struct Note {
    operation: Option<String>,
    /// A mutation has begun: what it answers may hold tokens.
    writing: bool,
}

/// Answers one request and logs one line about it.
pub(super) async fn answer<A: Api>(State(endpoint): State<Arc<Endpoint<A>>>, request: Request) -> Response {
    let started = Instant::now();
    let accepted = Media::accepted(request.headers());
    let media = accepted.unwrap_or(Media::Json);
    let method = request.method().clone();
    let id = request.extensions().get().cloned().unwrap_or_else(|| RequestId::of(request.headers()));
    let mut note = Note::default();
    let mut response = if method == Method::OPTIONS {
        response::options(request::methods(endpoint.get_queries))
    } else {
        let answer = endpoint.run(request, accepted, started + endpoint.deadline, &id, &mut note);
        let answered = AssertUnwindSafe(answer).catch_unwind().await;
        // The hook has logged the panic.
        response::write(media, answered.unwrap_or_else(|_| Err(Rejection::internal(&id))))
    };
    // What no mutation has begun for holds no token.
    if !note.writing {
        compression::allow(&mut response);
    }
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
    pub(super) fn new(api: Arc<A>, options: &Options, mutations: TaskTracker) -> Result<Self, Untrusted> {
        let documents = Documents::new(options, &*api)?;
        Ok(Self {
            api,
            documents,
            budget: Budget::of(options.queries.cost_per_minute),
            clients: Clients::behind(options.proxies.clone()),
            places: Arc::new(Semaphore::new(options.concurrent_requests)),
            deadline: options.deadline,
            introspection: options.introspection,
            get_queries: options.get_queries,
            max_batch: options.max_batch,
            limits: options.queries,
            mutations,
        })
    }

    /// What came of the request, or why nothing was begun.
    async fn run(
        &self,
        request: Request,
        accepted: Option<Media>,
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
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Rejection::later("The server is busy."))?;
        let asker = admitted.user.map_or(Asker::At(address), Asker::User);
        let is_safe = request::is_safe(&parts.method);
        let mut session = Session {
            caller: admitted.caller,
            asker,
            is_safe,
            place: Arc::new(place),
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
        self.answer_one(params, &mut session, note).await.map(Answered::One)
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

    /// What came of the operation, or why there was none.
    async fn answer_one(
        &self,
        params: Params,
        session: &mut Session<'_, A>,
        note: &mut Note,
    ) -> Result<Outcome, Rejection> {
        let found = self.documents.find(Asked::of(&params)?, session.asker)?;
        let Params { query, operation_name, variables, extensions, .. } = params;
        guard::check_variables(&variables, &self.limits)?;
        let document = &found.document;
        document.allow_variables(session.size.saturating_sub(query.map_or(0, |query| query.len())))?;
        if document.introspects() && !self.introspection {
            return Err(invalid("This server does not tell its schema."));
        }
        let operation = document.operation(operation_name.as_deref().filter(|name| !name.is_empty()))?;
        note.operation = operation.name.filter(|name| name.len() <= LOGGED_NAME).map(str::to_owned);

        if session.is_safe && operation.kind == OperationType::Mutation {
            return Err(Rejection::method("POST", "Mutations are answered over POST only."));
        }
        if matches!(session.asker, Asker::At(_))
            && access::needs_user(self.api.model(), document.parsed(), operation.definition)
        {
            return Err(Rejection::stranger());
        }
        session.try_once(document, &operation)?;
        if !found.is_known {
            values::check_literals(self.api.model(), document.parsed()).map_err(Rejection::unfit)?;
        }
        values::check_variables(self.api.model(), operation.definition, &variables)
            .map_err(Rejection::unfit)?;
        let cost = document.cost(&operation, &variables);
        guard::allow("points of cost", session.spent.saturating_add(cost.0), self.limits.max_cost)?;
        if let (Some(budget), Asker::User(user)) = (&self.budget, session.asker) {
            budget.spend(user, cost).map_err(Rejection::over_budget)?;
        }
        session.spent += cost.0;
        let is_known = found.is_known && !prepare::gives_null(&operation, &variables);
        let fit = if is_known { Fit::Known } else { Fit::Unknown };
        let prepared = prepare::prepare(document, &operation, variables);
        let mut outcome = match operation.kind {
            OperationType::Query => {
                by(session.deadline, self.api.execute(&session.caller, prepared, fit)).await?
            }
            OperationType::Mutation => {
                note.writing = true;
                self.write(prepared, fit, session).await?
            }
            OperationType::Subscription => {
                return Err(invalid("Subscriptions are not answered here."));
            }
        };
        outcome::settle(&mut outcome, document, session.id);
        if outcome::is_refused(&outcome) {
            return Err(Rejection::unfit(outcome.errors));
        }
        if cost::is_asked_for(extensions.as_ref()) {
            outcome.extensions.insert(cost::EXTENSION.to_owned(), cost.tell(self.limits.max_cost));
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
fn by<T>(deadline: Instant, work: impl Future<Output = T>) -> impl Future<Output = Result<T, Rejection>> {
    let in_time = timeout_at(deadline.into(), work);
    in_time.map(|done| done.map_err(|_| Rejection::later("The request took too long.")))
}

fn invalid(message: &'static str) -> Rejection {
    Rejection::bad_query(ErrorCode::GraphqlValidationFailed, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::testing::{App, post};

    #[tokio::test]
    async fn a_document_is_remembered_once_it_ran_and_not_before() {
        let options = Options::default();
        let endpoint = Arc::new(Endpoint::new(App::new().api, &options, TaskTracker::new()).expect("fine"));
        for (query, is_kept) in [("{hello}", true), ("mutation{hello}", true), ("{nothing}", false)] {
            let request = post(&json!({ "query": query }).to_string());
            answer(State(Arc::clone(&endpoint)), request).await;
            let asker = Asker::At(std::net::Ipv4Addr::LOCALHOST.into());
            let found = endpoint.documents.find(Asked::Text(query, None), asker).expect(query);
            assert_eq!(found.is_known, is_kept, "{query}");
        }
    }
}
