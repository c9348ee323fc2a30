//! `requestPasswordReset` and `resetPassword`.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use taskward::email::EmailAddress;
use taskward::mail::AppUrl;
use taskward::secret::Secret;
use taskward::service::ResetLink;
use taskward::throttle::Throttle;
use taskward::time::Clock;

use crate::on_both_databases;
use crate::support::actor::PASSWORD;
use crate::support::app::Setup;
use crate::support::mails::APP;
use crate::support::{Backend, Reply, TestApp, beneath};

const NEW: &str = "gravel otter marmalade";

async fn log_in(app: &TestApp, email: &str, password: &str) -> Reply {
    let query = "mutation ($input: LoginInput!) { login(input: $input) { user { id } } }";
    app.anonymous().ask(query, json!({ "input": { "email": email, "password": password } })).await
}

async fn count(app: &TestApp, table: &str) -> String {
    let count = format!("select cast(count(*) as text) from {table}");
    beneath::texts(app.database.url.expose(), &count).await.concat()
}

/// The token of the only link in the mail that was sent last.
async fn token_for(app: &TestApp, email: &str) -> String {
    app.request_reset(email).await.data();
    app.last_mail().await.token()
}

on_both_databases! {
    async fn a_link_sent_by_mail_sets_a_new_password_and_signs_nobody_in(app: TestApp) {
        let ada = app.register("ada").await;
        let reply = app.request_reset(" ADA@example.com ").await;
        assert_eq!(reply.body, json!({ "data": { "requestPasswordReset": { "ok": true } } }));
        let [mail] = &app.mails().await[..] else { panic!("one mail") };
        assert_eq!(mail.header("To"), "ada@example.com");
        assert_eq!(mail.header("Subject"), "Choose a new password");
        let token = mail.token();
        assert!(mail.whole.contains(&format!("{APP}/reset-password#token={token}\r\n")), "{}", mail.whole);

        let reply = app.reset(&token, NEW).await;
        assert_eq!(reply.body, json!({ "data": { "resetPassword": { "ok": true } } }));
        assert!(reply.headers.get("set-cookie").is_none());
        assert_eq!(log_in(app, &ada.email, PASSWORD).await.code(), "INVALID_CREDENTIALS");
        assert_eq!(log_in(app, &ada.email, NEW).await.data()["login"]["user"]["id"], ada.id);

        let [_, told] = &app.mails().await[..] else { panic!("a second mail") };
        assert_eq!(told.header("To"), "ada@example.com");
        assert_eq!(told.header("Subject"), "Your password was changed");
        assert!(!told.whole.contains("token") && told.whole.contains(APP), "{}", told.whole);
        assert_eq!(app.mails().await.len(), 2);
    }

    async fn a_new_password_ends_every_sign_in(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let (_, refresh_token) = ada.sign_in_again().await;
        let token = token_for(app, &ada.email).await;
        app.reset(&token, NEW).await.data();
        assert_eq!(ada.ask("{ me { id } }", json!({})).await.status, 401);
        let refresh = "mutation ($input: RefreshInput) { refresh(input: $input) { tokenType } }";
        let input = json!({ "input": { "refreshToken": refresh_token } });
        assert_eq!(app.anonymous().ask(refresh, input).await.code(), "UNAUTHENTICATED");
        assert_eq!(count(app, "sign_ins").await, "1", "Bob's");
        bob.data("{ me { id } }", json!({})).await;
    }

    async fn whoever_is_disabled_gets_no_link_and_none_that_is_out_counts(app: TestApp) {
        let ada = app.register("ada").await;
        let known = app.request_reset(&ada.email).await;
        let token = app.last_mail().await.token();
        let (operator, user) = (app.services.store.operator(), ada.id.parse().expect("an id"));
        app.request_reset(&ada.email).await.data();
        operator.disable(user, Clock.now()).await.expect("disabled");
        assert_eq!(app.request_reset(&ada.email).await.bytes, known.bytes);
        assert_eq!(app.mails().await.len(), 1);
        assert_eq!(app.reset(&token, NEW).await.field(), "token");
        operator.enable(user).await.expect("enabled");
        log_in(app, &ada.email, PASSWORD).await.data();
    }

    async fn a_password_that_was_changed_by_hand_is_told_by_mail_too(app: TestApp) {
        let ada = app.register("ada").await;
        let change = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { tokenType } }";
        let input = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
        ada.data(change, json!({ "input": input })).await;
        let mail = app.last_mail().await;
        assert_eq!((mail.header("To"), mail.header("Subject")), (ada.email.as_str(), "Your password was changed"));
    }

    async fn whether_an_address_has_an_account_shows_in_neither_answer_nor_work(app: TestApp) {
        let ada = app.register("ada").await;
        let known = app.request_reset(&ada.email).await;
        known.data();
        assert_eq!(known.statements().len(), 1, "{:#?}", known.statements());
        for email in ["nobody@example.com", "bob@example.com"] {
            let unknown = app.request_reset(email).await;
            assert_eq!((unknown.status, &unknown.bytes), (known.status, &known.bytes));
            assert_eq!(unknown.statements(), known.statements());
        }
        assert_eq!(app.mails().await.len(), 1);
        // Somebody whom another issuer signs in has no password here to set.
        beneath::execute(app.database.url.expose(), "update users set password_hash = null").await;
        let foreign = app.request_reset(&ada.email).await;
        assert_eq!((foreign.bytes, foreign.request_id.len()), (known.bytes, known.request_id.len()));
        assert_eq!(app.mails().await.len(), 1);
        assert_eq!(count(app, "reset_requests").await, "0");
        assert_eq!(app.request_reset("no address at all").await.field(), "email");
    }

    async fn a_token_that_does_not_count_is_refused_alike_for_every_reason(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let never = app.reset(&"x".repeat(43), NEW).await;
        assert_eq!(never.field(), "token");
        assert_eq!(
            never.body["errors"][0]["message"],
            "token: The link has expired, was used before, or is not whole. Ask for a new one."
        );
        let used = token_for(app, &ada.email).await;
        app.reset(&used, NEW).await.data();
        let replaced = token_for(app, &ada.email).await;
        let newest = token_for(app, &ada.email).await;
        bob.request_verification().await;
        let of_another_kind = app.last_mail().await.token();
        let half = &newest[..42];
        let longer = format!("{newest}x");
        for token in [used.as_str(), &replaced, &of_another_kind, half, &longer, "", "' or 1=1"] {
            for password in [NEW, "short"] {
                let reply = app.reset(token, password).await;
                assert_eq!((reply.status, &reply.bytes), (never.status, &never.bytes), "{token:?}");
            }
        }
        // Nobody's try has used up what counts.
        app.reset(&newest, PASSWORD).await.data();
        log_in(app, &ada.email, PASSWORD).await.data();
    }

    async fn a_link_counts_for_half_an_hour(app: TestApp) {
        let ada = app.register("ada").await;
        let (email, now) = (EmailAddress::parse(&ada.email).expect("fine"), Clock.now());
        let mut tokens = Vec::new();
        for minutes in [29, 31] {
            let then = now - Duration::from_mins(minutes);
            app.services.store.outbox().ask_for_reset(&email, then).await.expect("kept");
            tokens.push(app.mails_at(then).await.pop().expect("a mail").token());
            let reply = app.reset(tokens.last().expect("one"), NEW).await;
            assert_eq!(reply.body.get("errors").is_none(), minutes < 30, "{minutes}");
        }
    }

    async fn a_mail_whose_link_has_expired_is_not_sent(app: TestApp) {
        let ada = app.register("ada").await;
        let (email, now) = (EmailAddress::parse(&ada.email).expect("fine"), Clock.now());
        let then = now - Duration::from_mins(31);
        app.services.store.outbox().ask_for_reset(&email, then).await.expect("kept");
        assert_eq!(app.mails_at(now).await.len(), 0);
        let user = app.services.store.credentials().by_email(&email).await.expect("read").expect("Ada").user;
        let kind = taskward::store::MailKind::PasswordReset;
        app.services.store.outbox().queue(&user, kind, then).await.expect("queued");
        assert_eq!(app.mails_at(now).await.len(), 0);
        assert_eq!((count(app, "mails").await, count(app, "reset_requests").await), ("0".into(), "0".into()));
    }

    async fn of_many_that_come_with_one_token_at_once_one_sets_the_password(app: TestApp) {
        let ada = app.register("ada").await;
        let token = token_for(app, &ada.email).await;
        let passwords: Vec<_> = (0..10).map(|number| format!("{NEW} number {number}")).collect();
        let replies = join_all(passwords.iter().map(|password| app.reset(&token, password))).await;
        let done: Vec<_> = (0..10).filter(|number| replies[*number].body.get("errors").is_none()).collect();
        assert_eq!(done.len(), 1);
        for (number, password) in passwords.iter().enumerate() {
            let reply = log_in(app, &ada.email, password).await;
            assert_eq!(reply.body.get("errors").is_none(), done == [number], "{number}");
            assert!(done == [number] || replies[number].field() == "token");
        }
    }

    async fn a_password_that_is_refused_leaves_the_link_for_a_better_one(app: TestApp) {
        let ada = app.register("quelltext").await;
        ada.data("mutation { updateProfile(input: { name: \"Zimbardo\" }) { user { id } } }", json!({})).await;
        let token = token_for(app, &ada.email).await;
        for password in ["", "short", "Quelltext!2026", "zimbardo1234", "passwordpassword"] {
            assert_eq!(app.reset(&token, password).await.field(), "newPassword", "{password:?}");
        }
        app.reset(&token, NEW).await.data();
        log_in(app, &ada.email, NEW).await.data();
    }

    async fn a_link_is_one_users_and_no_others(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let (hers, his) = (token_for(app, &ada.email).await, token_for(app, &bob.email).await);
        let query = "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { ok } }";
        // Who asks makes no difference: the token says whose password it is.
        bob.data(query, json!({ "input": { "token": hers, "newPassword": NEW } })).await;
        log_in(app, &ada.email, NEW).await.data();
        log_in(app, &bob.email, PASSWORD).await.data();
        app.reset(&his, &format!("{NEW} too")).await.data();
        log_in(app, &ada.email, NEW).await.data();
    }

    async fn a_changed_password_voids_links_that_are_out(app: TestApp) {
        let ada = app.register("ada").await;
        let token = token_for(app, &ada.email).await;
        let email = EmailAddress::parse(&ada.email).expect("fine");
        let credentials = app.services.store.credentials();
        let account = credentials.by_email(&email).await.expect("read").expect("Ada");
        let hash = account.password_hash.clone().expect("has a password");
        let set = credentials.replace_password(&account, &hash, None, Clock.now()).await;
        set.expect("set").expect("Ada is there");
        // It is void, and the mail is queued, as soon as the password counts: nothing may come between the two.
        assert_eq!((count(app, "email_tokens").await, count(app, "mails").await), ("0".into(), "1".into()));
        assert_eq!(app.reset(&token, NEW).await.field(), "token");
        assert_eq!(app.last_mail().await.header("Subject"), "Your password was changed");
    }

    async fn nothing_that_is_stored_opens_an_account(app: TestApp) {
        let ada = app.register("ada").await;
        app.request_reset(&ada.email).await.data();
        assert_eq!(count(app, "email_tokens").await, "0", "no token exists before its mail is sent");
        let token = app.last_mail().await.token();
        assert_eq!((count(app, "mails").await, count(app, "email_tokens").await), ("0".into(), "1".into()));
        let hex = match app.backend {
            Backend::Sqlite => "lower(hex(token_hash))",
            Backend::Postgres => "encode(token_hash, 'hex')",
        };
        let stored = beneath::texts(app.database.url.expose(), &format!("select {hex} from email_tokens")).await;
        assert_eq!(stored.concat().len(), 64);
        assert_eq!(app.reset(&stored.concat(), NEW).await.field(), "token");
        app.reset(&token, NEW).await.data();
        assert_eq!(count(app, "email_tokens").await, "0");
    }

    async fn an_operator_can_make_a_link(app: TestApp) {
        let ada = app.register("ada").await;
        let older = token_for(app, &ada.email).await;
        let to: AppUrl = APP.parse().expect("an address");
        let user = ada.id.parse().expect("an id");
        let made = ResetLink::make(&app.services.store, user, &to, Clock.now()).await.expect("made").expect("Ada is there");
        let link: &Secret = &made.link;
        let token = link.expose().strip_prefix(&format!("{APP}/reset-password#token=")).expect("a link");
        assert_eq!(app.reset(&older, NEW).await.field(), "token");
        app.reset(token, NEW).await.data();
        log_in(app, &ada.email, NEW).await.data();
        let nobody = taskward::id::UserId::fresh();
        assert!(ResetLink::make(&app.services.store, nobody, &to, Clock.now()).await.expect("answered").is_none());
        beneath::execute(app.database.url.expose(), "update users set password_hash = null").await;
        assert!(ResetLink::make(&app.services.store, user, &to, Clock.now()).await.expect("answered").is_none());
    }
}

#[tokio::test]
async fn the_sixth_request_for_one_address_waits_known_or_not() {
    let setup = Setup { throttle: Throttle::on(), ..Setup::on(Backend::Sqlite) };
    let app = TestApp::start_with(setup).await.expect("SQLite is always there");
    let ada = app.register("ada").await;
    for email in [ada.email.as_str(), "nobody@example.com"] {
        for _ in 0..5 {
            app.request_reset(email).await.data();
        }
        assert_eq!(app.request_reset(email).await.code(), "RATE_LIMITED", "{email}");
    }
    let mut codes = Vec::new();
    for _ in 0..30 {
        codes.push(app.reset("a guess", NEW).await.code().to_owned());
    }
    assert!(codes.iter().all(|code| code == "BAD_USER_INPUT"), "{codes:?}");
    assert_eq!(app.reset("a guess", NEW).await.code(), "RATE_LIMITED");
}
