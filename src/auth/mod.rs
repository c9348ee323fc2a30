//! Cryptography, and nothing that knows of a database, a setting or a request. All that it asks the network for are the
//! published keys of other issuers.
//!
//! `service` hashes passwords and issues tokens with it, `http` turns a bearer token into [`VerifiedClaims`], which
//! is the only thing that `store` takes for the word of a user.

mod key;
mod link_token;
mod password;
mod refresh_token;
mod token;

pub use key::{
    KeyFault, KeyFile, KeyRing, KeySet, LONGEST_LIFE, ListedKey, Retirement, SAMPLE_SECRET, SigningKey,
};
pub use link_token::{LinkToken, LinkTokenHash, NoChance};
pub use password::{
    HashParams, NewPassword, PasswordFault, PasswordHash, PasswordPolicy, Passwords, Verdict, WeakPassword,
};
pub use refresh_token::{RefreshToken, Salt};
pub use token::{
    AccessToken, Algorithm, Check, ClaimPath, ClaimPaths, Explanation, Finding, Identity, Issuer, KeySource,
    LEEWAY, OtherIssuer, OtherIssuers, OtherRules, Recipient, Rejected, Subject, TokenFault, TokenRules,
    Unproven, VerifiedClaims, Verifier, Verifiers,
};
