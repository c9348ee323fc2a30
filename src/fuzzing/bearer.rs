//! The `Authorization` header as strangers send it.

use aws_lc_rs::hmac;
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::server::{OTHER, OTHER_SECRET, OWN, OWN_SECRET, Server};
use crate::id::UserId;
use crate::time::Clock;

const HOUR: i64 = 3600;
/// How far clocks may be apart, and how long the request may take, in seconds.
const SLACK: f64 = 30.0;

/// A header that is not signed is never admitted. Two lines are header and claims of a token that gets the signature of
/// the issuer that its claims name: that is admitted when they say all that they have to. `NOW` and `LATER` in them stand
/// for the present and for an hour later.
pub fn bearer(server: &Server, input: &[u8]) {
    is_admitted(server, input);
}

fn is_admitted(server: &Server, input: &[u8]) -> bool {
    let Some((header, claims)) = str::from_utf8(input).ok().and_then(|text| text.split_once('\n')) else {
        if let Ok(value) = HeaderValue::from_bytes(input) {
            assert_eq!(status(server, value), 401, "admitted without a signature");
        }
        return false;
    };
    let now = Clock.now().seconds();
    let claims = claims.replace("NOW", &now.to_string()).replace("LATER", &(now + HOUR).to_string());
    let is_others = claims.contains(OTHER);
    let secret = if is_others { OTHER_SECRET } else { OWN_SECRET };
    let token = sign(header, &claims, secret);
    let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("base64url and dots");
    let status = status(server, value);
    match status {
        200 => {
            let header: Map<String, Value> = serde_json::from_str(header).expect("a JSON object");
            let claims: Map<String, Value> = serde_json::from_str(&claims).expect("a JSON object");
            assert_eq!(header["alg"], "HS256");
            assert!(!header.contains_key("crit"));
            check(&claims, now, if is_others { OTHER } else { OWN });
            if !is_others {
                let user = claims["sub"].as_str().expect("text");
                assert!(user.parse::<UserId>().is_ok() && claims["user_id"] == user);
            }
        }
        status => assert_eq!(status, 401),
    }
    status == 200
}

/// What every token that is admitted has to say.
fn check(claims: &Map<String, Value>, now: i64, issuer: &str) {
    assert_eq!(claims["iss"], issuer);
    let audience = &claims["aud"];
    assert!(audience == OWN || audience.as_array().is_some_and(|all| all.iter().any(|one| one == OWN)));
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are whole in it")]
    let now = now as f64;
    let (begins, ends) =
        (claims["iat"].as_f64().expect("a number"), claims["exp"].as_f64().expect("a number"));
    assert!(begins < now + SLACK && now - SLACK < ends && begins < ends, "{claims:?}");
}

fn sign(header: &str, claims: &str, secret: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn status(server: &Server, authorization: HeaderValue) -> u16 {
    let request = Request::post("/graphql")
        .header("content-type", "application/json")
        .header("authorization", authorization)
        .body(Body::from(r#"{"query":"{__typename}"}"#));
    server.send(request.expect("a request")).status.as_u16()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_says_all_that_it_has_to_is_admitted() {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start(folder.path());
        for (name, admitted) in
            [("own", true), ("own_with_audiences", true), ("other", true), ("own_ended", false)]
        {
            let path = format!("{}/fuzz/corpus/bearer/{name}", env!("CARGO_MANIFEST_DIR"));
            assert_eq!(is_admitted(&server, &std::fs::read(path).expect(name)), admitted, "{name}");
        }
    }
}
