//! The file that names the trusted documents, in the forms in which tools write it.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What Apollo's `generate-persisted-query-manifest` puts into `format`.
const APOLLO: &str = "apollo-persisted-query-manifest";

/// The documents of a manifest, as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub(super) entries: Vec<Entry>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Entry {
    pub(super) id: String,
    /// What the manifest calls it.
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(rename = "body")]
    pub(super) text: String,
}

impl Manifest {
    /// Reads either of two forms, or says in half a sentence what is wrong: one object of texts by their ids, as
    /// graphql-codegen's client preset (`persisted-documents.json`) and Relay's compiler (`persistConfig.file`) write it,
    /// or Apollo's list of operations, version 1.
    pub fn read(json: &str) -> Result<Self, String> {
        let Members(members) = serde_json::from_str(json).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => "is no manifest: it must be a JSON object".to_owned(),
            _ => format!("is not JSON: line {}, column {}", error.line(), error.column()),
        })?;
        let member = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let entries = match (member("format"), member("operations")) {
            (Some(format), Some(operations)) if format == APOLLO => {
                if member("version") != Some(&Value::from(1)) {
                    return Err("is a manifest of Apollo's in another version than 1".to_owned());
                }
                of_apollo(operations)?
            }
            _ => members.into_iter().map(of_map).collect::<Result<_, _>>()?,
        };
        if entries.is_empty() {
            return Err("names no document".to_owned());
        }
        Ok(Self { entries })
    }
}

fn of_apollo(operations: &Value) -> Result<Vec<Entry>, String> {
    let operations = operations.as_array().ok_or("has `operations` that are no list")?;
    let one = |(at, operation)| {
        Entry::deserialize(operation)
            .map_err(|_| format!("has an operation without `id` and `body`, number {}", at + 1))
    };
    operations.iter().enumerate().map(one).collect()
}

fn of_map((id, text): (String, Value)) -> Result<Entry, String> {
    match text {
        Value::String(text) => Ok(Entry { id, name: None, text }),
        _ => Err(format!("has something else than the text of a document under {id:?}")),
    }
}

/// The members of an object in their order, the same one twice included.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(object: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut object: M) -> Result<Members, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = object.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        object.deserialize_map(Each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_tools_write_is_read() {
        for (json, ids, begin) in [
            (
                include_str!("manifests/graphql-codegen.json"),
                ["83152e1ff38dbb91f62353c67dd660a03ec75a9f", "e9de87c2863b169d8cd7b44f8f970cef5983d334"],
                "query Me { me { email",
            ),
            (
                include_str!("manifests/relay.json"),
                ["156ecdc0196ef45afab19823c52283db", "a9b03e247cb3f035b527201135d13545"],
                "mutation AppLoginMutation(\n",
            ),
            (
                include_str!("manifests/apollo.json"),
                [
                    "ec82f349b1f9de1ecf47c7790b6539445752bcd321af781642afdce33058bfdb",
                    "0177269f684eee88f461d29eb74b14ff4811d696ab08f76da567520381912a21",
                ],
                "mutation Login(",
            ),
        ] {
            let Manifest { entries } = Manifest::read(json).expect(begin);
            assert_eq!(entries.len(), 3);
            assert_eq!([entries[0].id.as_str(), entries[1].id.as_str()], ids);
            assert!(entries[0].text.starts_with(begin), "{}", entries[0].text);
        }
    }

    #[test]
    fn what_is_no_manifest_is_refused_by_what_is_wrong_with_it() {
        for (json, wrong) in [
            ("", "is not JSON: line 1, column 0"),
            ("{\"a\":\n", "is not JSON: line 2, column 0"),
            ("[]", "is no manifest: it must be a JSON object"),
            ("{}", "names no document"),
            (r#"{"a":{"b":"{me}"}}"#, "has something else than the text of a document under \"a\""),
            (
                r#"{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}"#,
                "is a manifest of Apollo's in another version than 1",
            ),
            (
                r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[]}"#,
                "names no document",
            ),
            (
                r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"a"}]}"#,
                "has an operation without `id` and `body`, number 1",
            ),
        ] {
            assert_eq!(Manifest::read(json).expect_err(json), wrong, "{json}");
        }
    }

    #[test]
    fn the_same_id_twice_stays_twice() {
        let Manifest { entries } = Manifest::read(r#"{"a":"{b}","a":"{c}"}"#).expect("read");
        assert_eq!(entries.len(), 2);
    }
}
