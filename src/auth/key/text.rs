//! What stands in the key file: the private key that signs, and the public halves of those that signed before it.
//!
//! PEM with explanatory text (RFC 7468, section 5.2), which carries what a key by itself does not tell. A private key
//! without a word about it is such a file, too. One file, so that nobody ever sees half of a rotation.

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::time::Timestamp;

/// No access token may count longer; how long one may that was signed with a key about which nothing is known.
pub const LONGEST_LIFE: Duration = Duration::from_hours(24 * 30);

/// What a public Ed25519 key begins with in DER (RFC 8410, section 4).
const SPKI: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

const MADE: &str = "made-at";
const LIFE: &str = "longest-token-life";
const COUNT: &str = "retired-keys";
const RETIRED: &str = "retired-at";
const UNTIL: &str = "verifies-until";

/// The keys of the file.
pub(super) struct KeyText {
    pub(super) current: Current,
    /// The newest first.
    pub(super) retired: Vec<Retired>,
}

/// The key that signs.
pub(super) struct Current {
    pub(super) pem: Zeroizing<String>,
    pub(super) made_at: Option<Timestamp>,
    /// No token that it has signed counts longer.
    pub(super) longest_life: Duration,
}

/// What is left of a key that signed before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Retired {
    pub(super) public: [u8; 32],
    pub(super) made_at: Option<Timestamp>,
    pub(super) since: Timestamp,
    /// The first instant at which no token of its is left.
    pub(super) verifies_until: Timestamp,
}

impl KeyText {
    /// `None` when it is not such a text, or not all of it.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let blocks = blocks(str::from_utf8(text).ok()?)?;
        let (first, rest) = blocks.split_first()?;
        if first.label != "PRIVATE KEY" {
            return None;
        }
        let life = first.field(LIFE).map(humantime::parse_duration).transpose().ok()?;
        let count = first.field(COUNT).map(str::parse).transpose().ok()?;
        let current = Current {
            pem: pem(first.label, first.body),
            made_at: first.instant(MADE).ok()?,
            longest_life: life.unwrap_or(LONGEST_LIFE),
        };
        let retired = rest.iter().map(Block::retired).collect::<Option<Vec<_>>>()?;
        // A file that is just being copied ends anywhere.
        (count.unwrap_or(0) == retired.len()).then_some(Self { current, retired })
    }

    pub(super) fn write(&self) -> Zeroizing<String> {
        // Room for all of it from the beginning: text that grows leaves copies of itself behind.
        let mut text = Zeroizing::new(String::with_capacity(1024 + 512 * self.retired.len()));
        let Current { pem: private, made_at, longest_life } = &self.current;
        // Writing to a text does not fail.
        let _ = writeln!(
            text,
            "Taskward's keys: no one else may read them. `taskward keys rotate` replaces them."
        );
        if let Some(made_at) = made_at {
            let _ = writeln!(text, "{MADE}: {made_at}");
        }
        let _ = writeln!(text, "{LIFE}: {}", humantime::format_duration(*longest_life));
        let _ = writeln!(text, "{COUNT}: {}\n{}", self.retired.len(), private.trim_end());
        for Retired { public, made_at, since, verifies_until } in &self.retired {
            let _ = writeln!(text);
            if let Some(made_at) = made_at {
                let _ = writeln!(text, "{MADE}: {made_at}");
            }
            let _ = writeln!(text, "{RETIRED}: {since}\n{UNTIL}: {verifies_until}");
            text.push_str(&pem("PUBLIC KEY", &STANDARD.encode([SPKI, public].concat())));
        }
        text
    }
}

/// A key in PEM, and the text before it.
struct Block<'t> {
    about: &'t str,
    label: &'t str,
    body: &'t str,
}

