//! One operation: made ready, and carried out on somebody's behalf.
//!
//! A query is dropped when its caller goes away and when its time is up, and its SQL ends with it. A mutation runs in a task
//! of its own, so that one whose caller went away is still carried out; when its time is up, whatever it waits for ends
//! ([`deadline`]), but for a commit that has begun. A [`TaskTracker`](tokio_util::task::TaskTracker) lets the end of the
//! server wait for mutations. A subscription goes on until its caller goes away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::parser::types::{OperationDefinition, OperationType};
use async_graphql::{Request as Query, Response as Outcome, ServerError};
use futures_util::stream::{BoxStream, unfold};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::timeout_at;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::api::Api;
use super::cost::{self, Cost};
use super::document::{Asked, Asker, Document, Found};
use super::graphql::{Endpoint, Note};
use super::rejection::Rejection;
use super::request::Params;
use super::response::Body;
use super::session::Session;
use super::transit::Written;
use super::{access, guard, outcome, prepare, roots, values};
use crate::deadline;
use crate::graphql::{ErrorCode, Fit, Thread};

/// How long past its time a mutation is waited for: longer than a commit that has begun is waited for.
const OVERTIME: Duration = Duration::from_secs(10);
/// Longest name of an operation that the log shows, in bytes.
const LOGGED_NAME: usize = 64;

/// An event of a subscription may cost this part of what an operation may: there may be very many.
const EVENTS: u64 = 10;

/// An operation that may run.
pub(super) struct Ready {
    found: Found,
    kind: OperationType,
    query: Query,
    fit: Fit,
    cost: Cost,
    tells_cost: bool,
}

/// What came of one event of a subscription.
pub(super) enum Event {
    /// What is told of it, and what it is known by, to whoever comes back after it.
    Told(Written, Option<String>),
    /// It did not come whole, and was the last: whoever read on behind it would miss what it should have told.
    Failed(Vec<ServerError>),
}

impl Ready {
    pub(super) fn kind(&self) -> OperationType {
        self.kind
    }
}

