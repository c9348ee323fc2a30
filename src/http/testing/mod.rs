//! A small API behind the real HTTP layer, and a client for it without a socket.

mod client;
mod socket;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{
    Object, Request as Query, Response as Outcome, Schema, ServerError, Subscription, TypeDirective,
};
use axum::body::Body;
use axum::http::Request;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, Empty, Stream, StreamExt};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};

pub(super) use client::{Answer, digest, post, with_headers};
pub(super) use socket::Socket;

use super::peer::Peer;
use super::{Admitted, Api, NotAdmitted, Options, Routes, Work, routes};
use crate::auth::SigningKey;
use crate::auth::{Issuer, Recipient, TokenRules, Verifier};
use crate::deadline::in_time;
use crate::graphql::model::Model;
use crate::graphql::{Carrier, Client, Engine, Fault, Fit, Thread};
use crate::id::UserId;
use crate::secret::Secret;
use crate::service::Failure;
use crate::time::Clock;

/// What resolvers are told of the caller.
#[derive(Clone)]
pub(super) struct Caller(Option<UserId>);

/// What tests let happen in resolvers, and see happen.
#[derive(Clone)]
pub(super) struct Stage {
    /// `wait` fields go on when there is one of these for them.
    pub(super) go: Arc<Semaphore>,
    pub(super) begun: Arc<AtomicUsize>,
    pub(super) ended: Arc<AtomicUsize>,
}

impl Stage {
    async fn play(&self) -> bool {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.go.acquire().await.expect("open").forget();
        self.ended.fetch_add(1, Ordering::SeqCst);
        true
    }

    pub(super) async fn until_begun(&self, times: usize) {
        until(&self.begun, times).await;
    }

    pub(super) async fn until_ended(&self, times: usize) {
        until(&self.ended, times).await;
    }
}

async fn until(counter: &AtomicUsize, times: usize) {
    let reached = async {
        while counter.load(Ordering::SeqCst) < times {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reached).await.expect("it happens");
}

pub(super) struct Reads(Stage);
pub(super) struct Writes(Stage);

fn fall_over() -> bool {
    panic!("the resolver fell over")
}

/// Answered without a signed-in user.
#[TypeDirective(location = "FieldDefinition")]
fn public() {}

#[Object]
impl Reads {
    /// For nobody but a user.
    async fn secret(&self) -> i32 {
        7
    }

    #[graphql(directive = public::apply())]
    async fn hello(&self, #[graphql(default)] times: i32) -> i32 {
        times
    }

    #[graphql(directive = public::apply())]
    async fn at_most(&self, #[graphql(validator(maximum = 3))] number: i32) -> i32 {
        number
    }

    #[graphql(directive = public::apply())]
    async fn long(&self, length: usize) -> String {
        "long ".repeat(length / 5)
    }

    #[graphql(directive = public::apply())]
    async fn who(&self, ctx: &async_graphql::Context<'_>) -> Option<String> {
        ctx.data_opt::<Caller>()?.0.map(|user| user.to_string())
    }

    #[graphql(directive = public::apply())]
    async fn deeper(&self) -> Reads {
        Reads(self.0.clone())
    }

    #[graphql(directive = public::apply())]
    async fn wait(&self) -> bool {
        self.0.play().await
    }

    #[graphql(directive = public::apply())]
    async fn panics(&self) -> bool {
        fall_over()
    }

    #[graphql(directive = public::apply())]
    async fn fails(&self) -> Option<async_graphql::Result<bool>> {
        Some(Err(Failure::Broken(Fault::new("the disk is gone")).into()))
    }
}

#[Object]
impl Writes {
    #[graphql(directive = public::apply())]
    async fn count(&self) -> Reads {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        Reads(self.0.clone())
    }

    /// For nobody but a user.
    async fn secret(&self) -> i32 {
        7
    }

    #[graphql(directive = public::apply())]
    async fn hello(&self) -> bool {
        true
    }

    #[graphql(directive = public::apply())]
    async fn long(&self, length: usize) -> String {
        "long ".repeat(length / 5)
    }

    #[graphql(directive = public::apply())]
    async fn wait(&self) -> async_graphql::Result<bool> {
        in_time(self.0.play()).await.map_err(|time_up| Failure::from(time_up).into())
    }

    /// What no deadline ends, as if it were committing.
    #[graphql(directive = public::apply())]
    async fn insist(&self) -> bool {
        self.0.play().await
    }

    #[graphql(directive = public::apply())]
    async fn panics(&self) -> bool {
        fall_over()
    }
}

/// What comes by and by.
pub(super) struct Streams(Stage);

#[Subscription]
impl Streams {
    /// Numbers from 0 up to this one, for everybody.
    #[graphql(directive = public::apply())]
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        futures_util::stream::iter(0..to)
    }

    /// Goes on when it may.
    #[graphql(directive = public::apply())]
    async fn wait(&self) -> impl Stream<Item = bool> {
        let stage = self.0.clone();
        futures_util::stream::repeat(stage).then(|stage| async move { stage.play().await })
    }

    /// For nobody but a user.
    async fn secret(&self) -> impl Stream<Item = i32> {
        futures_util::stream::iter([7])
    }

    #[graphql(directive = public::apply())]
    async fn fails(&self) -> Result<Empty<i32>, Failure> {
        tokio::task::yield_now().await;
        Err(Failure::Broken(Fault::new("the disk is gone")))
    }

    /// Ends when the server does, as those do that have something to finish.
    #[graphql(directive = public::apply())]
    async fn until_closing(&self, ctx: &async_graphql::Context<'_>) -> impl Stream<Item = i32> + use<> {
        let closing = ctx.data_opt::<Thread>().cloned().unwrap_or_default().closing();
        futures_util::stream::once(async move {
            closing.cancelled().await;
            7
        })
    }
}

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
