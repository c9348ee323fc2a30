use async_graphql::parser::parse_query;
use serde_json::{Value as Json, json};

use super::*;

const SDL: &str = "
    enum Size { SMALL LARGE }
    scalar Instant
    input Box { size: Size! = SMALL, wide: Int!, at: Instant, inner: Box, tags: [String!] }
    input Either @oneOf { id: ID, name: String }
    type Query { pack(box: Box, boxes: [Box!], size: Size, wide: Int, ratio: Float, id: ID, on: Boolean, either: Either): Query }
";

fn told(result: Result<(), Vec<ServerError>>) -> Vec<String> {
    let errors = result.err().unwrap_or_default();
    assert!(errors.iter().all(|error| !error.locations.is_empty() && error.extensions.is_some()));
    errors.into_iter().map(|error| error.message).collect()
}

fn variables(definitions: &str, given: Json) -> Vec<String> {
    let document = parse_query(format!("query ({definitions}) {{ pack {{ pack }} }}")).expect(definitions);
    let (_, operation) = document.operations.iter().next().expect("one");
    let model = Model::read(SDL).expect("a schema");
    told(check_variables(&model, &operation.node, &Variables::from_json(given)))
}

fn literals(query: &str) -> Vec<String> {
    let model = Model::read(SDL).expect("a schema");
    told(check_literals(&model, &parse_query(query).expect(query)))
}

#[test]
fn variables_that_fit_are_taken() {
    for (definitions, given) in [
        ("$a: Int", json!({})),
        ("$a: Int", json!({ "a": null })),
        ("$a: Int! = 1", json!({})),
        ("$a: Int!", json!({ "a": -2_147_483_648_i64, "more": [] })),
        ("$a: Float!", json!({ "a": 1 })),
        ("$a: ID!", json!({ "a": 7 })),
        ("$a: Size!", json!({ "a": "LARGE" })),
        ("$a: [Int!]!", json!({ "a": 7 })),
        ("$a: [[Int]]", json!({ "a": [null, [null, 1], 2] })),
        ("$a: Instant!", json!({ "a": { "any": "thing" } })),
        ("$a: Box!", json!({ "a": { "wide": 1, "inner": { "wide": 2, "size": "SMALL", "tags": "x" } } })),
        ("$a: Either!", json!({ "a": { "id": "x" } })),
    ] {
        assert_eq!(variables(definitions, given), [""; 0], "{definitions}");
    }
}

#[test]
fn variables_that_do_not_fit_are_named_before_anything_runs() {
    for (definitions, given, message) in [
        ("$a: Int!", json!({}), "Variable \"$a\" is missing: it must be of type \"Int!\"."),
        ("$a: Int! = 1", json!({ "a": null }), "Variable \"$a\" must be of type \"Int!\", not null."),
        (
            "$a: Int",
            json!({ "a": 2_147_483_648_i64 }),
            "Variable \"$a\" must be of type \"Int\", not this number.",
        ),
        ("$a: Int", json!({ "a": 1.5 }), "Variable \"$a\" must be of type \"Int\", not this number."),
        ("$a: Int", json!({ "a": "1" }), "Variable \"$a\" must be of type \"Int\", not this string."),
        ("$a: String", json!({ "a": true }), "Variable \"$a\" must be of type \"String\", not a boolean."),
        ("$a: ID", json!({ "a": 1.5 }), "Variable \"$a\" must be of type \"ID\", not this number."),
        ("$a: Size", json!({ "a": "HUGE" }), "Variable \"$a\" must be of type \"Size\", not this string."),
        ("$a: [Int!]", json!({ "a": [1, null] }), "Variable \"$a\" must be of type \"Int!\", not null."),
        ("$a: Int", json!({ "a": [1] }), "Variable \"$a\" must be of type \"Int\", not a list."),
        ("$a: Box", json!({ "a": [] }), "Variable \"$a\" must be of type \"Box\", not a list."),
        (
            "$a: Box",
            json!({ "a": {} }),
            "Variable \"$a\", field \"wide\" is missing: it must be of type \"Int!\".",
        ),
        ("$a: Box", json!({ "a": { "wide": 1, "colour": 1 } }), "Variable \"$a\" has no field \"colour\"."),
        (
            "$a: [Box]",
            json!({ "a": [{ "wide": 1, "inner": { "wide": null } }] }),
            "Variable \"$a\", field \"wide\" must be of type \"Int!\", not null.",
        ),
        ("$a: Either", json!({ "a": {} }), "Variable \"$a\" takes exactly one of its fields."),
        (
            "$a: Either",
            json!({ "a": { "id": null } }),
            "Variable \"$a\", field \"id\" must be of type \"ID!\", not null.",
        ),
    ] {
        assert_eq!(variables(definitions, given), [message], "{definitions}");
    }
    let many = json!({ "a": vec![json!("x"); 1000] });
    assert_eq!(variables("$a: [Int]", many).len(), 1);
    let definitions: Vec<String> = (0..100).map(|number| format!("$v{number}: Int!")).collect();
    assert_eq!(variables(&definitions.join(" "), json!({})).len(), TOLD);
}

