//! Chains of refresh tokens at instants of the test's choosing.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use taskward::auth::{RefreshToken, Salt};
use taskward::email::EmailAddress;
use taskward::id::SignInId;
use taskward::store::{Account, Migrate, NewSignIn, RefreshRules, SignedIn, Store, Traded, Visit};
use taskward::time::Timestamp;

use crate::on_both_databases;
use crate::support::{Actor, Backend, TestApp, beneath};

/// Long after anything that the server would remove by itself.
pub const BEGIN: Timestamp = Timestamp::from_millis(4_000_000_000_000);
const RULES: RefreshRules = RefreshRules {
    idle: Duration::from_hours(24 * 30),
    lifetime: Duration::from_hours(24 * 90),
    grace: Duration::from_secs(10),
};
const MOMENT: Duration = Duration::from_millis(1);

pub fn visit(now: Timestamp) -> Visit {
    Visit { now, user_agent: None, address: IpAddr::V4(Ipv4Addr::LOCALHOST) }
}

/// The database of a server, without the server.
pub async fn open(app: &TestApp) -> Store {
    Store::open(&app.database, Migrate::Check).await.expect("the database opens")
}

async fn account(store: &Store, person: &Actor<'_>) -> Account {
    let email = EmailAddress::parse(&person.email).expect("an address");
    store.credentials().by_email(&email).await.expect("answered").expect("an account")
}

async fn begin(store: &Store, account: &Account, now: Timestamp) -> (RefreshToken, SignInId) {
    let token = RefreshToken::fresh(account.user.id).expect("random");
    let new = NewSignIn::new(token, RULES, visit(now));
    assert!(store.credentials().begin_sign_in(account, &new).await.expect("answered"));
    (new.token, new.id)
}

async fn trade(store: &Store, token: &RefreshToken, now: Timestamp) -> Traded {
    let salt = Salt::fresh().expect("random");
    store.chain(token).trade(&salt, RULES, &visit(now)).await.expect("answered")
}

async fn goes_on(store: &Store, token: &RefreshToken, now: Timestamp) -> (RefreshToken, SignedIn) {
    match trade(store, token, now).await {
        Traded::For(successor, signed_in) => (successor, signed_in),
        other => panic!("{other:?}"),
    }
}

async fn rows(app: &TestApp, table: &str) -> usize {
    let count = format!("select cast(count(*) as text) from {table}");
    let count = beneath::texts(app.database.url.expose(), &count).await.concat();
    count.parse().expect("a number")
}

