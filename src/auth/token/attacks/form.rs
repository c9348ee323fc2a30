use serde_json::json;

use crate::auth::token::forge::{Forge, NOW, base64url, claims, user};

#[test]
fn an_honest_token_counts() {
    for forge in Forge::both() {
        let verified = forge.verifier.verify(&forge.honest(), NOW).expect("honest");
        assert_eq!(verified.user_id(), Some(user()));
        assert_eq!(verified.issued_at().seconds(), NOW.seconds());
        assert_eq!(verified.expires_at().seconds(), NOW.seconds() + 3600);
        assert_eq!(forge.with_claims(json!({})), Ok(()));
    }
}

#[test]
fn no_reader_can_be_shown_another_value_under_a_name_used_twice() {
    for forge in Forge::both() {
        let (header, payload) = (forge.header().to_string(), claims().to_string());
        for twice in ["\"alg\":\"none\"", "\"\\u0061lg\":\"none\"", "\"x\":{\"y\":1,\"y\":2}"] {
            let header = header.replacen('{', &format!("{{{twice},"), 1);
            assert_eq!(
                forge.verdict(&forge.sign(&header, &payload)),
                Err("the header is no strict JSON object"),
                "{header}"
            );
        }
        for twice in ["\"sub\":\"user_x\"", "\"\\u0065xp\":1", "\"x\":[{\"y\":1,\"y\":1}]"] {
            let payload = payload.replacen('{', &format!("{{{twice},"), 1);
            assert_eq!(
                forge.verdict(&forge.sign(&header, &payload)),
                Err("the payload is no strict JSON object"),
                "{payload}"
            );
        }
    }
}

#[test]
fn a_part_is_one_json_object() {
    for forge in Forge::both() {
        let (header, payload) = (forge.header().to_string(), claims().to_string());
        for other in ["", "null", "[]", "\"text\"", "{} {}", "{", "not JSON"] {
            assert!(forge.verdict(&forge.sign(other, &payload)).is_err(), "{other}");
            assert!(forge.verdict(&forge.sign(&header, other)).is_err(), "{other}");
        }
        assert!(forge.verdict(&forge.sign(&format!("{header}{header}"), &payload)).is_err());
    }
}

#[test]
fn a_token_has_one_spelling() {
    for forge in Forge::both() {
        let honest = forge.honest();
        let parts: Vec<&str> = honest.split('.').collect();
        let (header, payload, signature) = (parts[0], parts[1], parts[2]);
        let (most, last) = signature.split_at(signature.len() - 1);
        let stray = char::from(last.as_bytes()[0] + 1);
        for token in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            header.to_owned(),
            format!("{header}.{payload}"),
            format!("{honest}."),
            format!(".{honest}"),
            format!("{honest}.{signature}"),
            format!("{header}..{payload}.{signature}"),
            format!("{header}=.{payload}.{signature}"),
            format!("{header}.{payload}==.{signature}"),
            format!("{honest}="),
            format!("{honest}=="),
            format!(" {honest}"),
            format!("{honest} "),
            format!("{honest}\n"),
            format!("{header}. {payload}.{signature}"),
            format!("{header}.{payload}.{most}{stray}"),
            format!("\u{e9}{honest}"),
            format!("{header}.{payload}.{}", signature.replace(['-', '_'], "+")),
            honest.to_uppercase(),
        ] {
            if token != honest {
                assert!(forge.verdict(&token).is_err(), "{token}");
            }
        }
        assert_eq!(forge.verdict(&honest), Ok(()));
    }
}

#[test]
fn padded_parts_are_refused_even_under_a_good_signature() {
    for forge in Forge::both() {
        for (header, payload) in [("=", ""), ("", "="), ("", "\n"), (" ", "")] {
            let signed = format!(
                "{}{header}.{}{payload}",
                base64url(forge.header().to_string()),
                base64url(claims().to_string())
            );
            let token = format!("{signed}.{}", forge.issuer.key().sign(&signed).expect("signed"));
            assert!(forge.verdict(&token).is_err(), "{token}");
        }
    }
}

#[test]
fn an_oversized_token_is_not_even_read() {
    for forge in Forge::both() {
        assert_eq!(forge.with_claims(json!({ "x": "y".repeat(5_000) })), Ok(()));
        assert_eq!(forge.with_claims(json!({ "x": "y".repeat(8_192) })), Err("too long"));
        assert_eq!(forge.verdict(&"a".repeat(8_193)), Err("too long"));
        assert_eq!(forge.verdict(&"a".repeat(8_192)), Err("not three parts"));
        assert_eq!(forge.verdict(&".".repeat(1_000_000)), Err("too long"));
    }
}
