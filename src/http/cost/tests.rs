use std::fmt::Write;

use async_graphql::Name;
use async_graphql::parser::parse_query;
use serde_json::json;

use super::*;
use crate::graphql::model::Model;
use crate::settings::QueryLimits;

fn model() -> Model {
    Model::read(&crate::graphql::sdl()).expect("the schema parses")
}

fn with(query: &str, variables: serde_json::Value) -> u64 {
    let document = parse_query(query).expect(query);
    let (name, operation) = document.operations.iter().next().expect("one");
    let variables = async_graphql::Variables::from_json(variables);
    let Cost(rows) = compile(&model(), &document).reckon(name.map(Name::as_str), &operation.node, &variables);
    rows
}

fn cost(query: &str) -> u64 {
    with(query, json!({}))
}

#[test]
fn rows_are_counted_and_ten_values_are_a_row() {
    for (query, rows) in [
        ("{__typename}", 1),
        ("{__schema{types{name}}}", 300),
        ("{a:__type(name:\"Task\"){name} b:__type(name:\"Task\"){name}}", 600),
        ("{me{id}}", 2),
        ("{me{id id id id id id id id id id id}}", 3),
        ("{me{__typename __typename __typename __typename __typename a:id a:id a:id a:id a:id a:id}}", 3),
        ("{tasks{nodes{id}}}", 1 + 22),
        ("{tasks(first:100){nodes{id}}}", 1 + 110),
        ("{tasks(last:100){nodes{id}}}", 1 + 110),
        ("{tasks(first:null){nodes{id}}}", 1 + 22),
        // Refused by the list itself.
        ("{tasks(first:2000000000){nodes{id}}}", 1 + 110),
        ("{tasks(first:-1){nodes{id}}}", 1),
        ("{tasks(first:1,last:100){nodes{id}}}", 1 + 110),
        // Rows are read whatever is asked of them.
        ("{tasks(first:100){pageInfo{hasNextPage}}}", 1 + 1 + 100),
        ("{tasks(first:100){totalCount}}", 1 + 10 + 100),
        ("{tasks(first:100){edges{cursor}}}", 1 + 100),
        ("{tasks(first:100){edges{node{id}}}}", 1 + 110),
        ("{tasks(first:100){edges{node{id}} nodes{id}}}", 1 + 220),
        ("{tasks(first:1){nodes{description}}}", 1 + 11),
        ("{tasks(first:100){nodes{tags{id}}}}", 1 + 100 * (1 + 22)),
        ("{tasks(first:10){nodes{owner{tasks(first:10){nodes{id}}}}}}", 1 + 10 * (1 + 1 + 1 + 11)),
        ("{nodes(ids:[\"x\"]){id}}", 110),
        ("{signIns{id}}", 220),
        ("mutation{createTask(input:{title:\"tea\"}){task{id}}}", 10 + 1 + 2),
        ("{nothing{nothing}}", 1),
    ] {
        assert_eq!(cost(query), rows, "{query}");
    }
}

#[test]
fn however_it_is_put_it_costs_the_same() {
    let plain = cost("{tasks(first:100){nodes{id tags{id}}}}");
    assert_eq!(plain, 1 + 100 * 23 + 10);
    let row = "id tags{id}";
    for query in [
        format!("{{...{{tasks(first:100){{...{{nodes{{...{{{row}}}}}}}}}}}}}"),
        format!(
            "{{...on Query{{tasks(first:100){{...on TaskConnection{{nodes{{...on Task{{{row}}}}}}}}}}}}}"
        ),
        "{a:tasks(first:100){b:nodes{c:id d:tags{e:id}}}}".to_owned(),
        format!(
            "{{...A}} fragment A on Query{{tasks(first:100){{...B}}}} fragment B on TaskConnection{{nodes{{...C}}}} fragment C on Task{{{row}}}"
        ),
        format!("{{tasks(first:100){{nodes{{...on Node{{...on Task{{{row}}}}}}}}}}}"),
        format!("{{tasks(first:100)@skip(if:true){{nodes@include(if:false){{{row}}}}}}}"),
        format!("query($v:Int=100){{tasks(first:$v){{nodes{{{row}}}}}}}"),
        format!(
            "query($v:Int=100){{...A}} fragment A on Query{{tasks(last:$v){{...B}}}} fragment B on TaskConnection{{nodes{{{row}}}}}"
        ),
        "{tasks(first:100){nodes{id} nodes{tags{id}}}}".to_owned(),
    ] {
        let more = if query.contains("nodes{id} nodes") { 100 } else { 0 };
        assert_eq!(cost(&query), plain + more, "{query}");
    }
    let twice = format!("{{a:tasks(first:100){{nodes{{{row}}}}} b:tasks(first:100){{nodes{{{row}}}}}}}");
    assert_eq!(cost(&twice), 2 * plain);
    let twice = format!("{{...F ...F}} fragment F on Query{{tasks(first:100){{nodes{{{row}}}}}}}");
    assert_eq!(cost(&twice), 2 * plain);
}