on_both_databases! {
    async fn a_chain_lives_for_its_idle_life_after_each_use(app: TestApp) {
        let ada = app.register("ada").await;
        let store = open(app).await;
        let account = account(&store, &ada).await;
        let (token, id) = begin(&store, &account, BEGIN).await;
        let last = BEGIN + RULES.idle - MOMENT;
        let (next, signed_in) = goes_on(&store, &token, last).await;
        assert_eq!((signed_in.id, signed_in.ends_at), (id, last + RULES.idle));
        assert!(matches!(trade(&store, &next, last + RULES.idle).await, Traded::Unknown));
        // What ran out is no reuse, nor does it come back.
        assert!(matches!(trade(&store, &token, last + RULES.idle).await, Traded::Unknown));
        let (unused, _) = begin(&store, &account, BEGIN).await;
        assert!(matches!(trade(&store, &unused, BEGIN + RULES.idle).await, Traded::Unknown));
    }

    async fn no_use_carries_a_chain_past_its_whole_life(app: TestApp) {
        let ada = app.register("ada").await;
        let store = open(app).await;
        let (mut token, _) = begin(&store, &account(&store, &ada).await, BEGIN).await;
        let end = BEGIN + RULES.lifetime;
        for days in [20, 40, 60, 80] {
            let now = BEGIN + Duration::from_hours(24 * days);
            let (next, signed_in) = goes_on(&store, &token, now).await;
            assert_eq!(signed_in.ends_at, end.min(now + RULES.idle));
            token = next;
        }
        let (next, signed_in) = goes_on(&store, &token, end - MOMENT).await;
        assert_eq!(signed_in.ends_at, end);
        for token in [&next, &token] {
            assert!(matches!(trade(&store, token, end).await, Traded::Unknown));
        }
    }

    async fn the_grace_ends_to_the_millisecond(app: TestApp) {
        let ada = app.register("ada").await;
        let store = open(app).await;
        let (token, id) = begin(&store, &account(&store, &ada).await, BEGIN).await;
        let (next, _) = goes_on(&store, &token, BEGIN).await;
        let (again, signed_in) = goes_on(&store, &token, BEGIN + RULES.grace).await;
        assert_eq!(again.text(), next.text());
        assert_eq!(signed_in.ends_at, BEGIN + RULES.idle, "coming again is no use");
        let reused = trade(&store, &token, BEGIN + RULES.grace + MOMENT).await;
        assert!(matches!(reused, Traded::Reused(ended) if ended == id), "{reused:?}");
        for token in [&token, &next] {
            assert!(matches!(trade(&store, token, BEGIN + RULES.grace + MOMENT).await, Traded::Unknown));
        }
    }

    async fn who_was_let_in_before_all_sign_ins_were_ended_begins_none(app: TestApp) {
        let ada = app.register("ada").await;
        let store = open(app).await;
        let before = account(&store, &ada).await;
        let hash = before.password_hash.clone().expect("a password");
        let credentials = store.credentials();
        let changed = credentials.replace_password(&before, &hash, None, BEGIN).await.expect("answered");
        let token = RefreshToken::fresh(before.user.id).expect("random");
        let new = NewSignIn::new(token, RULES, visit(BEGIN));
        assert!(!credentials.begin_sign_in(&before, &new).await.expect("answered"));
        assert_eq!(rows(app, "sign_ins").await, 0);
        begin(&store, &changed.expect("she is there"), BEGIN).await;
    }

    async fn ten_thousand_trades_leave_no_more_rows_than_ten(app: TestApp) {
        let ada = app.register("ada").await;
        let store = open(app).await;
        let (mut token, id) = begin(&store, &account(&store, &ada).await, BEGIN).await;
        let mut now = BEGIN;
        for number in 1..=10_000 {
            now = now + Duration::from_secs(2);
            let (next, signed_in) = goes_on(&store, &token, now).await;
            assert_eq!(signed_in.id, id);
            token = next;
            if number % 1000 == 0 {
                assert_eq!(rows(app, "sign_ins").await, 2, "registration's own and this one");
                assert!(rows(app, "refresh_tokens").await <= 6);
            }
        }
        assert_eq!(rows(app, "cut_offs").await, 0);
    }

    async fn an_address_is_known_while_somebody_is_signed_in_there(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        let store = open(app).await;
        let (hers, his) = (account(&store, &ada).await, account(&store, &bob).await);
        let (token, _) = begin(&store, &hers, BEGIN).await;
        let end = BEGIN + RULES.idle;
        let (home, elsewhere) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::from([192, 0, 2, 1]));
        for (account, address, now, is_known) in [
            (&hers, home, BEGIN, true),
            (&hers, home, end - MOMENT, true),
            (&hers, home, end, false),
            (&hers, elsewhere, BEGIN, false),
            (&his, home, BEGIN, false),
        ] {
            let found = store.credentials().is_known_at(account.user.id, address, now).await;
            assert_eq!(found.expect("answered"), is_known, "{address} {now}");
        }
        store.chain(&token).end(BEGIN).await.expect("answered");
        assert!(!store.credentials().is_known_at(hers.user.id, home, BEGIN).await.expect("answered"));
    }

    async fn a_chain_that_ran_out_is_ended_with_its_access_tokens(app: TestApp) {
        let ada = app.register("ada").await;
        let store = open(app).await;
        let (token, id) = begin(&store, &account(&store, &ada).await, BEGIN).await;
        let ended = store.chain(&token).end(BEGIN + RULES.lifetime).await.expect("answered");
        assert_eq!(ended, Some(id));
        assert_eq!(rows(app, "cut_offs").await, 1);
    }

    async fn no_number_of_what_has_ended_is_too_large_to_be_removed_at_once(app: TestApp) {
        let store = open(app).await;
        let (subject, instant) = match app.backend {
            Backend::Sqlite => ("x'00'", "0"),
            Backend::Postgres => ("'\\x00'", "to_timestamp(0)"),
        };
        let many = "with recursive numbers (number) as \
             (select 1 union all select number + 1 from numbers where number < 2500)";
        let insert = format!(
            "{many} insert into cut_offs (subject, epoch, since, ends_at) \
             select {subject}, 0, {instant}, {instant} from numbers"
        );
        beneath::execute(app.database.url.expose(), &insert).await;
        assert_eq!(rows(app, "cut_offs").await, 2500);
        store.clean(BEGIN, BEGIN).await.expect("cleaned");
        assert_eq!(rows(app, "cut_offs").await, 0);
    }

    async fn what_has_ended_is_removed_from_every_table_and_nothing_else_is(app: TestApp) {
        let ada = app.register("ada").await;
        let store = open(app).await;
        let account = account(&store, &ada).await;
        let (early, _) = begin(&store, &account, BEGIN).await;
        let (ended, _) = begin(&store, &account, BEGIN).await;
        let later = BEGIN + Duration::from_hours(1);
        let (late, _) = begin(&store, &account, later).await;
        goes_on(&store, &early, BEGIN).await;
        goes_on(&store, &late, later).await;
        store.chain(&ended).end(BEGIN).await.expect("answered").expect("ended");
        let counts = async || {
            let mut counts = Vec::new();
            for table in ["sign_ins", "refresh_tokens", "cut_offs"] {
                counts.push(rows(app, table).await);
            }
            counts
        };
        // Her registration's own sign-in is of a time long before.
        assert_eq!(counts().await, [3, 2, 1]);
        store.clean(BEGIN, BEGIN).await.expect("cleaned");
        assert_eq!(counts().await, [2, 2, 1]);
        store.clean(BEGIN, BEGIN + MOMENT).await.expect("cleaned");
        assert_eq!(counts().await, [2, 1, 1]);
        // A cut-off is kept for as long as a token can count that was issued before it.
        let forgotten = BEGIN + app.database.token_life;
        store.clean(forgotten - MOMENT, BEGIN).await.expect("cleaned");
        assert_eq!(counts().await, [2, 1, 1]);
        store.clean(BEGIN + RULES.idle, BEGIN).await.expect("cleaned");
        assert_eq!(counts().await, [1, 1, 0]);
        store.clean(later + RULES.idle, BEGIN).await.expect("cleaned");
        assert_eq!(counts().await, [0, 0, 0], "traded tokens go with their chain");
    }
}
