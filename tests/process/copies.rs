//! Copies that are kept through two processes on one PostgreSQL, of which one is killed.

use std::time::Duration;

use tokio::runtime::Runtime;

use crate::kept::{Owner, Plan, play};
use crate::{Home, Server, postgres};

/// By then everything is under way.
const SOON: Duration = Duration::from_millis(1500);

#[test]
fn a_process_that_is_killed_takes_nothing_with_it_that_was_acknowledged() {
    let Some(home) = Home::with_postgres() else { return postgres::not_run(module_path!()) };
    let start = || Server::start(home.taskward().env("RATE_LIMITS", "off"));
    let (mut killed, stays) = (start(), start());
    let token = stays.register(&home, "ada@example.com");
    let owner = Owner { token, addresses: vec![killed.address.clone(), stays.address.clone()] };
    let plan = Plan { seed: 7, writers: 4, writes: 150, followers: 4, askers: 2 };
    let kill = async {
        tokio::time::sleep(SOON).await;
        killed.process.kill().expect("it runs");
    };
    Runtime::new().expect("a runtime").block_on(play(&owner, &plan, kill));
    assert!(killed.process.wait().expect("a child").code().is_none(), "it was killed while it ran");
}
