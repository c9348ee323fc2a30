use super::*;
use crate::http::testing::App;

fn loaded(manifest: &str) -> Result<Trusted, String> {
    let manifest = Manifest::read(manifest).expect("a manifest");
    let trust = Trust { manifest, enforced: true };
    Trusted::load(&trust, &QueryLimits::default(), &*App::new().api)
        .map_err(|untrusted| untrusted.to_string())
}

#[tokio::test]
async fn a_document_that_cannot_run_is_refused_by_its_name_and_by_what_is_wrong() {
    let other = Fingerprint::of("{who}");
    for (manifest, sentence) in [
        (
            r#"{"a":"{hello}","b":"{"}"#.to_owned(),
            r#"the document "b": Syntax error at line 1, column 2: something is missing"#.to_owned(),
        ),
        (
            r#"{"a":"{nothing}"}"#.to_owned(),
            r#"the document "a": Unknown field "nothing" on type "Reads""#.to_owned(),
        ),
        (
            r#"{"a":"query A{hello} query B{nothing}"}"#.to_owned(),
            r#"the document "a": Unknown field "nothing" on type "Reads""#.to_owned(),
        ),
        (
            format!(r#"{{"a":"{{{}}}"}}"#, "hello ".repeat(21)),
            r#"the document "a": The query is too complex: 21 fields at the root, 20 are allowed"#.to_owned(),
        ),
        (
            r#"{"a":"{hello}","a":"{who}"}"#.to_owned(),
            r#"the document "a": its id stands there twice"#.to_owned(),
        ),
        (
            format!(r#"{{"sha256:{other}":"{{hello}}"}}"#),
            format!(r#"the document "sha256:{other}": its id is not the SHA-256 of its text"#),
        ),
        (
            r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"a","name":"Tasks","type":"query","body":"{nothing}"}]}"#.to_owned(),
            r#"the document "Tasks": Unknown field "nothing" on type "Reads""#.to_owned(),
        ),
    ] {
        assert_eq!(loaded(&manifest).err().as_deref(), Some(sentence.as_str()), "{manifest}");
    }
}

#[tokio::test]
async fn two_ids_may_mean_one_text() {
    let trusted = loaded(r#"{"a":"{hello}","b":"{hello}"}"#).expect("fine");
    let (a, b) = (trusted.by_id("a").expect("a"), trusted.by_id("b").expect("b"));
    assert!(Arc::ptr_eq(&a, &b) && trusted.by_id("c").is_none());
}
