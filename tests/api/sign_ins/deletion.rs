//! The end of an account, and that nothing is left of it.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use taskward::id::{SignInId, TagId, TaskId, UserId};
use taskward::time::Clock;
use uuid::Uuid;

use super::{assert_ended, begin, counts, log_in, refresh, try_refresh};
use crate::on_both_databases;
use crate::support::actor::PASSWORD;
use crate::support::forger::claims;
use crate::support::remains::Remains;
use crate::support::{Actor, Backend, Reply, TestApp, beneath};

async fn delete(person: &Actor<'_>, password: Option<&str>) -> Reply {
    let query = "mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) { deletedUserId } }";
    let input = password.map_or(json!({}), |password| json!({ "password": password }));
    person.ask(query, json!({ "input": input })).await
}

/// An id in every form that it could be stored in.
fn forms(uuid: Uuid, text: &str) -> Vec<Vec<u8>> {
    let texts = [uuid.simple().to_string(), uuid.to_string(), text.to_owned()];
    let texts = texts.into_iter().flat_map(|text| [text.to_uppercase(), text]).map(String::into_bytes);
    std::iter::once(uuid.as_bytes().to_vec()).chain(texts).collect()
}

/// What a person put in, and what was made for them: each with its name.
struct Traces(Vec<(String, Vec<u8>)>);

impl Traces {
    fn add(&mut self, name: &str, forms: impl IntoIterator<Item = Vec<u8>>) {
        self.0.extend(forms.into_iter().map(|form| (name.to_owned(), form)));
    }

    /// Each trace that is found, and where.
    fn found(&self, remains: &Remains) -> Vec<String> {
        let places = self.0.iter().map(|(name, form)| (name, remains.of(form)));
        places.filter(|(_, places)| !places.is_empty()).map(|(name, at)| format!("{name}: {at:?}")).collect()
    }
}

/// Words that nobody else writes, as they are typed and as they are folded.
const WORDS: [(&str, &str); 6] = [
    ("Quetzalcoatl", "quetzalcoatl"),
    ("XYLOPHONE", "xylophone"),
    ("Zw\u{f6}lfkampf", "zwolfkampf"),
    ("jabberwocky", "jabberwocky"),
    ("Nebuchadnezzar", "nebuchadnezzar"),
    ("marzipan", "marzipan"),
];

/// Fills every table with something of this person's, also with what they changed and removed since.
async fn live(person: &Actor<'_>) -> Traces {
    let mut traces = Traces(Vec::new());
    let user: UserId = person.id.parse().expect("an id");
    traces.add("the user's id", forms(user.uuid(), &person.id));
    // Each stored word stands behind the end of its owner's id.
    let id = user.uuid().simple().to_string();
    traces.add("the sign before words", [id.as_bytes()[id.len() - 8..].to_vec()]);
    traces.add("the address", [person.email.clone().into_bytes()]);
    person.done("updateProfile", json!({ "name": "Augusta Byron" })).await;
    traces.add("the name", [b"Augusta Byron".to_vec()]);
    for (typed, folded) in WORDS {
        traces.add(typed, [typed.as_bytes().to_vec(), folded.as_bytes().to_vec()]);
    }
    let tag = person.done("createTag", json!({ "name": "marzipan", "color": "#a0b1c2" })).await;
    let lost_tag = person.done("createTag", json!({ "name": "lost marzipan" })).await;
    let task = json!({
        "title": "Quetzalcoatl", "description": "XYLOPHONE Zw\u{f6}lfkampf", "tagIds": [tag["id"], lost_tag["id"]],
    });
    let kept = person.done("createTask", task).await;
    let changed = person.done("createTask", json!({ "title": "jabberwocky" })).await;
    person.done("updateTask", json!({ "id": changed["id"], "title": "plain" })).await;
    let lost = person.done("createTask", json!({ "title": "Nebuchadnezzar" })).await;
    person.done("deleteTask", json!({ "id": lost["id"] })).await;
    person.done("deleteTag", json!({ "id": lost_tag["id"] })).await;
    for id in [&kept["id"], &changed["id"], &lost["id"]].map(|id| id.as_str().expect("an id")) {
        traces.add("a task's id", forms(id.parse::<TaskId>().expect("an id").uuid(), id));
    }
    for id in [&tag["id"], &lost_tag["id"]].map(|id| id.as_str().expect("an id")) {
        traces.add("a tag's id", forms(id.parse::<TagId>().expect("an id").uuid(), id));
    }
    let first = begin(person).await;
    refresh(person.app, &first.refresh).await;
    let sign_in = claims(&first.access)["sid"].as_str().expect("an id").to_owned();
    traces.add("a sign-in's id", forms(sign_in.parse::<SignInId>().expect("an id").uuid(), &sign_in));
    traces
}

/// The hash of the only account's password.
async fn hash(app: &TestApp) -> Vec<u8> {
    let hash = beneath::texts(app.database.url.expose(), "select password_hash from users").await.concat();
    hash.into_bytes()
}

