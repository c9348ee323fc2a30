//! Cryptography, and nothing that knows of a database, a setting or a request. All that it asks the network for are the
//! published keys of other issuers.
//!
//! `service` hashes passwords and issues tokens with it, `http` turns a bearer token into [`VerifiedClaims`], which
//! is the only thing that `store` takes for the word of a user.

mod key;
mod password;
mod token;

pub use key::{KeyFault, KeySet, SAMPLE_SECRET, SigningKey};
pub use password::{
    HashParams, NewPassword, PasswordFault, PasswordHash, PasswordPolicy, Passwords, Verdict, WeakPassword,
};
pub use token::{
    AccessToken, Algorithm, Check, ClaimPath, ClaimPaths, Explanation, Finding, Identity, Issuer, KeySource,
    OtherIssuer, OtherIssuers, OtherRules, Rejected, Subject, TokenFault, TokenRules, Unproven,
    VerifiedClaims, Verifier, Verifiers,
};
