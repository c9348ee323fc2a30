//! Cryptography, and nothing that knows of a database, a setting or HTTP.
//!
//! `service` judges, hashes and checks passwords with it.

mod password;

pub use password::{
    HashParams, NewPassword, PasswordFault, PasswordHash, PasswordPolicy, Passwords, Verdict, WeakPassword,
};
