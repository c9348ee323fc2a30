//! Search: the same on both databases, and whatever is typed is text.

use serde_json::{Value, json};

use super::search_model::{finds, search, text};
use super::titles;
use crate::on_both_databases;
use crate::support::Actor;
use crate::support::property::for_all;

/// Makes a task of each title.
async fn create(person: &Actor<'_>, titles: &[&str]) {
    for title in titles {
        person.done("createTask", json!({ "title": title })).await;
    }
}

/// Checks what each search finds.
async fn check(person: &Actor<'_>, searches: &[(&str, &[&str])]) {
    for (search, expected) in searches {
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(titles(person, json!({ "search": search })).await, expected, "{search:?}");
    }
}

on_both_databases! {
    async fn all_words_must_occur_in_title_or_description_the_last_as_a_prefix(app: TestApp) {
        let ada = app.register("ada").await;
        ada.done("createTask", json!({ "title": "Buy tea", "description": "green, for the office" })).await;
        ada.done("createTask", json!({ "title": "Teapot", "description": "buy a green one" })).await;
        ada.done("createTask", json!({ "title": "Office party" })).await;
        let all: &[&str] = &["Buy tea", "Teapot", "Office party"];
        check(&ada, &[
            ("tea", &["Buy tea", "Teapot"]),
            ("te", &["Buy tea", "Teapot"]),
            ("teap", &["Teapot"]),
            ("ea", &[]),
            ("buy green", &["Buy tea", "Teapot"]),
            ("green buy", &["Buy tea", "Teapot"]),
            ("buy buy b", &["Buy tea", "Teapot"]),
            ("tea buy", &["Buy tea"]),
            ("te buy", &[]),
            ("office tea", &["Buy tea"]),
            ("party buy", &[]),
            ("off", &["Buy tea", "Office party"]),
            ("", all),
            (" \t\n\u{2003}", all),
            ("teapots", &[]),
        ])
        .await;
        let data = ada.data("{ tasks(filter: { search: null }) { totalCount } }", json!({})).await;
        assert_eq!(data["tasks"]["totalCount"], 3);
    }

    async fn case_accents_and_unicode_form_make_no_difference(app: TestApp) {
        let ada = app.register("ada").await;
        create(&ada, &["\u{c9}t\u{e9} \u{e0} Paris", "stra\u{df}e", "\u{130}stanbul", "I\u{15f}\u{131}k", "\u{fb01}sh", "\u{2167} \u{b2}"]).await;
        for search in ["\u{e9}t\u{e9}", "\u{c9}T\u{c9}", "ete", "ETE", "e\u{301}te\u{301}", "E\u{301}TE", "\u{ea}t\u{eb}", "e\u{302}t", "paris ET", "a p"] {
            assert_eq!(titles(&ada, json!({ "search": search })).await, ["\u{c9}t\u{e9} \u{e0} Paris"], "{search:?}");
        }
        check(&ada, &[
            ("STRASSE", &["stra\u{df}e"]),
            ("stra\u{1e9e}e", &["stra\u{df}e"]),
            ("strass", &["stra\u{df}e"]),
            ("istanbul", &["\u{130}stanbul"]),
            ("ISTANBUL", &["\u{130}stanbul"]),
            ("\u{130}STAN", &["\u{130}stanbul"]),
            ("i\u{307}stanbul", &["\u{130}stanbul"]),
            ("\u{131}stanbul", &[]),
            ("is\u{131}k", &["I\u{15f}\u{131}k"]),
            ("isik", &[]),
            ("fis", &["\u{fb01}sh"]),
            ("viii 2", &["\u{2167} \u{b2}"]),
        ])
        .await;
    }

    async fn words_of_all_scripts_are_found(app: TestApp) {
        let ada = app.register("ada").await;
        create(&ada, &[
            "\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{672c}", "\u{414}\u{43e}\u{43c} \u{451}\u{43b}\u{43a}\u{438}", "\u{39f}\u{3b4}\u{3cc}\u{3c2}",
            "\u{ff76}\u{ff80}\u{ff76}\u{ff85} \u{ff34}\u{ff25}\u{ff21}", "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}", "\u{e2a}\u{e27}\u{e31}\u{e2a}\u{e14}\u{e35}",
            "\u{645}\u{64e}\u{631}\u{652}\u{62d}\u{628}\u{627}", "\u{d55c}\u{ae00}", "\u{1d54b}\u{1d556}\u{1d552}\u{1d564}",
        ]).await;
        check(&ada, &[
            ("\u{65e5}\u{672c}", &["\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{672c}"]),
            ("\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{672c}", &["\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{672c}"]),
            ("\u{672c}", &[]),
            ("\u{414}\u{41e}", &["\u{414}\u{43e}\u{43c} \u{451}\u{43b}\u{43a}\u{438}"]),
            ("\u{434}\u{43e}\u{43c} \u{415}\u{41b}", &["\u{414}\u{43e}\u{43c} \u{451}\u{43b}\u{43a}\u{438}"]),
            ("\u{39f}\u{394}\u{39f}\u{3a3}", &["\u{39f}\u{3b4}\u{3cc}\u{3c2}"]),
            ("\u{3bf}\u{3b4}\u{3bf}\u{3c3}", &["\u{39f}\u{3b4}\u{3cc}\u{3c2}"]),
            ("\u{3bf}\u{3b4}\u{3bf}\u{3c2}", &["\u{39f}\u{3b4}\u{3cc}\u{3c2}"]),
            ("\u{30ab}\u{30bf}", &["\u{ff76}\u{ff80}\u{ff76}\u{ff85} \u{ff34}\u{ff25}\u{ff21}"]),
            ("\u{30ab}\u{30bf}\u{30ab}\u{30ca} tea", &["\u{ff76}\u{ff80}\u{ff76}\u{ff85} \u{ff34}\u{ff25}\u{ff21}"]),
            ("\u{928}\u{92e}\u{938}\u{94d}", &["\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}"]),
            ("\u{e2a}\u{e27}", &["\u{e2a}\u{e27}\u{e31}\u{e2a}\u{e14}\u{e35}"]),
            ("\u{645}\u{631}\u{62d}\u{628}\u{627}", &["\u{645}\u{64e}\u{631}\u{652}\u{62d}\u{628}\u{627}"]),
            ("\u{d55c}\u{ae00}", &["\u{d55c}\u{ae00}"]),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", &["\u{d55c}\u{ae00}"]),
            ("teas", &["\u{1d54b}\u{1d556}\u{1d552}\u{1d564}"]),
        ])
        .await;
    }

    async fn hyphens_apostrophes_and_signs_part_words_and_digits_are_words(app: TestApp) {
        let ada = app.register("ada").await;
        create(&ada, &["follow-up", "don't panic", "v1.25_beta", "a@b.example", "C++ & C#"]).await;
        check(&ada, &[
            ("follow-up", &["follow-up"]),
            ("follow up", &["follow-up"]),
            ("-up", &["follow-up"]),
            ("followup", &[]),
            ("don't", &["don't panic"]),
            ("don\u{2019}t", &["don't panic"]),
            ("don", &["don't panic"]),
            ("1.2", &[]),
            ("v1.2", &["v1.25_beta"]),
            ("25", &["v1.25_beta"]),
            ("5", &[]),
            ("beta", &["v1.25_beta"]),
            ("a@b.example", &["a@b.example"]),
            ("c++", &["C++ & C#"]),
        ])
        .await;
    }

    async fn search_syntax_is_text(app: TestApp) {
        let ada = app.register("ada").await;
        create(&ada, &["tea or coffee", "tea near water", "not and", "owner words"]).await;
        check(&ada, &[
            ("\"tea", &["tea or coffee", "tea near water"]),
            ("tea OR water", &[]),
            ("coffee OR", &["tea or coffee"]),
            ("tea | water", &["tea near water"]),
            ("NOT and", &["not and"]),
            ("tea NOT coffee", &[]),
            ("NEAR(tea water)", &["tea near water"]),
            ("NEAR(\"tea\" \"water\", 5)", &[]),
            ("words:tea", &[]),
            ("owner : words", &["owner words"]),
            ("{owner words} : tea", &[]),
            ("te* near", &[]),
            ("tea:*", &["tea or coffee", "tea near water"]),
            ("tea:ABCD", &[]),
            ("tea & !coffee", &["tea or coffee"]),
            ("tea <-> or", &["tea or coffee"]),
            ("tea <2> near", &[]),
            ("^near", &["tea near water"]),
            ("tea' || 'x", &[]),
            ("tea''", &["tea or coffee", "tea near water"]),
            ("\\tea\\", &["tea or coffee", "tea near water"]),
            ("tea;-- near", &["tea near water"]),
            ("tea%", &["tea or coffee", "tea near water"]),
            ("$1", &[]),
            ("tea\0near", &["tea near water"]),
            ("tea\u{1f375}coffee", &["tea or coffee"]),
            ("\u{feff}tea\u{200b}near", &["tea near water"]),
        ])
        .await;
        for nothing in ["\"", "*", "'", "\\", "\0", "()", "!", "& |", "<->", ":*", ";--", "\u{1f375}", "\u{301}", "$$", "%%", "{}"] {
            assert_eq!(titles(&ada, json!({ "search": nothing })).await.len(), 4, "no word asks for nothing: {nothing:?}");
        }
    }

    async fn a_search_has_up_to_200_characters(app: TestApp) {
        let ada = app.register("ada").await;
        create(&ada, &["tea", &"x".repeat(200)]).await;
        check(&ada, &[
            (&"tea ".repeat(50), &["tea"]),
            (&"x".repeat(200), &[&"x".repeat(200)]),
            (&"\u{1f375}".repeat(200), &["tea", &"x".repeat(200)]),
            (&format!("tea{}", " ".repeat(197)), &["tea"]),
            (&"a ".repeat(100), &[]),
        ])
        .await;
        let query = "query ($search: String) { tasks(filter: { search: $search }) { totalCount } }";
        for long in ["x".repeat(201), format!("tea{}", " ".repeat(198)), "\u{1f375}".repeat(201)] {
            assert_eq!(ada.ask(query, json!({ "search": long })).await.field(), "search");
        }
    }

    async fn changes_are_found_at_once_and_strangers_tasks_never(app: TestApp) {
        let (ada, bob) = (app.register("ada").await, app.register("bob").await);
        create(&bob, &["green tea", "black tea"]).await;
        let task = ada.done("createTask", json!({ "title": "green tea", "description": "hot" })).await;
        let found = async |search: &str| titles(&ada, json!({ "search": search })).await.len();
        let counts = async || (found("tea").await, found("hot").await, found("coffee").await, found("cold g").await);
        assert_eq!(counts().await, (1, 1, 0, 0));
        for (change, expected) in [
            (json!({ "title": "coffee" }), (0, 1, 1, 0)),
            (json!({ "description": "cold, not green" }), (0, 0, 1, 1)),
            (json!({ "priority": "HIGH" }), (0, 0, 1, 1)),
            (json!({ "description": null }), (0, 0, 1, 0)),
            (json!({ "title": "tea or coffee" }), (1, 0, 1, 0)),
        ] {
            let mut input = change.clone();
            input["id"] = task["id"].clone();
            ada.done("updateTask", input).await;
            assert_eq!(counts().await, expected, "{change}");
        }
        ada.done("deleteTask", json!({ "id": task["id"] })).await;
        assert_eq!(counts().await, (0, 0, 0, 0));
        check(&bob, &[("tea", &["green tea", "black tea"]), ("coffee", &[])]).await;
        for (one, other) in [(&ada, &bob), (&bob, &ada)] {
            let id = &other.id["user_".len()..];
            let uuid = other.id.parse::<taskward::id::UserId>().expect("an id").uuid();
            for search in [id.to_owned(), uuid.to_string(), uuid.simple().to_string(), format!("owner:{uuid:X}")] {
                assert_eq!(titles(one, json!({ "search": search })).await, [""; 0], "{search}");
            }
        }
    }

    async fn any_search_finds_what_folding_and_splitting_finds(app: TestApp) {
        let mut number = 0;
        let texts = proptest::collection::vec((text(), text()), 1..=12);
        for_all(15, (texts, proptest::collection::vec(search(), 18)), async |(texts, searches)| {
            number += 1;
            let ada = app.register(&format!("person{number}")).await;
            let mut tasks = Vec::new();
            let titled = texts.iter().map(|(title, description)| (format!("x {title}").trim().to_owned(), description));
            let (mut creations, mut inputs) = (String::new(), json!({}));
            for (at, (title, description)) in titled.enumerate() {
                creations += &format!("f{at}: createTask(input: $i{at}) {{ task {{ id }} }} ");
                inputs[format!("i{at}")] = json!({ "title": title, "description": description });
                tasks.push((title, description));
            }
            let variables: String = (0..tasks.len()).map(|at| format!("$i{at}: CreateTaskInput! ")).collect();
            let made = ada.data(&format!("mutation ({variables}) {{ {creations} }}"), inputs).await;
            let order = "orderBy: { field: CREATED_AT, direction: ASC }, first: 100";
            let lists: String = (0..searches.len())
                .map(|at| format!("f{at}: tasks({order}, filter: {{ search: $s{at} }}) {{ totalCount nodes {{ id }} }} "))
                .collect();
            let variables: String = (0..searches.len()).map(|at| format!("$s{at}: String ")).collect();
            let given: Value = searches.iter().enumerate().map(|(at, search)| (format!("s{at}"), json!(search))).collect();
            let found = ada.data(&format!("query ({variables}) {{ {lists} }}"), given).await;
            for (at, search) in searches.iter().enumerate() {
                let expected: Vec<_> = tasks
                    .iter()
                    .enumerate()
                    .filter(|(_, (title, description))| finds(search, [title, description]))
                    .map(|(at, _)| made[format!("f{at}")]["task"].clone())
                    .collect();
                let list = json!({ "totalCount": expected.len(), "nodes": expected });
                assert_eq!(found[format!("f{at}")], list, "{search:?} in {tasks:?}");
            }
        })
        .await;
    }
}
