//! The documents of queries that ran before, so that each is read and validated once.
//!
//! Memory is bounded by what the documents weigh when they are parsed ([`super::weight`]). What is known by the SHA-256
//! of a text cannot be mistaken for anything else, and the cache hashes that once more, with a secret of this process: no
//! choice of texts makes it slow.
//!
//! **A flood drives out nobody else's documents.** Strangers have a part of their own, so that whatever they send, and
//! from however many addresses, the documents of signed-in users stay. Within a part each caller can have so much
//! remembered at once and then little by little ([`AT_ONCE`], [`EVERY`]); what is beyond that runs all the same, and is
//! forgotten. And what was asked for again is kept before what came once, so that many callers together do not drive out
//! the documents that all others use either.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::DefaultClock;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use super::Document;
use super::fingerprint::Fingerprint;
use crate::graphql::model::Model;
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

/// Who asks, as far as it decides what is remembered.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) enum Asker {
    /// A signed-in user.
    User(UserId),
    /// A stranger.
    At(IpAddr),
}

/// The document that a request means.
pub(in crate::http) struct Found {
    pub(in crate::http) document: Arc<Document>,
    /// It ran before, and so fits the schema.
    pub(in crate::http) ran_before: bool,
    fingerprint: Fingerprint,
    /// It has its place where the asker's documents are.
    is_kept: bool,
}

/// All documents that are remembered.
pub(in crate::http) struct Documents {
    limits: QueryLimits,
    model: Arc<Model>,
    signed_in: Part,
    strangers: Part,
    hasher: RandomState,
}

impl Documents {
    pub(in crate::http) fn new(limits: QueryLimits, model: Arc<Model>) -> Self {
        Self::of_size(limits, model, SIGNED_IN, STRANGERS)
    }

    /// With so many bytes for each part.
    fn of_size(limits: QueryLimits, model: Arc<Model>, signed_in: u64, strangers: u64) -> Self {
        let (signed_in, strangers) = (Part::new(signed_in), Part::new(strangers));
        Self { limits, model, signed_in, strangers, hasher: RandomState::new() }
    }

    /// The document of this text.
    pub(in crate::http) fn find(&self, text: &str, asker: Asker) -> Result<Found, Rejection> {
        let fingerprint = Fingerprint::of(text);
        let (own, other) = match asker {
            Asker::User(_) => (&self.signed_in, &self.strangers),
            Asker::At(_) => (&self.strangers, &self.signed_in),
        };
        if let Some(document) = own.cache.get(&fingerprint) {
            return Ok(Found { document, ran_before: true, fingerprint, is_kept: true });
        }
        // Leaves no trace there: strangers have no say in which documents of users stay. Those who are signed in have
        // their own place for it.
        if let Some(document) = other.cache.peek(&fingerprint) {
            let is_kept = matches!(asker, Asker::At(_));
            return Ok(Found { document, ran_before: true, fingerprint, is_kept });
        }
        let document = Arc::new(Document::read(text, &self.limits, &self.model)?);
        Ok(Found { document, ran_before: false, fingerprint, is_kept: false })
    }

    /// Remembers a document that ran, so that what fails cannot crowd out what works.
    pub(in crate::http) fn keep(&self, found: Found, asker: Asker) {
        if found.is_kept || !found.document.is_worth_keeping {
            return;
        }
        let (part, key) = match asker {
            Asker::User(user) => (&self.signed_in, self.hasher.hash_one(user)),
            Asker::At(address) => (&self.strangers, self.hasher.hash_one(subscriber(address))),
        };
        let weight = found.document.weight + ENTRY;
        if weight <= HEAVIEST && (0..weight.div_ceil(PAGE)).all(|_| part.share.take(key).is_ok()) {
            part.cache.insert(found.fingerprint, found.document);
        }
    }
}

