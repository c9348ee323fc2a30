//! What changed, for those who keep a copy: read by a page, and followed as it happens.
//!
//! Whoever follows holds no queue. They are at a place, and read on from there when they have taken what they were given;
//! what wakes them is a hint that there is more.

use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::store::{Change, Changes, Forgotten, Mark, News, Owner, Wanted};

use super::reading::in_time;
use super::{Answer, Failure, Refusal, Services};

/// Changes that are read ahead of whoever follows.
const AHEAD: u32 = 20;
/// The same in bytes of text, where one alone has no more.
const BYTES_AHEAD: usize = 64 * 1024;
/// The pause after the database did not answer.
const AGAIN: Duration = Duration::from_secs(1);

impl Services {
    /// What changed behind a place.
    pub async fn changes(&self, owner: &Owner, wanted: Wanted) -> Answer<Changes> {
        let read = self.store.changes(owner).read(wanted).await?;
        read.map_err(|Forgotten| Refusal::Forgotten.into())
    }

    /// What changed behind a place and what changes from then on; without a place, what changes from here on. Ends with
    /// what was committed when `closing` came. While the database does not answer there is nothing to tell.
    pub async fn follow(
        self: Arc<Self>,
        owner: Arc<Owner>,
        after: Option<Mark>,
        tags: bool,
        closing: CancellationToken,
    ) -> Answer<impl Stream<Item = Answer<Change>> + Send + 'static> {
        // Before the first look, so that nothing falls between the two.
        let news = self.store.news(&owner);
        let (at, ready) = match after {
            // On the heap: the subscription would be as large for as long as it lasts.
            None => {
                let now = async { Ok(self.store.changes(&owner).now().await?) };
                (Box::pin(in_time(now)).await?, Ready::default())
            }
            // At once, so that a place that is forgotten is refused instead of followed.
            Some(after) => Ready::of(self.read_together(&owner, ahead(after, tags), false).await?),
        };
        let follower = Follower {
            services: self,
            owner,
            news,
            at,
            ready,
            tags,
            closing,
            is_last: false,
            is_over: false,
        };
        Ok(unfold(follower, |mut follower| async move { follower.next().await.map(|next| (next, follower)) }))
    }
}

fn ahead(after: Mark, tags: bool) -> Wanted {
    Wanted { after, limit: AHEAD, tags }
}

/// What was read for several at once, as far as one of them takes it.
#[derive(Default)]
struct Ready {
    changes: Option<Arc<Changes>>,
    next: usize,
    end: usize,
}

impl Ready {
    /// As much of it as one reader takes at once, and the place behind that.
    fn of(changes: Arc<Changes>) -> (Mark, Self) {
        let end = changes.within(BYTES_AHEAD);
        let place = changes.place_behind(end);
        (place, Self { changes: Some(changes), next: 0, end })
    }

    fn next(&mut self) -> Option<Change> {
        let change = self.changes.as_ref()?.items.get(self.next).filter(|_| self.next < self.end).cloned();
        self.next += 1;
        if change.is_none() {
            // Others may still hold it; whoever waits does not.
            *self = Self::default();
        }
        change
    }
}

/// Somebody who keeps up with an owner's changes.
struct Follower {
    services: Arc<Services>,
    owner: Arc<Owner>,
    news: News,
    /// The place behind all that is ready.
    at: Mark,
    ready: Ready,
    tags: bool,
    closing: CancellationToken,
    /// The end was asked for: what is there by now is told, and nothing else.
    is_last: bool,
    /// It cannot go on.
    is_over: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Answer<Change>> {
        loop {
            if let Some(change) = self.ready.next() {
                return Some(Ok(change));
            }
            let is_caught_up = self.at.reading().is_none();
            if self.is_over || (is_caught_up && self.is_last) {
                return None;
            }
            if is_caught_up {
                tokio::select! {
                    biased;
                    () = self.news.beyond(self.at) => {}
                    () = self.closing.cancelled() => self.is_last = true,
                }
            }
            // On the heap: whoever waits would be as large.
            if let Err(failure) = Box::pin(self.read()).await {
                self.is_over = true;
                // Whoever comes back finds what could not be read at the end.
                return (!self.closing.is_cancelled()).then_some(Err(failure));
            }
        }
    }

    /// Reads on, as soon as the database lets it.
    async fn read(&mut self) -> Answer<()> {
        loop {
            let is_next = self.news.is_one_behind(self.at);
            match self.services.read_together(&self.owner, ahead(self.at, self.tags), is_next).await {
                Ok(changes) => {
                    let before = self.at;
                    (self.at, self.ready) = Ready::of(changes);
                    if self.at == before && !self.is_last {
                        // It was told of something that there is not: the database was put back to an earlier state.
                        sleep(AGAIN).await;
                    }
                    return Ok(());
                }
                Err(Failure::Unavailable(..)) if !self.closing.is_cancelled() => {}
                Err(failure) => return Err(failure),
            }
            sleep(AGAIN).await;
        }
    }
}
