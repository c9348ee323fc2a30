//! The floor: a hand-written route for each thing that is asked, and nothing that they do not need.
//!
//! The token check, the statements, the driver and its settings, the forms of ids, instants and cursors are Taskward's.
//! What it does without is GraphQL, layers, limits, deadlines, request ids and a log.

mod sql;
mod wire;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use serde::Deserialize;
use taskward::auth::{Issuer, SigningKey, TokenRules, Verifier};
use taskward::field::Title;
use taskward::id::UserId;
use taskward::time::Clock;
use tokio::net::TcpListener;

use crate::options::Seat;
use sql::Pools;

/// Connections to the database: Taskward's default.
pub const CONNECTIONS: u32 = 8;

struct Floor {
    verifier: Verifier,
    pools: Pools,
}

#[derive(Deserialize)]
struct Paging {
    first: u32,
}

pub async fn serve(seat: &Seat) {
    let floor = Floor { verifier: issuer(&seat.key).verifier(), pools: Pools::open(&seat.database_url) };
    let router = Router::new()
        .route("/hello", get(async || json(br#"{"data":{"hello":"world"}}"#.to_vec())))
        .route("/me", get(me))
        .route("/tasks", get(tasks).post(create_task))
        .route("/tasks-with-tags", get(tasks_with_tags))
        .with_state(Arc::new(floor));
    listen(router).await;
}

/// Serves until the process is ended; says where.
pub async fn listen(router: Router) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    crate::say(&format!("http://{}", listener.local_addr().expect("bound")));
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("a socket"));
    axum::serve(listener, router).await.expect("it serves");
}

/// What Taskward signs with.
pub fn issuer(key: &Path) -> Issuer {
    let key = SigningKey::ed25519_from_file(key).expect("Taskward has made it");
    let (issuer, audience) = ("taskward".to_owned(), "taskward".to_owned());
    Issuer::new(key, TokenRules { issuer, audience, lifetime: Duration::from_hours(1) })
}

pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Why there is no answer.
pub enum Refused {
    Token,
    Input,
    Database,
}

impl From<sqlx::Error> for Refused {
    fn from(_: sqlx::Error) -> Self {
        Self::Database
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Token => StatusCode::UNAUTHORIZED,
            Self::Input => StatusCode::BAD_REQUEST,
            Self::Database => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, json(br#"{"error":"refused"}"#.to_vec())).into_response()
    }
}

impl Floor {
    fn user(&self, headers: &HeaderMap) -> Result<UserId, Refused> {
        let token = bearer(headers).ok_or(Refused::Token)?;
        let claims = self.verifier.verify(token, Clock.now()).map_err(|_| Refused::Token)?;
        claims.user_id().ok_or(Refused::Token)
    }
}

fn json(body: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

fn written(value: &impl serde::Serialize) -> Response {
    json(serde_json::to_vec(value).expect("names are text"))
}

async fn me(State(floor): State<Arc<Floor>>, headers: HeaderMap) -> Result<Response, Refused> {
    let user = floor.user(&headers)?;
    let row = floor.pools.user(user).await?.ok_or(Refused::Token)?;
    Ok(written(&wire::User::of(&row)))
}

async fn tasks(
    State(floor): State<Arc<Floor>>,
    headers: HeaderMap,
    Query(paging): Query<Paging>,
) -> Result<Response, Refused> {
    let rows = floor.pools.tasks(floor.user(&headers)?, paging.first).await?;
    let page = wire::Page::of(&rows, paging.first, |task| wire::Task::of(task, None));
    Ok(written(&page))
}

async fn tasks_with_tags(
    State(floor): State<Arc<Floor>>,
    headers: HeaderMap,
    Query(paging): Query<Paging>,
) -> Result<Response, Refused> {
    let user = floor.user(&headers)?;
    let rows = floor.pools.tasks(user, paging.first).await?;
    let shown = &rows[..rows.len().min(wire::length(paging.first))];
    let tags = wire::by_task(floor.pools.tags(user, shown.iter().map(|task| task.0.uuid())).await?);
    let page = wire::Page::of(&rows, paging.first, |task| {
        wire::Task::of(task, Some(tags.get(&task.0).map_or(&[][..], Vec::as_slice)))
    });
    Ok(written(&page))
}

async fn create_task(
    State(floor): State<Arc<Floor>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let user = floor.user(&headers)?;
    let new: wire::NewTask = serde_json::from_slice(&body).map_err(|_| Refused::Input)?;
    let title = Title::parse(&new.title).map_err(|_| Refused::Input)?;
    let task = floor.pools.add_task(user, title.as_str(), &new).await?;
    Ok(written(&wire::Task::of(&task, None)))
}