/// A bounded part of them.
struct Part {
    cache: Cache<Fingerprint, Arc<Document>, ByWeight, RandomState>,
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

impl Weighter<Fingerprint, Arc<Document>> for ByWeight {
    fn weight(&self, _: &Fingerprint, document: &Arc<Document>) -> u64 {
        document.weight + ENTRY
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    /// What the parts take in these tests, so that they are soon full.
    const SIZE: u64 = 1024 * 1024;

    /// Documents are not held against it before they run.
    fn model() -> Arc<Model> {
        Arc::new(Model::read("type Query { a: Int }").expect("it parses"))
    }

    fn small() -> Documents {
        Documents::of_size(QueryLimits::default(), model(), SIZE, SIZE / 4)
    }

    /// Has a document asked for so many times, and remembered.
    fn ask(documents: &Documents, text: &str, asker: Asker, times: usize) {
        for _ in 0..times {
            let found = documents.find(text, asker).expect("fine");
            documents.keep(found, asker);
        }
    }

    fn is_remembered(documents: &Documents, text: &str, asker: Asker) -> bool {
        documents.find(text, asker).expect("fine").ran_before
    }

    fn user() -> Asker {
        Asker::User(UserId::fresh())
    }

    /// Another address each time, none of them in the network of another.
    fn strangers() -> impl Iterator<Item = Asker> {
        (0x0a00_0000..).map(|bits| Asker::At(IpAddr::V4(Ipv4Addr::from_bits(bits))))
    }

    /// Distinct documents of which a hundred weigh a mebibyte.
    fn heavy() -> impl Iterator<Item = String> {
        (0..).map(|n| format!("{{a{n}{{{}}}}}", "a ".repeat(40)))
    }

    fn popular() -> impl Iterator<Item = String> {
        (0..20).map(|n| format!("{{popular{n}}}"))
    }

    #[test]
    fn what_was_kept_is_found_again_by_everybody() {
        let documents = small();
        let (ada, bob, stranger) = (user(), user(), Asker::At(Ipv4Addr::LOCALHOST.into()));
        assert!(!is_remembered(&documents, "{a}", ada) && !is_remembered(&documents, "{a}", ada));
        ask(&documents, "{a}", ada, 1);
        ask(&documents, "{b}", stranger, 1);
        for asker in [ada, bob, stranger] {
            assert!(is_remembered(&documents, "{a}", asker) && is_remembered(&documents, "{b}", asker));
            assert!(!is_remembered(&documents, "{a }", asker));
        }
    }

    #[test]
    fn what_is_too_heavy_and_what_may_hold_a_password_is_not_kept() {
        let documents = small();
        let heavy = format!("{{a{{{}}}}}", "a ".repeat(900));
        for (text, is_kept) in [
            (heavy.as_str(), false),
            ("{a{b}}", true),
            ("mutation{login(password:\"hunter2\")}", false),
            ("mutation($p:String=\"\"\"hunter2\"\"\"){login(password:$p)}", false),
            ("mutation($p:String){login(password:$p)}", true),
            ("{tasks(search:\"plants\")}", true),
        ] {
            ask(&documents, text, user(), 1);
            assert_eq!(is_remembered(&documents, text, user()), is_kept, "{text}");
        }
    }

    #[test]
    fn however_much_comes_the_documents_stay_within_their_bounds() {
        let documents = small();
        let (mut sent, mut texts, mut others) = (0, heavy(), strangers());
        while sent < 4 * SIZE {
            let (text, asker) = (texts.next().expect("another"), user());
            sent += documents.find(&text, asker).expect("fine").document.weight;
            ask(&documents, &text, asker, 2);
            ask(&documents, &text, others.next().expect("one"), 2);
        }
        for (part, capacity) in [(&documents.signed_in, SIZE), (&documents.strangers, SIZE / 4)] {
            assert!(part.cache.weight() <= capacity, "{} of {capacity}", part.cache.weight());
        }
        assert!(documents.signed_in.cache.weight() > SIZE / 2, "hardly anything is remembered");
    }

    #[test]
    fn one_caller_fills_no_more_than_an_eighth_however_often_each_is_asked_for() {
        let documents = small();
        let flooder = user();
        popular().for_each(|text| ask(&documents, &text, user(), 1));
        let before = documents.signed_in.cache.weight();
        heavy().take(1000).for_each(|text| ask(&documents, &text, flooder, 3));
        let filled = documents.signed_in.cache.weight() - before;
        assert!(filled <= SIZE / AT_ONCE, "{filled}");
        // Not even one that nobody has asked for since is gone.
        assert!(popular().all(|text| is_remembered(&documents, &text, user())));
    }

    #[test]
    fn what_many_use_outlasts_a_flood_of_many_callers() {
        let documents = small();
        // It has been full for long.
        heavy().take(200).for_each(|text| ask(&documents, &text, user(), 1));
        popular().for_each(|text| ask(&documents, &text, user(), 3));
        for (n, text) in heavy().skip(200).take(1500).enumerate() {
            ask(&documents, &text, user(), 2);
            if n % 20 == 0 {
                popular().for_each(|text| ask(&documents, &text, user(), 1));
            }
        }
        assert!(popular().all(|text| is_remembered(&documents, &text, user())));
    }

    #[test]
    fn strangers_drive_out_nothing_of_those_who_are_signed_in() {
        let documents = small();
        popular().for_each(|text| ask(&documents, &text, user(), 1));
        let kept = documents.signed_in.cache.weight();
        for (text, stranger) in heavy().take(500).zip(strangers()) {
            ask(&documents, &text, stranger, 3);
        }
        assert_eq!(documents.signed_in.cache.weight(), kept);
        assert!(popular().all(|text| is_remembered(&documents, &text, user())));
        // Signing in brings a document of theirs where it is safe.
        let text = "{login}";
        ask(&documents, text, strangers().next().expect("one"), 1);
        ask(&documents, text, user(), 1);
        assert!(documents.signed_in.cache.weight() > kept);
    }
}
