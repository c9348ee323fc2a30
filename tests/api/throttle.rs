//! How often one may try, as an attacker meets it and a person does not.

use serde_json::{Value, json};
use taskward::proxies::TrustedProxies;
use taskward::throttle::Throttle;

use crate::on_both_databases;
use crate::support::actor::PASSWORD;
use crate::support::app::Setup;
use crate::support::client::post;
use crate::support::{Reply, TestApp, beneath};

const LOGIN: &str = "mutation ($input: LoginInput!) { login(input: $input) { tokenType } }";
const REGISTER: &str = "mutation ($input: RegisterInput!) { register(input: $input) { tokenType } }";
const WRONG: &str = "gravel otter marmalade";

/// A server beside the app's own that limits tries. Whoever is signed in is so somewhere else.
async fn strict(app: &TestApp) -> TestApp {
    beneath::execute(app.database.url.expose(), "update sign_ins set ip_address = '192.0.2.1'").await;
    app.beside(Setup { throttle: Throttle::on(), ..Setup::on(app.backend) }).await
}

async fn try_it(app: &TestApp, field: &str, email: &str, password: &str) -> Reply {
    app.anonymous().ask(field, json!({ "input": { "email": email, "password": password } })).await
}

/// The seconds that a refused try is told to wait.
fn wait(reply: &Reply) -> u64 {
    assert_eq!((reply.status.as_u16(), reply.code()), (200, "RATE_LIMITED"), "{}", reply.body);
    assert_eq!(reply.body["data"], Value::Null);
    let seconds = reply.body["errors"][0]["extensions"]["retryAfter"].as_u64().expect("whole seconds");
    assert_eq!(reply.headers["retry-after"], seconds.to_string().as_str());
    seconds
}

