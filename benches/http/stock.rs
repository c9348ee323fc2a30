//! The same schema and the same database behind the library's own handler: what our own HTTP layer is worth, or costs.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use taskward::auth::{HashParams, Issuer, PasswordPolicy, Passwords, Verifier};
use taskward::graphql::{self, Caller, Carrier, Client, Identity, Schema};
use taskward::secret::Secret;
use taskward::service::{Readings, Services};
use taskward::store::{Database, Migrate, Store};
use taskward::throttle::Throttle;
use taskward::time::Clock;

use crate::floor::{CONNECTIONS, Refused, bearer, issuer, listen};
use crate::options::Seat;

struct Stock {
    schema: Schema,
    services: Arc<Services>,
    store: Store,
    verifier: Verifier,
}

pub async fn serve(seat: &Seat) {
    let issuer = Arc::new(issuer(&seat.key));
    let url = Secret::from(seat.database_url.clone());
    let database = Database {
        url,
        connections: CONNECTIONS,
        wait: std::time::Duration::ZERO,
        statement: std::time::Duration::from_secs(10),
        token_life: std::time::Duration::from_hours(24),
    };
    let store = Store::open(&database, Migrate::Check).await.expect("Taskward has made it");
    let services = Arc::new(services(&store, &issuer));
    let stock = Stock { schema: graphql::schema(), services, store, verifier: issuer.verifier() };
    listen(Router::new().route("/graphql", post(answer)).with_state(Arc::new(stock))).await;
}

fn services(store: &Store, issuer: &Arc<Issuer>) -> Services {
    Services {
        readings: Readings::default(),
        changes_retention: Duration::from_hours(1),
        store: store.clone(),
        passwords: Passwords::new(HashParams::default(), 1, 1).expect("valid parameters"),
        password_policy: PasswordPolicy { min_length: 12 },
        issuer: Arc::clone(issuer),
        refresh: None,
        throttle: Throttle::off(),
        clock: Clock,
    }
}

async fn answer(
    State(stock): State<Arc<Stock>>,
    headers: HeaderMap,
    request: GraphQLRequest,
) -> Result<GraphQLResponse, Refused> {
    let identity = match bearer(&headers) {
        None => Identity::Anonymous,
        Some(token) => {
            let now = Clock.now();
            let claims = stock.verifier.verify(token, now).map_err(|_| Refused::Token)?;
            let owner = stock.store.owner(&claims, now).await.map_err(|_| Refused::Token)?;
            Identity::SignedIn(owner.ok_or(Refused::Token)?)
        }
    };
    let request = request.into_inner();
    let client = Client { address: IpAddr::V4(Ipv4Addr::LOCALHOST), user_agent: None };
    let caller = Caller::new(&stock.services, identity, client, Carrier::Body);
    Ok(stock.schema.execute(request.data(caller)).await.into())
}
