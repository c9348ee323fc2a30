//! Accounts as lines for people and as JSON for scripts.

use std::fmt::Write as _;

use serde_json::json;

use crate::store::{Belongings, Overview};

/// The head over [`row`]s.
pub(super) fn head() -> String {
    line("id", "since", "state", "email")
}

/// An account in one line.
pub(super) fn row(account: &Overview) -> String {
    line(&account.id.to_string(), &account.created_at.to_string(), state(account), &account.email)
}

fn line(id: &str, since: &str, state: &str, email: &str) -> String {
    format!("{id:<31}  {since:<24}  {state:<10}  {email}\n")
}

fn state(account: &Overview) -> &'static str {
    match (account.disabled_at, account.email_verified) {
        (Some(_), _) => "disabled",
        (None, true) => "verified",
        (None, false) => "unverified",
    }
}

/// An account in several lines, or as one JSON object in one.
pub(super) fn one(account: &Overview, belongings: Option<Belongings>, as_json: bool) -> String {
    if as_json {
        let mut object = json!({
            "id": account.id.to_string(),
            "email": account.email,
            "emailVerified": account.email_verified,
            "createdAt": account.created_at.to_string(),
            "disabledAt": account.disabled_at.map(|at| at.to_string()),
        });
        if let Some(Belongings { tasks, tags, sign_ins }) = belongings {
            object["tasks"] = tasks.into();
            object["tags"] = tags.into();
            object["signIns"] = sign_ins.into();
        }
        return format!("{object}\n");
    }
    let mut text = format!(
        "Id        {}\nEmail     {}{}\nSince     {}\n",
        account.id,
        account.email,
        if account.email_verified { "" } else { " (not verified)" },
        account.created_at,
    );
    // Writing to a string cannot fail.
    if let Some(at) = account.disabled_at {
        let _ = writeln!(text, "Disabled  {at}");
    }
    if let Some(Belongings { tasks, tags, sign_ins }) = belongings {
        let _ = writeln!(text, "Owns      {tasks} tasks, {tags} tags\nSign-ins  {sign_ins}");
    }
    text
}
