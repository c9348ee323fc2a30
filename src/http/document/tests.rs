use super::*;

fn read(text: &str) -> Result<Document, Rejection> {
    let model = Model::read("type Query { a: Int }").expect("it parses");
    Document::read(text, &QueryLimits::default(), &model)
}

fn refused(text: &str) -> String {
    format!("{:?}", read(text).expect_err(text))
}

#[test]
fn a_syntax_error_is_one_line_that_says_where_and_what() {
    for (text, message) in [
        ("", "Syntax error at line 1, column 1: something is missing."),
        ("{", "Syntax error at line 1, column 2: something is missing."),
        ("{ me { id ", "Syntax error at line 1, column 11: something is missing."),
        ("quarry { me }", "Syntax error at line 1, column 1: \"quarry\" was not expected."),
        ("{\n  me(id: ) { id }\n}", "Syntax error at line 2, column 10: \")\" was not expected."),
        ("{ caf\u{e9} }", "Syntax error at line 1, column 6: \"\u{e9}\" was not expected."),
    ] {
        let refused = refused(text);
        assert!(refused.contains(&format!("message: {message:?}")), "{text}: {refused}");
        assert!(refused.contains("GRAPHQL_VALIDATION_FAILED") && refused.contains("locations: [Pos"));
    }
}

#[test]
fn other_faults_of_a_document_are_one_line_too() {
    for text in [
        "{a} {b}",
        "query A {a} query A {b}",
        "{a} fragment f on Q {a} fragment f on Q {b}",
        "fragment f on Q {a}",
    ] {
        let refused = refused(text);
        assert!(refused.contains("The query cannot be used: "), "{text}: {refused}");
        assert!(!refused.contains("\\n") && !refused.contains(".."), "{text}: {refused}");
    }
}

#[test]
fn the_operation_is_the_named_one_or_the_only_one() {
    let read = |text| read(text).expect("fine");
    let found = |document: &Document, name| {
        let operation = document.operation(name).expect("found");
        (operation.name.map(str::to_owned), operation.kind)
    };
    assert_eq!(found(&read("{a}"), None), (None, OperationType::Query));
    let one = read("query A {a}");
    assert_eq!(found(&one, None), (Some("A".to_owned()), OperationType::Query));
    let two = read("query A {a} mutation B {b}");
    assert_eq!(found(&two, Some("B")), (Some("B".to_owned()), OperationType::Mutation));
    for (document, name) in [(&two, None), (&two, Some("C")), (&one, Some("B")), (&read("{a}"), Some("A"))] {
        assert!(document.operation(name).is_err(), "{document:?} {name:?}");
    }
}

#[test]
fn large_variables_may_be_used_at_few_places_only() {
    let document = read("query($v:[Int]){a(b:$v) c(b:$v)}").expect("fine");
    let half = usize::try_from(CHECKED / 2).expect("fits");
    assert!(document.allow_variables(half).is_ok());
    let refused = format!("{:?}", document.allow_variables(half + 1).expect_err("too much"));
    assert!(refused.contains("QUERY_TOO_COMPLEX") && refused.contains("used 2 times"), "{refused}");
}

#[test]
fn nesting_without_end_is_refused_and_not_followed() {
    for (open, close) in [("{a", "}"), ("{...", "}"), ("{...@skip(if:true)", "}")] {
        for levels in [40, 100, 60_000] {
            let text = format!("{}{{a}}{}", open.repeat(levels), close.repeat(levels));
            assert!(read(&text).is_err(), "{levels} of {open}");
        }
    }
    let _ = read(&format!("{{a(b:{})}}", "[".repeat(200_000)));
    let _ = read(&format!("{{a(b:{})}}", "{c:".repeat(60_000)));
    let _ = read(&format!("query($a:{}Int){{a}}", "[".repeat(200_000)));
}
