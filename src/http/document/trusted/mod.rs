//! The documents that this server was started with: they are known by their ids, and where that is enforced there are
//! no others.
//!
//! `cli` reads the manifest. All of it is parsed, measured and validated at the start, and never leaves memory.

mod manifest;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_graphql::ServerError;
use axum::http::StatusCode;

use super::asked::sha256;
use super::fingerprint::Fingerprint;
use super::{Document, one_line};
use crate::graphql::ErrorCode;
use crate::http::api::Api;
use crate::http::rejection::Rejection;
use crate::http::values;
use crate::settings::QueryLimits;

pub use manifest::Manifest;

/// Documents that are trusted, and what becomes of others.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The documents.
    pub manifest: Manifest,
    /// Whether others are refused. They run and are logged otherwise.
    pub enforced: bool,
}

/// A document that cannot be trusted, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Untrusted {
    name: String,
    what: String,
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the document {:?}: {}", self.name, self.what)
    }
}

/// The documents, ready to run.
#[derive(Default)]
pub(super) struct Trusted {
    by_id: HashMap<String, (Fingerprint, Arc<Document>)>,
    by_text: HashMap<Fingerprint, Arc<Document>>,
    /// What becomes of other documents; `None` where all are alike.
    others: Option<Others>,
}

/// What becomes of documents that are not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    Logged,
    Refused,
}

impl Trusted {
    /// Reads and validates all documents.
    pub(super) fn load<A: Api>(trust: &Trust, limits: &QueryLimits, api: &A) -> Result<Self, Untrusted> {
        let others = if trust.enforced { Others::Refused } else { Others::Logged };
        let mut trusted = Self { others: Some(others), ..Self::default() };
        for manifest::Entry { id, name, text } in &trust.manifest.entries {
            let name = name.as_ref().unwrap_or(id).clone();
            let bad = |what: String| Untrusted { name: name.clone(), what };
            let fingerprint = Fingerprint::of(text);
            if id.starts_with("sha256:") && sha256(id) != Some(fingerprint) {
                return Err(bad("its id is not the SHA-256 of its text".to_owned()));
            }
            let document = match trusted.by_text.get(&fingerprint) {
                Some(document) => Arc::clone(document),
                None => Arc::new(read(text, limits, api).map_err(bad)?),
            };
            if trusted.by_id.insert(id.clone(), (fingerprint, Arc::clone(&document))).is_some() {
                return Err(bad("its id stands there twice".to_owned()));
            }
            trusted.by_text.insert(fingerprint, document);
        }
        tracing::info!(documents = trusted.by_text.len(), ?others, "documents are trusted");
        Ok(trusted)
    }

    pub(super) fn is_there(&self) -> bool {
        self.others.is_some()
    }

    /// The document of an id of the manifest, or of a SHA-256.
    pub(super) fn by_id(&self, id: &str) -> Option<Arc<Document>> {
        let of_manifest = self.by_id.get(id).map(|(_, document)| document);
        of_manifest.or_else(|| self.by_text.get(&sha256(id)?)).map(Arc::clone)
    }

    pub(super) fn by_text(&self, fingerprint: Fingerprint) -> Option<Arc<Document>> {
        self.by_text.get(&fingerprint).map(Arc::clone)
    }

    /// Whether the manifest has this id for that text.
    pub(super) fn calls(&self, fingerprint: Fingerprint, id: &str) -> bool {
        self.by_id.get(id).is_some_and(|(of, _)| *of == fingerprint)
    }

    /// Refuses a text that is not trusted, where that is so.
    pub(super) fn allow_others(&self) -> Result<(), Rejection> {
        if self.others != Some(Others::Refused) {
            return Ok(());
        }
        let message = "This server runs the documents that it was started with and no others. \
            That goes for introspection, too, as GraphiQL and code generators do it.";
        Err(Rejection::new(StatusCode::FORBIDDEN, ErrorCode::DocumentNotTrusted, message))
    }

    /// Tells of one that is not trusted by what finds it again, and by nothing that is written in it.
    pub(super) fn note_other(&self, document: &Document, fingerprint: Fingerprint) {
        if self.others == Some(Others::Logged) {
            let operations = document.names().join(" ");
            tracing::warn!(operations, sha256 = %fingerprint, "document is not trusted");
        }
    }
}

fn read<A: Api>(text: &str, limits: &QueryLimits, api: &A) -> Result<Document, String> {
    let document =
        Document::read(text, limits, api.model()).map_err(|rejection| first(rejection.errors()))?;
    let errors = api.check(&document.parsed);
    if !errors.is_empty() {
        return Err(first(&errors));
    }
    values::check_literals(api.model(), &document.parsed).map_err(|errors| first(&errors))?;
    Ok(document)
}

fn first(errors: &[ServerError]) -> String {
    errors.first().map(|error| one_line(&error.message)).unwrap_or_default()
}
