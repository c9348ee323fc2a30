//! A server of one test: the real routes on a real port, with a database, a key and people of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Request;
use http_body_util::Full;
use serde_json::json;
use taskward::auth::{
    HashParams, Issuer, KeyRing, LONGEST_LIFE, OtherIssuer, OtherIssuers, OtherRules, PasswordPolicy,
    Passwords, Recipient, TokenRules, Verifiers,
};
use taskward::graphql;
use taskward::http::{self, Limits, Options, Taskward, Work};
use taskward::proxies::TrustedProxies;
use taskward::secret::Secret;
use taskward::service::{Readings, Services};
use taskward::settings::QueryLimits;
use taskward::store::{Database, Migrate, RefreshRules, Store};
use taskward::throttle::Throttle;
use taskward::time::{Clock, Timestamp};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::actor::{Actor, PASSWORD};
use super::client::{self, HttpReply};
use super::postgres::TestDatabase;
use super::{sql_audit, statements};

/// Which database a case runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// What a case may want otherwise than most.
pub struct Setup {
    pub backend: Backend,
    pub throttle: Throttle,
    pub proxies: TrustedProxies,
    pub introspection: bool,
    pub queries: QueryLimits,
    pub hash_params: HashParams,
    /// Passwords worked on at once, and how many may wait for that.
    pub hashing: (usize, usize),
    pub refresh: Option<RefreshRules>,
    /// Whose tokens count beside the server's own.
    pub issuers: Vec<OtherRules>,
}

impl Setup {
    pub fn on(backend: Backend) -> Self {
        let hash_params = HashParams::new(8, 1, 1, None).expect("argon2's least");
        let throttle = Throttle::off();
        let refresh = Some(RefreshRules {
            idle: Duration::from_hours(24 * 30),
            lifetime: Duration::from_hours(24 * 90),
            grace: Duration::from_secs(10),
        });
        let proxies = TrustedProxies::default();
        let issuers = Vec::new();
        let hashing = (2, 1000);
        let queries = QueryLimits::default();
        let introspection = true;
        Self { backend, throttle, proxies, introspection, queries, hash_params, hashing, refresh, issuers }
    }
}

/// A running server.
pub struct TestApp {
    pub address: SocketAddr,
    pub backend: Backend,
    /// For whoever has to look beneath the API.
    pub database: Database,
    /// Where its private key is, for whoever wants to sign what the server would not.
    pub key_file: PathBuf,
    /// The rules, for what no field of the API asks for, and for when it is another time.
    pub services: Arc<Services>,
    issuer: Arc<Issuer>,
    stop: Option<oneshot::Sender<()>>,
    folder: Arc<TempDir>,
    postgres: Option<Arc<TestDatabase>>,
}

impl TestApp {
    /// A server with an empty database; `None` where there is no PostgreSQL.
    pub async fn start(backend: Backend) -> Option<Self> {
        Self::start_with(Setup::on(backend)).await
    }