on_both_databases! {
    async fn after_ten_wrong_passwords_an_account_waits_and_no_other_does(app: TestApp) {
        let (ada, _) = (app.register("ada").await, app.register("bob").await);
        let app = strict(app).await;
        for _ in 0..10 {
            assert_eq!(try_it(&app, LOGIN, "ada@example.com", WRONG).await.code(), "INVALID_CREDENTIALS");
        }
        // The answer must not depend on the password, or it would tell the right one.
        for (email, password) in [("ada@example.com", WRONG), ("ADA@example.com", PASSWORD)] {
            let wait = wait(&try_it(&app, LOGIN, email, password).await);
            assert!((1..=60).contains(&wait), "{wait}");
        }
        let reply = try_it(&app, LOGIN, "bob@example.com", PASSWORD).await;
        assert!(reply.data().is_object() && !reply.headers.contains_key("retry-after"));
        // Whoever is signed in already is not held up.
        app.with_token(ada.token.as_deref().expect("a token")).data("{ me { id } }", json!({})).await;
    }

    async fn an_account_that_is_not_there_waits_like_one_that_is(app: TestApp) {
        app.register("ada").await;
        let app = strict(app).await;
        let mut codes = Vec::new();
        for email in ["ada@example.com", "nobody@example.com"] {
            for _ in 0..12 {
                codes.push(try_it(&app, LOGIN, email, WRONG).await.code().to_owned());
            }
        }
        assert_eq!(codes[..12], codes[12..]);
        assert_eq!((codes[9].as_str(), codes[10].as_str()), ("INVALID_CREDENTIALS", "RATE_LIMITED"));
    }

    async fn right_passwords_use_up_nothing(app: TestApp) {
        app.register("ada").await;
        let app = strict(app).await;
        for _ in 0..70 {
            try_it(&app, LOGIN, "ada@example.com", PASSWORD).await.data();
        }
    }

    async fn after_sixty_wrong_passwords_an_address_waits_whatever_the_account(app: TestApp) {
        app.register("ada").await;
        let app = strict(app).await;
        for number in 0..60 {
            let reply = try_it(&app, LOGIN, &format!("user{number}@example.com"), WRONG).await;
            assert_eq!(reply.code(), "INVALID_CREDENTIALS", "{number}");
        }
        let wait = wait(&try_it(&app, LOGIN, "ada@example.com", PASSWORD).await);
        assert!((1..=10).contains(&wait), "{wait}");
    }

    async fn after_thirty_accounts_an_address_waits(app: TestApp) {
        let app = strict(app).await;
        for number in 0..30 {
            try_it(&app, REGISTER, &format!("user{number}@example.com"), PASSWORD).await.data();
        }
        // Whoever is told to wait is told no more: not even that the email is taken.
        for email in ["user30@example.com", "user0@example.com"] {
            let wait = wait(&try_it(&app, REGISTER, email, PASSWORD).await);
            assert!((1..=60).contains(&wait), "{wait}");
        }
        // Others than newcomers are not held up.
        try_it(&app, LOGIN, "user0@example.com", PASSWORD).await.data();
    }

    async fn weak_passwords_keep_nobody_else_from_registering(app: TestApp) {
        let app = strict(app).await;
        for _ in 0..20 {
            assert_eq!(try_it(&app, REGISTER, "ada@example.com", "short").await.field(), "password");
        }
        try_it(&app, REGISTER, "ada@example.com", PASSWORD).await.data();
        // From here on it is taken, and how often that is told is limited.
        for _ in 0..9 {
            assert_eq!(try_it(&app, REGISTER, "ada@example.com", PASSWORD).await.code(), "CONFLICT");
        }
        wait(&try_it(&app, REGISTER, "ada@example.com", PASSWORD).await);
    }

    async fn however_it_is_written_one_request_is_one_try(app: TestApp) {
        app.register("ada").await;
        let app = strict(app).await;
        let guess = |word: &str| {
            format!("login(input: {{ email: \"ada@example.com\", password: \"{word}\" }}) {{ tokenType }}")
        };
        let (one, other) = (guess("one"), guess("other"));
        for query in [
            format!("mutation {{ {one} {one} }}"),
            format!("mutation {{ a: {one} b: {other} }}"),
            format!("mutation {{ {one} ... {{ b: {other} }} }}"),
            format!("mutation {{ {one} ... on Mutation @include(if: true) {{ b: {other} }} }}"),
            format!("mutation {{ {one} ...F }} fragment F on Mutation {{ b: {other} }}"),
            format!("mutation {{ ...F ...F }} fragment F on Mutation {{ {one} }}"),
            format!("mutation {{ ...F ...G }} fragment F on Mutation {{ {one} }} fragment G on Mutation {{ ...F }}"),
            format!("mutation {{ a: {one} b: {} }}", other.replace(") {", ") @skip(if: true) {")),
        ] {
            let reply = app.anonymous().ask(&query, json!({})).await;
            assert_eq!((reply.status.as_u16(), reply.code()), (200, "QUERY_TOO_COMPLEX"), "{query}");
            let message = "The query is too complex: it asks for \"login\" 2 times, once is allowed in a request.";
            assert_eq!(reply.body["errors"][0]["message"], message, "{query}");
            assert!(reply.body.get("data").is_none() && reply.statements().is_empty(), "{query}");
        }
        // Of several operations only the one that is meant counts, and nothing was tried so far.
        let document = format!("mutation One {{ {one} }} mutation Two {{ a: {one} b: {other} }}");
        let ask = async |operation: &str| {
            let body = json!({ "query": document, "operationName": operation }).to_string();
            app.send(post(body)).await.json()["errors"][0]["extensions"]["code"].clone()
        };
        for _ in 0..10 {
            assert_eq!(ask("One").await, "INVALID_CREDENTIALS");
        }
        assert_eq!(ask("One").await, "RATE_LIMITED");
        assert_eq!(ask("Two").await, "QUERY_TOO_COMPLEX");
    }

    async fn other_fields_may_stand_beside_one_try_and_repeat(app: TestApp) {
        let app = strict(app).await;
        let query = "mutation { register(input: { email: \"ada@example.com\", password: \"gravel otter marmalade\" }) {
            tokenType user { a: id b: id } } }";
        app.anonymous().data(query, json!({})).await;
        let bob = app.register("bob").await;
        bob.data("mutation { a: createTag(input: { name: \"a\" }) { tag { id } }
            b: createTag(input: { name: \"b\" }) { tag { id } } }", json!({})).await;
    }

    async fn guesses_from_everywhere_count_against_one_account(app: TestApp) {
        app.register("ada").await;
        let proxies = TrustedProxies::from(vec!["127.0.0.1".parse().expect("an address")]);
        let app = app.beside(Setup { throttle: Throttle::on(), proxies, ..Setup::on(app.backend) }).await;
        let guess = async |from: String, email: &str| {
            let input = json!({ "email": email, "password": WRONG });
            let mut request = post(json!({ "query": LOGIN, "variables": { "input": input } }).to_string());
            request.headers_mut().insert("x-forwarded-for", from.parse().expect("a valid header"));
            app.send(request).await.json()["errors"][0]["extensions"]["code"].clone()
        };
        for number in 0..10 {
            assert_eq!(guess(format!("198.51.100.{number}"), "ada@example.com").await, "INVALID_CREDENTIALS");
        }
        assert_eq!(guess("203.0.113.1".to_owned(), "ada@example.com").await, "RATE_LIMITED");
        // Ada is signed in where no proxy is, and may come from there with the right password, again and again.
        for _ in 0..12 {
            try_it(&app, LOGIN, "ada@example.com", PASSWORD).await.data();
        }
        for _ in 0..10 {
            assert_eq!(try_it(&app, LOGIN, "ada@example.com", WRONG).await.code(), "INVALID_CREDENTIALS");
        }
        wait(&try_it(&app, LOGIN, "ada@example.com", PASSWORD).await);
        for number in 0..60 {
            let email = format!("user{number}@example.com");
            assert_eq!(guess(format!("2001:db8::{number}"), &email).await, "INVALID_CREDENTIALS");
        }
        assert_eq!(guess("2001:db8::ffff".to_owned(), "bob@example.com").await, "RATE_LIMITED");
        assert_eq!(guess("2001:db8:0:1::".to_owned(), "bob@example.com").await, "INVALID_CREDENTIALS");
    }
}
