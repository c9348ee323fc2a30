//! What a word is, and what counts as the same one.

use serde_json::json;

use super::super::titles;
use super::{check, create};
use crate::on_both_databases;

on_both_databases! {
    async fn case_accents_and_unicode_form_make_no_difference(app: TestApp) {
        let ada = app.register("ada").await;
        create(
            &ada,
            &[
                "\u{c9}t\u{e9} \u{e0} Paris",
                "stra\u{df}e",
                "\u{130}stanbul",
                "I\u{15f}\u{131}k",
                "\u{fb01}sh",
                "\u{2167} \u{b2}",
            ],
        )
        .await;
        for search in [
            "\u{e9}t\u{e9}",
            "\u{c9}T\u{c9}",
            "ete",
            "ETE",
            "e\u{301}te\u{301}",
            "E\u{301}TE",
            "\u{ea}t\u{eb}",
            "e\u{302}t",
            "paris ET",
            "a p",
        ] {
            assert_eq!(
                titles(&ada, json!({ "search": search })).await,
                ["\u{c9}t\u{e9} \u{e0} Paris"],
                "{search:?}"
            );
        }
        check(
            &ada,
            &[
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
            ],
        )
        .await;
    }

    async fn words_of_all_scripts_are_found(app: TestApp) {
        let ada = app.register("ada").await;
        create(
            &ada,
            &[
                "\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{672c}",
                "\u{414}\u{43e}\u{43c} \u{451}\u{43b}\u{43a}\u{438}",
                "\u{39f}\u{3b4}\u{3cc}\u{3c2}",
                "\u{ff76}\u{ff80}\u{ff76}\u{ff85} \u{ff34}\u{ff25}\u{ff21}",
                "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}",
                "\u{e2a}\u{e27}\u{e31}\u{e2a}\u{e14}\u{e35}",
                "\u{645}\u{64e}\u{631}\u{652}\u{62d}\u{628}\u{627}",
                "\u{d55c}\u{ae00}",
                "\u{1d54b}\u{1d556}\u{1d552}\u{1d564}",
            ],
        )
        .await;
        check(
            &ada,
            &[
                ("\u{65e5}\u{672c}", &["\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{672c}"]),
                ("\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{672c}", &["\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{672c}"]),
                ("\u{672c}", &[]),
                ("\u{414}\u{41e}", &["\u{414}\u{43e}\u{43c} \u{451}\u{43b}\u{43a}\u{438}"]),
                (
                    "\u{434}\u{43e}\u{43c} \u{415}\u{41b}",
                    &["\u{414}\u{43e}\u{43c} \u{451}\u{43b}\u{43a}\u{438}"],
                ),
                ("\u{39f}\u{394}\u{39f}\u{3a3}", &["\u{39f}\u{3b4}\u{3cc}\u{3c2}"]),
                ("\u{3bf}\u{3b4}\u{3bf}\u{3c3}", &["\u{39f}\u{3b4}\u{3cc}\u{3c2}"]),
                ("\u{3bf}\u{3b4}\u{3bf}\u{3c2}", &["\u{39f}\u{3b4}\u{3cc}\u{3c2}"]),
                ("\u{30ab}\u{30bf}", &["\u{ff76}\u{ff80}\u{ff76}\u{ff85} \u{ff34}\u{ff25}\u{ff21}"]),
                (
                    "\u{30ab}\u{30bf}\u{30ab}\u{30ca} tea",
                    &["\u{ff76}\u{ff80}\u{ff76}\u{ff85} \u{ff34}\u{ff25}\u{ff21}"],
                ),
                ("\u{928}\u{92e}\u{938}\u{94d}", &["\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}"]),
                ("\u{e2a}\u{e27}", &["\u{e2a}\u{e27}\u{e31}\u{e2a}\u{e14}\u{e35}"]),
                (
                    "\u{645}\u{631}\u{62d}\u{628}\u{627}",
                    &["\u{645}\u{64e}\u{631}\u{652}\u{62d}\u{628}\u{627}"],
                ),
                ("\u{d55c}\u{ae00}", &["\u{d55c}\u{ae00}"]),
                ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", &["\u{d55c}\u{ae00}"]),
                ("teas", &["\u{1d54b}\u{1d556}\u{1d552}\u{1d564}"]),
            ],
        )
        .await;
    }

    async fn hyphens_apostrophes_and_signs_part_words_and_digits_are_words(app: TestApp) {
        let ada = app.register("ada").await;
        create(&ada, &["follow-up", "don't panic", "v1.25_beta", "a@b.example", "C++ & C#"]).await;
        check(
            &ada,
            &[
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
            ],
        )
        .await;
    }
}
