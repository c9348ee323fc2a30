//! A small API behind the real HTTP layer, and a client for it without a socket.

mod client;
mod schema;
mod socket;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request as Query, Response as Outcome, Schema, ServerError};
use axum::body::Body;
use axum::http::Request;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};

pub(super) use client::{Answer, digest, post, with_headers};
use schema::{Caller, Reads, Stage, Streams, Writes};
pub(super) use socket::Socket;

use super::peer::Peer;
use super::{Admitted, Api, NotAdmitted, Options, Routes, Work, routes};
use crate::auth::SigningKey;
use crate::auth::{Issuer, Recipient, TokenRules, Verifier};
use crate::graphql::model::Model;
use crate::graphql::{Carrier, Client, Engine, Fit, Thread};
use crate::id::UserId;
use crate::secret::Secret;
use crate::time::Clock;

pub(super) struct TinyApi {
    engine: Engine<Reads, Writes, Streams>,
    /// Ends the proof of all callers.
    pub(super) refused: Arc<Notify>,
    verifier: Verifier,
    is_ready: bool,
}

impl Api for TinyApi {
    type Caller = Caller;

    async fn admit(
        &self,
        bearer: Option<&str>,
        _: Client,
        _: Carrier,
    ) -> Result<Admitted<Caller>, NotAdmitted> {
        let user = bearer.map(|bearer| self.verifier.verify(bearer, Clock.now())).transpose();
        let user = user.map_err(NotAdmitted::Token)?;
        let user = user.and_then(|claims| claims.user_id());
        Ok(Admitted { user, caller: Caller(user) })
    }

    fn execute(&self, caller: &Caller, request: Query, fit: Fit) -> impl Future<Output = Outcome> + Send {
        self.engine.execute(request.data(caller.clone()), fit)
    }

    fn subscribe(
        &self,
        caller: &Caller,
        request: Query,
        fit: Fit,
        thread: Thread,
    ) -> BoxStream<'static, Outcome> {
        self.engine.subscribe(request.data(caller.clone()).data(thread), fit)
    }

    fn again(&self, caller: &Caller) -> Caller {
        caller.clone()
    }

    fn until_refused(&self, caller: &Caller) -> BoxFuture<'static, ()> {
        let (is_somebody, refused) = (caller.0.is_some(), Arc::clone(&self.refused));
        Box::pin(async move {
            if !is_somebody {
                std::future::pending::<()>().await;
            }
            refused.notified().await;
        })
    }

    fn model(&self) -> &Arc<Model> {
        self.engine.model()
    }

    fn check(&self, document: &ExecutableDocument) -> Vec<ServerError> {
        self.engine.check(document)
    }

    async fn is_ready(&self) -> bool {
        self.is_ready
    }

    fn keys(&self) -> Value {
        json!({ "keys": [] })
    }
}

/// A server without a socket.
pub(super) struct App {
    pub(super) routes: Routes,
    pub(super) api: Arc<TinyApi>,
    pub(super) stage: Stage,
    pub(super) work: Work,
    /// A token of [`App::user`]'s.
    pub(super) token: String,
    pub(super) user: UserId,
}

impl App {
    pub(super) fn new() -> Self {
        Self::with(|_| {}, true)
    }

    pub(super) fn with(change: impl FnOnce(&mut Options), is_ready: bool) -> Self {
        let mut options = Options::default();
        change(&mut options);
        let key =
            SigningKey::hs256(&Secret::from("0123456789abcdef0123456789abcdef".to_owned())).expect("a key");
        let rules = TokenRules {
            issuer: "taskward".to_owned(),
            audience: "taskward".to_owned(),
            lifetime: Duration::from_hours(1),
        };
        let issuer = Issuer::new(key, rules);
        let user = UserId::from(uuid::uuid!("0188bac7-4afa-78aa-bc3b-bd1eef28d881"));
        let ada = Recipient { user, email: "ada@example.com", sign_in: None, epoch: 0 };
        let token = issuer.issue(&ada, Clock.now()).expect("signed").text.expose().to_owned();
        let stage = Stage { go: Arc::new(Semaphore::new(0)), begun: Arc::default(), ended: Arc::default() };
        let engine = Engine::new(|| {
            Schema::build(Reads(stage.clone()), Writes(stage.clone()), Streams(stage.clone()))
        })
        .expect("a schema");
        let api =
            Arc::new(TinyApi { engine, refused: Arc::default(), verifier: issuer.verifier(), is_ready });
        let work = Work::default();
        let routes = routes(Arc::clone(&api), &options, work.clone()).expect("options that fit");
        Self { routes, api, stage, work, token, user }
    }

    /// Sends a request as it came over a connection.
    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        self.send_over(false, request).await
    }

    /// The same, over a connection with TLS or without.
    pub(super) async fn send_over(&self, is_encrypted: bool, request: Request<Body>) -> Answer {
        let peer = Peer { address: "192.0.2.1".parse().expect("an address"), is_encrypted };
        Answer::of(self.routes.answer(request, peer).await).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    /// Asks the API something.
    pub(super) async fn ask(&self, query: &str) -> Answer {
        self.send(post(&json!({ "query": query }).to_string())).await
    }
}
