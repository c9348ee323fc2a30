//! Many at once with one token.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::json;

use super::{Pair, assert_ended, begin, counts, listed, log_in, logout, refresh, try_refresh};
use crate::on_both_databases;
use crate::support::actor::PASSWORD;
use crate::support::app::Setup;
use crate::support::beneath;

const AT_ONCE: usize = 50;
const END: &str = "mutation ($id: ID!) { endSignIn(id: $id) { ok } }";
const CHANGE: &str =
    "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken } }";

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

    /// Whoever comes again for a successor, and whoever ends the chain: one of them is first.
    async fn coming_again_while_the_chain_is_ended_is_answered_either_way(app: TestApp) {
        let ada = app.register("ada").await;
        for _ in 0..10 {
            let first = begin(&ada).await;
            let next = refresh(app, &first.refresh).await;
            let again = join_all((0..12).map(|_| try_refresh(app, &first.refresh)));
            let (replies, ()) = tokio::join!(again, logout(app, &next.refresh));
            for reply in replies {
                if reply.body.get("errors").is_some() {
                    assert_ended(&reply);
                } else {
                    assert_eq!(Pair::of(&reply.data()["refresh"]).refresh, next.refresh);
                }
            }
            assert_ended(&try_refresh(app, &first.refresh).await);
            assert!(!counts(app, &next.access).await);
        }
    }

    /// Who knows the password of before must not have the last word over its owner, who has just changed it.
    async fn of_two_who_show_the_same_password_one_changes_it(app: TestApp) {
        let ada = app.register("ada").await;
        let mut old = PASSWORD.to_owned();
        for round in 0..4 {
            let pair = Pair::of(&log_in(app, &ada.email, &old).await.data()["login"]);
            let owner = app.with_token(&pair.access);
            let new: Vec<_> = (0..6).map(|number| format!("{PASSWORD} and {round} {number}")).collect();
            let replies = join_all(new.iter().map(|new| {
                owner.ask(CHANGE, json!({ "input": { "currentPassword": old, "newPassword": new } }))
            }))
            .await;
            let done: Vec<_> = (0..6).filter(|at| replies[*at].body.get("errors").is_none()).collect();
            assert_eq!(done.len(), 1, "{replies:#?}");
            for reply in replies.iter().filter(|reply| reply.body.get("errors").is_some()) {
                assert!(["UNAUTHENTICATED", "INVALID_CREDENTIALS"].contains(&reply.code()), "{reply:?}");
            }
            let epoch = beneath::texts(app.database.url.expose(), "select cast(epoch as text) from users").await;
            assert_eq!(epoch, [(round + 1).to_string()], "how often it was changed");
            old.clone_from(&new[done[0]]);
            log_in(app, &ada.email, &old).await.data();
        }
    }

    /// No two of these take their locks in opposite orders, and none stumbles over what another has ended.
    async fn whatever_is_done_to_sessions_at_once_is_done_or_refused(app: TestApp) {
        for round in 0..4 {
            let ada = app.register(&format!("ada{round}")).await;
            let pairs = join_all((0..8).map(|_| begin(&ada))).await;
            let ids = listed(app, ada.token.as_deref().expect("signed in")).await;
            let (pairs, ids) = (&pairs, &ids);
            let replies = join_all((0..40).map(|number| async move {
                let person = app.with_token(&pairs[number % 8].access);
                match number % 5 {
                    0 | 1 => try_refresh(app, &pairs[number % 8].refresh).await,
                    2 => log_in(app, &format!("ada{round}@example.com"), PASSWORD).await,
                    3 => person.ask(END, json!({ "id": ids[number % 8] })).await,
                    _ if number % 20 == 19 => person.ask("mutation { logoutEverywhere { ok } }", json!({})).await,
                    _ => person.ask("{ signIns { id } }", json!({})).await,
                }
            }))
            .await;
            let codes = ["UNAUTHENTICATED", "INVALID_CREDENTIALS", "NOT_FOUND"];
            for reply in replies.iter().filter(|reply| reply.body.get("errors").is_some()) {
                assert!(codes.contains(&reply.code()), "{reply:?}");
            }
        }
    }

    /// Whatever order they come in: what is there afterwards was begun with the new password.
    async fn a_login_that_races_with_another_password_leaves_no_sign_in_behind(app: TestApp) {
        let ada = app.register("ada").await;
        let mut access = ada.token.clone().expect("signed in");
        let mut old = PASSWORD.to_owned();
        for round in 0..6 {
            let new = format!("{PASSWORD} and {round}");
            let input = json!({ "input": { "currentPassword": old, "newPassword": new } });
            let owner = app.with_token(&access);
            let logins = join_all((0..8).map(|_| log_in(app, &ada.email, &old)));
            let (replies, changed) = tokio::join!(logins, owner.data(CHANGE, input));
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
