//! Passwords: which are good enough, and how they are kept.
//!
//! A password is judged ([`PasswordPolicy`]), and only what was judged is hashed ([`Passwords`]). All of it is heavy
//! work that waits its turn.

mod hashing;
mod memory;
mod pace;
mod passwords;
mod policy;
mod turns;

use std::fmt;
use std::time::Duration;

use unicode_normalization::UnicodeNormalization;

pub use argon2::Params as HashParams;
pub use hashing::{PasswordHash, Verdict};
pub use passwords::Passwords;
pub use policy::{NewPassword, PasswordPolicy, WeakPassword};

use crate::secret::Secret;

/// The longest password, in characters after NFC.
const LONGEST: usize = 256;

/// Why a password was neither judged, hashed nor checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordFault {
    /// As many callers wait as may.
    Busy {
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// Ours to mend: a stored hash that is none, or a failure of the library.
    Broken {
        /// For the log. Says nothing of the password.
        cause: String,
    },
}

impl PasswordFault {
    fn broken(cause: &impl fmt::Display) -> Self {
        Self::Broken { cause: cause.to_string() }
    }
}

impl fmt::Display for PasswordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { retry_after } => {
                write!(
                    f,
                    "too many passwords are waiting to be worked on; try again in {} s",
                    retry_after.as_secs()
                )
            }
            Self::Broken { cause } => write!(f, "a password could not be worked on: {cause}"),
        }
    }
}

impl std::error::Error for PasswordFault {}

/// The password in NFC, so that every keyboard types the same one; `None` when it is longer than [`LONGEST`].
///
/// Looks at a bounded part of the text, however long it is: a character in NFC stands for four at most, and so what
/// is cut off here belongs to a password that is too long anyhow.
fn normalized(password: &Secret) -> Option<Secret> {
    // Never grows, so that no copy of it is left behind in memory.
    let mut text = String::with_capacity(4 * (LONGEST + 1));
    text.extend(password.expose().chars().take(4 * LONGEST + 1).nfc().take(LONGEST + 1));
    let text = Secret::from(text);
    (text.expose().chars().count() <= LONGEST).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(text: &str) -> Option<String> {
        super::normalized(&Secret::from(text.to_owned())).map(|text| text.expose().to_owned())
    }

    #[test]
    fn every_form_of_a_character_becomes_one() {
        assert_eq!(normalized("e\u{301}"), Some("\u{e9}".to_owned()));
        assert_eq!(normalized("\u{3c9}\u{314}\u{342}\u{345}"), Some("\u{1fa7}".to_owned()));
        assert_eq!(normalized("\u{212b}\0 \n"), Some("\u{c5}\0 \n".to_owned()));
    }

    #[test]
    fn length_is_counted_after_composition() {
        let widest = "\u{3c9}\u{314}\u{342}\u{345}";
        assert_eq!(normalized(&widest.repeat(256)), Some("\u{1fa7}".repeat(256)));
        assert_eq!(normalized(&widest.repeat(257)), None);
        assert_eq!(normalized(&"\u{1f600}".repeat(256)), Some("\u{1f600}".repeat(256)));
        assert_eq!(normalized(&"a".repeat(257)), None);
        assert_eq!(normalized(&"\u{1fa7}".repeat(257)), None);
    }

    #[test]
    fn composition_never_makes_more_than_four_characters_one() {
        for c in '\0'..=char::MAX {
            assert!(c.to_string().nfd().count() <= 4 || c.to_string().nfc().count() > 1, "{c:?}");
        }
    }
}
