//! The documents of queries that ran before, so that each is read and validated once; and how a request finds its own.
//!
//! Memory is bounded by what the documents weigh when they are parsed (`weight.rs`). What is known by the SHA-256
//! of a text cannot be mistaken for anything else, and the cache hashes that once more, with a secret of this process: no
//! choice of texts makes it slow.
//!
//! **A flood drives out nobody else's documents.** Strangers have a part of their own, so that whatever they send, and
//! from however many addresses, the documents of signed-in users stay. Within a part each caller can have so much
//! remembered at once and then little by little ([`AT_ONCE`], [`EVERY`]); what is beyond that runs all the same, and is
//! forgotten. And what was asked for again is kept before what came once, so that many callers together do not drive out
//! the documents that all others use either.

#[cfg(test)]
mod tests;

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::DefaultClock;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use super::Document;
use super::asked::{self, Asked, sha256};
use super::fingerprint::Fingerprint;
use super::trusted::{Trusted, Untrusted};
use crate::graphql::model::Model;
use crate::http::Options;
use crate::http::api::Api;
use crate::http::rejection::Rejection;
use crate::id::UserId;
use crate::settings::QueryLimits;
use crate::throttle::{Rate, Share, subscriber};

/// What the documents of signed-in users may weigh all together, in bytes: 1500 of the size that applications send.
const SIGNED_IN: u64 = 12 * 1024 * 1024;
/// What those of strangers may weigh: they sign in and register, and not much else.
const STRANGERS: u64 = 4 * 1024 * 1024;
/// The heaviest document that is remembered, in bytes.
const HEAVIEST: u64 = 128 * 1024;
/// What a document weighs that applications send, in bytes.
const USUAL: u64 = 8 * 1024;
/// What an entry takes beside its document, in bytes.
const ENTRY: u64 = 256;
/// What callers have remembered is counted in pages of so many bytes.
const PAGE: u64 = 4 * 1024;
/// The part of all that one caller may have remembered at once.
const AT_ONCE: u64 = 8;
/// After which a caller may have one more page remembered.
const EVERY: Duration = Duration::from_secs(2);

/// Who asks, as far as it decides what is theirs: what is remembered for them, and how much they may have at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::http) enum Asker {
    /// A signed-in user.
    User(UserId),
    /// A stranger.
    At(IpAddr),
}

/// The document that a request means.
pub(in crate::http) struct Found {
    pub(in crate::http) document: Arc<Document>,
    /// It ran before or is trusted, and so fits the schema.
    pub(in crate::http) is_known: bool,
    /// What is to be remembered once it ran.
    news: Option<News>,
}

/// What is not known yet where the asker's documents are.
#[derive(Clone, Copy)]
struct News {
    fingerprint: Fingerprint,
    is_registered: bool,
}

/// All documents that are remembered.
pub(in crate::http) struct Documents {
    limits: QueryLimits,
    model: Arc<Model>,
    signed_in: Part,
    strangers: Part,
    hasher: RandomState,
    trusted: Trusted,
    /// Whether documents can be registered.
    registers: bool,
}

impl Documents {
    /// Nothing but the trusted ones, if there are any; refuses those that do not fit the schema.
    pub(in crate::http) fn new<A: Api>(options: &Options, api: &A) -> Result<Self, Untrusted> {
        let limits = options.queries;
        let trusted = options.trust.as_ref().map(|trust| Trusted::load(trust, &limits, api)).transpose()?;
        Ok(Self {
            trusted: trusted.unwrap_or_default(),
            registers: options.persisted_queries,
            ..Self::of_size(limits, Arc::clone(api.model()), SIGNED_IN, STRANGERS)
        })
    }

    /// With so many bytes for each part.
    fn of_size(limits: QueryLimits, model: Arc<Model>, signed_in: u64, strangers: u64) -> Self {
        Self {
            limits,
            model,
            signed_in: Part::new(signed_in),
            strangers: Part::new(strangers),
            hasher: RandomState::new(),
            trusted: Trusted::default(),
            registers: true,
        }
    }

    /// The document that is asked for.
    pub(in crate::http) fn find(&self, asked: Asked<'_>, by: Asker) -> Result<Found, Rejection> {
        match asked {
            Asked::Text(text, hash) => self.by_text(text, hash, by),
            Asked::Hash(id) | Asked::Id(id, _) => self.by_id(id, by).ok_or_else(|| {
                let is_in_vain = !self.registers && !self.trusted.is_there();
                if is_in_vain { asked::in_vain(asked) } else { asked::not_found(asked) }
            }),
        }
    }

