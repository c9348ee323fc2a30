//! Texts and searches to try, and what a search finds: by folding and splitting in memory.

use proptest::prelude::*;
use proptest::sample::select;
use taskward::text::words;

/// Words of many scripts, some of them spellings of others.
const WORDS: [&str; 32] = [
    "tea",
    "Tea",
    "TEAS",
    "te",
    "t",
    "t\u{e9}a",
    "te\u{301}a",
    "\u{c9}T\u{c9}",
    "\u{e9}t\u{e9}",
    "ete",
    "2026",
    "20",
    "h2o",
    "na\u{ef}ve",
    "stra\u{df}e",
    "STRASSE",
    "\u{130}stanbul",
    "istanbul",
    "\u{131}",
    "\u{39f}\u{394}\u{39f}\u{3a3}",
    "\u{3bf}\u{3b4}\u{3cc}\u{3c2}",
    "\u{434}\u{43e}\u{43c}\u{430}",
    "\u{414}\u{41e}\u{41c}",
    "\u{65e5}\u{672c}\u{8a9e}",
    "\u{65e5}\u{672c}",
    "\u{30ab}\u{30bf}",
    "\u{ff76}\u{ff80}",
    "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}",
    "\u{645}\u{631}\u{62d}\u{628}\u{627}",
    "\u{fb01}sh",
    "NEAR",
    "or",
];
/// What stands between words; most of it is syntax somewhere.
const BETWEEN: [&str; 20] = [
    " ",
    "  ",
    "-",
    "'",
    "\u{2019}",
    ", ",
    " & ",
    " | ",
    "!",
    ":*",
    " <-> ",
    "(",
    ")",
    "\"",
    " OR ",
    " NEAR(",
    "\\",
    ";--",
    "*",
    "\u{1f375}",
];

/// A text of some words.
pub fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        12 => select(&WORDS[..]).prop_map(str::to_owned),
        1 => proptest::collection::vec(any::<char>(), 1..4).prop_map(String::from_iter),
    ];
    let part = (word, select(&BETWEEN[..])).prop_map(|(word, between)| word + between);
    proptest::collection::vec(part, 1..6).prop_map(|parts| parts.concat().replace(char::is_control, ""))
}

/// Some words of which the last may be cut short.
pub fn search() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        12 => select(&WORDS[..]).prop_map(str::to_owned),
        1 => proptest::collection::vec(any::<char>(), 1..3).prop_map(String::from_iter),
    ];
    let part = (word, select(&BETWEEN[..]), 0..8_usize);
    proptest::collection::vec(part, 1..=3).prop_map(|parts| {
        let mut search = String::new();
        for (at, (word, between, length)) in parts.iter().enumerate() {
            let whole = at + 1 < parts.len() || *length == 0;
            search.extend(word.chars().take(if whole { usize::MAX } else { *length }));
            search.push_str(if at + 1 < parts.len() { between } else { "" });
        }
        search
    })
}

/// Whether a search finds a task of these texts.
pub fn finds(search: &str, texts: [&str; 2]) -> bool {
    let there: Vec<_> = texts.into_iter().flat_map(words).collect();
    let wanted = words(search);
    let Some((prefix, whole)) = wanted.split_last() else { return true };
    whole.iter().all(|word| there.contains(word))
        && there.iter().any(|word| word.starts_with(prefix.as_str()))
}
