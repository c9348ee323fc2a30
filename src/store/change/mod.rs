//! What changed: the latest state of whatever was written behind a place, in the order of the writes.
//!
//! Nothing is kept for this but the `rev` in each row and the tombstones of what was deleted. So an object that changed
//! twice is told of once, where its last change stands, and a copy that has come to the end is the very state that all of
//! it was read from: one snapshot of the database.

mod forget;
mod mark;
mod read;

use std::collections::HashMap;

use crate::id::TaskId;
use crate::time::Timestamp;

use super::{Owner, Store, Tag, Task};

pub use mark::{Mark, Reading};

/// One object that is another than it was.
#[derive(Debug, Clone)]
pub struct Change {
    /// What became of it.
    pub what: What,
    /// When.
    pub at: Timestamp,
    /// The place behind it.
    pub mark: Mark,
}

/// What became of an object.
#[derive(Debug, Clone)]
pub enum What {
    /// It was made.
    Created(Object),
    /// It was made before, and changed.
    Updated(Object),
    /// There is nothing under this id any more.
    Deleted(String),
}

impl What {
    /// The object, unless it is no more.
    pub fn object(&self) -> Option<&Object> {
        match self {
            Self::Created(object) | Self::Updated(object) => Some(object),
            Self::Deleted(_) => None,
        }
    }

    fn object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Self::Created(object) | Self::Updated(object) => Some(object),
            Self::Deleted(_) => None,
        }
    }
}

/// What can change.
#[derive(Debug, Clone)]
pub enum Object {
    /// A task, and the tags that it carried at that moment where those were asked for.
    Task(Task, Option<Vec<Tag>>),
    /// A tag.
    Tag(Tag),
}

impl Object {
    /// The text that it holds, in bytes.
    fn bytes(&self) -> usize {
        match self {
            Self::Task(task, tags) => {
                let names = tags.iter().flatten().map(|tag| tag.name.len());
                task.title.len() + task.description.as_ref().map_or(0, String::len) + names.sum::<usize>()
            }
            Self::Tag(tag) => tag.name.len(),
        }
    }
}

/// What changed behind a place.
#[derive(Debug, Clone)]
pub struct Changes {
    /// In the order of the writes.
    pub items: Vec<Change>,
    /// Where to go on.
    pub end: Mark,
}

impl Changes {
    /// How many of the first ones have so many bytes of text together: one at least, where there is one.
    pub fn within(&self, bytes: usize) -> usize {
        let mut sum = 0;
        let fits = |change: &&Change| {
            sum += change.what.object().map_or(0, Object::bytes);
            sum <= bytes
        };
        self.items.iter().take_while(fits).count().max(1).min(self.items.len())
    }

    /// The place behind so many of them.
    pub fn place_behind(&self, count: usize) -> Mark {
        let last = count.checked_sub(1).and_then(|last| self.items.get(last));
        last.filter(|_| count < self.items.len()).map_or(self.end, |change| change.mark)
    }
}

/// What was deleted behind a place is not known any more, or the place is none that this database was ever at: its reader
/// has to start with an empty copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten;

/// What is wanted of the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Those behind this place.
    pub after: Mark,
    /// So many at the most.
    pub limit: u32,
    /// Tasks with their tags.
    pub tags: bool,
}

/// What changes for one owner.
pub struct OwnedChanges<'s> {
    store: &'s Store,
    owner: &'s Owner,
}

impl Store {
    /// Opens the owner's changes.
    pub fn changes<'s>(&'s self, owner: &'s Owner) -> OwnedChanges<'s> {
        OwnedChanges { store: self, owner }
    }
}

/// A change, and its place among the others.
type Found = (i64, What, Timestamp);

impl Changes {
    /// Puts what was found in each table in one order, and leaves what is too much for later.
    fn of(mut found: Vec<Found>, wanted: Wanted, clock: i64) -> Self {
        found.sort_by_key(|(rev, ..)| *rev);
        let limit = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
        let is_all = found.len() <= limit;
        found.truncate(limit);
        let mut mark = wanted.after;
        let mut items = Vec::with_capacity(found.len());
        for (rev, what, at) in found {
            mark = mark.step(rev, clock);
            items.push(Change { what, at, mark });
        }
        if is_all {
            mark = Mark::whole(clock);
            if let Some(last) = items.last_mut() {
                last.mark = mark;
            }
        }
        Self { items, end: mark }
    }

    fn tasks(&self) -> Vec<TaskId> {
        let objects = self.items.iter().filter_map(|change| change.what.object());
        let tasks = objects.filter_map(|object| match object {
            Object::Task(task, _) => Some(task.id),
            Object::Tag(_) => None,
        });
        tasks.collect()
    }

    fn put_tags(&mut self, mut tags: HashMap<TaskId, Vec<Tag>>) {
        for object in self.items.iter_mut().filter_map(|change| change.what.object_mut()) {
            if let Object::Task(task, carried) = object {
                *carried = Some(tags.remove(&task.id).unwrap_or_default());
            }
        }
    }
}
