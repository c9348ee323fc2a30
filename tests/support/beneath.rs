//! What only somebody with the database in hand can see and do: past every rule, and not recorded.

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _};

macro_rules! on_connection {
    ($url:expr, |$connection:ident| $body:expr) => {
        if $url.starts_with("postgres") {
            let options = PgConnectOptions::from_str($url).expect("an address");
            let $connection =
                &mut options.disable_statement_logging().connect().await.expect("PostgreSQL answers");
            $body
        } else {
            let options = SqliteConnectOptions::from_str($url).expect("an address");
            let $connection =
                &mut options.disable_statement_logging().connect().await.expect("the file is there");
            $body
        }
    };
}

/// Runs a statement on the database at this address.
#[expect(clippy::disallowed_methods, reason = "what the store would not do is wanted here")]
pub async fn execute(url: &str, sql: &str) {
    on_connection!(url, |connection| {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *connection).await.expect(sql);
    });
}

/// The texts of the only column that this asks for.
#[expect(clippy::disallowed_methods, reason = "what the store would not tell is wanted here")]
pub async fn texts(url: &str, sql: &str) -> Vec<String> {
    on_connection!(url, |connection| {
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *connection).await.expect(sql)
    })
}
