//! A JSON object as a token may hold it: small, not deep, and every name in it once.
//!
//! Parsers differ in which of two equal names they believe, so that two readers of one token could see two users
//! (RFC 7515, section 4; RFC 8725, section 2.6).

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Objects and lists within each other.
const DEEPEST: u8 = 8;

/// `None` unless the text is one JSON object, the whole of it, without a repeated name at any depth.
pub(super) fn object(text: &[u8]) -> Option<Map<String, Value>> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Level(DEEPEST).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// Reads one value, in which so many more levels may open.
#[derive(Clone, Copy)]
struct Level(u8);

impl Level {
    fn below<E: Error>(self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom("too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(below)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(below)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name twice"));
            }
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_accepted_reads_as_serde_json_reads_it() {
        for text in [
            "{}",
            r#" { "a" : [1, -2, 3.5, 1e3, true, false, null, "\u00e9\ud83d\ude00"], "b": {"a": {"a": []}} } "#,
            r#"{"big": 18446744073709551615, "bigger": 18446744073709551616}"#,
            r#"{"": 1, " ": 2, "A": 3, "a": 4}"#,
        ] {
            let expected: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(object(text.as_bytes()).map(Value::Object), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_repeated_name_is_refused_at_any_depth_and_in_any_spelling() {
        for text in [
            r#"{"a": 1, "a": 1}"#,
            r#"{"a": 1, "b": 2, "\u0061": 3}"#,
            r#"{"x": {"a": 1, "a": 2}}"#,
            r#"{"x": [[{"y": {"a": null, "a": null}}]]}"#,
            r#"{"": 1, "": 2}"#,
        ] {
            assert_eq!(object(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_one_whole_object_is_refused() {
        for text in [
            "",
            "null",
            "[]",
            "1",
            "\"{}\"",
            "{} {}",
            "{}x",
            "{",
            "{\"a\"}",
            "{\"a\":1,}",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":NaN}",
            "{\"a\":1e999}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"\n\"}",
            "\u{feff}{}",
            "{/**/}",
        ] {
            assert_eq!(object(text.as_bytes()), None, "{text}");
        }
        assert_eq!(object(b"{\"a\":\"\xff\"}"), None);
    }

    #[test]
    fn depth_is_bounded_whatever_it_is_made_of() {
        let nested = |levels: usize, open: &str, close: &str| {
            format!("{{\"a\":{}1{}}}", open.repeat(levels), close.repeat(levels))
        };
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            assert!(object(nested(7, open, close).as_bytes()).is_some());
            assert!(object(nested(8, open, close).as_bytes()).is_none());
            assert!(object(nested(100_000, open, close).as_bytes()).is_none());
        }
    }
}
