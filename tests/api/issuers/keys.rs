//! An issuer's keys: when they are fetched, what is believed meanwhile, and what a place that misbehaves can do.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::*;
use crate::support::issuer::Mood;

const HOUR: Duration = Duration::from_hours(1);

async fn app(issuer: &FakeIssuer, interval: Duration, max_age: Duration) -> TestApp {
    app_with(vec![issuer.rules_with(interval, max_age)]).await
}

/// The status that somebody is answered with.
async fn status(app: &TestApp, token: &str) -> u16 {
    ask(app, token).await.status.as_u16()
}

#[tokio::test]
async fn keys_are_fetched_once_and_by_those_who_need_them() {
    let issuer = FakeIssuer::start(Key::eddsa()).await;
    let app = app(&issuer, Duration::ZERO, HOUR).await;
    app.register("ada").await;
    assert_eq!(issuer.asked(), 0, "own tokens need none");
    let tokens: Vec<_> = (0..20).map(|number| issuer.token(&format!("user{number}"))).collect();
    let all = join_all(tokens.iter().map(|token| status(&app, token))).await;
    assert_eq!((all, issuer.asked()), (vec![200; 20], 1));
}

#[tokio::test]
async fn a_new_key_is_found_and_one_that_is_gone_no_longer_counts() {
    let mut issuer = FakeIssuer::start(Key::eddsa()).await;
    let app = app(&issuer, Duration::ZERO, HOUR).await;
    let first = issuer.token("ada");
    assert_eq!(status(&app, &first).await, 200);
    issuer.rotate(Key::es256(), "second", true);
    let second = issuer.token("ada");
    for token in [&first, &second] {
        assert_eq!(status(&app, token).await, 200);
    }
    assert_eq!(issuer.asked(), 2);
    issuer.rotate(Key::eddsa(), "third", false);
    assert_eq!(status(&app, &issuer.token("ada")).await, 200);
    for token in [&first, &second] {
        assert_eq!(status(&app, token).await, 401, "remembered tokens go with their key");
    }
}

#[tokio::test]
async fn made_up_names_of_keys_do_not_make_the_server_ask_for_each() {
    let issuer = FakeIssuer::start(Key::eddsa()).await;
    let app = app(&issuer, HOUR, HOUR).await;
    assert_eq!(status(&app, &issuer.token("ada")).await, 200);
    for number in 0..50 {
        let header = json!({ "alg": "EdDSA", "kid": format!("made-up-{number}") }).to_string();
        let token = issuer.key.sign(&header, &issuer.claims("ada").to_string());
        assert_eq!(status(&app, &token).await, 401);
    }
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn old_keys_are_fetched_again_while_they_are_used() {
    let mut issuer = FakeIssuer::start(Key::eddsa()).await;
    let app = app(&issuer, Duration::ZERO, Duration::ZERO).await;
    let token = issuer.token("ada");
    assert_eq!(status(&app, &token).await, 200);
    issuer.rotate(Key::eddsa(), "second", false);
    // The token is good until the new set is here, which nobody waits for.
    let gone = async { while status(&app, &token).await == 200 {} };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("the old key ends");
    assert_eq!(status(&app, &issuer.token("ada")).await, 200);
}

#[tokio::test]
async fn an_issuer_that_is_down_takes_nobody_with_it() {
    let issuer = FakeIssuer::start(Key::eddsa()).await;
    let app = app(&issuer, Duration::ZERO, Duration::ZERO).await;
    assert_eq!(status(&app, &issuer.token("ada")).await, 200);
    for mood in [
        Mood::Fails,
        Mood::Floods,
        Mood::Publishes(json!("nothing")),
        Mood::Redirects("http://localhost:1/".to_owned()),
    ] {
        issuer.set(mood);
        for sub in ["ada", "bob"] {
            assert_eq!(status(&app, &issuer.token(sub)).await, 200);
        }
    }
}

#[tokio::test]
async fn as_long_as_no_key_is_known_a_token_is_neither_good_nor_bad() {
    let issuer = FakeIssuer::start(Key::eddsa()).await;
    let elsewhere = FakeIssuer::start(Key::eddsa()).await;
    let app = app(&issuer, Duration::ZERO, HOUR).await;
    for mood in [
        Mood::Fails,
        Mood::Floods,
        Mood::Publishes(json!([])),
        Mood::Redirects(format!("http://{}/jwks", elsewhere.address)),
        Mood::Redirects("/jwks".to_owned()),
    ] {
        issuer.set(mood);
        let reply = ask(&app, &issuer.token("ada")).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (503, "UNAVAILABLE"), "{}", reply.body);
        assert!(reply.headers.contains_key("retry-after"));
    }
    assert_eq!(elsewhere.asked(), 0, "a redirect to another host is not followed");
    issuer.set(Mood::Publishes(json!({ "keys": [issuer.key.jwk("first")] })));
    assert_eq!(status(&app, &issuer.token("ada")).await, 200);
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed() {
    let issuer = FakeIssuer::start(Key::eddsa()).await;
    let app = app(&issuer, Duration::ZERO, HOUR).await;
    for to in ["/jwks/".to_owned(), format!("http://{}/keys", issuer.address)] {
        issuer.set(Mood::Redirects(to));
        assert_eq!(status(&app, &issuer.token("ada")).await, 401, "the set that is there is empty");
    }
    assert_eq!(issuer.asked(), 4);
}

#[tokio::test]
async fn an_issuer_that_never_answers_is_given_up_and_asked_once_by_all() {
    let issuer = FakeIssuer::start(Key::eddsa()).await;
    let app = app(&issuer, HOUR, HOUR).await;
    issuer.set(Mood::Never);
    let tokens: Vec<_> = (0..10).map(|number| issuer.token(&format!("user{number}"))).collect();
    let all = join_all(tokens.iter().map(|token| status(&app, token))).await;
    assert_eq!((all, issuer.asked()), (vec![503; 10], 1));
}

#[tokio::test]
async fn a_fetch_goes_on_when_whoever_began_it_is_gone() {
    let issuer = FakeIssuer::start(Key::eddsa()).await;
    let app = app(&issuer, HOUR, HOUR).await;
    issuer.set(Mood::Never);
    let token = issuer.token("ada");
    let gone = tokio::time::timeout(Duration::from_millis(300), status(&app, &token)).await;
    assert!(gone.is_err(), "nobody answers");
    assert_eq!(status(&app, &token).await, 503, "the one fetch has ended without keys");
    assert_eq!(issuer.asked(), 1);
}
