//! What another issuer's token says of its user.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

use super::rules::OtherRules;
use crate::auth::token::Rejected;
use crate::auth::token::life::{Life, names};
use crate::email::EmailAddress;
use crate::field::PersonName;

/// Longest id that an issuer may give, in bytes: `OpenID` Connect Core, section 2.
const LONGEST_ID: usize = 255;
/// Longest life of a token from `iat` to `exp`. A stolen one counts for no longer, and neither does what has to be
/// remembered to refuse it.
pub(super) const LONGEST_LIFE: Duration = Duration::from_hours(24);

/// Someone as another issuer knows them. Issuer and id say who it is; the rest is what to show.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    issuer: String,
    id: String,
    email: EmailAddress,
    email_verified: bool,
    name: Option<PersonName>,
}

impl Identity {
    /// `iss` of the token.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What the issuer identifies them by; nothing without the issuer.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The address that the token names. Others may have the same.
    pub fn email(&self) -> &EmailAddress {
        &self.email
    }

    /// Whether the issuer says that the address is theirs.
    pub fn email_verified(&self) -> bool {
        self.email_verified
    }

    /// What to call them.
    pub fn name(&self) -> Option<&PersonName> {
        self.name.as_ref()
    }
}

/// Shows nothing but the issuer, as `Debug` output ends up in logs.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// What a token with a good signature says, in the form that is remembered.
#[derive(Debug)]
pub(in crate::auth) struct OtherClaims {
    pub(in crate::auth::token) identity: Identity,
    pub(in crate::auth::token) life: Life,
}

impl OtherClaims {
    /// Everything that can be checked without a clock.
    pub(super) fn read(payload: &Map<String, Value>, rules: &OtherRules) -> Result<Self, Rejected> {
        if payload.get("iss").and_then(Value::as_str) != Some(&rules.issuer) {
            return Err(Rejected::because("iss is not the issuer's"));
        }
        if !names(payload.get("aud"), &rules.audience) {
            return Err(Rejected::because("aud does not name us")
                .hinting("It is for another audience (aud) than the one that is set here for its issuer."));
        }
        let life = Life::read(payload)?;
        if life.expires_at > life.issued_at + LONGEST_LIFE {
            return Err(Rejected::because("its life is too long")
                .hinting("It lives for more than 24 hours: have its issuer make shorter ones."));
        }
        Ok(Self { identity: Self::read_person(payload, rules)?, life })
    }

    /// Who it is, and whether they may come in.
    pub(super) fn read_person(
        payload: &Map<String, Value>,
        rules: &OtherRules,
    ) -> Result<Identity, Rejected> {
        if is_banned(payload, rules) {
            return Err(Rejected::because("banned").hinting("Its issuer has banned its user."));
        }
        identity(payload, rules)
    }
}

/// At the top and beside the id, as either may be the user as the issuer knows it.
fn is_banned(payload: &Map<String, Value>, rules: &OtherRules) -> bool {
    let beside = rules.claims.id.beside(payload, "banned");
    // Whatever is not plainly no may have been meant as yes.
    let is_no = |banned: &Value| matches!(banned, Value::Null | Value::Bool(false));
    [payload.get("banned"), beside].into_iter().flatten().any(|banned| !is_no(banned))
}

fn identity(payload: &Map<String, Value>, rules: &OtherRules) -> Result<Identity, Rejected> {
    let paths = &rules.claims;
    let id = paths.id.find(payload).and_then(Value::as_str).filter(|id| is_id(id)).ok_or(
        Rejected::because("no usable id")
            .hinting("It names no user: have its issuer put the user's id into it."),
    )?;
    let email = paths.email.find(payload).and_then(Value::as_str).ok_or(
        Rejected::because("no email").hinting("It names no email address: have its issuer put one into it."),
    )?;
    let email = EmailAddress::parse(email).map_err(|_| {
        Rejected::because("the email is none").hinting("What it names as an email address is none.")
    })?;
    // The first is OpenID Connect's, the second Better Auth's.
    let verified = ["email_verified", "emailVerified"].map(|name| paths.email.beside(payload, name));
    Ok(Identity {
        issuer: rules.issuer.clone(),
        id: id.to_owned(),
        email,
        email_verified: verified.contains(&Some(&Value::Bool(true))),
        name: paths.name.find(payload).and_then(Value::as_str).and_then(PersonName::fitted),
    })
}

/// Neither database could keep every control character.
fn is_id(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= LONGEST_ID && !text.chars().any(char::is_control)
}
