//! The operations that a socket has under way, all of them at once.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::ServerError;
use futures_util::StreamExt;
use futures_util::stream::{AbortHandle, Abortable, BoxStream, SelectAll, abortable, unfold};

use super::beginning::{Beginning, Begun};
use super::message::{self, Said};
use crate::http::operation::Event;
use crate::http::transit::Written;

/// Operations at once on one socket.
pub(super) const MOST: usize = 100;

/// What is to be told of an operation.
pub(super) enum Told {
    Next(Written),
    /// Nothing came of it, and nothing will.
    Error(Vec<ServerError>),
    Complete,
    /// There are no more events. At the end of the server that is not the end of the operation.
    NoMore,
}

type Id = Arc<str>;

/// All that are under way.
#[derive(Default)]
pub(super) struct Operations {
    by_id: HashMap<Id, AbortHandle>,
    told: SelectAll<Abortable<BoxStream<'static, (Id, Told)>>>,
}

impl Operations {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Puts another one under way.
    pub(super) fn begin(&mut self, id: String, beginning: Beginning) {
        let id: Id = id.into();
        let (told, handle) = abortable(tell(Arc::clone(&id), beginning));
        self.by_id.insert(id, handle);
        self.told.push(told);
    }

    /// Ends one, of which nothing is told any more.
    pub(super) fn end(&mut self, id: &str) {
        if let Some(handle) = self.by_id.remove(id) {
            handle.abort();
        }
    }

    /// What is to be told next; waits for ever where nothing is under way.
    pub(super) async fn next(&mut self) -> (Id, Told) {
        loop {
            match self.told.next().await {
                Some((id, told)) => {
                    if !matches!(told, Told::Next(_)) {
                        self.by_id.remove(&id);
                    }
                    return (id, told);
                }
                None => std::future::pending().await,
            }
        }
    }
}

enum State {
    Beginning(Beginning),
    Events(BoxStream<'static, Event>),
    Over,
    Ended,
}

/// What is to be told of an operation from its beginning to its end.
fn tell(id: Id, beginning: Beginning) -> BoxStream<'static, (Id, Told)> {
    let told = unfold(State::Beginning(beginning), |state| async move {
        let mut events = match state {
            State::Beginning(beginning) => match beginning.await {
                Ok(Begun::Once(written)) => return Some((Told::Next(written), State::Over)),
                Ok(Begun::Events(events)) => events,
                Err(rejection) => return Some((Told::Error(rejection.errors().to_vec()), State::Ended)),
            },
            State::Events(events) => events,
            State::Over => return Some((Told::Complete, State::Ended)),
            State::Ended => return None,
        };
        Some(match events.next().await {
            Some(Event::Failed(errors)) => (Told::Error(errors), State::Ended),
            Some(Event::Told(written, _)) => (Told::Next(written), State::Events(events)),
            None => (Told::NoMore, State::Ended),
        })
    });
    told.map(move |told| (Arc::clone(&id), told)).boxed()
}

impl Told {
    /// The message that says it.
    pub(super) fn text(&self, id: &str) -> String {
        match self {
            Self::Next(written) => message::next(id, &written.json),
            Self::Error(errors) => Said::Error { id, payload: errors }.text(),
            Self::Complete | Self::NoMore => Said::Complete { id }.text(),
        }
    }
}