impl<'t> Block<'t> {
    fn field(&self, name: &str) -> Option<&'t str> {
        let value = |line: &'t str| line.trim().strip_prefix(name)?.strip_prefix(':');
        self.about.lines().find_map(value).map(str::trim)
    }

    fn instant(&self, name: &str) -> Result<Option<Timestamp>, NoInstant> {
        self.field(name).map(|text| Timestamp::parse(text).ok_or(NoInstant)).transpose()
    }

    fn retired(&self) -> Option<Retired> {
        if self.label != "PUBLIC KEY" {
            return None;
        }
        let body: String = self.body.split_ascii_whitespace().collect();
        let der = STANDARD.decode(body).ok()?;
        Some(Retired {
            public: der.strip_prefix(SPKI)?.try_into().ok()?,
            made_at: self.instant(MADE).ok()?,
            since: self.instant(RETIRED).ok()??,
            verifies_until: self.instant(UNTIL).ok()??,
        })
    }
}

/// There is such a field, and no instant in it.
struct NoInstant;

/// `None` when one of them has no end.
fn blocks(text: &str) -> Option<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((about, begun)) = rest.split_once("-----BEGIN ") {
        let (label, begun) = begun.split_once("-----")?;
        let (body, after) = begun.split_once(&format!("-----END {label}-----"))?;
        blocks.push(Block { about, label, body });
        rest = after;
    }
    Some(blocks)
}

/// A key in PEM with one line for its body, as the keys here are short.
pub(super) fn pem(label: &str, body: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", body.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn full() -> KeyText {
        let retired = |number: u8| Retired {
            public: [number; 32],
            made_at: (number > 1).then(|| at(10)),
            since: at(20),
            verifies_until: at(30),
        };
        let current = Current {
            pem: pem("PRIVATE KEY", "MC4="),
            made_at: Some(at(40)),
            longest_life: Duration::from_secs(90),
        };
        KeyText { current, retired: vec![retired(2), retired(1)] }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = full().write();
        let read = KeyText::parse(text.as_bytes()).expect(&text);
        assert_eq!(read.current.pem.as_str(), PRIVATE);
        assert_eq!(read.current.made_at, Some(at(40)));
        assert_eq!(read.current.longest_life, Duration::from_secs(90));
        assert_eq!(read.retired, full().retired);
        assert_eq!(*read.write(), *text);
    }

    #[test]
    fn a_lone_private_key_may_have_signed_tokens_of_any_life() {
        for text in [PRIVATE.to_owned(), PRIVATE.replace('\n', "\r\n"), format!("a word\n{PRIVATE}")] {
            let read = KeyText::parse(text.as_bytes()).expect("a key");
            assert_eq!((read.current.made_at, read.current.longest_life), (None, LONGEST_LIFE));
            assert_eq!(read.current.pem.as_str(), PRIVATE);
            assert!(read.retired.is_empty());
        }
    }

    #[test]
    fn a_text_that_ends_early_is_none() {
        let text = full().write();
        let whole = text.trim_end().len();
        for length in 0..whole {
            assert!(KeyText::parse(&text.as_bytes()[..length]).is_none(), "{}", &text[..length]);
        }
    }

    #[test]
    fn a_text_that_makes_no_sense_is_none() {
        let text = full().write();
        for (good, bad) in [
            ("retired-keys: 2", "retired-keys: 1"),
            ("retired-keys: 2", "retired-keys: two"),
            ("longest-token-life: 1m 30s", "longest-token-life: long"),
            ("made-at: 1970", "made-at: then, 1970"),
            ("retired-at: 1970", "retired-at: 19700"),
            ("verifies-until:", "verifies:"),
            ("BEGIN PUBLIC KEY", "BEGIN PRIVATE KEY"),
            ("MCowBQYDK2VwAyEA", "MCowBQYDK2VvAyEA"),
            ("MCowBQYDK2VwAyEA", "MCowBQYDK2VwAyEAAQEB"),
        ] {
            let bad = text.replacen(good, bad, 1);
            assert_ne!(bad, **text);
            assert!(KeyText::parse(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(KeyText::parse(format!("{PRIVATE}{PRIVATE}").as_bytes()).is_none());
        assert!(KeyText::parse(b"\xff").is_none());
    }
}
