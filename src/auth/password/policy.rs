//! What a new password must be.

use std::fmt;

use zxcvbn::feedback::Suggestion;
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Entropy, Score, zxcvbn};

use super::{LONGEST, normalized};
use crate::secret::Secret;

/// How many characters zxcvbn sees. Its time grows with the square of them, and up to a hundredfold with characters
/// that stand for others: the worst 32 take 65 ms, the worst 100 take 840. What follows cannot make them easier to
/// guess.
const JUDGED: usize = 32;
/// Words out of the context that a password is searched for, and their length in characters.
const CONTEXT_WORDS: usize = 32;
const CONTEXT_WORD: usize = 64;

/// What a new password has to be. Length and strength count, and any character will do (NIST SP 800-63B, 3.1.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// The least number of characters, counted after NFC.
    pub min_length: usize,
}

impl PasswordPolicy {
    /// The greatest number of characters, counted after NFC.
    pub const MAX_LENGTH: usize = LONGEST;
    /// The least `min_length` that a server should run with.
    pub const LEAST_MIN_LENGTH: usize = 8;

    /// The password in the form that may be hashed, unless it is too short, too long or too easy to guess.
    ///
    /// The context is what everybody knows of the user: email, name. Takes about a millisecond, 65 at worst.
    pub fn judge(&self, password: &Secret, context: &[&str]) -> Result<NewPassword, WeakPassword> {
        let text = normalized(password).ok_or(WeakPassword::TooLong { at_most: Self::MAX_LENGTH })?;
        if text.expose().chars().count() < self.min_length {
            return Err(WeakPassword::TooShort { at_least: self.min_length });
        }
        let start: String = text.expose().chars().take(JUDGED).collect();
        let known = known_words(context);
        let estimate = zxcvbn(&start, &known.iter().map(String::as_str).collect::<Vec<_>>());
        if estimate.score() < Score::Three {
            return Err(WeakPassword::Guessable { advice: advice(&estimate, &known) });
        }
        Ok(NewPassword(text))
    }
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min_length: 12 }
    }
}

/// A password that was judged and found good, in NFC. Only [`PasswordPolicy::judge`] makes one.
#[derive(Debug)]
pub struct NewPassword(Secret);

impl NewPassword {
    pub(super) fn text(&self) -> &Secret {
        &self.0
    }
}

/// What is wrong with a password, in a sentence or two for the person who chose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeakPassword {
    /// Fewer characters than the policy wants.
    TooShort {
        /// How many it wants.
        at_least: usize,
    },
    /// More characters than any policy takes.
    TooLong {
        /// How many are taken.
        at_most: usize,
    },
    /// Long enough, and still among the first that a guesser tries.
    Guessable {
        /// What makes it so, and what would make it better.
        advice: String,
    },
}

impl fmt::Display for WeakPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { at_least } => {
                write!(f, "The password is too short: it needs at least {at_least} characters.")
            }
            Self::TooLong { at_most } => {
                write!(f, "The password is too long: it may have at most {at_most} characters.")
            }
            Self::Guessable { advice } => f.write_str(advice),
        }
    }
}

impl std::error::Error for WeakPassword {}

/// Each text of the context and the words in it, `ada.lovelace@example.com` and `lovelace`, in lower case.
fn known_words(context: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    for text in context {
        let text: String = text.chars().take(CONTEXT_WORD).collect::<String>().to_lowercase();
        let local_part = text.split('@').next().unwrap_or_default().to_owned();
        let parts = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
        words.extend([text.clone(), local_part].into_iter().chain(parts));
    }
    words.retain(|word| word.chars().count() > 2);
    words.truncate(CONTEXT_WORDS);
    words
}

