//! `extensions.code`: the contract's list, and all of it.

use async_graphql::Enum;

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $code:ident $text:literal)*) => {
        /// What `extensions.code` of an error says.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ $code,)*
        }

        impl ErrorCode {
            /// The code as it stands on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $text,)*
                }
            }

            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$code,)*];
        }
    };
}

error_codes! {
    /// No token, or one that is malformed, expired, not yet valid, or signed by nobody trusted. HTTP 401 when the whole
    /// request is refused for it.
    Unauthenticated "UNAUTHENTICATED"
    /// Email and password do not match an account.
    InvalidCredentials "INVALID_CREDENTIALS"
    /// Signed in, but not allowed to do this.
    Forbidden "FORBIDDEN"
    /// It does not exist, or is someone else's: the two can't be told apart.
    NotFound "NOT_FOUND"
    /// An argument is not acceptable; `extensions.field` names it.
    BadUserInput "BAD_USER_INPUT"
    /// The cursor of a change is older than what is remembered of deletions: start again without one.
    CursorForgotten "CURSOR_FORGOTTEN"
    /// It exists already, or was changed meanwhile.
    Conflict "CONFLICT"
    /// Too many tries; `extensions.retryAfter` says in how many seconds to try again.
    RateLimited "RATE_LIMITED"
    /// The query is too deep, too wide or too expensive.
    QueryTooComplex "QUERY_TOO_COMPLEX"
    /// The query does not parse or does not fit the schema.
    GraphqlValidationFailed "GRAPHQL_VALIDATION_FAILED"
    /// No document of this id is known: send its text, and with it the hash, to have it known.
    PersistedQueryNotFound "PERSISTED_QUERY_NOT_FOUND"
    /// Documents cannot be asked for by their hash: send texts.
    PersistedQueryNotSupported "PERSISTED_QUERY_NOT_SUPPORTED"
    /// The server runs the documents that it was started with, and this is none of them.
    DocumentNotTrusted "DOCUMENT_NOT_TRUSTED"
    /// For a while the server cannot answer: try again.
    Unavailable "UNAVAILABLE"
    /// A fault of the server's; `extensions.requestId` finds it in the log.
    Internal "INTERNAL"
}

#[cfg(test)]
mod tests {
    use async_graphql::resolver_utils::EnumType;

    use super::*;

    #[test]
    fn the_schema_and_the_wire_spell_a_code_alike() {
        assert_eq!(ErrorCode::items().len(), ErrorCode::ALL.len());
        for (item, code) in ErrorCode::items().iter().zip(ErrorCode::ALL) {
            assert_eq!((item.name, item.value), (code.as_str(), *code));
        }
    }
}
