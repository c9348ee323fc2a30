//! Sessions across processes that share a database.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::PASSWORD;
use crate::{Home, Server, on_both_databases, until};

const ME: &str = "{ me { id } }";
const REFRESH: &str =
    "mutation ($input: RefreshInput) { refresh(input: $input) { accessToken refreshToken } }";

/// Access token and refresh token.
type Pair = (String, String);

fn start(home: &Home) -> Server {
    Server::start(home.taskward().env("RATE_LIMITS", "off"))
}

/// The tokens of the only field of an answer, if it has any; they are secrets of the home's.
fn pair(home: &Home, body: &Value) -> Option<Pair> {
    let payload = body["data"].as_object()?.values().next()?;
    let text = |name: &str| payload[name].as_str().map(str::to_owned);
    let (access, refresh) = (text("accessToken")?, text("refreshToken")?);
    home.keep_secret(&access);
    home.keep_secret(&refresh);
    Some((access, refresh))
}

fn log_in(server: &Server, home: &Home, email: &str, password: &str) -> Pair {
    let query = "mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }";
    let input = json!({ "email": email, "password": password });
    let (_, body) = server.ask(None, query, &json!({ "input": input }));
    pair(home, &body).unwrap_or_else(|| panic!("no tokens: {body}"))
}

fn refresh(server: &Server, home: &Home, token: &str) -> Option<Pair> {
    let (_, body) = server.ask(None, REFRESH, &json!({ "input": { "refreshToken": token } }));
    pair(home, &body)
}

fn counts(server: &Server, access: &str) -> bool {
    let (status, body) = server.ask(Some(access), ME, &json!({}));
    assert!(matches!(status, 200 | 401), "{body}");
    status == 200
}