#[test]
fn variables_say_how_long_lists_are() {
    let query = "query($n:Int,$m:Int=30){tasks(first:$n){nodes{...F} ...G}}
        fragment F on Task{owner{tasks(last:$m){nodes{id}}}} fragment G on TaskConnection{edges{node{...F}}}";
    let both = |n: u64, m: u64| (1000 + n * 2 * (1000 + 1000 + 1000 + m * 1100)).div_ceil(1000);
    for (variables, n, m) in [
        (json!({}), 20, 30),
        (json!({ "n": 100, "m": 100 }), 100, 100),
        (json!({ "n": null, "m": null }), 20, 20),
        (json!({ "n": 7, "m": 1 }), 7, 1),
        (json!({ "n": 1_000_000_000, "m": 1 }), 100, 1),
        (json!({ "n": 5 }), 5, 30),
    ] {
        assert_eq!(with(query, variables.clone()), both(n, m), "{variables}");
    }
    let either = "query($n:Int,$m:Int){tasks(first:$n,last:$m){nodes{id}}}";
    assert_eq!(with(either, json!({ "n": 1, "m": 50 })), 1 + 55);
    assert_eq!(with(either, json!({ "m": 50 })), 1 + 55);
}

#[test]
fn each_operation_of_a_document_costs_what_it_asks_for() {
    let document =
        parse_query("query A{me{id}} query B($n:Int){tasks(first:$n){nodes{id}}} query C{signIns{id}}")
            .expect("fine");
    let formula = compile(&model(), &document);
    let variables = async_graphql::Variables::from_json(json!({ "n": 100 }));
    for (wanted, rows) in [("A", 2), ("B", 111), ("C", 220)] {
        let (name, operation) = document
            .operations
            .iter()
            .find(|(name, _)| name.is_some_and(|name| name == wanted))
            .expect(wanted);
        let found = formula.reckon(name.map(Name::as_str), &operation.node, &variables);
        assert_eq!(found, Cost(rows), "{wanted}");
    }
}

/// Each fragment spreads the next one so often, and the last one asks for a list.
fn bomb(levels: usize, spreads: usize) -> String {
    let mut text = "query($n:Int){...f0}".to_owned();
    for n in 0..levels {
        let next = format!("...f{} ", n + 1).repeat(spreads);
        let _ = write!(text, " fragment f{n} on Query{{{next} tasks(first:$n){{nodes{{id}}}}}}");
    }
    let _ = write!(text, " fragment f{levels} on Query{{tasks(first:$n){{nodes{{id}}}}}}");
    text
}

#[test]
fn formulas_grow_with_the_length_of_a_document_and_not_faster() {
    let size = |text: &str| {
        let formula = compile(&model(), &parse_query(text).expect(text));
        let lists = formula.lists.iter().map(|list| 1 + list.once.lists.len() + list.each.lists.len());
        lists.sum::<usize>()
    };
    for (levels, spreads) in [(25, 2), (25, 100), (25, 1)] {
        let text = bomb(levels, spreads);
        // Each selection once, and a list more for each fragment.
        assert!(size(&text) <= levels * (spreads + 3) + 1, "{levels} {spreads}: {}", size(&text));
        let constant = text.replace("$n}", "9}").replace("first:$n", "first:9");
        assert_eq!(size(&constant), 0);
        assert!(cost(&constant) >= 10, "{constant}");
    }
    assert_eq!(with(&bomb(25, 100), json!({ "n": 100 })), u64::MAX.div_ceil(1000));
}

#[test]
fn what_clients_usually_ask_for_costs_far_less_than_is_allowed() {
    let QueryLimits { max_cost, .. } = QueryLimits::default();
    let task = "id title description completed completedAt priority dueAt version createdAt updatedAt";
    for query in [
        "{tasks(first: 20, filter: {search: \"plant\"}) {totalCount nodes {id title completed} pageInfo {hasNextPage endCursor}}}".to_owned(),
        format!("{{tasks(first: 100) {{totalCount edges {{cursor node {{{task} tags {{id name color}}}}}} pageInfo {{hasNextPage endCursor}}}}}}"),
        "{me {id name email} tags(first: 100) {nodes {id name color tasks(first: 5) {totalCount nodes {id title}}}}}".to_owned(),
    ] {
        assert!(cost(&query) * 2 < max_cost, "{query}: {}", cost(&query));
    }
    let square = "{tasks(first: 100) {nodes {owner {tasks(first: 100) {nodes {id}}}}}}";
    assert!(cost(square) > max_cost);
}
