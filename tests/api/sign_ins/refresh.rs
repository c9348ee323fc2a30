//! Trading a refresh token for a new session.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use taskward::auth::RefreshToken;
use taskward::store::RefreshRules;

use super::{
    Pair, assert_ended, begin, bytes, counts, listed, log_in, logout, refresh, spliced, try_refresh,
};
use crate::on_both_databases;
use crate::support::actor::PASSWORD;
use crate::support::app::Setup;
use crate::support::forger::claims;
use crate::support::remains::Remains;
use crate::support::{TestApp, beneath};

/// How many rows there are of refresh tokens and sign-ins.
async fn stored(app: &TestApp) -> Vec<String> {
    let count = |table: &str| format!("select cast(count(*) as text) from {table}");
    let mut counts = Vec::new();
    for table in ["sign_ins", "refresh_tokens"] {
        counts.extend(beneath::texts(app.database.url.expose(), &count(table)).await);
    }
    counts
}

/// Another server with the same database that takes no token twice.
async fn without_grace(app: &TestApp) -> TestApp {
    let rules = Setup::on(app.backend).refresh.map(|rules| RefreshRules { grace: Duration::ZERO, ..rules });
    app.beside(Setup { refresh: rules, ..Setup::on(app.backend) }).await
}

on_both_databases! {
    async fn a_token_is_traded_for_a_new_pair_and_the_old_one_for_the_same_successor(app: TestApp) {
        let ada = app.register("ada").await;
        let first = begin(&ada).await;
        let reply = try_refresh(app, &first.refresh).await;
        let payload = &reply.data()["refresh"];
        assert_eq!(
            json!([payload["tokenType"], payload["expiresIn"], payload["user"]]),
            json!(["Bearer", 3600, { "id": ada.id, "email": ada.email }])
        );
        let second = Pair::of(payload);
        assert_ne!(second.refresh, first.refresh);
        assert_ne!(second.access, first.access);
        assert_eq!(claims(&second.access)["sid"], claims(&first.access)["sid"]);

        let again = refresh(app, &first.refresh).await;
        assert_eq!(again.refresh, second.refresh);
        let third = refresh(app, &second.refresh).await;
        assert_eq!(refresh(app, &second.refresh).await.refresh, third.refresh);
        assert_eq!(refresh(app, &first.refresh).await.refresh, second.refresh);
        for pair in [&first, &second, &again, &third] {
            assert!(counts(app, &pair.access).await);
        }
    }

    async fn a_token_used_again_after_the_grace_ends_its_chain_and_no_other(app: TestApp) {
        let ada = app.register("ada").await;
        let strict = without_grace(app).await;
        let (other, first) = (begin(&ada).await, begin(&ada).await);
        let second = refresh(&strict, &first.refresh).await;
        // Within the very millisecond it would still be the same trade.
        let reused = loop {
            let reply = try_refresh(&strict, &first.refresh).await;
            if reply.body.get("errors").is_some() {
                break reply;
            }
        };
        assert_ended(&reused);
        for token in [&first, &second] {
            assert_ended(&try_refresh(&strict, &token.refresh).await);
            assert_ended(&try_refresh(app, &token.refresh).await);
            assert!(!counts(&strict, &token.access).await);
        }
        assert!(counts(&strict, &other.access).await);
        refresh(&strict, &other.refresh).await;
        assert_eq!(listed(&strict, &other.access).await.len(), 2, "registration's own and the other");
    }

    async fn what_is_no_token_of_a_living_chain_is_refused_in_one_way(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let (hers, his) = (begin(&ada).await, begin(&bob).await);
        let user = ada.id.parse().expect("an id");
        let unknown = RefreshToken::fresh(user).expect("random").text().expose().to_owned();
        // A thief who knows one part puts in the place of another what they have themselves.
        let ended = begin(&ada).await;
        logout(app, &ended.refresh).await;
        let (another_user, another_chain) = (spliced(&hers, &his, 0..16), spliced(&hers, &his, 16..32));
        let tokens = [
            "", "twr_", "nonsense", "null", &hers.access, &hers.refresh[4..], &format!("{} ", hers.refresh),
            &format!("{}\0", hers.refresh), &"x".repeat(60_000), &unknown, &another_user, &another_chain,
            &ended.refresh,
        ];
        for token in tokens {
            assert_ended(&try_refresh(app, token).await);
        }
        // None of these did harm.
        for (pair, person) in [(hers, &ada), (his, &bob)] {
            let next = refresh(app, &pair.refresh).await;
            assert_eq!(claims(&next.access)["sub"], person.id);
        }
    }

    /// The handle of a chain is in each of its tokens: whoever shows it without a proof held one once, or made it up.
    async fn a_proof_that_was_never_given_out_ends_the_chain(app: TestApp) {
        let ada = app.register("ada").await;
        let pair = begin(&ada).await;
        let mut forged = bytes(&pair.refresh);
        forged[63] ^= 1;
        assert_ended(&try_refresh(app, &format!("twr_{}", URL_SAFE_NO_PAD.encode(forged))).await);
        assert_ended(&try_refresh(app, &pair.refresh).await);
    }

    async fn nothing_in_the_body_or_no_input_is_an_error_of_that_argument(app: TestApp) {
        for field in ["refresh", "refresh(input: {})", "refresh(input: { refreshToken: null })"] {
            let reply = app.anonymous().ask(&format!("mutation {{ {field} {{ tokenType }} }}"), json!({})).await;
            assert_eq!(reply.field(), "refreshToken", "{field}");
        }
        for field in ["logout", "logout(input: {})"] {
            let reply = app.anonymous().ask(&format!("mutation {{ {field} {{ ok }} }}"), json!({})).await;
            assert_eq!(reply.field(), "refreshToken", "{field}");
        }
    }

    async fn without_refresh_tokens_none_is_given_none_is_taken_and_nothing_is_stored(app: TestApp) {
        let stateless = app.beside(Setup { refresh: None, ..Setup::on(app.backend) }).await;
        let ada = stateless.register("ada").await;
        assert!(claims(ada.token.as_deref().expect("signed in")).get("sid").is_none());
        let register = "mutation ($input: RegisterInput!) { register(input: $input) { refreshToken } }";
        let input = json!({ "input": { "email": "bob@example.com", "password": PASSWORD } });
        let data = stateless.anonymous().data(register, input).await;
        assert_eq!(data, json!({ "register": { "refreshToken": null } }));
        let login = log_in(&stateless, &ada.email, PASSWORD).await;
        assert_eq!(login.data()["login"]["refreshToken"], json!(null));
        assert!(counts(&stateless, login.data()["login"]["accessToken"].as_str().expect("text")).await);
        assert_eq!(stored(&stateless).await, ["0", "0"]);
        assert_eq!(ada.data("{ signIns { id } }", json!({})).await, json!({ "signIns": [] }));

        // One of a time when they were switched on counts for nothing, and comes to no harm.
        let pair = begin(&app.here(&ada)).await;
        assert_ended(&try_refresh(&stateless, &pair.refresh).await);
        assert_ended(&try_refresh(&stateless, "nonsense").await);
        refresh(app, &pair.refresh).await;
    }

    async fn only_digests_are_stored(app: TestApp) {
        let ada = app.register("ada").await;
        let first = begin(&ada).await;
        let second = refresh(app, &first.refresh).await;
        assert_eq!(stored(app).await, ["2", "1"]);
        let remains = Remains::read(&app.database).await;
        for token in [&first.refresh, &second.refresh] {
            let whole = bytes(token);
            assert_eq!(whole.len(), 64);
            for (what, part) in [
                ("the text", token.as_bytes()),
                ("the text without its prefix", &token.as_bytes()[4..]),
                ("the bytes", &whole),
                ("what the chain is known by", &whole[16..32]),
                ("the proof", &whole[32..]),
            ] {
                assert_eq!(remains.of(part), [""; 0], "{what}");
            }
        }
        // The search finds what is there.
        let user: taskward::id::UserId = ada.id.parse().expect("an id");
        assert!(!remains.of(user.uuid().as_bytes()).is_empty());
        let digest = RefreshToken::parse(&second.refresh).expect("a token").digest();
        assert_eq!(remains.of(&digest), ["sign_ins.token"]);
    }
}
