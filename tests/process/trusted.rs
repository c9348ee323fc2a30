//! Trusted documents, as the tools of real clients write their manifests.

use serde_json::{Value, json};

use crate::command_line::refused;
use crate::server::PASSWORD;
use crate::{Home, Server};

const MANIFESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/document/trusted/manifests/");

fn by_hash(hash: &str) -> Value {
    json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } })
}

#[test]
fn clients_run_what_their_tools_wrote_into_the_manifest_and_nothing_else() {
    for (manifest, [log_in, me, tasks], name) in [
        (
            "graphql-codegen.json",
            [
                json!({ "documentId": "a96f68e58848cceed321519dd6431a01cc2cbe30" }),
                by_hash("83152e1ff38dbb91f62353c67dd660a03ec75a9f"),
                json!({ "documentId": "e9de87c2863b169d8cd7b44f8f970cef5983d334" }),
            ],
            "Me",
        ),
        (
            "relay.json",
            [
                json!({ "doc_id": "156ecdc0196ef45afab19823c52283db" }),
                json!({ "id": "b5039c34ce4a5634909ea4670d9bbbea" }),
                json!({ "documentId": "a9b03e247cb3f035b527201135d13545" }),
            ],
            "AppMeQuery",
        ),
        (
            "apollo.json",
            [
                by_hash("ec82f349b1f9de1ecf47c7790b6539445752bcd321af781642afdce33058bfdb"),
                by_hash("0177269f684eee88f461d29eb74b14ff4811d696ab08f76da567520381912a21"),
                json!({
                    "documentId": "sha256:d24224dcc3f88425b6f2fc5033aaf054235065985a9b0930f226a6128be40ab8"
                }),
            ],
            "Me",
        ),
    ] {
        let home = Home::with_sqlite();
        Server::start(&mut home.taskward()).register(&home, "ada@example.com");
        let server =
            Server::start(home.taskward().env("TRUSTED_DOCUMENTS", format!("{MANIFESTS}{manifest}")));
        let run = |token: Option<&str>, mut body: Value, variables: Value| {
            body["variables"] = variables;
            let (status, body) = server.send(token, &body);
            assert_eq!(status, 200, "{manifest}: {body}");
            body["data"].clone()
        };
        let input = json!({ "email": "ada@example.com", "password": PASSWORD });
        let data = run(None, log_in, json!({ "input": input }));
        let token = data["login"]["accessToken"].as_str().expect("a token");
        home.keep_secret(token);
        let mut named = me;
        named["operationName"] = name.into();
        assert_eq!(run(Some(token), named, json!({}))["me"]["email"], "ada@example.com");
        assert_eq!(run(Some(token), tasks, json!({ "first": 1 }))["tasks"]["nodes"], json!([]));
        let (status, body) = server.ask(Some(token), "{ me { id } }", &json!({}));
        let code = &body["errors"][0]["extensions"]["code"];
        assert_eq!((status, code), (403, &json!("DOCUMENT_NOT_TRUSTED")), "{manifest}: {body}");
    }
}

#[test]
fn a_manifest_that_does_not_fit_stops_the_start_with_one_sentence() {
    let home = Home::with_sqlite();
    let sentence = |manifest: &str| {
        home.write("manifest.json", manifest);
        let (code, text) = refused(home.taskward().env("TRUSTED_DOCUMENTS", "manifest.json"));
        assert_eq!(code, Some(1), "{text}");
        text.lines().last().unwrap_or_default().to_owned()
    };
    for (manifest, wrong) in [
        ("{", "the file manifest.json is not JSON: line 1, column 1."),
        ("{}", "the file manifest.json names no document."),
        (
            r#"{"a":"{me{id}}","b":"{me{name nickname}}"}"#,
            r#"the document "b": Unknown field "nickname" on type "User"."#,
        ),
        (
            r#"{"a":"{me{id}"}"#,
            r#"the document "a": Syntax error at line 1, column 8: something is missing."#,
        ),
        (
            r#"{"a":"{tasks(first:\"many\"){totalCount}}"}"#,
            r#"the document "a": Invalid value for argument "first", expected type "Int"."#,
        ),
    ] {
        assert_eq!(sentence(manifest), format!("taskward: TRUSTED_DOCUMENTS: {wrong}"), "{manifest}");
    }
    let (code, text) = refused(home.taskward().env("TRUSTED_DOCUMENTS", "elsewhere.json"));
    assert_eq!(code, Some(1));
    assert!(text.contains("taskward: TRUSTED_DOCUMENTS: the file elsewhere.json cannot be read: "), "{text}");
}

#[test]
fn other_documents_run_and_are_logged_where_the_mode_says_so_and_none_is_trusted_where_it_is_off() {
    let home = Home::with_sqlite();
    let manifest = format!("{MANIFESTS}relay.json");
    let id = json!({ "documentId": "b5039c34ce4a5634909ea4670d9bbbea" });
    for (mode, known, logged, requests) in [("off", false, false, 2), ("log", true, true, 4)] {
        let settings = [("TRUSTED_DOCUMENTS", manifest.as_str()), ("TRUSTED_DOCUMENTS_MODE", mode)];
        let server = Server::start(home.taskward().envs(settings));
        let (_, body) = server.ask(None, "query Mine { __typename }", &json!({}));
        assert_eq!(body, json!({ "data": { "__typename": "Query" } }), "{mode}");
        let (_, body) = server.send(None, &id);
        let code = &body["errors"][0]["extensions"]["code"];
        assert_eq!(code != "PERSISTED_QUERY_NOT_FOUND", known, "{mode}: {body}");
        let told = || home.log().matches("\"message\":\"request\"").count();
        crate::until("a line for each request", || told() == requests);
        assert_eq!(home.log().contains("document is not trusted"), logged, "{mode}");
    }
}
