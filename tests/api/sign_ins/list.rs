//! What the list of sign-ins tells.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use taskward::store::RefreshRules;
use taskward::time::Timestamp;

use super::{Pair, begin, listed, logout, refresh, try_refresh};
use crate::on_both_databases;
use crate::support::actor::PASSWORD;
use crate::support::app::Setup;
use crate::support::beneath;
use crate::support::client::post;
use crate::support::forger::claims;

const LIST: &str = "{ signIns { id createdAt lastUsedAt expiresAt userAgent ipAddress } }";
const LOGIN: &str = "mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }";
const REFRESH: &str =
    "mutation ($input: RefreshInput) { refresh(input: $input) { accessToken refreshToken } }";

/// A public mutation, sent by a program of this name.
fn sent_by(name: Option<&str>, query: &str, input: &Value) -> Request<Full<Bytes>> {
    let mut request = post(json!({ "query": query, "variables": { "input": input } }).to_string());
    if let Some(name) = name {
        request.headers_mut().insert("user-agent", name.parse().expect("a header"));
    }
    request
}

fn instant(value: &Value) -> Timestamp {
    Timestamp::parse(value.as_str().expect("text")).expect("an instant")
}

on_both_databases! {
    async fn each_entry_tells_who_came_from_where_and_when(app: TestApp) {
        let ada = app.register("ada").await;
        let input = json!({ "email": ada.email, "password": PASSWORD });
        let reply = app.send(sent_by(Some("Firefox on her laptop"), LOGIN, &input)).await;
        let pair = Pair::of(&reply.json()["data"]["login"]);
        let list = ada.data(LIST, json!({})).await["signIns"].clone();
        assert_eq!(list.as_array().map(Vec::len), Some(2));
        let entry = &list[0];
        assert_eq!(entry["id"], claims(&pair.access)["sid"]);
        assert_eq!(
            json!([entry["userAgent"], entry["ipAddress"]]),
            json!(["Firefox on her laptop", "127.0.0.1"])
        );
        assert_eq!(entry["createdAt"], entry["lastUsedAt"]);
        assert_eq!(instant(&entry["createdAt"]) + Duration::from_hours(24 * 30), instant(&entry["expiresAt"]));
        assert_eq!(list[1]["userAgent"], json!(null), "registration's own, by a program without a name");

        // What goes on elsewhere is seen there.
        let input = json!({ "refreshToken": pair.refresh });
        app.send(sent_by(Some("curl/8"), REFRESH, &input)).await;
        let later = ada.data(LIST, json!({})).await["signIns"][0].clone();
        assert_eq!(json!([later["id"], later["userAgent"]]), json!([entry["id"], "curl/8"]));
        assert_eq!(later["createdAt"], entry["createdAt"]);
        assert!(instant(&later["lastUsedAt"]) >= instant(&entry["lastUsedAt"]));
        assert_eq!(instant(&later["lastUsedAt"]) + Duration::from_hours(24 * 30), instant(&later["expiresAt"]));
    }

    async fn the_one_used_last_comes_first_and_what_has_ended_is_not_there(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        begin(&bob).await;
        let id = |pair: &Pair| claims(&pair.access)["sid"].as_str().expect("an id").to_owned();
        let access = ada.token.as_deref().expect("signed in");
        let own = claims(access)["sid"].as_str().expect("an id").to_owned();
        let (first, second, third) = (begin(&ada).await, begin(&ada).await, begin(&ada).await);
        assert_eq!(listed(app, access).await, [id(&third), id(&second), id(&first), own.clone()]);
        refresh(app, &first.refresh).await;
        assert_eq!(listed(app, access).await, [id(&first), id(&third), id(&second), own.clone()]);
        logout(app, &third.refresh).await;
        assert_eq!(listed(app, access).await, [id(&first), id(&second), own.clone()]);

        // One whose time has run out is not there either, long before it is removed.
        let rules = RefreshRules { idle: Duration::ZERO, ..Setup::on(app.backend).refresh.expect("on") };
        let hasty = app.beside(Setup { refresh: Some(rules), ..Setup::on(app.backend) }).await;
        let ended = begin(&hasty.here(&ada)).await;
        assert_eq!(listed(app, access).await, [id(&first), id(&second), own]);
        let rows = "select cast(count(*) as text) from sign_ins";
        assert_eq!(beneath::texts(app.database.url.expose(), rows).await, ["6"]);
        let node = "query ($id: ID!) { node(id: $id) { id } }";
        assert_eq!(ada.data(node, json!({ "id": id(&ended) })).await, json!({ "node": null }));
    }

    async fn one_sign_in_too_many_ends_the_oldest_of_its_kind(app: TestApp) {
        let ada = app.register("ada").await;
        let used = refresh(app, &begin(&ada).await.refresh).await;
        let first = begin(&ada).await;
        for _ in 0..100 {
            begin(&ada).await;
        }
        let list = ada.data("{ signIns { id } }", json!({})).await["signIns"].clone();
        assert_eq!(list.as_array().expect("a list").len(), 101);
        assert_eq!(try_refresh(app, &first.refresh).await.code(), "UNAUTHENTICATED", "never used, and old");
        let mut newest = refresh(app, &used.refresh).await;
        for _ in 0..100 {
            newest = refresh(app, &begin(&ada).await.refresh).await;
        }
        begin(&ada).await;
        assert_eq!(try_refresh(app, &used.refresh).await.code(), "UNAUTHENTICATED", "used, and not for longest");
        refresh(app, &newest.refresh).await;
        assert_eq!(app.with_token(&first.access).ask("{ me { id } }", json!({})).await.status.as_u16(), 200);
    }
}
