//! The refresh token in a cookie, for browsers.

use axum::body::Bytes;
use axum::http::Request;
use http_body_util::Full;
use serde_json::{Value, json};

use super::{assert_ended, begin, counts, refresh, try_refresh};
use crate::on_both_databases;
use crate::support::TestApp;
use crate::support::actor::PASSWORD;
use crate::support::client::{HttpReply, post};

const REFRESH: &str = "mutation { refresh { accessToken refreshToken } }";
const LOGOUT: &str = "mutation { logout { ok } }";

/// A browser: it keeps one cookie, and a page in it sends the header or does not.
struct Browser<'a> {
    app: &'a TestApp,
    cookie: Option<String>,
}

fn asking(query: &str, variables: &Value, headers: &[(&'static str, &str)]) -> Request<Full<Bytes>> {
    let mut request = post(json!({ "query": query, "variables": variables }).to_string());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a header"));
    }
    request
}

impl Browser<'_> {
    /// Sends it with the cookie, and does with the cookie what the answer says.
    async fn ask(&mut self, query: &str, variables: Value, headers: &[(&'static str, &str)]) -> HttpReply {
        let mut request = asking(query, &variables, headers);
        if let Some(cookie) = &self.cookie {
            let cookies = format!("theme=dark; taskward_refresh={cookie}");
            request.headers_mut().insert("cookie", cookies.parse().expect("a header"));
        }
        let reply = self.app.send(request).await;
        assert!(reply.headers.get_all("set-cookie").iter().count() <= 1);
        if let Some(rest) = reply.header("set-cookie").strip_prefix("taskward_refresh=") {
            let value = rest.split(';').next().unwrap_or_default();
            self.cookie = Some(value.to_owned()).filter(|value| !value.is_empty());
        }
        reply
    }

    /// The same from a page that asks for cookies.
    async fn page(&mut self, query: &str, variables: Value) -> HttpReply {
        self.ask(query, variables, &[("taskward-refresh", "cookie")]).await
    }

    async fn log_in(&mut self, email: &str) -> HttpReply {
        let query = "mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }";
        self.page(query, json!({ "input": { "email": email, "password": PASSWORD } })).await
    }
}

/// The access token in the only field of an answer, which must not hold a refresh token.
fn access(reply: &HttpReply) -> String {
    let body = reply.json();
    let field = body["data"].as_object().and_then(|data| data.values().next()).cloned().unwrap_or_default();
    assert_eq!(field["refreshToken"], Value::Null, "{body}");
    assert!(!String::from_utf8_lossy(&reply.bytes).contains("twr_"));
    field["accessToken"].as_str().unwrap_or_else(|| panic!("no token: {body}")).to_owned()
}

/// Whether the cookie is set to this, for thirty days; of the last second a part may have passed.
fn is_set(reply: &HttpReply, value: &str) -> bool {
    let cookie = |age: u32| {
        format!("taskward_refresh={value}; Path=/graphql; Max-Age={age}; HttpOnly; SameSite=Strict")
    };
    [2_592_000, 2_591_999].into_iter().any(|age| reply.header("set-cookie") == cookie(age))
}

fn cleared() -> String {
    "taskward_refresh=; Path=/graphql; Max-Age=0; HttpOnly; SameSite=Strict".to_owned()
}

on_both_databases! {
    async fn a_browser_goes_on_with_its_cookie_and_scripts_never_see_it(app: TestApp) {
        let ada = app.register("ada").await;
        let mut browser = Browser { app, cookie: None };
        let reply = browser.log_in(&ada.email).await;
        assert!(counts(app, &access(&reply)).await);
        let first = browser.cookie.clone().expect("a cookie");
        assert!(is_set(&reply, &first), "{reply:?}");

        for query in [REFRESH, "mutation { refresh(input: {}) { accessToken refreshToken } }"] {
            let before = browser.cookie.clone();
            let reply = browser.page(query, json!({})).await;
            assert!(counts(app, &access(&reply)).await);
            assert_ne!(browser.cookie, before);
            assert!(is_set(&reply, browser.cookie.as_deref().expect("a cookie")), "{reply:?}");
        }
        let last = browser.cookie.clone().expect("a cookie");
        let access = access(&browser.page(REFRESH, json!({})).await);
        let reply = browser.page(LOGOUT, json!({})).await;
        assert_eq!(reply.json(), json!({ "data": { "logout": { "ok": true } } }));
        assert_eq!(reply.header("set-cookie"), cleared());
        assert_eq!(browser.cookie, None);
        assert!(!counts(app, &access).await);
        assert_ended(&try_refresh(app, &last).await);
        // Who is signed out already is so once more.
        let reply = browser.page(LOGOUT, json!({})).await;
        assert_eq!(reply.json(), json!({ "data": { "logout": { "ok": true } } }));
    }

    async fn registering_and_another_password_hand_over_a_cookie_too(app: TestApp) {
        let mut browser = Browser { app, cookie: None };
        let register = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken refreshToken } }";
        let input = json!({ "input": { "email": "ada@example.com", "password": PASSWORD } });
        let token = format!("Bearer {}", access(&browser.page(register, input).await));
        let before = browser.cookie.clone().expect("a cookie");
        let change = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) {
            accessToken refreshToken } }";
        let input = json!({ "currentPassword": PASSWORD, "newPassword": "gravel otter marmalade 12" });
        let headers = [("taskward-refresh", "cookie"), ("authorization", token.as_str())];
        let changed = access(&browser.ask(change, json!({ "input": input }), &headers).await);
        assert_ne!(browser.cookie.as_deref(), Some(before.as_str()));
        assert_ended(&try_refresh(app, &before).await);

        let token = format!("Bearer {changed}");
        let headers = [("taskward-refresh", "cookie"), ("authorization", token.as_str())];
        let reply = browser.ask("mutation { logoutEverywhere { ok } }", json!({}), &headers).await;
        assert_eq!(reply.header("set-cookie"), cleared());
    }

    async fn the_end_of_the_account_takes_the_cookie_with_it(app: TestApp) {
        let ada = app.register("ada").await;
        let mut browser = Browser { app, cookie: None };
        let token = format!("Bearer {}", access(&browser.log_in(&ada.email).await));
        let headers = [("taskward-refresh", "cookie"), ("authorization", token.as_str())];
        let delete = "mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) { deletedUserId } }";
        let reply = browser.ask(delete, json!({ "input": { "password": PASSWORD } }), &headers).await;
        assert_eq!(reply.json(), json!({ "data": { "deleteAccount": { "deletedUserId": ada.id } } }));
        assert_eq!(reply.header("set-cookie"), cleared());
    }

    async fn a_cookie_that_no_page_asked_for_counts_for_nothing(app: TestApp) {
        let ada = app.register("ada").await;
        let mut browser = Browser { app, cookie: None };
        let access = access(&browser.log_in(&ada.email).await);
        let cookie = browser.cookie.clone().expect("a cookie");
        for headers in [&[][..], &[("taskward-refresh", "body")], &[("taskward-refresh", "")]] {
            for query in [REFRESH, LOGOUT] {
                let reply = browser.ask(query, json!({}), headers).await;
                let error = reply.json()["errors"][0]["extensions"].clone();
                assert_eq!(error, json!({ "code": "BAD_USER_INPUT", "field": "refreshToken" }));
                assert_eq!(reply.header("set-cookie"), "");
            }
        }
        assert!(counts(app, &access).await);
        refresh(app, &cookie).await;
    }

    async fn a_token_that_is_dead_is_taken_from_the_browser(app: TestApp) {
        let ended = |reply: &HttpReply| {
            let body = reply.json();
            assert_eq!(body["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{body}");
            assert_eq!(body["data"], Value::Null);
            assert_eq!(reply.header("set-cookie"), cleared());
        };
        let ada = app.register("ada").await;
        let mut browser = Browser { app, cookie: Some("nonsense".to_owned()) };
        ended(&browser.page(REFRESH, json!({})).await);
        browser.log_in(&ada.email).await;
        ada.data("mutation { logoutEverywhere { ok } }", json!({})).await;
        ended(&browser.page(REFRESH, json!({})).await);
        assert_eq!(browser.cookie, None);
        // Without any the page learns that nobody is signed in.
        let reply = browser.page(REFRESH, json!({})).await;
        assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        browser.cookie = Some("nonsense".to_owned());
        let reply = browser.page(LOGOUT, json!({})).await;
        assert_eq!(reply.json(), json!({ "data": { "logout": { "ok": true } } }));
        assert_eq!(reply.header("set-cookie"), cleared());
    }

    async fn a_token_in_the_body_leaves_the_cookie_of_another_session_alone(app: TestApp) {
        let ada = app.register("ada").await;
        let mut browser = Browser { app, cookie: None };
        browser.log_in(&ada.email).await;
        let (cookie, other) = (browser.cookie.clone(), begin(&ada).await);
        let call = |field: &str, answer: &str| {
            let input = format!("input: {{ refreshToken: \"{}\" }}", other.refresh);
            format!("mutation {{ {field}({input}) {{ {answer} }} }}")
        };
        let reply = browser.page(&call("logout", "ok"), json!({})).await;
        assert_eq!(reply.json(), json!({ "data": { "logout": { "ok": true } } }));
        assert_ended(&try_refresh(app, &other.refresh).await);
        let reply = browser.page(&call("refresh", "tokenType"), json!({})).await;
        assert_eq!(reply.json()["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!(browser.cookie, cookie);
        access(&browser.page(REFRESH, json!({})).await);
    }

    async fn https_is_asked_for_except_on_the_own_machine(app: TestApp) {
        let ada = app.register("ada").await;
        for (host, is_secure) in [("tasks.example", true), ("192.0.2.1:8080", true), ("localhost:8080", false)] {
            let mut browser = Browser { app, cookie: None };
            let query = "mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }";
            let input = json!({ "input": { "email": ada.email, "password": PASSWORD } });
            let headers = [("taskward-refresh", "cookie"), ("host", host)];
            let reply = browser.ask(query, input, &headers).await;
            assert_eq!(reply.header("set-cookie").ends_with("; Secure"), is_secure, "{host}");
            let reply = browser.ask(LOGOUT, json!({}), &headers).await;
            assert_eq!(reply.header("set-cookie").ends_with("; Secure"), is_secure, "{host}");
        }
    }
}
