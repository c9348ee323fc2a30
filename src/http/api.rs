//! What stands behind the HTTP layer, as the HTTP layer sees it.

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, Response, ServerError};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use crate::auth::{KeyRing, Rejected, Unproven, Verifiers};
use crate::graphql::model::Model;
use crate::graphql::{Caller, Carrier, Client, Engine, Fit, Identity, Mutation, Query, Subscription, Thread};
use crate::id::UserId;
use crate::service::{Failure, Fault, Services};
use crate::store::StoreError;

/// A GraphQL API and the little that HTTP asks of its surroundings. Tests put a small one of their own here.
pub trait Api: Send + Sync + 'static {
    /// What resolvers know of whoever asks. All operations of a request share it.
    type Caller: Clone + Send + Sync + 'static;

    /// Who is asking. Without a bearer token that is nobody; a bad token is nobody's.
    fn admit(
        &self,
        bearer: Option<&str>,
        client: Client,
        carrier: Carrier,
    ) -> impl Future<Output = Result<Admitted<Self::Caller>, NotAdmitted>> + Send;

    /// Runs one operation on the caller's behalf.
    fn execute(
        &self,
        caller: &Self::Caller,
        request: Request,
        fit: Fit,
    ) -> impl Future<Output = Response> + Send;

    /// Runs one subscription on the caller's behalf, whose events the thread knows the ids of.
    fn subscribe(
        &self,
        caller: &Self::Caller,
        request: Request,
        fit: Fit,
        thread: Thread,
    ) -> BoxStream<'static, Response>;

    /// The same caller for another request over the same connection.
    fn again(&self, caller: &Self::Caller) -> Self::Caller;

    /// Returns once what proved who the caller is counts no more.
    fn until_refused(&self, caller: &Self::Caller) -> BoxFuture<'static, ()>;

    /// The schema, for those who judge a document before it runs.
    fn model(&self) -> &Arc<Model>;

    /// What is wrong with a document that is to run later, and time and again; nothing where it fits the schema.
    fn check(&self, document: &ExecutableDocument) -> Vec<ServerError>;

    /// Whether requests that need the database would be answered at this moment.
    fn is_ready(&self) -> impl Future<Output = bool> + Send;

    /// The public keys that tokens can be checked with (RFC 7517, section 5).
    fn keys(&self) -> serde_json::Value;
}

/// Who is asking.
#[derive(Debug)]
pub struct Admitted<C> {
    /// Who is signed in, if anybody.
    pub user: Option<UserId>,
    /// What resolvers may know of them.
    pub caller: C,
}

/// Why it cannot be said who is asking.
#[derive(Debug)]
pub enum NotAdmitted {
    /// The token does not count.
    Token(Rejected),
    /// It may count in a moment. A cause, if it is ours to mend, is for the log.
    Later(&'static str, Option<Fault>),
    /// Ours to mend.
    Broken(Fault),
}

impl From<Unproven> for NotAdmitted {
    fn from(unproven: Unproven) -> Self {
        match unproven {
            Unproven::Rejected(rejected) => Self::Token(rejected),
            Unproven::KeyUnknown => {
                Self::Later("The issuer of the access token cannot be asked for its keys.", None)
            }
        }
    }
}

impl From<StoreError> for NotAdmitted {
    fn from(error: StoreError) -> Self {
        match Failure::from(error) {
            Failure::Unavailable(_, cause) => Self::Later("The database does not answer.", cause),
            Failure::Unsettled(cause) => Self::Later("The database does not answer.", Some(cause)),
            Failure::TimeUp(_) => Self::Later("The request took too long.", None),
            Failure::Broken(fault) => Self::Broken(fault),
            Failure::Refused(_) => Self::Later("The user is about to be made or deleted.", None),
        }
    }
}

/// The API that `taskward serve` serves.
pub struct Taskward {
    /// All types and resolvers.
    pub engine: Engine<Query, Mutation, Subscription>,
    /// What resolvers work with; its store makes the owner of a verified token, too.
    pub services: Arc<Services>,
    /// Judges bearer tokens.
    pub verifiers: Verifiers,
    /// The keys, of which the public ones are published.
    pub keys: KeyRing,
}

impl Api for Taskward {
    type Caller = Caller;

    async fn admit(
        &self,
        bearer: Option<&str>,
        client: Client,
        carrier: Carrier,
    ) -> Result<Admitted<Caller>, NotAdmitted> {
        let identity = match bearer {
            None => Identity::Anonymous,
            Some(bearer) => {
                let now = self.services.clock.now();
                let claims = self.verifiers.verify(bearer, now).await?;
                let owner = self.services.store.owner(&claims, now).await?;
                Identity::SignedIn(owner.ok_or(NotAdmitted::Token(Rejected::cut_off()))?)
            }
        };
        let user = match &identity {
            Identity::Anonymous => None,
            Identity::SignedIn(owner) => Some(owner.user_id()),
        };
        Ok(Admitted { user, caller: Caller::new(&self.services, identity, client, carrier) })
    }

    fn execute(&self, caller: &Caller, request: Request, fit: Fit) -> impl Future<Output = Response> + Send {
        self.engine.execute(request.data(caller.clone()), fit)
    }

    fn subscribe(
        &self,
        caller: &Caller,
        request: Request,
        fit: Fit,
        thread: Thread,
    ) -> BoxStream<'static, Response> {
        self.engine.subscribe(request.data(caller.clone()).data(thread), fit)
    }

    fn again(&self, caller: &Caller) -> Caller {
        caller.again()
    }

    fn until_refused(&self, caller: &Caller) -> BoxFuture<'static, ()> {
        Box::pin(caller.until_refused())
    }

    fn model(&self) -> &Arc<Model> {
        self.engine.model()
    }

    fn check(&self, document: &ExecutableDocument) -> Vec<ServerError> {
        self.engine.check(document)
    }

    async fn is_ready(&self) -> bool {
        let answer = self.services.store.ping().await;
        answer.inspect_err(|error| tracing::warn!(%error, "the database does not answer")).is_ok()
    }

    fn keys(&self) -> serde_json::Value {
        self.keys.jwks()
    }
}
