//! What a resolver knows of the request it answers.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::Context;
use tokio::time::sleep;

use crate::service::{Answer, Client, Failure, Fault, Refusal, Services};
use crate::store::Owner;

use super::carrier::Carrier;
use super::loader::Loaders;

/// Who is asking.
#[derive(Debug)]
pub enum Identity {
    /// Someone without a token.
    Anonymous,
    /// Someone whose token was verified.
    SignedIn(Owner),
}

/// Who asks, and what is needed while a request of theirs is executed. All operations of one request share it: the bound
/// on rows and what was loaded hold for all of them together.
#[derive(Clone)]
pub struct Caller(Arc<Request>);

struct Request {
    services: Arc<Services>,
    owner: Option<Arc<Owner>>,
    client: Client,
    carrier: Carrier,
    loaders: Mutex<Option<Arc<Loaders>>>,
}

impl Caller {
    /// Made for one request alone.
    pub fn new(services: &Arc<Services>, identity: Identity, client: Client, carrier: Carrier) -> Self {
        let owner = match identity {
            Identity::Anonymous => None,
            Identity::SignedIn(owner) => Some(Arc::new(owner)),
        };
        let (services, loaders) = (Arc::clone(services), Mutex::default());
        Self(Arc::new(Request { services, owner, client, carrier, loaders }))
    }

    /// The same for another request over their socket, which loads for itself.
    #[must_use]
    pub fn again(&self) -> Self {
        let Request { services, owner, client, carrier, .. } = &*self.0;
        let (client, carrier, loaders) = (client.clone(), carrier.clone(), Mutex::default());
        let (services, owner) = (Arc::clone(services), owner.clone());
        Self(Arc::new(Request { services, owner, client, carrier, loaders }))
    }

    /// Returns once the token that proved who they are counts no more: it has expired or was cut off.
    pub fn until_refused(&self) -> impl Future<Output = ()> + Send + use<> {
        let request = Arc::clone(&self.0);
        async move {
            let Request { services, owner: Some(owner), .. } = &*request else { return pending().await };
            let expiry = async {
                while let Some(left) = services.clock.now().until(owner.expires_at()) {
                    sleep(left).await;
                }
            };
            tokio::select! {
                () = expiry => {}
                () = services.store.cut_off_of(owner) => {}
            }
        }
    }

    /// Forgets what was loaded: time has gone by.
    pub(super) fn forget(&self) {
        *self.0.loaders() = None;
    }
}

/// How resolvers reach the request. What is missing is a refusal, never a panic.
pub(super) trait Viewer {
    /// The proof of who is asking; `UNAUTHENTICATED` where nobody is signed in.
    fn owner(&self) -> Answer<&Owner>;
    /// The rules.
    fn services(&self) -> Answer<&Services>;
    /// The rules, for a mutation. What the fields of an earlier mutation have loaded is forgotten: it may be about to
    /// change, and mutations of one request run one after the other.
    fn writing(&self) -> Answer<(&Services, &Owner)>;
    /// The same for a mutation that needs no owner; what it changes may be the caller's all the same.
    fn writing_in_public(&self) -> Answer<&Services>;
    /// Loads what many fields of one level want in one statement. Made for this request and its owner.
    fn loaders(&self) -> Answer<Arc<Loaders>>;
    /// The same, for what outlives the field that asks.
    fn following(&self) -> Answer<(&Caller, Arc<Services>, Arc<Owner>)>;
    /// Where the request came from.
    fn client(&self) -> Answer<&Client>;
    /// How its refresh token travels.
    fn carrier(&self) -> Answer<&Carrier>;
}

impl Viewer for Context<'_> {
    fn owner(&self) -> Answer<&Owner> {
        Ok(signed_in(request(self)?)?)
    }

    fn services(&self) -> Answer<&Services> {
        Ok(&request(self)?.services)
    }

    fn writing(&self) -> Answer<(&Services, &Owner)> {
        let request = request(self)?;
        let owner = signed_in(request)?;
        *request.loaders() = None;
        Ok((&request.services, owner))
    }

    fn writing_in_public(&self) -> Answer<&Services> {
        let request = request(self)?;
        *request.loaders() = None;
        Ok(&request.services)
    }

    fn loaders(&self) -> Answer<Arc<Loaders>> {
        let request = request(self)?;
        let owner = signed_in(request)?;
        let mut loaders = request.loaders();
        Ok(Arc::clone(loaders.get_or_insert_with(|| Arc::new(Loaders::new(&request.services, owner)))))
    }

    fn following(&self) -> Answer<(&Caller, Arc<Services>, Arc<Owner>)> {
        let caller = self.data_opt::<Caller>().ok_or_else(no_caller)?;
        let Caller(request) = caller;
        Ok((caller, Arc::clone(&request.services), Arc::clone(signed_in(request)?)))
    }

    fn client(&self) -> Answer<&Client> {
        Ok(&request(self)?.client)
    }

    fn carrier(&self) -> Answer<&Carrier> {
        Ok(&request(self)?.carrier)
    }
}

impl Request {
    fn loaders(&self) -> MutexGuard<'_, Option<Arc<Loaders>>> {
        self.loaders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn request<'c>(context: &'c Context<'_>) -> Answer<&'c Request> {
    let caller = context.data_opt::<Caller>().map(|Caller(request)| &**request);
    caller.ok_or_else(no_caller)
}

fn no_caller() -> Failure {
    Failure::Broken(Fault::new("executed without a caller"))
}

fn signed_in(request: &Request) -> Result<&Arc<Owner>, Refusal> {
    request.owner.as_ref().ok_or(Refusal::Unauthenticated)
}
