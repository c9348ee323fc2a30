//! PostgreSQL goes away and comes back, and the server carries on.

use serde_json::{Value, json};

use crate::postgres::{PrivateServer, not_run};
use crate::{Home, Server, until};

const ME: &str = "{ me { email } }";
const COUNT: &str = "{ tasks { totalCount } }";
const CREATE: &str = "mutation { createTask(input: { title: \"tea\" }) { task { title } } }";

/// Reads, a write and a login at once, as each waits for a connection before it gives up.
fn assert_unavailable(server: &Server, token: &str) {
    let login = "mutation { login(input: { email: \"ada@example.com\", password: \"x\" }) { tokenType } }";
    std::thread::scope(|scope| {
        for (token, query) in [(Some(token), ME), (Some(token), CREATE), (Some(token), COUNT), (None, login)]
        {
            scope.spawn(move || {
                let (status, body) = server.ask(token, query, &json!({}));
                let error = &body["errors"][0];
                assert_eq!((status, &error["extensions"]["code"]), (200, &json!("UNAVAILABLE")), "{body}");
                assert!(error["extensions"]["retryAfter"].as_u64() >= Some(1), "{body}");
                assert_eq!(error["message"], "For a while this cannot be answered: try again.");
                assert_eq!(body["data"], Value::Null);
            });
        }
        scope.spawn(|| assert_eq!(server.get("/readyz").0, 503));
        // What needs no database goes on.
        assert_eq!(server.get("/livez").0, 200);
        assert_eq!(server.ask(Some("nonsense"), ME, &json!({})).0, 401);
    });
}

#[test]
fn a_database_may_be_late_go_away_and_come_back() {
    let Some(mut postgres) = PrivateServer::start(false) else {
        return not_run("outage::a_database_may_be_late_go_away_and_come_back");
    };
    let home = Home::with_sqlite();
    let url = format!("{}/postgres", postgres.url);
    postgres.order("stop");
    let server = std::thread::scope(|scope| {
        let starting = scope.spawn(|| Server::start(home.taskward().env("DATABASE_URL", &url)));
        until("waiting", || home.log().contains("waiting for the database"));
        postgres.order("start");
        starting.join().expect("it starts")
    });
    let token = server.register(&home, "ada@example.com");
    let ask = |query: &str| server.ask(Some(&token), query, &json!({}));
    assert_eq!(ask(ME), (200, json!({ "data": { "me": { "email": "ada@example.com" } } })));
    assert_eq!(server.get("/readyz").0, 200);

    postgres.order("stop");
    assert_unavailable(&server, &token);
    postgres.order("start");
    until("recovery", || ask(ME).1["data"]["me"]["email"] == "ada@example.com");
    assert_eq!(ask(CREATE).1["data"]["createTask"]["task"]["title"], "tea");
    assert_eq!(ask(COUNT).1["data"]["tasks"]["totalCount"], 1);
    assert_eq!(server.get("/readyz").0, 200);
}
