//! Many at once with one token.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::json;

use super::{begin, counts, listed, log_in, refresh};
use crate::on_both_databases;
use crate::support::actor::PASSWORD;
use crate::support::app::Setup;

const AT_ONCE: usize = 50;

on_both_databases! {
    async fn fifty_at_once_with_one_token_get_one_successor_and_nobody_is_logged_out(app: TestApp) {
        let ada = app.register("ada").await;
        let beside = app.beside(Setup::on(app.backend)).await;
        let mut pair = begin(&ada).await;
        for _ in 0..4 {
            let servers = [app, &beside].into_iter().cycle().take(AT_ONCE);
            let pairs = join_all(servers.map(|server| refresh(server, &pair.refresh))).await;
            let successors: HashSet<_> = pairs.iter().map(|pair| &pair.refresh).collect();
            assert_eq!(successors.len(), 1);
            assert!(!successors.contains(&pair.refresh));
            for next in &pairs {
                assert!(counts(app, &next.access).await);
            }
            pair = pairs[0].clone();
        }
        assert!(counts(app, ada.token.as_deref().expect("signed in")).await);
        assert_eq!(listed(app, &pair.access).await.len(), 2);
    }

    /// Whatever order they come in: what is there afterwards was begun with the new password.
    async fn a_login_that_races_with_another_password_leaves_no_sign_in_behind(app: TestApp) {
        let ada = app.register("ada").await;
        let mut access = ada.token.clone().expect("signed in");
        let change = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken } }";
        let mut old = PASSWORD.to_owned();
        for round in 0..6 {
            let new = format!("{PASSWORD} and {round}");
            let input = json!({ "input": { "currentPassword": old, "newPassword": new } });
            let owner = app.with_token(&access);
            let logins = join_all((0..8).map(|_| log_in(app, &ada.email, &old)));
            let (replies, changed) = tokio::join!(logins, owner.data(change, input));
            changed["changePassword"]["accessToken"].as_str().expect("a token").clone_into(&mut access);
            assert_eq!(listed(app, &access).await.len(), 1);
            for reply in replies {
                match reply.body["data"]["login"]["accessToken"].as_str() {
                    Some(early) => assert!(!counts(app, early).await),
                    None => assert_eq!(reply.code(), "INVALID_CREDENTIALS"),
                }
            }
            old = new;
        }
    }
}