    /// The same, set up otherwise than most.
    pub async fn start_with(setup: Setup) -> Option<Self> {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let postgres = match setup.backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(Arc::new(TestDatabase::create(false).await?)),
        };
        Some(Self::serve(setup, folder, postgres).await)
    }

    /// Another server with the same database and the same key.
    pub async fn beside(&self, setup: Setup) -> Self {
        Self::serve(setup, Arc::clone(&self.folder), self.postgres.clone()).await
    }

    async fn serve(setup: Setup, folder: Arc<TempDir>, postgres: Option<Arc<TestDatabase>>) -> Self {
        statements::record();
        let url = match &postgres {
            Some(database) => database.url.clone(),
            None => format!("sqlite://{}/taskward.db", folder.path().display()),
        };
        let database = Database {
            url: Secret::from(url),
            connections: 4,
            wait: Duration::ZERO,
            statement: Duration::from_secs(30),
            token_life: Duration::from_hours(1),
        };
        let store = Store::open(&database, Migrate::Run).await.expect("the database opens");
        let key_file = folder.path().join("key.pem");
        let keys = KeyRing::ed25519_from_file(&key_file, LONGEST_LIFE, Clock).expect("a key");
        let rules = TokenRules {
            issuer: "taskward".to_owned(),
            audience: "taskward".to_owned(),
            lifetime: Duration::from_hours(1),
        };
        let issuer = Arc::new(Issuer::new(keys.clone(), rules));
        let (at_once, waiting) = setup.hashing;
        let passwords = Passwords::new(setup.hash_params, at_once, waiting).expect("valid parameters");
        let services = Services {
            store: store.clone(),
            passwords,
            password_policy: PasswordPolicy { min_length: 12 },
            issuer: Arc::clone(&issuer),
            refresh: setup.refresh,
            readings: Readings::default(),
            changes_retention: Duration::from_hours(24 * 30),
            throttle: setup.throttle,
            clock: Clock,
        };
        let services = Arc::new(services);
        let upkeep = tokio::spawn({
            let services = Arc::clone(&services);
            async move { services.upkeep().await }
        });
        let others =
            setup.issuers.into_iter().map(|rules| OtherIssuer::new(rules).expect("usable")).collect();
        let api = Taskward {
            engine: graphql::engine(setup.introspection).expect("the schema can be read"),
            services: Arc::clone(&services),
            verifiers: Verifiers::new(issuer.verifier(), OtherIssuers::new(others)),
            keys,
        };
        let options = Options {
            concurrent_requests: 1000,
            deadline: Duration::from_secs(30),
            introspection: setup.introspection,
            queries: setup.queries,
            proxies: setup.proxies,
            ..Options::default()
        };
        let work = Work::default();
        let routes = http::routes(Arc::new(api), &options, work.clone()).expect("options that fit");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("bound");
        let long = Duration::from_secs(30);
        let limits =
            Limits { connections: 1000, handshake: long, quiet: long, drain: Duration::from_secs(5) };
        let (stop, stopped) = oneshot::channel();
        let closing = store.clone();
        tokio::spawn(async move {
            http::serve(listener, routes, None, limits, work, async { drop(stopped.await) }).await;
            upkeep.abort();
            closing.close().await;
        });
        Self {
            address,
            backend: setup.backend,
            database,
            key_file,
            services,
            issuer,
            stop: Some(stop),
            folder,
            postgres,
        }
    }

    /// Where mails become files.
    pub fn outbox(&self) -> PathBuf {
        self.folder.path().join("outbox")
    }

    /// Sends any request.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> HttpReply {
        client::send(self.address, request).await
    }

    /// Someone without a token.
    pub fn anonymous(&self) -> Actor<'_> {
        Actor { app: self, token: None, id: String::new(), email: String::new() }
    }

    /// The same person at this server, which shares the database of the other.
    pub fn here(&self, person: &Actor<'_>) -> Actor<'_> {
        let (token, id, email) = (person.token.clone(), person.id.clone(), person.email.clone());
        Actor { app: self, token, id, email }
    }

    /// Someone with this token, whatever it is worth.
    pub fn with_token(&self, token: &str) -> Actor<'_> {
        Actor { token: Some(token.to_owned()), ..self.anonymous() }
    }

    /// What the server would have signed for this person at that instant.
    pub fn token_of(&self, actor: &Actor<'_>, at: Timestamp) -> String {
        let user = actor.id.parse().expect("a user's id");
        let subject = Recipient { user, email: &actor.email, sign_in: None, epoch: 0 };
        let token = self.issuer.issue(&subject, at).expect("signed");
        token.text.expose().to_owned()
    }

    /// A new person with an account, signed in.
    pub async fn register(&self, name: &str) -> Actor<'_> {
        let email = format!("{name}@example.com");
        let query =
            "mutation ($input: RegisterInput!) { register(input: $input) { accessToken user { id } } }";
        let input = json!({ "email": email, "password": PASSWORD });
        let data = self.anonymous().data(query, json!({ "input": input })).await;
        let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
        Actor {
            app: self,
            token: Some(text(&data["register"]["accessToken"])),
            id: text(&data["register"]["user"]["id"]),
            email,
        }
    }
}

/// Ends the server, and fails the test when any statement so far could reach past its owner.
impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.stop.take());
        if !std::thread::panicking() {
            let complaints: Vec<_> = statements::not_audited()
                .iter()
                .filter_map(|sql| sql_audit::complaint(sql).map(|why| format!("{why}: {sql}")))
                .collect();
            assert!(complaints.is_empty(), "{complaints:#?}");
        }
    }
}
