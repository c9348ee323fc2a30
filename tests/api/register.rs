//! Making an account.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use taskward::time::Timestamp;

use crate::on_both_databases;
use crate::support::actor::PASSWORD;
use crate::support::forger::claims;
use crate::support::{Backend, Reply, TestApp, beneath};

const REGISTER: &str = "mutation ($input: RegisterInput!) { register(input: $input) {
    accessToken tokenType expiresIn refreshToken user { id email emailVerified name createdAt updatedAt } } }";

async fn register(app: &TestApp, email: &str, password: &str) -> Reply {
    app.anonymous().ask(REGISTER, json!({ "input": { "email": email, "password": password } })).await
}

async fn log_in(app: &TestApp, email: &str, password: &str) -> Reply {
    let query = "mutation ($input: LoginInput!) { login(input: $input) { user { id } } }";
    app.anonymous().ask(query, json!({ "input": { "email": email, "password": password } })).await
}

async fn accounts(app: &TestApp) -> Vec<String> {
    beneath::texts(app.database.url.expose(), "select email from users order by email").await
}

/// What is wrong with the only argument that is.
fn refusal(reply: &Reply) -> (&str, &str) {
    (reply.field(), reply.body["errors"][0]["message"].as_str().expect("a message"))
}

on_both_databases! {
    async fn a_new_account_is_answered_with_its_user_and_a_token_that_works(app: TestApp) {
        let input = json!({ "email": " Ada@Example.com ", "password": PASSWORD, "name": " Ada Lovelace " });
        let mut session = app.anonymous().data(REGISTER, json!({ "input": input })).await["register"].clone();
        let user = session["user"].take();
        let token = session["accessToken"].take().as_str().expect("a token").to_owned();
        let refresh_token = session["refreshToken"].take();
        assert!(refresh_token.as_str().expect("a token").starts_with("twr_"));
        assert_eq!(
            session,
            json!({ "accessToken": null, "tokenType": "Bearer", "expiresIn": 3600, "refreshToken": null, "user": null })
        );
        assert!(user["id"].as_str().expect("an id").starts_with("user_"));
        assert_eq!(user["createdAt"], user["updatedAt"]);
        assert!(Timestamp::parse(user["createdAt"].as_str().expect("an instant")).is_some());
        assert_eq!(
            json!([user["email"], user["emailVerified"], user["name"]]),
            json!(["Ada@Example.com", false, "Ada Lovelace"])
        );
        let me = "{ me { id email emailVerified name createdAt updatedAt } }";
        assert_eq!(app.with_token(&token).data(me, json!({})).await["me"], user);
    }

    async fn a_name_may_be_left_out_and_has_its_bounds(app: TestApp) {
        let register = async |number: usize, name: Value| {
            let input =
                json!({ "email": format!("ada{number}@example.com"), "password": PASSWORD, "name": name });
            app.anonymous().ask(REGISTER, json!({ "input": input })).await
        };
        for (number, name) in [Value::Null, json!(""), json!(" \u{2003} ")].into_iter().enumerate() {
            assert_eq!(register(number, name).await.data()["register"]["user"]["name"], Value::Null);
        }
        let longest = "\u{1f375}".repeat(100);
        assert_eq!(register(10, json!(longest)).await.data()["register"]["user"]["name"], longest);
        for name in [format!("{longest}x"), "Ada\0".to_owned(), "Ada\nLovelace".to_owned()] {
            assert_eq!(register(11, json!(name)).await.field(), "name", "{name:?}");
        }
        assert_eq!(accounts(app).await.len(), 4);
    }

    async fn what_is_no_email_address_makes_no_account(app: TestApp) {
        let long = format!("{}@example.com", "a".repeat(243));
        let odd = ["a b@example.com", "Ada <ada@example.com>", "ada\0@example.com", &long];
        for email in ["", "ada", "ada@", "@example.com"].into_iter().chain(odd) {
            let reply = register(app, email, PASSWORD).await;
            assert_eq!(reply.field(), "email", "{email:?}");
            assert!(email.len() < 4 || !reply.body.to_string().contains(email), "{}", reply.body);
        }
        assert_eq!(accounts(app).await, [""; 0]);
    }

    async fn spellings_of_one_address_are_one_account(app: TestApp) {
        register(app, "caf\u{e9}.Ada@example.com", PASSWORD).await.data();
        for email in [
            "caf\u{e9}.Ada@example.com",
            "CAF\u{c9}.ADA@EXAMPLE.COM",
            "cafe\u{301}.ada@example.com",
            "CAFE\u{301}.ada@Example.Com",
            "  caf\u{e9}.ada@example.com\u{a0}\n",
        ] {
            let reply = register(app, email, PASSWORD).await;
            assert_eq!(reply.code(), "CONFLICT", "{email:?}");
            log_in(app, email, PASSWORD).await.data();
        }
        assert_eq!(accounts(app).await, ["caf\u{e9}.Ada@example.com"]);
        register(app, "cafe.ada@example.com", PASSWORD).await.data();
    }

    async fn twenty_at_once_for_one_address_make_one_account(app: TestApp) {
        let spellings = ["ada@example.com", "Ada@example.com", "ADA@EXAMPLE.COM", " ada@example.com"];
        let tries = (0..20).map(|number| register(app, spellings[number % spellings.len()], PASSWORD));
        let replies = join_all(tries).await;
        let made = replies.iter().filter(|reply| reply.body.get("errors").is_none()).count();
        assert_eq!(made, 1);
        assert!(
            replies
                .iter()
                .filter(|reply| reply.body.get("errors").is_some())
                .all(|reply| reply.code() == "CONFLICT")
        );
        assert_eq!(accounts(app).await.len(), 1);
        // The address that was taken can be used, and its owner can write.
        log_in(app, "ada@example.com", PASSWORD).await.data();
        assert_eq!(
            beneath::texts(app.database.url.expose(), "select cast(count(*) as text) from owner_clock").await,
            ["1"]
        );
    }

    async fn a_password_has_12_to_256_characters_however_they_are_written(app: TestApp) {
        let unguessable = "gravel otter seventeen marmalade ".repeat(8);
        let wide = "zq\u{e9}vxk\u{fc}wjp\u{e5}h";
        let decomposed = "zqe\u{301}vxku\u{308}wjpa\u{30a}h";
        let (longest, too_long) = (&unguessable[..256], &format!("{}x", &unguessable[..256]));
        let short = "password: The password is too short: it needs at least 12 characters.";
        let long = "password: The password is too long: it may have at most 256 characters.";
        let too_short: String = decomposed.chars().take(decomposed.chars().count() - 1).collect();
        for (password, message) in
            [("", short), ("Tr0ub4dor&3", short), (&too_short, short), (too_long, long)]
        {
            assert_eq!(refusal(&register(app, "ada@example.com", password).await), ("password", message));
        }
        let astral = "\u{1f40e}\u{1f50b}\u{1f4ce}\u{2705}\u{1f9c0}\u{1f6f0}\u{1f9ed}\u{1f33b}".repeat(32);
        for (number, password) in [wide, decomposed, longest, &astral].into_iter().enumerate() {
            let email = format!("ada{number}@example.com");
            register(app, &email, password).await.data();
            log_in(app, &email, password).await.data();
            assert_eq!(
                log_in(app, &email, &password[..password.len() - 4]).await.code(),
                "INVALID_CREDENTIALS"
            );
        }
        for email in ["ada0@example.com", "ada1@example.com"] {
            log_in(app, email, wide).await.data();
            log_in(app, email, decomposed).await.data();
        }
    }

    async fn a_guessable_password_is_refused_with_advice_and_no_rules_of_composition(app: TestApp) {
        let better = "Add another word or two; uncommon ones are better.";
        let context = "password: The password contains your email or name.";
        let repeats = "password: Repeats like \"abcabcabc\" are only slightly harder to guess than \"abc\".";
        for (password, advice) in
            [("zimbardo1234", context), ("Quelltext!2026", context), ("passwordpassword", repeats)]
        {
            let input = json!({ "email": "zimbardo@example.com", "name": "Quelltext", "password": password });
            let reply = app.anonymous().ask(REGISTER, json!({ "input": input })).await;
            assert_eq!(refusal(&reply), ("password", format!("{advice} {better}").as_str()));
        }
        assert_eq!(accounts(app).await, [""; 0]);
        let cyrillic =
            "\u{43f}\u{443}\u{442}\u{435}\u{432}\u{43e}\u{434} \u{431}\u{440}\u{44e}\u{43a}\u{432}\u{430}";
        for (number, password) in
            ["gravel otter marmalade", cyrillic, "718293645540917263"].iter().enumerate()
        {
            register(app, &format!("ada{number}@example.com"), password).await.data();
        }
    }

    async fn no_answer_and_no_row_shows_a_password(app: TestApp) {
        let registered = register(app, "ada@example.com", PASSWORD).await;
        let refused = register(app, "ada@example.com", "hunter2hunter2").await;
        let taken = register(app, "ada@example.com", PASSWORD).await;
        let input = format!("{{ email: \"ada@example.com\", password: \"{PASSWORD}\", nickname: 1 }}");
        let query = format!("mutation {{ register(input: {input}) {{ tokenType }} }}");
        let invalid = app.anonymous().ask(&query, json!({})).await;
        for reply in [registered, refused, taken, invalid] {
            let text = String::from_utf8(reply.bytes.to_vec()).expect("text");
            for secret in [PASSWORD, "hunter2", "argon2", "password_hash"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
        let stored = beneath::texts(app.database.url.expose(), "select password_hash from users").await;
        assert!(stored[0].starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{stored:?}");
    }
}

#[tokio::test]
async fn a_token_counts_for_as_long_as_its_answer_says() {
    let app = TestApp::start(Backend::Sqlite).await.expect("SQLite is always there");
    let reply = register(&app, "ada@example.com", PASSWORD).await;
    let session = &reply.data()["register"];
    let claims = claims(session["accessToken"].as_str().expect("a token"));
    let seconds = |name: &str| claims[name].as_u64().expect("seconds");
    assert_eq!(session["expiresIn"], seconds("exp") - seconds("iat"));
    assert_eq!(Duration::from_secs(seconds("exp") - seconds("iat")), Duration::from_hours(1));
}
