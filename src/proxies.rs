//! Where a request really came from, when it came through proxies.
//!
//! `settings` reads the networks of `TRUSTED_PROXIES`, `http` asks. A proxy adds the address that it was asked from at the
//! right end of `X-Forwarded-For`; whatever stands to the left of that, anybody may have written. So the walk goes from
//! the right, and as far as the proxies are trusted.
//!
//! `Forwarded` (RFC 7239) is not read: a proxy that knows one of the two headers passes on the other as it came, so that
//! whoever is behind it would write the one that counts.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// An address or a network whose machines tell the truth about where a request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl FromStr for Network {
    type Err = &'static str;

    /// The refusal completes a sentence that begins with the setting's name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let network: IpNet = match text.parse::<IpAddr>() {
            Ok(address) => address.into(),
            Err(_) => text
                .parse()
                .map_err(|_| "must be IP addresses and networks such as 10.0.0.1, 10.0.0.0/8 or fd00::/8")?,
        };
        // Most likely one address was meant.
        if network != network.trunc() {
            return Err("must name a network by its first address: 10.0.0.0/8, not 10.0.0.1/8");
        }
        let network = canonical(network);
        if network.prefix_len() == 0 {
            return Err("must not be everybody: whoever is trusted can choose the address that counts");
        }
        Ok(Self(network))
    }
}

/// Networks of IPv4-mapped addresses become what they stand for, as the addresses do that are looked up in them.
fn canonical(network: IpNet) -> IpNet {
    if let IpNet::V6(mapped) = network
        && let Some(address) = mapped.addr().to_ipv4_mapped()
        && let Some(length) = mapped.prefix_len().checked_sub(96)
        && let Ok(plain) = Ipv4Net::new(address, length)
    {
        return plain.into();
    }
    network
}

/// The proxies whose word counts; by default none.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<Network>);

impl From<Vec<Network>> for TrustedProxies {
    fn from(networks: Vec<Network>) -> Self {
        Self(networks)
    }
}

impl TrustedProxies {
    /// Whether what this machine says of others counts.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.0.contains(&address))
    }

    /// The first address from the right that is not a trusted proxy's: the peer's own, or one that the
    /// `X-Forwarded-For` headers, given in their order, hold. What cannot be read ends the walk at the last address that
    /// could.
    pub fn client<'h, H>(&self, peer: IpAddr, headers: H) -> IpAddr
    where
        H: DoubleEndedIterator<Item = &'h [u8]>,
    {
        let mut client = peer.to_canonical();
        // Several headers are one, joined by commas (RFC 9110, section 5.3).
        let mut entries = headers.rev().flat_map(|header| header.rsplit(|byte| *byte == b','));
        while self.trusts(client) {
            match entries.next().and_then(address) {
                Some(before) => client = before,
                None => break,
            }
        }
        client
    }
}