#[test]
fn literals_are_what_the_engine_lets_pass_as_well() {
    for (query, message) in [
        (
            "{ pack(size: \"SMALL\") { pack } }",
            Some("Argument \"size\" must be of type \"Size\", not this string."),
        ),
        (
            "{ pack(wide: 3000000000) { pack } }",
            Some("Argument \"wide\" must be of type \"Int\", not this number."),
        ),
        (
            "{ ... { pack { ...f } } } fragment f on Query { pack(box: { wide: 1, size: \"LARGE\" }) { pack } }",
            Some("Argument \"box\", field \"size\" must be of type \"Size!\", not this string."),
        ),
        (
            "query ($v: Size = \"LARGE\") { pack(size: $v) { pack } }",
            Some("Variable \"$v\" must be of type \"Size\", not this string."),
        ),
        (
            "query A { ...f } query B { ...f } fragment f on Query { pack(size: \"LARGE\") { pack } }",
            Some("Argument \"size\" must be of type \"Size\", not this string."),
        ),
        (
            "{ pack(either: { id: null }) { pack } }",
            Some("Argument \"either\", field \"id\" must be of type \"ID!\", not null."),
        ),
        (
            "query ($v: Int!) { pack(size: LARGE, wide: $v, box: { wide: $v }) { nothing(size: \"x\") } }",
            None,
        ),
    ] {
        assert_eq!(literals(query), message.into_iter().collect::<Vec<_>>(), "{query}");
    }
}

#[test]
fn a_variable_stands_only_where_its_type_is_wanted() {
    for (query, wanted) in [
        ("query ($v: Int) { pack(wide: $v) { pack } }", None),
        ("query ($v: Int!) { pack(wide: $v) { pack } }", None),
        ("query ($v: Size) { pack(box: { wide: 1, size: $v }) { pack } }", None),
        ("query ($v: Int = 1) { pack(box: { wide: $v }) { pack } }", None),
        ("query ($v: [Box!]) { pack(boxes: $v) { pack } }", None),
        ("query ($v: [Box!]!) { pack(boxes: $v) { pack } }", None),
        ("query ($v: Boolean!) { pack @skip(if: $v) { pack @include(if: $v) } }", None),
        ("query ($v: Boolean = true) { pack @skip(if: $v) { pack } }", None),
        ("query ($v: String) { pack @client(always: $v) { pack @skip(unless: $v) } }", None),
        ("query ($v: ID!) { pack(either: { id: $v }) { pack } }", None),
        ("query ($v: ID) { pack(either: { id: $v }) { pack } }", Some(("ID!", "ID"))),
        ("query A ($v: Int) { ...f } query B { pack } fragment f on Query { pack(wide: $v) { pack } }", None),
        ("query ($v: String) { pack(wide: $v) { pack } }", Some(("Int", "String"))),
        ("query ($v: Int) { pack(box: { wide: $v }) { pack } }", Some(("Int!", "Int"))),
        ("query ($v: Int = null) { pack(box: { wide: $v }) { pack } }", Some(("Int!", "Int"))),
        ("query ($v: [Box]) { pack(boxes: $v) { pack } }", Some(("[Box!]", "[Box]"))),
        ("query ($v: Box!) { pack(boxes: $v) { pack } }", Some(("[Box!]", "Box!"))),
        ("query ($v: Box) { pack(boxes: [$v]) { pack } }", Some(("Box!", "Box"))),
        ("query ($v: Boolean) { pack { pack @skip(if: $v) } }", Some(("Boolean!", "Boolean"))),
        (
            "query ($v: String) { ...f ...f } fragment f on Query { ... { pack(wide: $v) { pack } } }",
            Some(("Int", "String")),
        ),
    ] {
        let told = literals(query);
        match wanted {
            None => assert_eq!(told, [""; 0], "{query}"),
            Some((wanted, own)) => {
                let [message] = told.as_slice() else { panic!("{query}: {told:?}") };
                let end = format!(" must be of type \"{wanted}\", not \"$v\" of type \"{own}\".");
                assert!(message.ends_with(&end), "{query}: {message}");
            }
        }
    }
}
