//! Which of the tokens that people take for an access token one is. Told from its looks; proves nothing.

use super::parts::Parts;

/// `typ` of the session that Better Auth signs into a cookie with its published key.
const SESSION_TYPE: &str = "better-auth.session-cache+jwt";
/// `aud` of the same.
const SESSION_AUDIENCE: &str = "better-auth:session-cache";

/// How this server's own refresh tokens begin.
use crate::auth::refresh_token::PREFIX as REFRESH_PREFIX;

/// What a token looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A JWT like any other.
    Jwt,
    /// No JWT: Better Auth's session token, or something of its like.
    Opaque,
    /// This server's own refresh token, which is no business of other issuers'.
    Refresh,
    /// Better Auth's session as its cookie carries it, signed with its secret.
    SessionCookie,
    /// The same, signed with its published key.
    SessionCookieByKey,
    /// Of a link that Better Auth mails to confirm an address.
    MailedLink,
}

impl Kind {
    pub(super) fn of(bearer: &str) -> Self {
        if bearer.starts_with(REFRESH_PREFIX) {
            return Self::Refresh;
        }
        if bearer.split('.').count() != 3 {
            return Self::Opaque;
        }
        Parts::read(bearer).map_or(Self::Jwt, |parts| Self::of_parts(&parts))
    }

    pub(super) fn of_parts(parts: &Parts<'_>) -> Self {
        let has = |name| parts.payload.contains_key(name);
        let is_object = |name| parts.payload.get(name).is_some_and(serde_json::Value::is_object);
        if parts.in_header("typ").is_some_and(|typ| typ.eq_ignore_ascii_case(SESSION_TYPE))
            || parts.claim("aud") == Some(SESSION_AUDIENCE)
        {
            Self::SessionCookieByKey
        } else if has("iss") {
            Self::Jwt
        } else if is_object("session") && is_object("user") {
            Self::SessionCookie
        } else if has("email") && !has("sub") && !has("aud") {
            Self::MailedLink
        } else {
            Self::Jwt
        }
    }

    /// What it is, as a noun.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Jwt => "a JWT",
            Self::Opaque => "no JWT: Better Auth's session token, or something else opaque",
            Self::Refresh => "a refresh token of this server's own",
            Self::SessionCookie => "Better Auth's session cookie (cookie cache, signed with its secret)",
            Self::SessionCookieByKey => "Better Auth's session cookie (cookie cache, signed with its key)",
            Self::MailedLink => "the token of a link that Better Auth mails to confirm an address",
        }
    }

    /// What to do instead of sending it; `None` for what may well be an access token.
    pub(super) fn hint(self) -> Option<&'static str> {
        match self {
            Self::Jwt | Self::Refresh => None,
            Self::Opaque => Some(
                "It is no JWT but looks like a session token of Better Auth's: ask /api/auth/token for a JWT and send that.",
            ),
            Self::SessionCookie | Self::SessionCookieByKey => Some(
                "It is the session cookie of Better Auth, not an access token: ask /api/auth/token for a JWT and send that.",
            ),
            Self::MailedLink => Some(
                "It comes from a link that Better Auth mails to confirm an address, and signs nobody in: \
                 ask /api/auth/token for a JWT and send that.",
            ),
        }
    }
}
