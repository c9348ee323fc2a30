//! Folding of text: what counts as the same name, the same word, the same place in an alphabet.
//!
//! It happens here and not in SQL, so that SQLite and PostgreSQL cannot differ.

use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

const CASES: CaseMapperBorrowed<'static> = CaseMapper::new();

/// Longest word that search looks at, in characters; what follows is ignored in text and query alike.
const WORD: usize = 64;
/// Longest sort key, in characters; keeps every key within what a PostgreSQL index entry holds.
const SORT_KEY: usize = 200;

/// The same for all spellings of one name: letter case and Unicode form make no difference, accents do.
///
/// Unicode's `toNFKC_Casefold` without the removal of ignorable characters (Unicode 16, section 3.13.5, D147).
pub fn fold(text: &str) -> String {
    let decomposed: String = text.nfd().collect();
    let once: String = CASES.fold_string(&decomposed).nfkd().collect();
    CASES.fold_string(&once).nfkc().collect()
}

/// [`fold`] that takes the accents off as well.
fn fold_accents(text: &str) -> String {
    fold(text).nfkd().filter(|c| canonical_combining_class(*c) == 0).collect()
}

/// The words of a text in their order, folded, accents gone: runs of letters and digits.
pub fn words(text: &str) -> Vec<String> {
    fold_accents(text)
        .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(WORD).collect())
        .collect()
}

/// Where a text stands in an alphabetical list: letter case and accents make no difference.
pub fn sort_key(text: &str) -> String {
    fold_accents(text).chars().take(SORT_KEY).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_unicode_form_make_no_second_name() {
        for (one, other) in
            [("Ada", "aDA"), ("caf\u{e9}", "CAFE\u{301}"), ("stra\u{df}e", "STRASSE"), ("\u{fb01}n", "FIN")]
        {
            assert_eq!(fold(one), fold(other));
        }
        assert_ne!(fold("cafe"), fold("caf\u{e9}"));
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for text in ["\u{345}\u{3b1}", "\u{130}stanbul", "\u{1e9e}", "\u{fdfa}", "\u{3a3}\u{3c2}"] {
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
        }
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_without_accents() {
        assert_eq!(
            words(
                "Caf\u{e9}-Report, 12abc don't \u{65e5}\u{672c} \u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947} !!"
            ),
            [
                "cafe",
                "report",
                "12abc",
                "don",
                "t",
                "\u{65e5}\u{672c}",
                "\u{928}\u{92e}\u{938}\u{924}\u{947}"
            ]
        );
        assert!(words("!!! --").is_empty());
    }

    #[test]
    fn keys_and_words_stay_within_an_index_entry() {
        assert!(sort_key(&"\u{fdfa}".repeat(200)).len() <= 800);
        assert!(words(&"\u{1d54f}".repeat(10_000))[0].len() <= 256);
    }
}
