//! Statements for whoever holds a refresh token, which is all that they have to show.

use sqlx::query::QueryAs;
use sqlx::{Database, Encode, FromRow, Type};

use crate::auth::RefreshToken;
use crate::id::UserId;

use super::owned_sql::{has, keeps_scope};

/// A statement that reaches one sign-in: `$1` is the owner whom a refresh token names, `$2` the digest of what it shares
/// with its chain. Nobody who never held a token of the chain knows that.
pub(super) struct HeldSql(&'static str);

impl HeldSql {
    /// Stops the build unless the text scopes itself to `$1` and `$2`.
    pub(super) const fn new(text: &'static str) -> Self {
        assert!(has(text, "owner_id = $1"), "held SQL binds the owner as $1");
        assert!(has(text, "handle = $2"), "held SQL binds the handle as $2");
        assert!(keeps_scope(text), "held SQL is lower case, one statement, and does not widen its scope");
        Self(text)
    }

    /// Starts the statement with the token's owner and handle already bound.
    #[expect(clippy::disallowed_methods, reason = "turns held SQL into a query")]
    pub(super) fn of<'q, DB, Row>(&self, token: &RefreshToken) -> QueryAs<'q, DB, Row, DB::Arguments>
    where
        DB: Database,
        Row: for<'r> FromRow<'r, DB::Row>,
        UserId: Encode<'q, DB> + Type<DB>,
        Vec<u8>: Encode<'q, DB> + Type<DB>,
    {
        sqlx::query_as(self.0).bind(token.user_id()).bind(token.handle_digest())
    }
}
