//! Why a document is refused, and how that is told.

use std::fmt;

use async_graphql::{Name, Pos};

use crate::graphql::ErrorCode;
use crate::http::rejection::Rejection;

/// Why a document is refused.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::http) enum Excess {
    /// It has more of something than is allowed.
    Over {
        /// What there is too much of, to be put after the figure.
        what: &'static str,
        /// How much there is.
        found: u64,
        /// How much there may be.
        allowed: u64,
    },
    /// A fragment contains itself.
    Cycle(Name),
    /// A block string begins there and does not end.
    Unended(Pos),
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over { what, found, allowed } => {
                write!(f, "The query is too complex: {found} {what}, {allowed} are allowed.")
            }
            Self::Cycle(name) => write!(f, "Fragment \"{name}\" spreads itself."),
            Self::Unended(Pos { line, column }) => {
                write!(f, "Syntax error at line {line}, column {column}: the string does not end.")
            }
        }
    }
}

impl From<Excess> for Rejection {
    fn from(excess: Excess) -> Self {
        let message = excess.to_string();
        match excess {
            Excess::Over { .. } => Self::bad_query(ErrorCode::QueryTooComplex, message),
            Excess::Cycle(_) => Self::bad_query(ErrorCode::GraphqlValidationFailed, message),
            Excess::Unended(position) => Self::bad_syntax(message).at(Some(position)),
        }
    }
}

/// Refuses more of something than is allowed.
pub(in crate::http) fn allow(what: &'static str, found: u64, allowed: u64) -> Result<(), Excess> {
    if found > allowed { Err(Excess::Over { what, found, allowed }) } else { Ok(()) }
}