/// What ends the session of this refresh token, sent with its access token: a mutation and its input.
fn endings(refresh: &str) -> [(&'static str, Value); 4] {
    let password = json!({ "currentPassword": PASSWORD, "newPassword": "another gravel otter marmalade" });
    let token = json!({ "refreshToken": refresh });
    [
        ("mutation ($i: LogoutInput) { logout(input: $i) { ok } }", token),
        ("mutation { logoutEverywhere { ok } }", json!(null)),
        (
            "mutation ($i: ChangePasswordInput!) { changePassword(input: $i) { accessToken refreshToken } }",
            password,
        ),
        (
            "mutation ($i: DeleteAccountInput!) { deleteAccount(input: $i) { deletedUserId } }",
            json!({ "password": PASSWORD }),
        ),
    ]
}

on_both_databases! {
    fn fifty_at_once_against_two_processes_get_one_successor(home: Home) {
        let servers = [start(home), start(home)];
        let access = servers[0].register(home, "ada@example.com");
        let (_, mut token) = log_in(&servers[0], home, "ada@example.com", PASSWORD);
        for _ in 0..3 {
            let pairs: Vec<Option<Pair>> = std::thread::scope(|scope| {
                let token = &token;
                let one = |at: usize| scope.spawn({
                    let server = &servers[at % 2];
                    move || refresh(server, home, token)
                });
                let all: Vec<_> = (0..50).map(one).collect();
                all.into_iter().map(|one| one.join().expect("it is answered")).collect()
            });
            let refreshes = pairs.iter().map(|pair| &pair.as_ref().expect("nobody is sent away").1);
            let successors: HashSet<_> = refreshes.collect();
            assert_eq!(successors.len(), 1);
            for (access, _) in pairs.iter().flatten().take(4) {
                assert!(servers.iter().all(|server| counts(server, access)));
            }
            pairs[0].clone().expect("a pair").1.clone_into(&mut token);
        }
        assert!(servers.iter().all(|server| counts(server, &access)));
    }

    fn what_one_process_ends_another_refuses_within_a_second(home: Home) {
        let (here, there) = (start(home), start(home));
        for number in 0..4 {
            let email = format!("ada{number}@example.com");
            here.register(home, &email);
            let (access, token) = log_in(&there, home, &email, PASSWORD);
            let (query, input) = endings(&token)[number].clone();
            let bystander = here.register(home, &format!("bob{number}@example.com"));
            assert!(counts(&here, &access) && counts(&there, &access));
            let (status, body) = here.ask(Some(&access), query, &json!({ "i": input }));
            assert!(status == 200 && body.get("errors").is_none(), "{query}: {body}");
            let ended = Instant::now();
            assert!(!counts(&here, &access), "{query}: not at once");
            while counts(&there, &access) {
                assert!(ended.elapsed() < Duration::from_secs(1), "{query}: not within a second");
            }
            // What was issued after it counts in both, and so does what is another's.
            if let Some((anew, token)) = pair(home, &body) {
                assert!(counts(&here, &anew) && counts(&there, &anew));
                assert!(refresh(&there, home, &token).is_some());
            }
            assert!(counts(&here, &bystander) && counts(&there, &bystander));
            assert!(refresh(&there, home, &token).is_none(), "{query}: its refresh token");
        }
    }

    fn one_sign_in_that_is_ended_is_refused_by_the_other_process(home: Home) {
        let (here, there) = (start(home), start(home));
        let access = here.register(home, "ada@example.com");
        let (lost, _) = log_in(&there, home, "ada@example.com", PASSWORD);
        let (_, body) = here.ask(Some(&access), "{ signIns { id } }", &json!({}));
        let id = &body["data"]["signIns"][0]["id"];
        here.ask(Some(&access), "mutation ($id: ID!) { endSignIn(id: $id) { ok } }", &json!({ "id": id }));
        let ended = Instant::now();
        while counts(&there, &lost) {
            assert!(ended.elapsed() < Duration::from_secs(1), "not within a second");
        }
        assert!(!counts(&here, &lost));
        assert!(counts(&here, &access) && counts(&there, &access));
    }

    fn a_token_used_twice_is_told_to_the_log_without_the_token(home: Home) {
        let server = Server::start(home.taskward().envs([("REFRESH_GRACE", "0s"), ("RATE_LIMITS", "off")]));
        server.register(home, "ada@example.com");
        let (access, first) = log_in(&server, home, "ada@example.com", PASSWORD);
        let (_, second) = refresh(&server, home, &first).expect("a pair");
        // Within the very millisecond it would still be the same trade.
        until("the end of the chain", || refresh(&server, home, &first).is_none());
        assert!(refresh(&server, home, &second).is_none());
        assert!(!counts(&server, &access));
        until("the line", || home.log().contains("security: "));
        let log = home.log();
        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let is_it = |line: &&Value| line["message"].as_str().is_some_and(|text| text.contains("security"));
        let told: Vec<_> = lines.iter().filter(is_it).collect();
        assert_eq!(told.len(), 1, "{log}");
        let is_named = |name: &str, start: &str| told[0][name].as_str().is_some_and(|id| id.starts_with(start));
        assert!(is_named("user", "user_") && is_named("sign_in", "signin_"), "{}", told[0]);
    }

    fn a_server_that_was_down_knows_what_was_ended_meanwhile(home: Home) {
        let here = start(home);
        let access = here.register(home, "ada@example.com");
        assert!(counts(&here, &access));
        here.ask(Some(&access), "mutation { logoutEverywhere { ok } }", &json!({}));
        drop(here);
        assert!(!counts(&start(home), &access));
    }
}

#[test]
fn refresh_tokens_can_be_switched_off() {
    let home = Home::with_sqlite();
    let server = Server::start(home.taskward().env("REFRESH_TOKENS", "off"));
    server.register(&home, "ada@example.com");
    let query = "mutation ($input: LoginInput!) { login(input: $input) { refreshToken } }";
    let input = json!({ "email": "ada@example.com", "password": PASSWORD });
    let (_, body) = server.ask(None, query, &json!({ "input": input }));
    assert_eq!(body, json!({ "data": { "login": { "refreshToken": null } } }));
    assert_eq!(home.texts("select cast(count(*) as text) from sign_ins"), ["0"]);
}