    fn by_text(&self, text: &str, hash: Option<&str>, asker: Asker) -> Result<Found, Rejection> {
        let fingerprint = Fingerprint::of(text);
        if let Some(hash) = hash
            && Fingerprint::parse(hash) != Some(fingerprint)
            && !self.trusted.calls(fingerprint, hash)
        {
            return Err(asked::mismatch());
        }
        if let Some(document) = self.trusted.by_text(fingerprint) {
            return Ok(Found::trusted(document));
        }
        self.trusted.allow_others()?;
        let is_registered = self.registers && hash.is_some();
        if let Some((kept, is_own)) = self.recall(fingerprint, asker, |_| true) {
            let is_news = !is_own || is_registered && !kept.is_registered;
            let is_registered = is_registered || kept.is_registered;
            let news = is_news.then_some(News { fingerprint, is_registered });
            return Ok(Found { document: kept.document, is_known: true, news });
        }
        let document = Arc::new(Document::read(text, &self.limits, &self.model)?);
        self.trusted.note_other(&document, fingerprint);
        let news = document.is_worth_keeping.then_some(News { fingerprint, is_registered });
        Ok(Found { document, is_known: false, news })
    }

    /// One that is trusted, or that was sent with its hash before. What was sent without is not found: whoever guesses
    /// a text would find out whether somebody has sent it.
    fn by_id(&self, id: &str, asker: Asker) -> Option<Found> {
        if let Some(document) = self.trusted.by_id(id) {
            return Some(Found::trusted(document));
        }
        let fingerprint = sha256(id).filter(|_| self.registers)?;
        let (kept, is_own) = self.recall(fingerprint, asker, |kept| kept.is_registered)?;
        let news = (!is_own).then_some(News { fingerprint, is_registered: true });
        Some(Found { document: kept.document, is_known: true, news })
    }

    /// What is remembered and wanted, and whether it has its place where the asker's documents are. One of a signed-in
    /// user's is well kept for strangers, too. Looking there leaves no trace: they have no say in what stays there.
    fn recall(
        &self,
        fingerprint: Fingerprint,
        asker: Asker,
        wanted: fn(&Kept) -> bool,
    ) -> Option<(Kept, bool)> {
        let (own, other, is_well_kept) = match asker {
            Asker::User(_) => (&self.signed_in, &self.strangers, false),
            Asker::At(_) => (&self.strangers, &self.signed_in, true),
        };
        let found = own.cache.get(&fingerprint).filter(wanted).map(|kept| (kept, true));
        found.or_else(|| other.cache.peek(&fingerprint).filter(wanted).map(|kept| (kept, is_well_kept)))
    }

    /// Remembers a document that ran, so that what fails cannot crowd out what works.
    pub(in crate::http) fn keep(&self, found: Found, asker: Asker) {
        let Some(News { fingerprint, is_registered }) = found.news else { return };
        let (part, key) = match asker {
            Asker::User(user) => (&self.signed_in, self.hasher.hash_one(user)),
            Asker::At(address) => (&self.strangers, self.hasher.hash_one(subscriber(address))),
        };
        let weight = found.document.weight + ENTRY;
        if weight <= HEAVIEST && (0..weight.div_ceil(PAGE)).all(|_| part.share.take(key).is_ok()) {
            part.cache.insert(fingerprint, Kept { document: found.document, is_registered });
        }
    }
}

impl Found {
    const fn trusted(document: Arc<Document>) -> Self {
        Self { document, is_known: true, news: None }
    }
}

/// What is remembered.
#[derive(Clone)]
struct Kept {
    document: Arc<Document>,
    /// Whether it can be asked for by its hash.
    is_registered: bool,
}

/// A bounded part of them.
struct Part {
    cache: Cache<Fingerprint, Kept, ByWeight, RandomState>,
    /// The pages that each caller may still have remembered.
    share: Share<DefaultClock>,
}

impl Part {
    fn new(capacity: u64) -> Self {
        let usual = usize::try_from(capacity / USUAL).unwrap_or(usize::MAX);
        let at_once = u32::try_from(capacity / AT_ONCE / PAGE).unwrap_or(u32::MAX);
        let cache = Cache::with(usual, capacity, ByWeight, RandomState::new(), DefaultLifecycle::default());
        Self { cache, share: Share::new(Rate { at_once, every: EVERY }, DefaultClock::default()) }
    }
}

#[derive(Clone)]
struct ByWeight;

impl Weighter<Fingerprint, Kept> for ByWeight {
    fn weight(&self, _: &Fingerprint, kept: &Kept) -> u64 {
        kept.document.weight + ENTRY
    }
}
