//! The file of issuers. Taken apart by hand, because a library that says what is wrong quotes what it met, which may be a
//! secret.

use std::path::Path;

use toml::{Table, Value};

use super::{IssuerTexts, Place, Refused};
use crate::secret::Secret;

pub(super) fn read(path: &Path) -> Result<Vec<IssuerTexts>, Refused> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Refused::new(format!("ISSUERS: the file {} cannot be read: {error}.", path.display()))
    })?;
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<IssuerTexts>, Refused> {
    let table: Table = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        Refused::new(format!("ISSUERS: line {} is no TOML.", before.matches('\n').count() + 1))
    })?;
    let must = || Refused::new("ISSUERS: the file must hold nothing but [[issuer]] tables, at least one.");
    let mut members = table.into_iter();
    let (Some((name, Value::Array(issuers))), None) = (members.next(), members.next()) else {
        return Err(must());
    };
    if name != "issuer" || issuers.is_empty() {
        return Err(must());
    }
    let issuers = issuers.into_iter().enumerate().map(|(at, issuer)| match issuer {
        Value::Table(issuer) => one(Place::File(at + 1), issuer),
        _ => Err(must()),
    });
    issuers.collect()
}

fn one(place: Place, table: Table) -> Result<IssuerTexts, Refused> {
    let mut issuer = IssuerTexts::at(place);
    for (key, value) in table {
        let must = |what: &str| Refused::new(format!("{} must be {what}.", place.name(&key)));
        let text = |value: Value| match value {
            Value::String(text) => Ok(Some(text)),
            _ => Err(must("a text in quotes")),
        };
        match key.as_str() {
            "iss" => issuer.iss = text(value)?,
            "aud" => issuer.aud = text(value)?,
            "jwks_url" => issuer.jwks_url = text(value)?,
            "id" => issuer.id = text(value)?,
            "email" => issuer.email = text(value)?,
            "name" => issuer.name = text(value)?,
            "algorithms" => issuer.algorithms = texts(value).ok_or_else(|| must("a list of texts"))?,
            "secrets" => {
                let secrets = texts(value).ok_or_else(|| must("a list of texts"))?;
                issuer.secrets = secrets.into_iter().map(Secret::from).collect();
            }
            _ => {
                let known = "iss, aud, algorithms, jwks_url, secrets, id, email and name";
                return Err(Refused::new(format!("{} is unknown; there are {known}.", place.name(&key))));
            }
        }
    }
    Ok(issuer)
}

fn texts(value: Value) -> Option<Vec<String>> {
    let Value::Array(values) = value else { return None };
    let text = |value| match value {
        Value::String(text) => Some(text),
        _ => None,
    };
    values.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_issuer_of_the_file_is_read() {
        let text = "
            [[issuer]]
            iss = \"https://a.example\"
            aud = 'tasks'
            algorithms = [\"RS256\"]
            jwks_url = \"https://a.example/jwks\"
            id = \"user.id\"
            [[issuer]]
            iss = \"b\"
            secrets = [\"one\", \"two\"]
        ";
        let [a, b] = parse(text).expect("fine").try_into().expect("two");
        assert_eq!((a.iss.as_deref(), a.aud.as_deref()), (Some("https://a.example"), Some("tasks")));
        assert_eq!((a.algorithms, a.id.as_deref()), (vec!["RS256".to_owned()], Some("user.id")));
        assert_eq!((b.place, b.secrets.len(), b.jwks_url), (Place::File(2), 2, None));
    }

    #[test]
    fn what_is_wrong_is_named_and_never_quoted() {
        for (text, sentence) in [
            ("", "ISSUERS: the file must hold nothing but [[issuer]] tables, at least one."),
            ("iss = \"hunter2\"", "ISSUERS: the file must hold nothing but [[issuer]] tables, at least one."),
            (
                "[issuer]\nsecrets = [\"hunter2\"]",
                "ISSUERS: the file must hold nothing but [[issuer]] tables, at least one.",
            ),
            ("[[issuer]]\nsecrets = [hunter2]", "ISSUERS: line 2 is no TOML."),
            ("[[issuer]]\nsecrets = \"hunter2\"", "ISSUERS, issuer 1: secrets must be a list of texts."),
            (
                "[[issuer]]\n[[issuer]]\nsecrets = [\"hunter2\", 2]",
                "ISSUERS, issuer 2: secrets must be a list of texts.",
            ),
            ("[[issuer]]\niss = 2", "ISSUERS, issuer 1: iss must be a text in quotes."),
            (
                "[[issuer]]\nsecret = \"hunter2\"",
                "ISSUERS, issuer 1: secret is unknown; there are iss, aud, algorithms, jwks_url, secrets, id, email and name.",
            ),
        ] {
            assert_eq!(parse(text).expect_err(text).to_string(), sentence);
        }
    }
}
