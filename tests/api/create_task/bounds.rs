//! What the fields of a task may be. `updateTask` keeps to the same bounds.

use serde_json::json;

use crate::on_both_databases;
use crate::support::TestApp;
use crate::support::mutation::bad;

/// One field with what it is given, and what becomes of it: `None` where it is refused.
type Sample = (&'static str, String, Option<String>);

fn kept(field: &'static str, given: impl Into<String>, stored: impl Into<String>) -> Sample {
    (field, given.into(), Some(stored.into()))
}

fn unchanged(field: &'static str, given: impl Into<String> + Clone) -> Sample {
    kept(field, given.clone(), given)
}

fn refused(field: &'static str, given: impl Into<String>) -> Sample {
    (field, given.into(), None)
}

/// Sends each sample by `createTask` and by `updateTask`: first all that are refused, and then the others.
async fn check(app: &TestApp, samples: Vec<Sample>) {
    let ada = app.register("ada").await;
    let id = ada.done("createTask", json!({ "title": "tea" })).await["id"].clone();
    let inputs = |field: &str, given: &str| {
        let mut inputs = [("createTask", json!({ "title": "tea" })), ("updateTask", json!({ "id": id }))];
        for (_, input) in &mut inputs {
            input[field] = json!(given);
        }
        inputs
    };
    let about = |given: &str| given.chars().take(40).collect::<String>();
    let before = ada.stored().await;
    for (field, given, _) in samples.iter().filter(|(.., stored)| stored.is_none()) {
        for (mutation, input) in inputs(field, given) {
            assert_eq!(
                ada.refused(mutation, input).await,
                bad(field),
                "{mutation} {field} {:?}",
                about(given)
            );
        }
    }
    assert_eq!(ada.stored().await, before);
    for (field, given, stored) in &samples {
        let Some(stored) = stored else { continue };
        for (mutation, input) in inputs(field, given) {
            let task = ada.done(mutation, input).await;
            assert_eq!(task[field], *stored, "{mutation} {field} {:?}", about(given));
            assert_eq!(ada.task(&task["id"]).await, task);
        }
    }
}

on_both_databases! {
    async fn a_title_has_1_to_200_characters_after_trimming(app: TestApp) {
        check(
            app,
            vec![
                kept("title", " \t\u{a0}\u{2003}tea\u{3000}\r\n", "tea"),
                unchanged("title", "t"),
                unchanged("title", "green  tea"),
                unchanged("title", "x".repeat(200)),
                unchanged("title", "\u{1f375}".repeat(200)),
                unchanged("title", "e\u{301}".repeat(100)),
                unchanged("title", "\u{fdfa}".repeat(200)),
                unchanged("title", "\u{202e}\u{feff}\u{2028}\u{10ffff}"),
                unchanged("title", "'; drop table tasks; --\\\" % _ $1 {{}} <b>"),
                kept("title", format!(" {} ", "x".repeat(200)), "x".repeat(200)),
                refused("title", ""),
                refused("title", " \t\r\n\u{2003}"),
                refused("title", "x".repeat(201)),
                refused("title", "\u{1f375}".repeat(201)),
                refused("title", "e\u{301}".repeat(101)),
            ],
        )
        .await;
    }

    async fn a_description_has_up_to_10_000_characters(app: TestApp) {
        check(
            app,
            vec![
                unchanged("description", ""),
                unchanged("description", "  two\n\n\tlines  \n"),
                kept("description", "one\r\ntwo", "one\ntwo"),
                unchanged("description", "x".repeat(10_000)),
                unchanged("description", "\u{1f375}".repeat(10_000)),
                kept("description", "\r\n".repeat(10_000), "\n".repeat(10_000)),
                refused("description", "x".repeat(10_001)),
                refused("description", "\u{1f375}".repeat(10_001)),
            ],
        )
        .await;
    }

    async fn control_characters_are_refused(app: TestApp) {
        let mut samples =
            vec![refused("title", "a\nb"), refused("title", "a\tb"), refused("title", "a\u{b}b")];
        for control in [
            "\0", "\u{1}", "\u{8}", "\u{b}", "\u{c}", "\r", "\u{1b}", "\u{1f}", "\u{7f}", "\u{80}", "\u{85}",
            "\u{9f}",
        ] {
            samples.push(refused("title", format!("a{control}b")));
            samples.push(refused("description", format!("a{control}b")));
        }
        check(app, samples).await;
    }

    async fn an_instant_has_any_offset_and_comes_back_as_utc_with_milliseconds(app: TestApp) {
        check(
            app,
            vec![
                kept("dueAt", "2026-11-21T09:30:00Z", "2026-11-21T09:30:00.000Z"),
                kept("dueAt", "2026-11-21t09:30:00.5z", "2026-11-21T09:30:00.500Z"),
                kept("dueAt", "2026-11-21T09:30:00.1239999+05:30", "2026-11-21T04:00:00.123Z"),
                kept("dueAt", "2026-11-21T00:30:00-12:00", "2026-11-21T12:30:00.000Z"),
                kept("dueAt", "2026-01-01T00:00:00+23:59", "2025-12-31T00:01:00.000Z"),
                kept("dueAt", "2026-11-21T09:30:00.001-00:00", "2026-11-21T09:30:00.001Z"),
                kept("dueAt", "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
                kept("dueAt", "0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
                kept("dueAt", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
                kept("dueAt", "2028-02-29T12:00:00Z", "2028-02-29T12:00:00.000Z"),
            ],
        )
        .await;
    }

    async fn what_is_no_instant_is_refused(app: TestApp) {
        let nonsense = [
            "",
            "tomorrow",
            "2026-11-21",
            "2026-11-21T09:30",
            "2026-11-21T09:30:00",
            "20261121T093000Z",
            "2026-11-21T09:30:00+0200",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T09:60:00Z",
            "2026-11-21T09:30:00+25:00",
            "+12026-11-21T09:30:00Z",
            "-001-01-01T00:00:00Z",
            "9999-12-31T23:59:59-00:01",
            "0000-01-01T00:00:00+00:01",
            " 2026-11-21T09:30:00Z",
            "1764000000",
            "infinity",
            "2026-11-21T09:30:00Z\0",
        ];
        check(app, nonsense.into_iter().map(|given| refused("dueAt", given)).collect()).await;
    }

    async fn a_number_is_no_instant(app: TestApp) {
        let ada = app.register("ada").await;
        let input = json!({ "title": "tea", "dueAt": 1_764_000_000 });
        assert_eq!(ada.refused("createTask", input).await, bad("dueAt"));
    }

    async fn a_value_of_the_wrong_type_fits_no_schema(app: TestApp) {
        let ada = app.register("ada").await;
        for (field, given) in [
            ("title", json!(7)),
            ("completed", json!("true")),
            ("priority", json!("SOON")),
            ("tagIds", json!([null])),
            ("colour", json!("red")),
        ] {
            let mut input = json!({ "title": "tea" });
            input[field] = given;
            let reply = ada.mutate("createTask", input).await;
            assert_eq!(reply.code(), "GRAPHQL_VALIDATION_FAILED", "{field}: {}", reply.body);
            assert!(reply.body.get("data").is_none(), "{}", reply.body);
        }
        assert_eq!(ada.stored().await.tasks, []);
    }
}