on_both_databases! {
    async fn the_password_is_asked_for_once_more(app: TestApp) {
        let ada = app.register("ada").await;
        assert_eq!(delete(&ada, None).await.field(), "password");
        for wrong in ["", "gravel otter marmalade", &PASSWORD.to_uppercase()] {
            assert_eq!(delete(&ada, Some(wrong)).await.code(), "INVALID_CREDENTIALS");
        }
        assert!(counts(app, ada.token.as_deref().expect("signed in")).await);
        log_in(app, &ada.email, PASSWORD).await.data();
    }

    /// Whom another issuer signs in has none, and shows a fresh token instead.
    async fn who_has_no_password_needs_a_token_of_the_last_five_minutes(app: TestApp) {
        let ada = app.register("ada").await;
        beneath::execute(app.database.url.expose(), "update users set password_hash = null").await;
        let aged = |minutes: u64| {
            let token = app.token_of(&ada, Clock.now() - Duration::from_mins(minutes));
            Actor { token: Some(token), ..app.here(&ada) }
        };
        for password in [None, Some(PASSWORD)] {
            assert_eq!(delete(&aged(6), password).await.code(), "FORBIDDEN");
        }
        assert!(counts(app, ada.token.as_deref().expect("signed in")).await);
        assert_eq!(*delete(&aged(4), None).await.data(), json!({ "deleteAccount": { "deletedUserId": ada.id } }));
        assert!(!counts(app, ada.token.as_deref().expect("signed in")).await);
    }

    async fn no_table_holds_a_byte_of_whoever_is_gone(app: TestApp) {
        let ada = app.register("ada").await;
        let mut traces = live(&ada).await;
        traces.add("the hash", [hash(app).await]);
        // Whose words stand beside hers, and are to stay.
        let bob = app.register("bob").await;
        bob.done("createTag", json!({ "name": "home" })).await;
        for title in ["tea", "Quartz", "zebra"] {
            bob.done("createTask", json!({ "title": title, "description": "green" })).await;
        }
        let pair = begin(&bob).await;
        let before = bob.stored().await;

        // A link that was sent, a mail that is still to be, and a request that nobody has looked at.
        app.request_reset(&ada.email).await.data();
        app.last_mail().await;
        ada.data("mutation { requestEmailVerification { ok } }", json!({})).await;
        app.request_reset(&ada.email).await.data();

        let remains = Remains::read(&app.database).await;
        let all = traces.0.iter().map(|(name, _)| name).collect::<std::collections::HashSet<_>>().len();
        let found = traces.found(&remains);
        let names = found.iter().filter_map(|found| found.split(": ").next());
        let seen = names.collect::<std::collections::HashSet<_>>().len();
        // PostgreSQL shows no rows that are gone, and so none of what was changed.
        let invisible = if app.backend == Backend::Postgres { 2 } else { 0 };
        assert_eq!(seen, all - invisible, "a trace that is never found proves nothing: {found:#?}");
        for table in [
            "users",
            "tasks",
            "tags",
            "task_tags",
            "tombstones",
            "sign_ins",
            "refresh_tokens",
            "mails",
            "email_tokens",
            "reset_requests",
        ] {
            assert!(remains.tables().contains(&table), "{table} is empty");
        }

        let reply = delete(&ada, Some(PASSWORD)).await;
        assert_eq!(*reply.data(), json!({ "deleteAccount": { "deletedUserId": ada.id } }));
        let found = traces.found(&Remains::read(&app.database).await);
        assert!(found.is_empty(), "{found:#?}");

        assert_eq!(bob.stored().await, before);
        refresh(app, &pair.refresh).await;
        let query = "{ tasks(filter: { search: \"green\" }) { totalCount } }";
        assert_eq!(bob.data(query, json!({})).await["tasks"]["totalCount"], 3);
    }

    async fn what_is_written_while_the_account_is_deleted_waits_or_is_refused_and_leaves_nothing(app: TestApp) {
        for round in 0..5 {
            let ada = app.register(&format!("ada{round}")).await;
            let writes = join_all((0..16).map(|number| {
                let ada = &ada;
                async move {
                    match number % 4 {
                        0 => ada.mutate("createTag", json!({ "name": format!("tag {number}") })).await,
                        1 => ada.mutate("updateProfile", json!({ "name": format!("Ada {number}") })).await,
                        _ => ada.mutate("createTask", json!({ "title": "tea" })).await,
                    }
                }
            }));
            let logins = join_all((0..4).map(|_| log_in(app, &ada.email, PASSWORD)));
            let (writes, logins, deleted) = tokio::join!(writes, logins, delete(&ada, Some(PASSWORD)));
            deleted.data();
            for reply in writes.iter().chain(&logins).filter(|reply| reply.body.get("errors").is_some()) {
                assert!(["UNAUTHENTICATED", "INVALID_CREDENTIALS"].contains(&reply.code()), "{reply:?}");
            }
        }
        let remains = Remains::read(&app.database).await;
        for table in ["users", "owner_clock", "tasks", "tags", "sign_ins", "refresh_tokens"] {
            assert!(!remains.tables().contains(&table), "{table}");
        }
    }

    async fn whoever_is_gone_is_refused_at_once_and_may_come_again_as_somebody_new(app: TestApp) {
        let ada = app.register("ada").await;
        let pair = begin(&ada).await;
        ada.done("createTask", json!({ "title": "tea" })).await;
        delete(&ada, Some(PASSWORD)).await.data();
        assert!(!counts(app, ada.token.as_deref().expect("signed in")).await);
        assert!(!counts(app, &pair.access).await);
        assert_ended(&try_refresh(app, &pair.refresh).await);
        assert_eq!(log_in(app, &ada.email, PASSWORD).await.code(), "INVALID_CREDENTIALS");

        let anew = app.register("ada").await;
        assert_ne!(anew.id, ada.id);
        let data = anew.data("{ me { tasks { totalCount } } signIns { id } }", json!({})).await;
        assert_eq!(data["me"]["tasks"]["totalCount"], 0);
        assert_eq!(data["signIns"].as_array().map(Vec::len), Some(1));
        assert!(!counts(app, &pair.access).await);
        assert_eq!(anew.data("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": ada.id })).await, json!({
            "node": Value::Null,
        }));
    }
}
