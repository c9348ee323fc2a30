//! What stands behind the HTTP layer, as the HTTP layer sees it.

use std::sync::Arc;

use async_graphql::{Data, Request, Response};

use crate::auth::{KeyRing, Rejected, Verifier};
use crate::graphql::{Carrier, Client, Identity, Schema, request_data};
use crate::service::Services;

/// A GraphQL API and the little that HTTP asks of its surroundings. Tests put a small one of their own here.
pub trait Api: Send + Sync + 'static {
    /// What resolvers may know of whoever asks. Without a bearer token that is nobody; a bad token is nobody's.
    fn admit(&self, bearer: Option<&str>, client: Client, carrier: Carrier) -> Result<Data, Rejected>;

    /// Runs one operation.
    fn execute(&self, request: Request) -> impl Future<Output = Response> + Send;

    /// Whether requests that need the database would be answered at this moment.
    fn is_ready(&self) -> impl Future<Output = bool> + Send;

    /// The public keys that tokens can be checked with (RFC 7517, section 5).
    fn keys(&self) -> serde_json::Value;
}

/// The API that `taskward serve` serves.
pub struct Taskward {
    /// All types and resolvers.
    pub schema: Schema,
    /// What resolvers work with; its store makes the owner of a verified token, too.
    pub services: Arc<Services>,
    /// Judges bearer tokens.
    pub verifier: Verifier,
    /// The keys, of which the public ones are published.
    pub keys: KeyRing,
}

impl Api for Taskward {
    fn admit(&self, bearer: Option<&str>, client: Client, carrier: Carrier) -> Result<Data, Rejected> {
        let identity = match bearer {
            None => Identity::Anonymous,
            Some(bearer) => {
                let claims = self.verifier.verify(bearer, self.services.clock.now())?;
                Identity::SignedIn(self.services.store.owner(&claims).ok_or(Rejected::cut_off())?)
            }
        };
        Ok(request_data(&self.services, identity, client, carrier))
    }

    fn execute(&self, request: Request) -> impl Future<Output = Response> + Send {
        self.schema.execute(request)
    }

    async fn is_ready(&self) -> bool {
        let answer = self.services.store.ping().await;
        answer.inspect_err(|error| tracing::warn!(%error, "the database does not answer")).is_ok()
    }

    fn keys(&self) -> serde_json::Value {
        self.keys.jwks()
    }
}
