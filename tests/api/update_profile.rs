//! `updateProfile`.

use serde_json::json;

use crate::on_both_databases;
use crate::support::mutation::{USER, bad};

on_both_databases! {
    async fn a_name_is_set_kept_and_cleared(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let me = format!("{{ me {{ {USER} }} }}");
        let his = bob.data(&me, json!({})).await;
        let mut user = ada.data(&me, json!({})).await["me"].clone();
        let expected = json!({ "id": ada.id, "email": ada.email, "emailVerified": false, "name": null,
            "createdAt": user["createdAt"], "updatedAt": user["createdAt"] });
        assert_eq!(user, expected);
        let rev = ada.rev().await;
        for (given, name) in [
            (json!({ "name": "  Ada Lovelace " }), json!("Ada Lovelace")),
            (json!({}), json!("Ada Lovelace")),
            (json!({ "name": "Ada Lovelace" }), json!("Ada Lovelace")),
            (json!({ "name": null }), json!(null)),
            (json!({ "name": null }), json!(null)),
            (json!({ "name": "\u{1f375}".repeat(100) }), json!("\u{1f375}".repeat(100))),
            (json!({ "name": " \t" }), json!(null)),
            (json!({ "name": "" }), json!(null)),
        ] {
            let before = user.clone();
            let reply = ada.mutate("updateProfile", given).await;
            user["name"] = name;
            if user != before {
                user["updatedAt"] = reply.data()["updateProfile"]["user"]["updatedAt"].clone();
                assert!(before["updatedAt"].as_str() <= user["updatedAt"].as_str());
            }
            assert_eq!(reply.body, json!({ "data": { "updateProfile": { "user": user } } }));
            assert_eq!(ada.data(&me, json!({})).await["me"], user);
            assert_eq!(ada.rev().await, rev, "a profile is not among what changes tell of");
        }
        assert_eq!(bob.data(&me, json!({})).await, his);
    }

    async fn a_name_beyond_its_bounds_is_refused(app: TestApp) {
        let ada = app.register("ada").await;
        let before = ada.stored().await;
        for name in [
            "x".repeat(101),
            "\u{1f375}".repeat(101),
            "a\nb".into(),
            "a\tb".into(),
            "a\0b".into(),
            "a\u{9f}b".into(),
        ] {
            assert_eq!(ada.refused("updateProfile", json!({ "name": name })).await, bad("name"), "{name:?}");
        }
        assert_eq!(ada.stored().await, before);
        assert_eq!(ada.data("{ me { name } }", json!({})).await["me"]["name"], json!(null));
    }
}
