//! What a request tells of the program that sent it, and how its refresh token travels.

use std::net::IpAddr;

use axum::http::header::{COOKIE, HOST, ORIGIN, USER_AGENT};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Uri};

use super::peer::Peer;
use crate::graphql::{COOKIE as NAME, Carrier, Client};
use crate::secret::Secret;

/// The header that asks for the refresh token to travel in a cookie.
pub(super) const HEADER: HeaderName = HeaderName::from_static("taskward-refresh");

/// How much of a program's name is kept, in bytes.
const LONGEST_NAME: usize = 256;

/// Who sends the request, as far as it can be seen.
pub(super) fn client(parts: &Parts, address: IpAddr) -> Client {
    let name = parts.headers.get(USER_AGENT).and_then(|name| name.to_str().ok()).map(str::trim);
    let user_agent =
        name.filter(|name| !name.is_empty()).map(|name| name.chars().take(LONGEST_NAME).collect());
    Client { address, user_agent }
}

/// How its refresh token travels. A cookie counts for nothing unless the request asks for cookies: a form of another
/// site cannot.
pub(super) fn carrier(parts: &Parts) -> Carrier {
    let asks =
        parts.headers.get(HEADER).is_some_and(|asked| asked.as_bytes().eq_ignore_ascii_case(b"cookie"));
    if !asks {
        return Carrier::Body;
    }
    let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let token =
        pairs.filter(|(name, value)| *name == NAME && !value.is_empty()).map(|(_, value)| value).next();
    let is_encrypted = parts.extensions.get().is_some_and(|peer: &Peer| peer.is_encrypted);
    let origin = parts.headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let is_at_home = is_this_machine(&parts.uri, &parts.headers) && origin.is_none_or(is_loopback_origin);
    Carrier::Cookie {
        token: token.map(|token| Secret::from(token.to_owned())),
        secure: is_encrypted || !is_at_home,
    }
}

/// The host that was asked for, with its port: what HTTP/2 says in the address, and HTTP/1 in a header.
pub(super) fn authority(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    uri.authority().cloned().or_else(|| headers.get(HOST)?.to_str().ok()?.parse().ok())
}

/// Whether the browser thinks that it speaks to its own machine, where there is no HTTPS to insist on.
pub(super) fn is_this_machine(uri: &Uri, headers: &HeaderMap) -> bool {
    authority(uri, headers).is_some_and(|authority| is_loopback(&authority))
}

fn is_loopback(authority: &Authority) -> bool {
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether the page that asks is this machine's. Proxies like to put an own `Host` in the place of the browser's; what
/// browsers say of the page they pass on.
fn is_loopback_origin(origin: &str) -> bool {
    origin.parse::<Uri>().is_ok_and(|origin| origin.authority().is_some_and(is_loopback))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn carried(headers: &[(&str, &str)]) -> Option<(Option<String>, bool)> {
        let request = headers
            .iter()
            .fold(Request::post("/graphql"), |request, (name, value)| request.header(*name, *value));
        match carrier(&request.body(()).expect("a request").into_parts().0) {
            Carrier::Body => None,
            Carrier::Cookie { token, secure } => Some((token.map(|token| token.expose().to_owned()), secure)),
        }
    }

    #[test]
    fn a_cookie_counts_only_where_it_is_asked_for() {
        let cookie = ("cookie", "a=b; taskward_refresh=twr_x; c=d");
        assert_eq!(carried(&[cookie]), None);
        for other in ["", "no", "cookies", "Cookie, body"] {
            assert_eq!(carried(&[cookie, ("taskward-refresh", other)]), None, "{other}");
        }
        for asked in ["cookie", "Cookie"] {
            let found = carried(&[cookie, ("taskward-refresh", asked)]);
            assert_eq!(found, Some((Some("twr_x".to_owned()), true)));
        }
    }

    #[test]
    fn the_cookie_is_found_among_others_or_not_at_all() {
        for (cookie, token) in [
            ("taskward_refresh=x", Some("x")),
            ("xtaskward_refresh=y; taskward_refresh=x", Some("x")),
            ("taskward_refresh=", None),
            ("taskward_refresh", None),
            ("Taskward_Refresh=x", None),
            ("", None),
        ] {
            let found = carried(&[("cookie", cookie), ("taskward-refresh", "cookie")]);
            assert_eq!(found, Some((token.map(str::to_owned), true)), "{cookie}");
        }
    }

    #[test]
    fn https_is_insisted_on_except_on_the_own_machine() {
        for (host, secure) in [
            ("localhost", false),
            ("localhost:8080", false),
            ("LOCALHOST:8080", false),
            ("127.0.0.1:8080", false),
            ("[::1]:8080", false),
            ("tasks.example", true),
            ("localhost.tasks.example", true),
            ("192.0.2.1", true),
            ("127.0.0.1.tasks.example", true),
            ("", true),
        ] {
            assert_eq!(
                carried(&[("host", host), ("taskward-refresh", "cookie")]),
                Some((None, secure)),
                "{host}"
            );
        }
    }

    #[test]
    fn a_page_from_elsewhere_insists_on_https_whatever_a_proxy_makes_of_the_host() {
        for (origin, secure) in [
            ("http://localhost:3000", false),
            ("http://127.0.0.1:8080", false),
            ("https://tasks.example", true),
            ("null", true),
            ("", true),
        ] {
            let headers = [("host", "127.0.0.1:8080"), ("origin", origin), ("taskward-refresh", "cookie")];
            assert_eq!(carried(&headers), Some((None, secure)), "{origin}");
        }
    }

    #[test]
    fn a_program_is_known_by_the_beginning_of_its_name() {
        let name = |name: &str| {
            let request = Request::post("/").header("user-agent", name).body(()).expect("a request");
            client(&request.into_parts().0, IpAddr::from([192, 0, 2, 1])).user_agent
        };
        assert_eq!(name(" curl/8 "), Some("curl/8".to_owned()));
        assert_eq!(name(""), None);
        assert_eq!(name(&"x".repeat(1000)), Some("x".repeat(LONGEST_NAME)));
    }
}
