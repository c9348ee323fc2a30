//! Why there is no key.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why there is no key to sign with; ends the start of the server.
///
/// Safe to print: it names files, never what is in them.
#[derive(Debug)]
pub enum KeyFault {
    /// The key file is there, or may be, but cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// There is no key file where a command looked for one.
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The key file, or a new one in its place, could not be written.
    Unwritable {
        /// The file that was to be.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The key file is open to others than its owner.
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// The key file holds something else than an Ed25519 private key. It is left as it is.
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// No more keys can be kept beside each other.
    TooMany {
        /// The file.
        path: PathBuf,
        /// How many can.
        most: usize,
    },
    /// The shared secret can be guessed by trying.
    ShortSecret {
        /// How long it is.
        bytes: usize,
        /// How long it has to be.
        at_least: usize,
    },
    /// The shared secret is the one that the documentation shows.
    SampleSecret,
    /// It is a previous secret that is not fit.
    Previous(Box<KeyFault>),
    /// The cryptographic library cannot make or use a key.
    Unusable,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, error } => {
                write!(f, "the signing key {} cannot be read: {error}", path.display())
            }
            Self::Unwritable { path, error } => {
                write!(f, "the signing key {} cannot be written: {error}", path.display())
            }
            Self::Missing { path } => write!(
                f,
                "there is no signing key {} yet; the first start of the server makes it",
                path.display()
            ),
            Self::TooMany { path, most } => write!(
                f,
                "{} holds {most} old keys whose tokens have not ended yet; wait, or revoke them",
                path.display()
            ),
            Self::Exposed { path } => write!(
                f,
                "the signing key {0} is open to others than its owner; close it with: chmod 600 {0}",
                path.display()
            ),
            Self::Corrupt { path } => write!(
                f,
                "{} is not an Ed25519 private key in PKCS#8 PEM form; put the right file back, or move this one \
                 away to have a new key made, which ends every session",
                path.display()
            ),
            Self::ShortSecret { bytes, at_least } => {
                write!(f, "the secret that signs tokens has {bytes} bytes and needs at least {at_least}")
            }
            Self::SampleSecret => f.write_str(
                "the secret that signs tokens is the sample from the documentation, which everybody knows; put a \
                 random one in its place",
            ),
            Self::Previous(fault) => fault.fmt(f),
            Self::Unusable => f.write_str("the cryptographic library cannot make or use a signing key"),
        }
    }
}

impl std::error::Error for KeyFault {}