fn advice(estimate: &Entropy, known: &[String]) -> String {
    let feedback = estimate.feedback();
    let is_about_the_user = estimate.sequence().iter().any(
        |part| matches!(&part.pattern, MatchPattern::Dictionary(found) if known.contains(&found.matched_word)),
    );
    let weakness = match feedback.and_then(zxcvbn::feedback::Feedback::warning) {
        _ if is_about_the_user => "The password contains your email or name.".to_owned(),
        Some(warning) => warning.to_string(),
        None => "The password is easy to guess.".to_owned(),
    };
    let remedy = match feedback.and_then(|feedback| feedback.suggestions().first()) {
        Some(Suggestion::AddAnotherWordOrTwo) | None => {
            "Add another word or two; uncommon ones are better.".to_owned()
        }
        Some(suggestion) => suggestion.to_string(),
    };
    format!("{weakness} {remedy}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ADA: [&str; 2] = ["ada.lovelace@example.com", "Ada King, Countess of Lovelace"];

    fn judge(password: &str) -> Result<String, String> {
        PasswordPolicy::default()
            .judge(&Secret::from(password.to_owned()), &ADA)
            .map(|good| good.text().expose().to_owned())
            .map_err(|weak| weak.to_string())
    }

    #[test]
    fn length_is_counted_in_characters_not_bytes() {
        let short = "The password is too short: it needs at least 12 characters.";
        let long = "The password is too long: it may have at most 256 characters.";
        for password in
            ["", "Tr0ub4dor&3", "\u{1f40e}\u{1f50b}\u{1f4ce}\u{2705}", "e\u{301}e\u{301}wq7zxke\u{301}fu"]
        {
            assert_eq!(judge(password), Err(short.to_owned()), "{password}");
        }
        for count in [257, 1_000_000] {
            assert_eq!(judge(&"\u{10348}".repeat(count)), Err(long.to_owned()));
        }
        let words = "gravel otter seventeen marmalade ".repeat(8);
        assert_eq!(judge(&words[..256]), Ok(words[..256].to_owned()));
    }

    #[test]
    fn any_character_will_do_and_none_is_required() {
        for password in [
            "gravel otter marmalade",
            "\u{43f}\u{443}\u{442}\u{435}\u{432}\u{43e}\u{434}\u{43d}\u{430}\u{44f} \u{431}\u{440}\u{44e}\u{43a}\u{432}\u{430}",
            "\u{1f40e}\u{1f50b}\u{1f4ce}\u{2705}\u{1f9c0}\u{1f6f0}\u{1f9ed}\u{1f33b}\u{1f511}\u{1f6a2}\u{1f4a1}\u{1f998}",
            "qv\0xk\u{7}rm\u{1b}plwd\tz",
        ] {
            assert_eq!(judge(password), Ok(password.to_owned()), "{password}");
        }
    }

    #[test]
    fn what_is_kept_is_nfc() {
        assert_eq!(judge("gravel otter re\u{301}glisse"), Ok("gravel otter r\u{e9}glisse".to_owned()));
    }

    #[test]
    fn a_guessable_password_is_refused_with_advice() {
        let better = "Add another word or two; uncommon ones are better.";
        for (password, weakness) in [
            (
                "passwordpassword",
                "Repeats like \"abcabcabc\" are only slightly harder to guess than \"abc\".",
            ),
            ("aaaaaaaaaaaaaaaa", "Repeats like \"aaa\" are easy to guess."),
            ("abcdefghijklmnop", "Sequences like abc or 6543 are easy to guess."),
            ("qwertyuiopasdfgh", "This is similar to a commonly used password."),
            ("ada.lovelace@example.com", "The password contains your email or name."),
            ("Lovelace1815!", "The password contains your email or name."),
            ("ecalevol.ada", "The password contains your email or name."),
        ] {
            assert_eq!(judge(password), Err(format!("{weakness} {better}")), "{password}");
        }
    }

    #[test]
    fn what_is_weak_for_one_is_fine_for_another() {
        let password = Secret::from("zimbardoquelltext".to_owned());
        let policy = PasswordPolicy::default();
        for known in [["zimbardo@example.com", "Quelltext"], ["zimbardo@quelltext.example", ""]] {
            assert!(policy.judge(&password, &known).is_err(), "{known:?}");
        }
        assert!(policy.judge(&password, &ADA).is_ok());
    }

    #[test]
    fn the_start_of_a_password_has_to_be_good() {
        let weak = "a".repeat(JUDGED);
        assert!(judge(&format!("{weak}gravel otter marmalade")).is_err());
        assert!(judge(&format!("gravel otter marmalade{weak}")).is_ok());
    }

    #[test]
    fn a_huge_context_costs_no_more_than_a_small_one() {
        let long = "lovelace ".repeat(100_000);
        assert_eq!(known_words(&[&long]).len(), 9);
        assert!(known_words(&[long.as_str(); 100]).len() <= CONTEXT_WORDS);
    }

    #[test]
    fn nothing_prints_the_password() {
        let policy = PasswordPolicy::default();
        let good = policy.judge(&Secret::from("gravel otter marmalade".to_owned()), &ADA).expect("good");
        assert!(!format!("{good:?}").contains("otter"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_is_typed_gets_an_answer(password in "\\PC{12,40}", name in "\\PC{0,20}") {
            let _answer = PasswordPolicy::default().judge(&Secret::from(password), &[&name]);
        }
    }
}
