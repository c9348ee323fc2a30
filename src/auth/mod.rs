//! Cryptography, and nothing that knows of a database, a setting or HTTP.
//!
//! `service` hashes passwords and issues tokens with it, `http` turns a bearer token into [`VerifiedClaims`], which
//! is the only thing that `store` takes for the word of a user.

mod key;
mod password;
mod refresh_token;
mod token;

pub use key::{
    KeyFault, KeyFile, KeyRing, KeySet, KeyWatch, LONGEST_LIFE, ListedKey, Retirement, SAMPLE_SECRET,
    SigningKey,
};
pub use password::{
    HashParams, NewPassword, PasswordFault, PasswordHash, PasswordPolicy, Passwords, Verdict, WeakPassword,
};
pub use refresh_token::{RefreshToken, Salt};
pub use token::{
    AccessToken, Issuer, LEEWAY, Rejected, Subject, TokenFault, TokenRules, VerifiedClaims, Verifier,
};
