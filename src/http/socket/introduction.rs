//! Who is at the other end, as they say it in a payload.

use serde_json::{Map, Value};
use tokio::time::timeout;

use super::message::Close;
use crate::graphql::{Carrier, Client};
use crate::http::api::{Admitted, Api, NotAdmitted};
use crate::http::graphql::Endpoint;
use crate::http::identity;

/// Whom a token speaks for; without one nobody.
pub(super) async fn admit<A: Api>(
    endpoint: &Endpoint<A>,
    client: &Client,
    bearer: Option<&str>,
) -> Result<Admitted<A::Caller>, Close> {
    // A socket has no cookies to set.
    let admitting = endpoint.api.admit(bearer, client.clone(), Carrier::Body);
    let late = |_| Err(NotAdmitted::Later("It took too long to find out who you are.", None));
    let admitted = timeout(endpoint.deadline, admitting).await.unwrap_or_else(late);
    admitted.inspect_err(identity::log).map_err(|not_admitted| match not_admitted {
        NotAdmitted::Token(rejected) => {
            Close::forbidden(rejected.hint().unwrap_or("the access token is not valid."))
        }
        NotAdmitted::Later(message, _) => Close::later(message),
        NotAdmitted::Broken(_) => Close::later("Something went wrong on the server."),
    })
}

/// The token in a payload, under either spelling of `authorization`.
pub(super) fn bearer(payload: Option<&Map<String, Value>>) -> Result<Option<&str>, Close> {
    let mut values = payload
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .map(|(_, value)| value);
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.as_str().filter(|_| values.next().is_none()).map(identity::token);
    match token {
        Some(Ok(token)) => Ok(Some(token)),
        _ => Err(Close::forbidden("`authorization` is not one token after Bearer.")),
    }
}
