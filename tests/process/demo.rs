//! An account to try things on.

use serde_json::{Value, json};

use crate::command_line::refused;
use crate::{Server, on_both_databases};

/// What stands behind this word in what was printed.
fn printed(said: &str, word: &str) -> String {
    let line = said.lines().find_map(|line| line.trim_start().strip_prefix(word));
    line.unwrap_or_else(|| panic!("no {word}: {said}")).trim().to_owned()
}

on_both_databases! {
    fn three_thousand_tasks_are_there_for_whoever_reads_the_password(home: Home) {
        let output = home.taskward().args(["demo", "--tasks", "3000"]).output().expect("it runs");
        assert!(output.status.success(), "{}", home.log());
        let said = String::from_utf8(output.stdout).expect("text");
        assert!(said.starts_with("3000 tasks in "), "{said}");
        let (email, password) = (printed(&said, "Email"), printed(&said, "Password"));

        let server = Server::start(&mut home.taskward());
        let token = server.log_in(home, &email, &password);
        let query = "{ me { name } tags { totalCount } tasks(first: 100) { totalCount nodes { title tags { name } } }
            done: tasks(filter: { completed: true }) { totalCount } }";
        let (_, body) = server.ask(Some(&token), query, &json!({}));
        let data = &body["data"];
        assert_eq!((&data["me"]["name"], &data["tasks"]["totalCount"]), (&json!("Demo"), &json!(3000)), "{body}");
        let tasks = data["tasks"]["nodes"].as_array().expect("tasks");
        assert!(tasks.iter().any(|task| task["tags"] != Value::Array(Vec::new())), "{body}");
        assert!(data["tags"]["totalCount"].as_u64() > Some(1), "{body}");
        assert!((1..3000).contains(&data["done"]["totalCount"].as_u64().expect("a number")), "{body}");

        // The account is as shut as any other, and a second one needs another address.
        let stranger = server.register(home, "ada@example.com");
        let (_, body) = server.ask(Some(&stranger), "{ tasks { totalCount } }", &json!({}));
        assert_eq!(body["data"]["tasks"]["totalCount"], 0);
        let (code, text) = refused(home.taskward().args(["demo", "--tasks", "1"]));
        let sentence = "taskward: This email address has an account already. Choose another address with --email.";
        assert_eq!((code, text.lines().last()), (Some(1), Some(sentence)));
    }
}
