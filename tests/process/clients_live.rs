//! Clients from npm that follow changes: graphql-ws over `WebSocket`s, graphql-sse over server-sent events. What they
//! have to be told stands with them, in `tests/clients/src`.
#![cfg(unix)]

use std::thread;
use std::time::Duration;

use crate::clients::{play, together};
use crate::{Home, Server, on_both_databases};

const BOTH: [&str; 2] = ["graphql-ws", "graphql-sse"];
const HOUR: &str = "1h";

/// Has a client go through a scenario; the server is what is left of it. Like a supervisor this starts again what was
/// killed, at the same address, and not what has ended.
fn follow(home: &Home, client: &str, scenario: &str, life: &str) -> Option<Server> {
    let folder = together()?;
    let start = |port: &str| {
        let settings = [("PORT", port), ("JWT_EXPIRATION", life), ("RATE_LIMITS", "off")];
        Server::start(home.taskward().envs(settings))
    };
    let mut server = start("0");
    let (address, process) = (server.address.clone(), server.process.id().to_string());
    let url = format!("http://{address}/graphql");
    let (_, port) = address.rsplit_once(':').expect("a port");
    thread::scope(|scope| {
        let playing = scope.spawn(|| play(&folder, home, client, &[&url, scenario, &process]));
        while !playing.is_finished() {
            let ended = server.process.try_wait().expect("a child");
            if ended.is_some_and(|status| !status.success()) {
                server = start(port);
            }
            thread::sleep(Duration::from_millis(10));
        }
    });
    Some(server)
}

on_both_databases! {
    fn changes_are_told_whole_and_in_order_until_the_client_has_enough(home: Home) {
        for client in BOTH {
            follow(home, client, "changes", HOUR);
        }
    }

    fn who_comes_back_after_the_server_was_killed_misses_nothing_and_is_told_nothing_twice(home: Home) {
        for client in BOTH {
            follow(home, client, "resumed", HOUR);
        }
    }

    fn what_was_committed_before_the_end_of_the_server_is_told_before_that_of_the_connection(home: Home) {
        for client in BOTH {
            let Some(mut server) = follow(home, client, "goingAway", HOUR) else { return };
            assert_eq!(server.end(), Some(0), "{client}");
        }
    }

    fn who_is_logged_out_everywhere_is_so_where_they_listen(home: Home) {
        for client in BOTH {
            follow(home, client, "loggedOut", HOUR);
        }
    }

    fn without_a_cursor_changes_are_told_from_here_on(home: Home) {
        follow(home, "graphql-ws", "fromHereOn", HOUR);
    }
}

#[test]
fn the_header_of_the_handshake_says_who_is_asking() {
    follow(&Home::with_sqlite(), "graphql-ws", "header", HOUR);
}

#[test]
fn who_is_refused_is_told_why() {
    let home = Home::with_sqlite();
    for client in BOTH {
        follow(&home, client, "refused", HOUR);
    }
}

#[test]
fn a_socket_outlives_its_tokens_where_it_is_shown_fresh_ones() {
    follow(&Home::with_sqlite(), "graphql-ws", "renewed", "3s");
}

#[test]
fn a_stream_of_events_ends_with_its_token() {
    follow(&Home::with_sqlite(), "graphql-sse", "expired", "3s");
}
