//! What can be tried, and whose shares it uses up.

use crate::email::EmailAddress;
use crate::id::UserId;

/// What is tried, and on which account.
///
/// Where only a token from a mail tells the account, the attempt counts by address alone, before the token is looked up: it
/// must not count for the user whom it names, or else made-up tokens would use up the tries of the one who has the right
/// one. Choosing a password goes on once the token has proved good, and counts by account from there ([`ResetPasswordOf`]).
///
/// [`ResetPasswordOf`]: Self::ResetPasswordOf
#[derive(Debug, Clone, Copy)]
pub enum Attempt<'a> {
    /// To make an account.
    Register(&'a EmailAddress),
    /// To sign in.
    Login {
        /// What was typed, where it can be an address at all.
        email: Option<&'a EmailAddress>,
        /// Whether the account's user has a live sign-in from the client's address.
        known_device: bool,
    },
    /// To trade a refresh token of the chain that is known by this, or by a digest of it.
    ///
    /// It has to be something that only those can tell who held one of its tokens, and so not the user whom the token
    /// names: otherwise made-up tokens would use up that user's tries, and sign the user out.
    Refresh(&'a [u8]),
    /// To have a link mailed that sets a new password.
    RequestPasswordReset(&'a EmailAddress),
    /// To set a new password with the token of such a link.
    ResetPassword,
    /// To set a new password with a token of this user's.
    ResetPasswordOf(UserId),
    /// To have a link mailed that verifies an address.
    RequestEmailVerification(UserId),
    /// To verify an address with the token of such a link.
    VerifyEmail,
    /// To change the password, which asks for the current one.
    ChangePassword {
        /// Who is signed in.
        user: UserId,
        /// Whether that user has a live sign-in from the client's address.
        known_device: bool,
    },
    /// To delete the account, which asks for the password.
    DeleteAccount {
        /// Who is signed in.
        user: UserId,
        /// Whether that user has a live sign-in from the client's address.
        known_device: bool,
    },
}

/// The kinds of attempts. Each has shares of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "Attempt says what they are")]
pub enum Kind {
    Register,
    Login,
    Refresh,
    RequestPasswordReset,
    ResetPassword,
    RequestEmailVerification,
    VerifyEmail,
    ChangePassword,
    DeleteAccount,
}

impl Kind {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Self; 9] = [
        Self::Register,
        Self::Login,
        Self::Refresh,
        Self::RequestPasswordReset,
        Self::ResetPassword,
        Self::RequestEmailVerification,
        Self::VerifyEmail,
        Self::ChangePassword,
        Self::DeleteAccount,
    ];
}

/// No `Debug`: an address is personal.
#[derive(Clone, Copy, Hash)]
pub(super) enum Account<'a> {
    Email(&'a str),
    Chain(&'a [u8]),
    User(UserId),
}

/// Whose shares an attempt draws on.
pub(super) struct Draw<'a> {
    pub(super) kind: Kind,
    pub(super) account: Option<Account<'a>>,
    pub(super) by_address: bool,
    pub(super) known_device: bool,
}

impl<'a> Attempt<'a> {
    pub(super) fn draw(self) -> Draw<'a> {
        let of_email = |kind, email: &'a EmailAddress| Draw::of(kind, Some(Account::Email(email.key())));
        let of_user = |kind, user| Draw::of(kind, Some(Account::User(user)));
        let of_token = |kind, user| Draw { by_address: false, ..of_user(kind, user) };
        match self {
            Self::Register(email) => of_email(Kind::Register, email),
            Self::Login { email, known_device } => {
                let account = email.map(|email| Account::Email(email.key()));
                Draw { known_device, ..Draw::of(Kind::Login, account) }
            }
            Self::Refresh(chain) => Draw::of(Kind::Refresh, Some(Account::Chain(chain))),
            Self::RequestPasswordReset(email) => of_email(Kind::RequestPasswordReset, email),
            Self::ResetPassword => Draw::of(Kind::ResetPassword, None),
            Self::ResetPasswordOf(user) => of_token(Kind::ResetPassword, user),
            Self::RequestEmailVerification(user) => of_user(Kind::RequestEmailVerification, user),
            Self::VerifyEmail => Draw::of(Kind::VerifyEmail, None),
            Self::ChangePassword { user, known_device } => {
                Draw { known_device, ..of_user(Kind::ChangePassword, user) }
            }
            Self::DeleteAccount { user, known_device } => {
                Draw { known_device, ..of_user(Kind::DeleteAccount, user) }
            }
        }
    }
}

impl<'a> Draw<'a> {
    const fn of(kind: Kind, account: Option<Account<'a>>) -> Self {
        Self { kind, account, by_address: true, known_device: false }
    }
}
