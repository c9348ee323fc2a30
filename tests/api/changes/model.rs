//! Copies against the history, with everything happening at once.

use std::future::ready;

use futures_util::future::join;

use crate::on_both_databases;
use crate::support::Backend;
use crate::support::app::Setup;
use crate::support::copies::{Owner, Plan, play};

const SEEDS: std::ops::Range<u64> = 1..4;

fn plan(seed: u64) -> Plan {
    Plan { seed, writers: 3, writes: 60, followers: 4, askers: 3 }
}

on_both_databases! {
    async fn every_copy_ends_as_the_owners_data_and_was_whole_whenever_it_had_caught_up(app: TestApp) {
        // PostgreSQL serves two instances, and everybody goes from one to the other.
        let second = match app.backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(app.beside(Setup::on(app.backend)).await),
        };
        let addresses: Vec<_> =
            [Some(app), second.as_ref()].into_iter().flatten().map(|app| app.address.to_string()).collect();
        for seed in SEEDS {
            let (ada, bob) =
                (app.register(&format!("ada{seed}")).await, app.register(&format!("bob{seed}")).await);
            let owner = |token: Option<&String>| Owner {
                token: token.expect("signed in").clone(),
                addresses: addresses.clone(),
            };
            let (hers, his) = (owner(ada.token.as_ref()), owner(bob.token.as_ref()));
            join(play(&hers, &plan(seed), ready(())), play(&his, &plan(seed + 10), ready(()))).await;
        }
    }
}
