//! Values out of a token that nobody has checked, made fit for a terminal.

use serde_json::Value;

/// Longest text out of a token that is shown, in characters.
const LONGEST_SHOWN: usize = 120;

/// A value as text, cut where it gets long.
pub(super) fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => return "none".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(_)) => return "an object".to_owned(),
        Some(value) => value.to_string(),
    };
    let mut plain: String = text.chars().take(LONGEST_SHOWN).flat_map(escaped).collect();
    if text.chars().nth(LONGEST_SHOWN).is_some() {
        plain.push('…');
    }
    plain
}

/// What could move the cursor, or turn the direction of writing, is shown by its number.
fn escaped(c: char) -> impl Iterator<Item = char> {
    let is_plain = matches!(c, '"' | '\'' | '\\');
    let (as_is, by_number) = if is_plain { (Some(c), None) } else { (None, Some(c.escape_debug())) };
    as_is.into_iter().chain(by_number.into_iter().flatten())
}
