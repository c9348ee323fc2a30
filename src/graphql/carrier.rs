//! How a refresh token travels: in the body, or in a cookie for browsers that ask for it.
//!
//! A request says with the header `Taskward-Refresh: cookie` that its refresh token goes by cookie. Scripts of the page
//! never see that token, and a form of another site cannot send the header, so that no cookie counts without it.

use async_graphql::Context;

use crate::field::Invalid;
use crate::secret::Secret;
use crate::service::{Answer, Refresh, Refusal};
use crate::time::Timestamp;

use super::context::Viewer as _;

/// The name of the cookie that holds a refresh token.
pub const COOKIE: &str = "taskward_refresh";

/// How the refresh token of a request travels.
#[derive(Debug, Clone)]
pub enum Carrier {
    /// In the body, both ways.
    Body,
    /// In a cookie, both ways.
    Cookie {
        /// What came.
        token: Option<Secret>,
        /// Whether a browser may send it over HTTPS only.
        secure: bool,
    },
}

impl Carrier {
    /// The token that a field was given, or that came in the cookie where it is given none.
    pub(super) fn token(&self, given: Option<String>) -> Answer<Secret> {
        match (given, self) {
            (Some(given), _) => Ok(Secret::from(given)),
            (None, Self::Cookie { token: Some(token), .. }) => Ok(token.clone()),
            (None, Self::Cookie { token: None, .. }) => Err(Refusal::SignInEnded.into()),
            (None, Self::Body) => {
                let message = "is needed, or the header Taskward-Refresh: cookie and the cookie";
                Err(Invalid::new("refreshToken", message).into())
            }
        }
    }
}

/// Puts a fresh token where this request wants it; what is left for the body comes back.
pub(super) fn hand_over(
    ctx: &Context<'_>,
    refresh: Option<Refresh>,
    now: Timestamp,
) -> Answer<Option<String>> {
    match (ctx.carrier()?, refresh) {
        (_, None) => Ok(None),
        (Carrier::Body, Some(refresh)) => Ok(Some(refresh.text.expose().to_owned())),
        (Carrier::Cookie { secure, .. }, Some(refresh)) => {
            let seconds = (refresh.ends_at.millis() - now.millis()).max(0) / 1000;
            set(ctx, refresh.text.expose(), seconds, *secure);
            Ok(None)
        }
    }
}

/// Has the browser forget the cookie.
pub(super) fn forget(ctx: &Context<'_>) -> Answer<()> {
    if let Carrier::Cookie { secure, .. } = ctx.carrier()? {
        set(ctx, "", 0, *secure);
    }
    Ok(())
}

fn set(ctx: &Context<'_>, value: &str, seconds: i64, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={value}; Path=/graphql; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    // One cookie: what an earlier field of the request set counts no more.
    ctx.insert_http_header("set-cookie", cookie);
}
