//! Tasks: the words that search looks through.
//!
//! Each word is kept behind a sign of its owner. A search for a beginning gathers every word that begins so; behind the
//! sign those are the owner's alone, however many others there are.

use crate::store::{OwnedTasks, Owner};
use crate::text::words;

/// Characters of the owner's id that make the sign. Two owners may share one: the sign only makes searches short, what
/// keeps owners apart is `owner_id`, as everywhere.
const SIGN: usize = 8;

impl OwnedTasks<'_> {
    /// The words of both texts as they are kept.
    pub(super) fn searchable(&self, title: &str, description: Option<&str>) -> String {
        let mut all = words(title);
        all.extend(description.map(words).unwrap_or_default());
        signed(self.owner, &all).join(" ")
    }
}

/// Folded words, each behind its owner's sign.
pub(super) fn signed(owner: &Owner, words: &[String]) -> Vec<String> {
    let id = owner.user_id().uuid().simple().to_string();
    // The last characters are the random ones.
    let sign = &id[id.len() - SIGN..];
    words.iter().map(|word| format!("{sign}{word}")).collect()
}