impl<A: Api> Endpoint<A> {
    /// Finds the operation that is asked for, and judges it.
    pub(super) fn make_ready(
        &self,
        params: Params,
        session: &mut Session<'_, A>,
        note: &mut Note,
    ) -> Result<Ready, Rejection> {
        let mut found = self.documents.find(Asked::of(&params)?, session.asker)?;
        let Params { query, operation_name, variables, extensions, .. } = params;
        guard::check_variables(&variables, &self.limits)?;
        let document = Arc::clone(&found.document);
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
        session.try_once(&document, &operation)?;
        if !found.is_known {
            values::check_literals(self.api.model(), document.parsed()).map_err(Rejection::unfit)?;
        }
        if operation.kind == OperationType::Subscription {
            check_root(&document, operation.definition)?;
            // What comes of it comes later; now is the time to tell what is wrong with it.
            if !found.is_known {
                let errors = self.api.check(document.parsed());
                if !errors.is_empty() {
                    return Err(Rejection::unfit(outcome::coded(errors, &document)));
                }
                found.is_known = true;
            }
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
        let (kind, tells_cost) = (operation.kind, cost::is_asked_for(extensions.as_ref()));
        let query = prepare::prepare(&document, &operation, variables);
        Ok(Ready { found, kind, query, fit, cost, tells_cost })
    }

    /// What comes of a query or a mutation, or why there was none.
    pub(super) async fn carry_out(
        &self,
        ready: Ready,
        session: &Session<'_, A>,
        note: &mut Note,
    ) -> Result<Outcome, Rejection> {
        let Ready { found, kind, query, fit, cost, tells_cost } = ready;
        let mut outcome = match kind {
            OperationType::Query => {
                by(session.deadline, self.api.execute(&session.caller, query, fit)).await?
            }
            OperationType::Mutation => {
                note.writing = true;
                self.write(query, fit, session).await?
            }
            OperationType::Subscription => {
                return Err(invalid(
                    "Subscriptions are answered over a WebSocket, and to whoever accepts text/event-stream.",
                ));
            }
        };
        outcome::settle(&mut outcome, &found.document, session.id);
        if outcome::is_refused(&outcome) {
            return Err(Rejection::unfit(outcome.errors));
        }
        if tells_cost {
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
        let written = self.work.mutations.spawn(write.in_current_span()).await;
        // The hook has logged the panic.
        written.unwrap_or_else(|_| Err(Rejection::internal(session.id)))
    }

    /// What comes of the events of a subscription. It holds a place among the subscriptions while it lives.
    ///
    /// A task of its own makes the events, so that none that is half made holds up others while its reader takes their
    /// time.
    pub(super) fn follow(
        &self,
        ready: Ready,
        session: &Session<'_, A>,
        thread: Thread,
    ) -> Result<BoxStream<'static, Event>, Rejection> {
        let place = self.subscriptions.take(session.asker);
        let place =
            place.ok_or_else(|| Rejection::later("There are as many subscriptions as there may be."))?;
        let Ready { found, query, fit, cost, .. } = ready;
        guard::allow("points of cost", cost.0, self.limits.max_cost / EVENTS)?;
        let (document, id, asker) = (Arc::clone(&found.document), session.id.clone(), session.asker);
        self.documents.keep(found, asker);
        let mut outcomes = self.api.subscribe(&session.caller, query, fit, thread.clone());
        let (events, told) = mpsc::channel(1);
        let (budget, room) = (self.budget.clone(), self.room.clone());
        let make = async move {
            let _place = place;
            // Not before there is a place for it: of a reader who takes their time no more than one waits.
            while let Ok(slot) = events.reserve().await {
                let Some(mut outcome) = outcomes.next().await else { return };
                // Only for the moment: a span that lasts takes memory for as long.
                let span = tracing::error_span!("subscription", id = id.as_str());
                span.in_scope(|| outcome::settle(&mut outcome, &document, &id));
                let spent = match (&budget, asker) {
                    (Some(budget), Asker::User(user)) => budget.spend(user, cost),
                    _ => Ok(()),
                };
                let event = match spent {
                    Err(wait) => Err(Rejection::over_budget(wait).errors().to_vec()),
                    Ok(()) if !outcome.errors.is_empty() => Err(outcome.errors),
                    Ok(()) => room.write(&Body::of(&outcome)).map_err(|full| full.errors().to_vec()),
                };
                let is_last = event.is_err();
                let event = event.map_or_else(Event::Failed, |written| Event::Told(written, thread.told()));
                // On the heap: a channel has many places, however few are used.
                slot.send(Box::new(event));
                if is_last {
                    return;
                }
            }
        };
        let making = AbortOnDropHandle::new(tokio::spawn(make));
        let id = session.id.clone();
        let told = unfold(Some((told, making)), move |state| {
            let id = id.clone();
            async move {
                let (mut told, making) = state?;
                match told.recv().await {
                    Some(event) => Some((*event, Some((told, making)))),
                    // The hook has logged the panic.
                    None => making
                        .await
                        .err()
                        .map(|_| (Event::Failed(Rejection::internal(&id).errors().to_vec()), None)),
                }
            }
        });
        Ok(told.boxed())
    }
}

/// A subscription has one field at its root (GraphQL specification, section 5.2.4.1).
fn check_root(document: &Document, definition: &OperationDefinition) -> Result<(), Rejection> {
    let fields = roots::all(document.parsed(), &definition.selection_set.node);
    let mut keys = fields.iter().map(|field| &field.node.response_key().node);
    let first = keys.next();
    let is_of_schema = fields.iter().any(|field| field.node.name.node.starts_with("__"));
    if keys.any(|key| Some(key) != first) || is_of_schema {
        return Err(invalid("A subscription asks for one field, and not for the schema."));
    }
    Ok(())
}

/// What the work comes to before the deadline; it is dropped then.
pub(super) fn by<T>(
    deadline: Instant,
    work: impl Future<Output = T>,
) -> impl Future<Output = Result<T, Rejection>> {
    let in_time = timeout_at(deadline.into(), work);
    in_time.map(|done| done.map_err(|_| Rejection::later("The request took too long.")))
}

fn invalid(message: &'static str) -> Rejection {
    Rejection::bad_query(ErrorCode::GraphqlValidationFailed, message)
}
