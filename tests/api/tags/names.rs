//! A tag's name is unlike its owner's other tags' names, however they are spelled.

use futures_util::future::join_all;
use serde_json::json;

use crate::on_both_databases;
use crate::support::mutation::code;

/// Spellings of one name.
const SAME: [&[&str]; 6] = [
    &["home", "Home", "HOME", " hOmE "],
    &["caf\u{e9}", "cafe\u{301}", "CAF\u{c9}", "CAFE\u{301}"],
    &["stra\u{df}e", "STRASSE", "Strasse", "STRA\u{1e9e}E"],
    &["\u{3bf}\u{3b4}\u{3cc}\u{3c2}", "\u{39f}\u{394}\u{38c}\u{3a3}"],
    &["\u{fb01}n", "FIN", "\u{ff26}in"],
    &["\u{434}\u{43e}\u{43c}", "\u{414}\u{41e}\u{41c}"],
];

/// Names that are like those above, and others.
const OTHER: [&str; 5] = ["cafe", "cafe\u{300}", "hom\u{e9}", "ho me", "\u{434}\u{43e}\u{43c}a"];

on_both_databases! {
    async fn another_spelling_of_a_name_is_a_conflict(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let other = ada.create_tag("other").await;
        for spellings in SAME {
            let id = ada.create_tag(spellings[0]).await;
            let before = ada.stored().await;
            for name in spellings {
                assert_eq!(
                    ada.refused("createTag", json!({ "name": name })).await,
                    code("CONFLICT"),
                    "{name}"
                );
                let rename = json!({ "id": other, "name": name, "color": "#000000" });
                assert_eq!(ada.refused("updateTag", rename).await, code("CONFLICT"), "{name}");
            }
            assert_eq!(ada.stored().await, before);
            for name in spellings.iter().rev() {
                let renamed = ada.done("updateTag", json!({ "id": id, "name": name })).await;
                assert_eq!(renamed["name"], name.trim(), "its own name may be spelled otherwise");
            }
        }
        for name in OTHER {
            ada.create_tag(name).await;
        }
        let count = &ada.data("{ tags { totalCount } }", json!({})).await["tags"]["totalCount"];
        assert_eq!(*count, json!(1 + SAME.len() + OTHER.len()));
        bob.create_tag("home").await;
    }

    async fn of_many_creations_of_one_name_at_once_one_is_made(app: TestApp) {
        let ada = app.register("ada").await;
        let replies = join_all((0..10).map(|number| {
            let name = SAME[0][number % SAME[0].len()];
            ada.mutate("createTag", json!({ "name": name }))
        }))
        .await;
        let (made, refused): (Vec<_>, Vec<_>) =
            replies.iter().partition(|reply| reply.body.get("errors").is_none());
        assert_eq!(made.len(), 1);
        assert!(refused.iter().all(|reply| reply.refusal() == code("CONFLICT")));
        assert_eq!(ada.stored().await.tags.len(), 1);
    }

    async fn two_tags_can_trade_their_names_by_a_third(app: TestApp) {
        let ada = app.register("ada").await;
        let [one, two] = [ada.create_tag("one").await, ada.create_tag("two").await];
        for (id, name) in [(&one, "three"), (&two, "one"), (&one, "two")] {
            ada.done("updateTag", json!({ "id": id, "name": name })).await;
        }
        let list = ada.data("{ tags { nodes { id name } } }", json!({})).await;
        let nodes = json!([{ "id": two, "name": "one" }, { "id": one, "name": "two" }]);
        assert_eq!(list, json!({ "tags": { "nodes": nodes } }));
    }
}
