//! What a tag may be, how many there may be, and ids that clients choose.

use futures_util::future::join_all;
use serde_json::{Value, json};
use taskward::id::{TagId, TaskId};
use taskward::time::Clock;

use crate::on_both_databases;
use crate::support::mutation::{bad, code};

fn fresh_tag() -> Value {
    json!(TagId::fresh().to_string())
}

on_both_databases! {
    async fn a_name_alone_makes_a_tag(app: TestApp) {
        let ada = app.register("ada").await;
        let before = Clock.now().to_string();
        let reply = ada.mutate("createTag", json!({ "name": "home" })).await;
        let tag = &reply.data()["createTag"]["tag"];
        let created_at = tag["createdAt"].as_str().expect("an instant").to_owned();
        assert!(before <= created_at && created_at <= Clock.now().to_string());
        tag["id"].as_str().expect("an id").parse::<TagId>().expect("a tag's id");
        let expected = json!({ "data": { "createTag": { "tag": { "id": tag["id"], "name": "home", "color": null,
            "createdAt": created_at, "updatedAt": created_at } } } });
        assert_eq!(reply.body, expected);
    }

    async fn a_tag_keeps_to_its_bounds(app: TestApp) {
        let ada = app.register("ada").await;
        let id = ada.create_tag("first").await;
        let before = ada.stored().await;
        let [long, wide] = ["x".repeat(51), "\u{1f375}".repeat(51)];
        let names = ["", " \t\n", &long, &wide, "a\0b", "a\nb", "a\tb", "a\u{7f}b"];
        let colors = [
            "",
            "#",
            "red",
            "#fff",
            "a0b1c2",
            "#a0b1c",
            "#a0b1c2d",
            "#a0b1cg",
            " #a0b1c2",
            "#\u{e9}\u{e9}\u{e9}",
            "#a0b1c2\0",
        ];
        for name in names {
            assert_eq!(ada.refused("createTag", json!({ "name": name })).await, bad("name"), "{name:?}");
            assert_eq!(
                ada.refused("updateTag", json!({ "id": id, "name": name })).await,
                bad("name"),
                "{name:?}"
            );
        }
        for color in colors {
            let input = json!({ "name": "home", "color": color });
            assert_eq!(ada.refused("createTag", input).await, bad("color"), "{color:?}");
            assert_eq!(
                ada.refused("updateTag", json!({ "id": id, "color": color })).await,
                bad("color"),
                "{color:?}"
            );
        }
        for wrong in ["", "tag_", &TaskId::fresh().to_string(), &ada.id] {
            let input = json!({ "id": wrong, "name": "home" });
            assert_eq!(ada.refused("createTag", input).await, bad("id"), "{wrong:?}");
        }
        assert_eq!(ada.stored().await, before);
        for (given, name) in [
            ("x".repeat(50), "x".repeat(50)),
            ("\u{1f375}".repeat(50), "\u{1f375}".repeat(50)),
            ("\u{2003} one, two \t".into(), "one, two".into()),
        ] {
            let tag = ada.done("createTag", json!({ "name": given, "color": "#A0b1C2" })).await;
            assert_eq!((&tag["name"], &tag["color"]), (&json!(name), &json!("#a0b1c2")));
        }
    }

    async fn a_person_has_a_thousand_tags_and_no_more(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let last = json!({ "id": fresh_tag(), "name": "last" });
        let names: Vec<_> = (0..999).map(|number| json!({ "name": format!("tag {number}") })).collect();
        for some in names.chunks(20) {
            ada.done_together("createTag", some).await;
        }
        let kept = ada.done("createTag", last.clone()).await;
        let rev = ada.rev().await;
        let reply = ada.mutate("createTag", json!({ "name": "one more" })).await;
        let expected = json!({ "data": null, "errors": [{
            "message": "There are as many as there may be.", "path": ["createTag"],
            "locations": [{ "line": 1, "column": 38 }], "extensions": { "code": "CONFLICT" },
        }] });
        assert_eq!(reply.body, expected);
        assert_eq!(ada.done("createTag", last).await, kept, "a retry still finds its tag");
        assert_eq!(ada.data("{ tags { totalCount } }", json!({})).await["tags"]["totalCount"], 1000);
        assert_eq!(ada.rev().await, rev);
        bob.create_tag("his own").await;
        ada.done("deleteTag", json!({ "id": kept["id"] })).await;
        ada.create_tag("one more").await;
    }

    async fn the_same_creation_sent_again_answers_with_the_one_tag(app: TestApp) {
        let ada = app.register("ada").await;
        let input = json!({ "id": fresh_tag(), "name": "home", "color": "#a0b1c2" });
        let rev = ada.rev().await;
        let answers = join_all((0..20).map(|_| ada.done("createTag", input.clone()))).await;
        assert!(answers.iter().all(|tag| *tag == answers[0]), "{answers:#?}");
        assert_eq!(ada.rev().await, rev + 1);
        let in_other_words = json!({ "id": input["id"], "name": " home ", "color": "#A0B1C2" });
        assert_eq!(ada.done("createTag", in_other_words).await, answers[0]);
        let renamed = ada.done("updateTag", json!({ "id": input["id"], "name": "work" })).await;
        let retried = ada.done("createTag", input.clone()).await;
        assert_eq!(retried, renamed, "a late retry answers with what it became");
        ada.create_tag("home").await;
        assert_eq!(ada.done("createTag", input).await, renamed, "even when another has the name by then");
    }

    async fn other_content_under_a_used_id_is_a_conflict(app: TestApp) {
        let ada = app.register("ada").await;
        let input = json!({ "id": fresh_tag(), "name": "home" });
        ada.done("createTag", input.clone()).await;
        let before = ada.stored().await;
        for (name, color) in [("Home", None), ("work", None), ("home", Some("#000000"))] {
            let other = json!({ "id": input["id"], "name": name, "color": color });
            assert_eq!(ada.refused("createTag", other).await, code("CONFLICT"), "{name}");
        }
        assert_eq!(ada.stored().await, before);
        ada.done("deleteTag", json!({ "id": input["id"] })).await;
        let before = ada.stored().await;
        assert_eq!(ada.refused("createTag", input).await, code("CONFLICT"), "it was deleted");
        assert_eq!(ada.stored().await, before);
    }
}
