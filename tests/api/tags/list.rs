//! `tags`: by name, a page at a time.

use serde_json::{Value, json};

use crate::on_both_databases;
use crate::support::Actor;

const PAGE: &str = "query ($first: Int, $after: String, $last: Int, $before: String) {
    tags(first: $first, after: $after, last: $last, before: $before) { totalCount nodes { name }
        edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

/// Names in the order of the alphabet, which knows neither case nor accents; `Ete` is made before `été`.
const SORTED: [&str; 9] =
    ["1st", "A.b", "apple", "\u{c4}pple pie", "Ete", "\u{e9}t\u{e9}", "Z", "zebra", "\u{434}\u{43e}\u{43c}"];

async fn page(ada: &Actor<'_>, arguments: Value) -> Value {
    ada.data(PAGE, arguments).await["tags"].clone()
}

fn names(page: &Value) -> Vec<String> {
    let name = |node: &Value| node["name"].as_str().expect("a name").to_owned();
    let nodes: Vec<_> = page["nodes"].as_array().expect("a list").iter().map(name).collect();
    let edges = page["edges"].as_array().expect("a list");
    assert_eq!(edges.iter().map(|edge| name(&edge["node"])).collect::<Vec<_>>(), nodes);
    let ends =
        [edges.first(), edges.last()].map(|edge| edge.map_or(Value::Null, |edge| edge["cursor"].clone()));
    assert_eq!([&page["pageInfo"]["startCursor"], &page["pageInfo"]["endCursor"]], [&ends[0], &ends[1]]);
    nodes
}

fn flags(page: &Value) -> (bool, bool) {
    let flag = |name: &str| page["pageInfo"][name].as_bool().expect("a flag");
    (flag("hasPreviousPage"), flag("hasNextPage"))
}

on_both_databases! {
    async fn tags_come_by_name_forward_and_backward(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        bob.create_tag("his").await;
        let empty = page(&ada, json!({})).await;
        assert_eq!((names(&empty), flags(&empty), &empty["totalCount"]), (vec![], (false, false), &json!(0)));
        for at in [4, 8, 0, 5, 2, 7, 1, 6, 3] {
            ada.create_tag(SORTED[at]).await;
        }
        let whole = page(&ada, json!({})).await;
        assert_eq!((names(&whole), flags(&whole)), (SORTED.map(String::from).to_vec(), (false, false)));
        for size in 1..=10 {
            let (mut seen, mut arguments) = (Vec::new(), json!({ "first": size }));
            loop {
                let page = page(&ada, arguments.clone()).await;
                assert_eq!(page["totalCount"], SORTED.len());
                let expected: Vec<_> = SORTED.iter().skip(seen.len()).take(size).copied().collect();
                assert_eq!(names(&page), expected);
                let before = seen.len();
                seen.extend(names(&page));
                assert_eq!(flags(&page), (before > 0, seen.len() < SORTED.len()), "{size} after {before}");
                if seen.len() == SORTED.len() {
                    break;
                }
                arguments["after"] = page["pageInfo"]["endCursor"].clone();
            }
            let (mut left, mut arguments) = (SORTED.to_vec(), json!({ "last": size }));
            while !left.is_empty() {
                let page = page(&ada, arguments.clone()).await;
                let expected = left.split_off(left.len().saturating_sub(size));
                assert_eq!(names(&page), expected);
                assert_eq!(flags(&page), (!left.is_empty(), left.len() + expected.len() < SORTED.len()));
                arguments["before"] = page["pageInfo"]["startCursor"].clone();
            }
        }
    }

    async fn a_page_of_tags_has_twenty_unless_told_otherwise(app: TestApp) {
        let ada = app.register("ada").await;
        for number in 0..22 {
            ada.create_tag(&format!("tag {number:02}")).await;
        }
        let usual = page(&ada, json!({})).await;
        assert_eq!(
            (names(&usual).len(), flags(&usual), &usual["totalCount"]),
            (20, (false, true), &json!(22))
        );
        let most = page(&ada, json!({ "first": 100 })).await;
        assert_eq!((names(&most).len(), flags(&most)), (22, (false, false)));
    }
}
