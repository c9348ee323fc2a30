//! What means something to FTS5, to a tsquery or to SQL means nothing here.

use serde_json::json;

use super::super::titles;
use super::{check, create};
use crate::on_both_databases;

on_both_databases! {
    async fn search_syntax_is_text(app: TestApp) {
        let ada = app.register("ada").await;
        create(&ada, &["tea or coffee", "tea near water", "not and", "owner words"]).await;
        check(
            &ada,
            &[
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
            ],
        )
        .await;
        for nothing in [
            "\"",
            "*",
            "'",
            "\\",
            "\0",
            "()",
            "!",
            "& |",
            "<->",
            ":*",
            ";--",
            "\u{1f375}",
            "\u{301}",
            "$$",
            "%%",
            "{}",
        ] {
            assert_eq!(
                titles(&ada, json!({ "search": nothing })).await.len(),
                4,
                "no word asks for nothing: {nothing:?}"
            );
        }
    }
}
