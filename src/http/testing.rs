//! A small API behind the real HTTP layer, and a client for it without a socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_graphql::{
    EmptySubscription, ErrorExtensionValues, Object, Request as Query, Response as Outcome, Schema,
};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::peer::Peer;
use super::{Admitted, Api, NotAdmitted, Options, Routes, routes};
use crate::auth::SigningKey;
use crate::auth::{Issuer, Recipient, TokenRules, Verifier};
use crate::deadline::in_time;
use crate::graphql::model::Model;
use crate::graphql::{Carrier, Client, Engine, Fault, Fit};
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

fn fault() -> async_graphql::Error {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", "INTERNAL");
    let message = "Something went wrong.".to_owned();
    let source = Arc::new(Fault::new("the disk is gone"));
    async_graphql::Error { message, source: Some(source), extensions: Some(extensions) }
}

#[Object]
impl Reads {
    async fn hello(&self, #[graphql(default)] times: i32) -> i32 {
        times
    }

    async fn at_most(&self, #[graphql(validator(maximum = 3))] number: i32) -> i32 {
        number
    }

    async fn who(&self, ctx: &async_graphql::Context<'_>) -> Option<String> {
        ctx.data_opt::<Caller>()?.0.map(|user| user.to_string())
    }

    async fn deeper(&self) -> Reads {
        Reads(self.0.clone())
    }

    async fn wait(&self) -> bool {
        self.0.play().await
    }

    async fn panics(&self) -> bool {
        fall_over()
    }

    async fn fails(&self) -> Option<async_graphql::Result<bool>> {
        Some(Err(fault()))
    }
}

#[Object]
impl Writes {
    async fn hello(&self) -> bool {
        true
    }

    async fn wait(&self) -> async_graphql::Result<bool> {
        in_time(self.0.play()).await.map_err(|time_up| Failure::from(time_up).into())
    }

    /// What no deadline ends, as if it were committing.
    async fn insist(&self) -> bool {
        self.0.play().await
    }

    async fn panics(&self) -> bool {
        fall_over()
    }
}

pub(super) struct TinyApi {
    engine: Engine<Reads, Writes>,
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

    fn model(&self) -> &Model {
        self.engine.model()
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
    pub(super) mutations: TaskTracker,
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
        let engine =
            Engine::new(|| Schema::build(Reads(stage.clone()), Writes(stage.clone()), EmptySubscription))
                .expect("a schema");
        let api = Arc::new(TinyApi { engine, verifier: issuer.verifier(), is_ready });
        let mutations = TaskTracker::new();
        let routes = routes(Arc::clone(&api), &options, mutations.clone());
        Self { routes, api, stage, mutations, token, user }
    }

    /// Sends a request as it came over a connection.
    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let peer = Peer("192.0.2.1".parse().expect("an address"));
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

/// A GraphQL request with this body.
pub(super) fn post(body: &str) -> Request<Body> {
    with_headers(&[("content-type", "application/json")], body.to_owned())
}

pub(super) fn with_headers(headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let request = headers
        .iter()
        .fold(Request::post("/graphql"), |request, (name, value)| request.header(*name, *value));
    request.body(body.into()).expect("a request")
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: axum::http::HeaderMap,
    pub(super) text: String,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        Self { status: parts.status, headers: parts.headers, text }
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect(&self.text)
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// Code and message of the only error.
    pub(super) fn error(&self) -> (String, String) {
        let json = self.json();
        let [error] = json["errors"].as_array().expect("errors").as_slice() else { panic!("{}", self.text) };
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        (text(&error["extensions"]["code"]), text(&error["message"]))
    }
}
