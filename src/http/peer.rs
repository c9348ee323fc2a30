//! The other end of a connection, and the client whose request came over it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Once;

use axum::http::HeaderValue;
use axum::http::request::Parts;

use crate::proxies::TrustedProxies;

/// Written by proxies, and by whoever likes.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The other end of the connection that a request came over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    pub(super) address: IpAddr,
    /// Whether TLS ends here, and not in a proxy or nowhere.
    pub(super) is_encrypted: bool,
}

/// Tells clients from the proxies that they come through.
pub(super) struct Clients {
    proxies: TrustedProxies,
    told: Once,
}

impl Clients {
    pub(super) const fn behind(proxies: TrustedProxies) -> Self {
        Self { proxies, told: Once::new() }
    }

    /// Where a request came from, as far as that can be believed.
    pub(super) fn find(&self, parts: &Parts) -> IpAddr {
        // Requests that came over no connection are all from one address, so that limits hold for them as well.
        let peer =
            parts.extensions.get().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer: &Peer| peer.address);
        let headers = parts.headers.get_all(FORWARDED_FOR);
        if parts.headers.contains_key(FORWARDED_FOR) && is_near(peer) && !self.proxies.trusts(peer) {
            self.told.call_once(|| {
                tracing::warn!(
                    %peer,
                    "requests come through a proxy that TRUSTED_PROXIES does not name: they count as one address's"
                );
            });
        }
        self.proxies.client(peer, headers.iter().map(HeaderValue::as_bytes))
    }
}

/// Whether that is this machine, or one of a network of its own. A header from further away is most likely a trick.
fn is_near(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_of_ones_own_networks_are_near_and_others_are_not() {
        for (address, near) in [
            ("127.0.0.1", true),
            ("172.16.0.1", true),
            ("::ffff:192.168.0.1", true),
            ("::1", true),
            ("fd00::1", true),
            ("198.51.100.1", false),
            ("::ffff:198.51.100.1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_near(address.parse().expect(address)), near, "{address}");
        }
    }
}
