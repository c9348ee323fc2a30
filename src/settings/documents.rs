//! Which documents run, and what stands for them.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use super::value::path;
use super::{Refused, Switch};

/// What can be set about documents.
#[derive(Debug, Clone, Args)]
pub struct DocumentSettings {
    /// Whether clients may send the hash of a query in the place of its text: on or off
    #[arg(long, env, value_name = "ON|OFF", default_value = "on", help_heading = "Documents")]
    pub persisted_queries: Switch,
    /// File of documents that are trusted, as graphql-codegen, Relay or Apollo write it
    #[arg(long, env, value_name = "FILE", value_parser = path, help_heading = "Documents")]
    pub trusted_documents: Option<PathBuf>,
    /// What becomes of other documents: enforce refuses them, log runs and logs them, off ignores the file
    /// [default: enforce]
    #[arg(long, env, value_name = "MODE", help_heading = "Documents")]
    pub trusted_documents_mode: Option<TrustMode>,
}

impl DocumentSettings {
    /// The file of trusted documents, if it counts, and what becomes of others.
    pub fn trusted(&self) -> Result<Option<(&Path, TrustMode)>, Refused> {
        match (&self.trusted_documents, self.trusted_documents_mode) {
            (_, Some(TrustMode::Off)) | (None, None) => Ok(None),
            (Some(file), mode) => Ok(Some((file, mode.unwrap_or(TrustMode::Enforce)))),
            (None, Some(_)) => Err(Refused::new(
                "TRUSTED_DOCUMENTS_MODE is of use where documents are trusted: set TRUSTED_DOCUMENTS.",
            )),
        }
    }
}

/// What becomes of documents that are not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustMode {
    /// They run as ever: no document is trusted.
    Off,
    /// They run, and the log tells of them.
    Log,
    /// They are refused.
    Enforce,
}

impl FromStr for TrustMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "off" => Ok(Self::Off),
            "log" => Ok(Self::Log),
            "enforce" => Ok(Self::Enforce),
            _ => Err("must be off, log or enforce"),
        }
    }
}