/// An address as proxies write it: with a port or without, an IPv6 address in brackets or not. In bytes, because what a
/// client wrote further left need not be text.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(entry).ok()?.trim_matches([' ', '\t']);
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().map(Ipv6Addr::into).ok();
    let with_port = || text.parse::<SocketAddr>().map(|socket| socket.ip()).ok();
    let address: IpAddr = text.parse().ok().or_else(with_port).or_else(bracketed)?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    fn proxies(networks: &[&str]) -> TrustedProxies {
        TrustedProxies(networks.iter().map(|text| text.parse().expect(text)).collect())
    }

    fn client(networks: &[&str], peer: &str, headers: &[&str]) -> IpAddr {
        proxies(networks).client(ip(peer), headers.iter().map(|header| header.as_bytes()))
    }

    #[test]
    fn the_walk_ends_at_the_first_address_that_is_not_trusted() {
        let trusted = &["10.0.0.0/8", "fd00::/8", "192.0.2.7"][..];
        for (peer, headers, found) in [
            ("203.0.113.1", &["198.51.100.1"][..], "203.0.113.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["8.8.8.8, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["8.8.8.8, 198.51.100.1, 192.0.2.7, 10.2.3.4"], "198.51.100.1"),
            ("10.0.0.1", &["8.8.8.8", "198.51.100.1,10.2.3.4", "192.0.2.7"], "198.51.100.1"),
            ("10.0.0.1", &["10.0.0.2, 10.0.0.3"], "10.0.0.2"),
            ("fd00::1", &["2001:db8::1"], "2001:db8::1"),
            ("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            ("::ffff:203.0.113.1", &["198.51.100.1"], "203.0.113.1"),
        ] {
            assert_eq!(client(trusted, peer, headers), ip(found), "{peer} {headers:?}");
        }
        assert_eq!(client(&[], "127.0.0.1", &["198.51.100.1"]), ip("127.0.0.1"));
    }

    #[test]
    fn ports_and_brackets_are_understood() {
        for text in ["198.51.100.1", "198.51.100.1:80", " 198.51.100.1\t", "::ffff:198.51.100.1"] {
            assert_eq!(address(text.as_bytes()), Some(ip("198.51.100.1")), "{text}");
        }
        for text in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:65535"] {
            assert_eq!(address(text.as_bytes()), Some(ip("2001:db8::1")), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_ends_the_walk_at_the_last_address_that_could() {
        for text in [
            "",
            " ",
            "unknown",
            "_hidden",
            "example.com",
            "198.51.100.1:",
            "198.51.100.1:65536",
            "198.51.100",
            "198.51.100.1 198.51.100.2",
            "[198.51.100.1]",
            "[2001:db8::1",
            "2001:db8::1]",
            "\"198.51.100.1\"",
            "for=198.51.100.1",
            "198.51.100.0/24",
            "0198.51.100.1",
            "\u{661}.1.1.1",
        ] {
            assert_eq!(address(text.as_bytes()), None, "{text}");
            let header = format!("8.8.8.8, {text}, 10.0.0.2");
            assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[&header]), ip("10.0.0.2"), "{text}");
        }
        // What is no text to the left of a good address does it no harm.
        let header = b"\xff, 198.51.100.1".as_slice();
        let found = proxies(&["10.0.0.1"]).client(ip("10.0.0.1"), [header].into_iter());
        assert_eq!(found, ip("198.51.100.1"));
    }

    #[test]
    fn a_network_of_mapped_addresses_is_the_one_they_stand_for() {
        for (text, address, is_in) in [
            ("::ffff:10.0.0.0/104", "10.1.2.3", true),
            ("::ffff:10.0.0.0/104", "11.1.2.3", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            (" 10.0.0.1 ", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("::/1", "10.0.0.1", false),
        ] {
            assert_eq!(proxies(&[text]).trusts(ip(address)), is_in, "{text} {address}");
        }
    }

    #[test]
    fn what_is_no_network_or_all_of_them_is_refused() {
        for text in [
            "",
            "proxy",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.1/8",
            "fd00::1/8",
            "*",
            "10.0.0.1:80",
            "[fd00::1]",
            "0.0.0.0/0",
            "::/0",
            "::ffff:0.0.0.0/96",
            "10.0.0.1,10.0.0.2",
        ] {
            assert!(text.parse::<Network>().expect_err(text).starts_with("must "), "{text}");
        }
    }

    /// What may stand in a header: its text, the address it means, and whether that is trusted below.
    const ENTRIES: [(&str, Option<&str>, bool); 12] = [
        ("10.0.0.1", Some("10.0.0.1"), true),
        ("10.255.0.1:443", Some("10.255.0.1"), true),
        ("[fd00::2]:1", Some("fd00::2"), true),
        ("fd12::2", Some("fd12::2"), true),
        ("::ffff:10.9.9.9", Some("10.9.9.9"), true),
        ("11.0.0.1", Some("11.0.0.1"), false),
        ("198.51.100.1:9", Some("198.51.100.1"), false),
        ("[2001:db8::5]", Some("2001:db8::5"), false),
        ("::ffff:203.0.113.9", Some("203.0.113.9"), false),
        ("", None, false),
        ("unknown", None, false),
        ("10.0.0.256", None, false),
    ];

    type Entry = (&'static str, Option<&'static str>, bool);

    /// The same, said plainly: what is left of a list when its trusted end is taken off.
    fn model(peer: Entry, entries: &[Entry]) -> IpAddr {
        let mut last = peer;
        for entry in entries.iter().rev() {
            if !last.2 || entry.1.is_none() {
                break;
            }
            last = *entry;
        }
        ip(last.1.expect("an address"))
    }

    proptest! {
        #[test]
        fn the_walk_finds_what_the_model_finds(
            peer in select(&ENTRIES[..9]),
            headers in prop::collection::vec(prop::collection::vec(select(&ENTRIES[..]), 1..5), 0..4),
            separator in select(&[",", ", ", " ,\t"][..]),
        ) {
            let line = |entries: &Vec<Entry>| entries.iter().map(|entry| entry.0).collect::<Vec<_>>().join(separator);
            let lines: Vec<String> = headers.iter().map(line).collect();
            let found = proxies(&["10.0.0.0/8", "fd00::/8"])
                .client(ip(peer.1.expect("an address")), lines.iter().map(String::as_bytes));
            prop_assert_eq!(found, model(peer, &headers.concat()));
        }
    }
}
