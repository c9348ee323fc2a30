//! What everyone may do: register and log in. The only public fields there are.

use async_graphql::{Context, InputObject, Object, SimpleObject, TypeDirective};

use crate::email::EmailAddress;
use crate::field::PersonName;
use crate::secret::Secret;
use crate::service::{Answer, Login, Registration, Session};

use super::context::Viewer as _;
use super::user::User;

/// Answered without a signed-in user; everything else requires one.
#[TypeDirective(location = "FieldDefinition")]
fn public() {}

/// Someone who wants an account.
#[derive(InputObject)]
struct RegisterInput {
    /// What they will sign in with.
    email: String,
    /// At least 12 characters, as the server is set by default, and hard to guess.
    password: String,
    /// What to call them: at most 100 characters.
    name: Option<String>,
}

/// Someone who says that an account is theirs.
#[derive(InputObject)]
struct LoginInput {
    /// What they registered with; letter case makes no difference.
    email: String,
    /// Their password.
    password: String,
}

/// What to prove the user's identity with from here on.
#[derive(SimpleObject)]
struct AuthPayload {
    /// For the header `Authorization: Bearer …` of the requests that follow.
    access_token: String,
    /// Bearer.
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: i32,
    /// Null where the refresh token went into a cookie, or where refresh tokens are switched off.
    refresh_token: Option<String>,
    /// Who has signed in.
    user: User,
}

impl From<Session> for AuthPayload {
    fn from(session: Session) -> Self {
        Self {
            access_token: session.token.text.expose().to_owned(),
            token_type: "Bearer",
            expires_in: i32::try_from(session.token.expires_in.as_secs()).unwrap_or(i32::MAX),
            refresh_token: None,
            user: session.user.into(),
        }
    }
}

/// Mutations that need no signed-in user.
#[derive(Default)]
pub(super) struct PublicMutation;

#[Object]
impl PublicMutation {
    /// Makes an account and signs its user in.
    #[graphql(directive = public::apply())]
    async fn register(&self, ctx: &Context<'_>, input: RegisterInput) -> Answer<AuthPayload> {
        let registration = Registration {
            email: EmailAddress::parse(&input.email)?,
            password: Secret::from(input.password),
            name: PersonName::parse_optional(input.name.as_deref().unwrap_or_default())?,
        };
        Ok(ctx.services()?.register(registration, ctx.client()?.address).await?.into())
    }

    /// Signs a user in.
    #[graphql(directive = public::apply())]
    async fn login(&self, ctx: &Context<'_>, input: LoginInput) -> Answer<AuthPayload> {
        let login =
            Login { email: EmailAddress::parse(&input.email).ok(), password: Secret::from(input.password) };
        Ok(ctx.services()?.login(login, ctx.client()?.address).await?.into())
    }
}
