//! A whole server without a socket: the real schema and a SQLite of its own.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use crate::auth::{
    Algorithm, ClaimPath, ClaimPaths, HashParams, Issuer, KeyRing, KeySource, OtherIssuer, OtherIssuers,
    OtherRules, PasswordPolicy, Passwords, TokenRules, Verifiers,
};
use crate::graphql;
use crate::http::{self, Options, Routes, Taskward, Work};
use crate::secret::Secret;
use crate::service::{Readings, Services};
use crate::store::{Database, Migrate, RefreshRules, Store};
use crate::throttle::Throttle;
use crate::time::Clock;

/// Signs the server's own tokens.
pub(super) const OWN_SECRET: &str = "the secret that signs the tokens of a fuzzed server";
/// `iss` and `aud` of the server's own tokens.
pub(super) const OWN: &str = "taskward";
/// Signs the tokens of the one other issuer.
pub(super) const OTHER_SECRET: &str = "the secret that it shares with another issuer of tokens";
/// `iss` of the other issuer's tokens.
pub(super) const OTHER: &str = "https://other.example";

const PASSWORD: &str = "gravel otter marmalade";

/// A server, and somebody who has an account there.
pub struct Server {
    runtime: Runtime,
    routes: Routes,
    somebody: Mutex<Arc<Somebody>>,
}

/// Who is signed in.
pub(super) struct Somebody {
    pub(super) token: String,
    /// What nobody else may learn: it stands in their email address and in a task of theirs, and in no input.
    pub(super) secret: String,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Server {
    /// A server with an empty database in this folder.
    pub fn start(folder: &Path) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let routes = runtime.block_on(routes(folder));
        let nobody = Somebody { token: String::new(), secret: String::new() };
        let server = Self { runtime, routes, somebody: Mutex::new(Arc::new(nobody)) };
        server.renew();
        server
    }

    /// Who is signed in at the moment.
    pub(super) fn somebody(&self) -> Arc<Somebody> {
        Arc::clone(&self.somebody.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Registers somebody new, for when inputs have ended the sign-in of whoever it was.
    pub(super) fn renew(&self) {
        let secret = Uuid::new_v4().simple().to_string();
        let register = "mutation($i:RegisterInput!){register(input:$i){accessToken}}";
        let input = json!({ "email": format!("{secret}@example.com"), "password": PASSWORD });
        let answer = self.ask(None, register, &json!({ "i": input }));
        let token = answer["data"]["register"]["accessToken"].as_str().expect("a token").to_owned();
        let create = "mutation($i:CreateTaskInput!){createTask(input:$i){task{id}}}";
        let answer = self.ask(Some(&token), create, &json!({ "i": { "title": secret } }));
        assert!(answer["errors"].is_null(), "{answer}");
        *self.somebody.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Somebody { token, secret });
    }

    fn ask(&self, token: Option<&str>, query: &str, variables: &Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request = Request::post("/graphql").header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = self.send(request.body(Body::from(body)).expect("a request"));
        serde_json::from_str(&answer.text).expect("JSON")
    }

    /// Sends any request.
    pub(super) fn send(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let (parts, body) = self.routes.answer_from_nowhere(request).await.into_parts();
            let bytes = body.collect().await.expect("a body").to_bytes();
            let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
            Answer { status: parts.status, headers: parts.headers, text }
        })
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(HeaderValue::to_str).transpose().expect("text").unwrap_or_default()
    }
}

async fn routes(folder: &Path) -> Routes {
    let database = Database {
        url: Secret::from(format!("sqlite://{}/taskward.db", folder.display())),
        connections: 1,
        wait: Duration::ZERO,
        statement: Duration::from_secs(30),
        token_life: Duration::from_hours(1),
    };
    let store = Store::open(&database, Migrate::Run).await.expect("the database opens");
    let keys = KeyRing::hs256(&Secret::from(OWN_SECRET.to_owned()), &[]).expect("a key");
    let rules =
        TokenRules { issuer: OWN.to_owned(), audience: OWN.to_owned(), lifetime: Duration::from_hours(1) };
    let issuer = Arc::new(Issuer::new(keys.clone(), rules));
    let cheap = HashParams::new(8, 1, 1, None).expect("argon2's least");
    let services = Services {
        readings: Readings::default(),
        changes_retention: Duration::from_hours(24 * 30),
        store,
        passwords: Passwords::new(cheap, 1, 10).expect("valid parameters"),
        password_policy: PasswordPolicy { min_length: 12 },
        issuer: Arc::clone(&issuer),
        refresh: Some(RefreshRules {
            idle: Duration::from_hours(1),
            lifetime: Duration::from_hours(1),
            grace: Duration::from_secs(10),
        }),
        throttle: Throttle::off(),
        clock: Clock,
    };
    let other = OtherIssuer::new(other_rules()).expect("usable");
    let api = Taskward {
        engine: graphql::engine(true).expect("the schema can be read"),
        services: Arc::new(services),
        verifiers: Verifiers::new(issuer.verifier(), OtherIssuers::new(vec![other])),
        keys,
    };
    http::routes(Arc::new(api), &Options::default(), Work::default()).expect("no document that does not fit")
}

fn other_rules() -> OtherRules {
    let path = |name| ClaimPath::parse(name).expect("a path");
    OtherRules {
        issuer: OTHER.to_owned(),
        audience: OWN.to_owned(),
        algorithms: vec![Algorithm::Hs256],
        claims: ClaimPaths { id: path("sub"), email: path("email"), name: path("name") },
        keys: KeySource::Secrets(vec![Secret::from(OTHER_SECRET.to_owned())]),
    }
}
