//! What everyone may do: register, log in, go on with a session and end it.

use async_graphql::{Context, InputObject, Object, SimpleObject, TypeDirective};

use crate::email::EmailAddress;
use crate::field::PersonName;
use crate::secret::Secret;
use crate::service::{Answer, Failure, Login, Refusal, Registration, Session};

use super::carrier::{forget, hand_over};
use super::context::Viewer as _;
use super::cost::cost;
use super::mark;
use super::user::User;

/// Answered without a signed-in user; everything else requires one.
#[TypeDirective(location = "FieldDefinition")]
pub(super) fn public() {}

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

/// What is left of a session. Without input the cookie is used, where the request asks for that.
#[derive(InputObject)]
struct RefreshInput {
    /// The newest one that a session was given; left out where it is in the cookie.
    refresh_token: Option<String>,
}

/// Which session shall end. Without input that of the cookie, where the request asks for that.
#[derive(InputObject)]
struct LogoutInput {
    /// Any one of the session's; left out where it is in the cookie.
    refresh_token: Option<String>,
}

/// The sign-in is over.
#[derive(SimpleObject)]
pub(super) struct LogoutPayload {
    /// True.
    pub(super) ok: bool,
    /// Nothing that changes tell of is changed by this: the cursor before all of them.
    cursor: &'static str,
}

impl LogoutPayload {
    pub(super) fn done() -> Self {
        Self { ok: true, cursor: mark::START }
    }
}

/// What to prove the user's identity with from here on.
#[derive(SimpleObject)]
pub(super) struct AuthPayload {
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
    /// Nothing that changes tell of is changed by this: the cursor before all of them, to begin a copy with.
    cursor: &'static str,
}

impl AuthPayload {
    /// What a session tells its user. Its refresh token goes where the request wants it.
    pub(super) fn of(session: Session, ctx: &Context<'_>) -> Answer<Self> {
        Ok(Self {
            access_token: session.token.text.expose().to_owned(),
            token_type: "Bearer",
            expires_in: i32::try_from(session.token.expires_in.as_secs()).unwrap_or(i32::MAX),
            refresh_token: hand_over(ctx, session.refresh, ctx.services()?.clock.now())?,
            user: session.user.into(),
            cursor: mark::START,
        })
    }
}

/// Mutations that need no signed-in user.
#[derive(Default)]
pub(super) struct PublicMutation;

#[Object]
impl PublicMutation {
    /// Makes an account and signs its user in.
    #[graphql(directive = public::apply(), directive = cost::apply("100".to_owned()))]
    async fn register(&self, ctx: &Context<'_>, input: RegisterInput) -> Answer<AuthPayload> {
        let registration = Registration {
            email: EmailAddress::parse(&input.email)?,
            password: Secret::from(input.password),
            name: PersonName::parse_optional(input.name.as_deref().unwrap_or_default())?,
        };
        AuthPayload::of(ctx.services()?.register(registration, ctx.client()?).await?, ctx)
    }

    /// Signs a user in.
    #[graphql(directive = public::apply(), directive = cost::apply("100".to_owned()))]
    async fn login(&self, ctx: &Context<'_>, input: LoginInput) -> Answer<AuthPayload> {
        let login =
            Login { email: EmailAddress::parse(&input.email).ok(), password: Secret::from(input.password) };
        AuthPayload::of(ctx.services()?.login(login, ctx.client()?).await?, ctx)
    }

    /// Trades a refresh token for a new pair. Using one twice ends the whole chain.
    #[graphql(directive = public::apply(), directive = cost::apply("10".to_owned()))]
    async fn refresh(&self, ctx: &Context<'_>, input: Option<RefreshInput>) -> Answer<AuthPayload> {
        let given = input.and_then(|input| input.refresh_token);
        let is_cookies = given.is_none();
        let token = ctx.carrier()?.token(given)?;
        match ctx.services()?.refresh(&token, ctx.client()?).await {
            Err(Failure::Refused(Refusal::SignInEnded)) if is_cookies => {
                // A browser that keeps it would come with it again and again.
                forget(ctx)?;
                Err(Refusal::SignInEnded.into())
            }
            session => AuthPayload::of(session?, ctx),
        }
    }

    /// Ends the chain that the refresh token belongs to. Succeeds for an unknown token too.
    #[graphql(directive = public::apply(), directive = cost::apply("10".to_owned()))]
    async fn logout(&self, ctx: &Context<'_>, input: Option<LogoutInput>) -> Answer<LogoutPayload> {
        let given = input.and_then(|input| input.refresh_token);
        let is_cookies = given.is_none();
        let token = match ctx.carrier()?.token(given) {
            // A browser without the cookie is signed out already.
            Err(Failure::Refused(Refusal::SignInEnded)) => return Ok(LogoutPayload::done()),
            token => token?,
        };
        ctx.services()?.logout(&token).await?;
        if is_cookies {
            forget(ctx)?;
        }
        Ok(LogoutPayload::done())
    }
}
