//! Email addresses.

use std::fmt;

use email_address::{EmailAddress as Syntax, Options};
use unicode_normalization::char::is_combining_mark;

use crate::field::Invalid;
use crate::text::fold;

/// RFC 5321, section 4.5.3.1.3: a path of 256 octets less its two angle brackets.
const LONGEST: usize = 254;

/// An address that a mail could go to, and the key that all its spellings share.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress {
    text: String,
    key: String,
}

impl EmailAddress {
    /// Makes one of what a caller sent, blanks around it taken off.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let length = text.chars().count();
        if length > LONGEST {
            return Err(Invalid::new(
                "email",
                format!("must have at most {LONGEST} characters, not {length}"),
            ));
        }
        let plain = Options::default().without_display_text().without_domain_literal();
        // The syntax has room for tabs in quotes, which no mailbox needs and terminals would print.
        if text.contains(char::is_control) || Syntax::parse_with_options(&skeleton(text), plain).is_err() {
            return Err(Invalid::new("email", "is no email address"));
        }
        Ok(Self { text: text.to_owned(), key: fold(text) })
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What must be unique: letter case and Unicode form are folded away.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// The address with an `x` for each letter, digit and accent beyond ASCII, which may stand wherever an `x` may (RFC 6531,
/// section 3.3): the library knows only some of them. All other signs beyond ASCII stay, and are refused.
fn skeleton(text: &str) -> String {
    let plain = |c: char| !c.is_ascii() && (c.is_alphanumeric() || is_combining_mark(c));
    text.chars().map(|c| if plain(c) { 'x' } else { c }).collect()
}

/// Shows nothing: an address is personal, and `Debug` output ends up in logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_share_a_key() {
        let key = |text| EmailAddress::parse(text).expect(text).key().to_owned();
        assert_eq!(key(" Ada@Example.com "), key("ada@example.COM"));
        assert_eq!(key("caf\u{e9}@example.com"), key("CAFE\u{301}@example.com"));
        assert_ne!(key("cafe@example.com"), key("caf\u{e9}@example.com"));
    }

    #[test]
    fn what_is_no_plain_address_is_refused() {
        let long = format!("ada@{}.com", "a.".repeat(130));
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "\"a\tb\"@example.com",
            "Ada <ada@example.com>",
            "ada@[127.0.0.1]",
            "a\u{200b}da@example.com",
            "ada\u{a0}@example.com",
            "ada@ex\u{3002}ample.com",
            &long,
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn debug_output_shows_no_address() {
        let email = EmailAddress::parse("ada@example.com").expect("fine");
        assert!(!format!("{email:?}").contains("ada"));
    }
}
