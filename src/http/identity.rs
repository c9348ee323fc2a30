//! The `Authorization` header becomes an identity, or ends the request with 401 (RFC 6750).
//!
//! No header: anonymous. A header that proves nothing is refused, on public fields as well: whoever sends a token means
//! to be someone, and must not quietly be answered as nobody. A token is looked for in no other place.

use std::fmt;
use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::api::{Admitted, Api, NotAdmitted};
use super::caller;
use super::rejection::Rejection;
use super::request_id::RequestId;

/// What is wrong with the header itself; for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Malformed {
    Repeated,
    Scheme,
    Token,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated => "more than one Authorization header",
            Self::Scheme => "another scheme than Bearer",
            Self::Token => "not one token after Bearer",
        })
    }
}

/// Whoever sent these headers. Every refusal of an own token is the same; its reason goes to the log.
pub(super) async fn admit<A: Api>(
    api: &A,
    parts: &Parts,
    address: IpAddr,
    id: &RequestId,
) -> Result<Admitted<A::Caller>, Rejection> {
    let bearer = bearer(&parts.headers).map_err(|malformed| {
        tracing::debug!(reason = %malformed, "token refused");
        Rejection::bad_token(None)
    })?;
    let (client, carrier) = (caller::client(parts, address), caller::carrier(parts));
    api.admit(bearer, client, carrier).await.inspect_err(log).map_err(|not_admitted| match not_admitted {
        NotAdmitted::Token(rejected) => Rejection::bad_token(rejected.hint()),
        NotAdmitted::Later(message, _) => Rejection::later(message),
        NotAdmitted::Broken(_) => Rejection::internal(id),
    })
}

/// Logs why it cannot be said who is asking; the caller is not told all of it.
pub(super) fn log(not_admitted: &NotAdmitted) {
    match not_admitted {
        NotAdmitted::Token(rejected) => {
            tracing::debug!(reason = rejected.reason(), hint = rejected.hint(), "token refused");
        }
        NotAdmitted::Later(_, Some(cause)) | NotAdmitted::Broken(cause) => {
            tracing::error!(%cause, "fault");
        }
        NotAdmitted::Later(_, None) => {}
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Malformed> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Malformed::Repeated);
    }
    token(value.to_str().map_err(|_| Malformed::Scheme)?).map(Some)
}

/// The token behind the word `Bearer`.
pub(super) fn token(text: &str) -> Result<&str, Malformed> {
    let (scheme, token) = text.split_once(' ').ok_or(Malformed::Scheme)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Malformed::Scheme);
    }
    let token = token.trim_matches(' ');
    if is_token(token) { Ok(token) } else { Err(Malformed::Token) }
}

/// The bytes that a token is made of. A table, as every request that has a token brings hundreds of them.
const B64: [bool; 256] = {
    let mut fit = [false; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        fit[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
        byte += 1;
    }
    fit
};

/// `b64token` of RFC 6750, section 2.1.
fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    // Without a branch for each byte.
    !body.is_empty() && body.bytes().fold(true, |fit, byte| fit & B64[usize::from(byte)])
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).expect(value));
        }
        headers
    }

    #[test]
    fn no_header_is_nobody() {
        assert_eq!(bearer(&headers(&[])), Ok(None));
    }

    #[test]
    fn the_scheme_may_be_written_in_any_case() {
        for value in ["Bearer a.b-c_d~e+f/g==", "bearer a.b-c_d~e+f/g==", "BEARER  a.b-c_d~e+f/g=="] {
            assert_eq!(bearer(&headers(&[value])), Ok(Some("a.b-c_d~e+f/g==")), "{value}");
        }
    }

    #[test]
    fn anything_but_one_bearer_token_is_malformed() {
        for (values, malformed) in [
            (&["Bearer a", "Bearer a"][..], Malformed::Repeated),
            (&["Bearer a", ""], Malformed::Repeated),
            (&[""], Malformed::Scheme),
            (&["Bearer"], Malformed::Scheme),
            (&["Basic YTpi"], Malformed::Scheme),
            (&["a.b.c"], Malformed::Scheme),
            (&["Bearer\ta"], Malformed::Scheme),
            (&["Bearer caf\u{e9}"], Malformed::Scheme),
            (&["Bearer "], Malformed::Token),
            (&["Bearer a b"], Malformed::Token),
            (&["Bearer a, Bearer b"], Malformed::Token),
            (&["Bearer \"a\""], Malformed::Token),
            (&["Bearer ="], Malformed::Token),
            (&["Bearer a=b"], Malformed::Token),
        ] {
            assert_eq!(bearer(&headers(values)), Err(malformed), "{values:?}");
        }
    }
}
