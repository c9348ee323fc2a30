//! Loading what many fields of one level want in one statement.
//!
//! Made for one request and one owner, so that nothing is remembered for longer or for anyone else.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use ::dataloader::BatchFn;
use ::dataloader::cached::Loader;
use tokio::sync::OnceCell;
use tokio::task::unconstrained;

use crate::id::{SignInId, TagId, TaskId};
use crate::service::{Answer, Failure, Fault, Services};
use crate::store::{Owner, Page, TaskFilter};

use super::list::TaskList;
use super::sign_ins::SignIn;
use super::tag::Tag;
use super::task::Task;
use super::user::User;

/// A level of a query is one batch, however wide it is.
const WIDEST: usize = usize::MAX;

/// How often a field lets others go first before its batch is sent. Once is enough for fields that become ready together;
/// those that waited for one batch become ready one after the other, and may want another batch then.
const YIELDS: usize = 10;

/// How many fields may give a batch up before one that waits for it does.
const DRIVERS: usize = 100;

/// Whose tasks a list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// All of the owner's.
    Owner,
    /// Those that carry this tag.
    Tag(TagId),
}

type Load<K, V> = OnceLock<Loader<K, Answer<V>, Source>>;

/// One loader for each kind of thing that fields want, made when the first one does.
pub(super) struct Loaders {
    source: Source,
    me: OnceCell<Answer<User>>,
    tasks: Load<TaskId, Option<Task>>,
    tags: Load<TagId, Option<Tag>>,
    sign_ins: Load<SignInId, Option<SignIn>>,
    tags_of_task: Load<TaskId, Vec<Tag>>,
    lists: Load<(Scope, TaskList), Arc<Page<Task>>>,
    counts: Load<(Scope, Arc<TaskFilter>), i64>,
}

#[derive(Clone)]
struct Source {
    services: Arc<Services>,
    owner: Arc<Owner>,
}

impl Loaders {
    pub(super) fn new(services: &Arc<Services>, owner: &Arc<Owner>) -> Self {
        Self {
            source: Source { services: Arc::clone(services), owner: Arc::clone(owner) },
            me: OnceCell::new(),
            tasks: OnceLock::new(),
            tags: OnceLock::new(),
            sign_ins: OnceLock::new(),
            tags_of_task: OnceLock::new(),
            lists: OnceLock::new(),
            counts: OnceLock::new(),
        }
    }

    /// The signed-in user.
    pub(super) async fn me(&self) -> Answer<User> {
        let source = &self.source;
        let find = async || source.services.me(&source.owner).await.map(User::from);
        self.me.get_or_init(find).await.clone()
    }

    /// One of the owner's tasks.
    pub(super) async fn task(&self, id: TaskId) -> Answer<Option<Task>> {
        self.load(&self.tasks, id).await
    }

    /// One of the owner's tags.
    pub(super) async fn tag(&self, id: TagId) -> Answer<Option<Tag>> {
        self.load(&self.tags, id).await
    }

    /// One of the owner's sign-ins.
    pub(super) async fn sign_in(&self, id: SignInId) -> Answer<Option<SignIn>> {
        self.load(&self.sign_ins, id).await
    }

    /// The tags that a task carries, by name.
    pub(super) async fn tags_of_task(&self, id: TaskId) -> Answer<Vec<Tag>> {
        self.load(&self.tags_of_task, id).await
    }

    /// A page of tasks.
    pub(super) async fn list(&self, scope: Scope, list: TaskList) -> Answer<Arc<Page<Task>>> {
        self.load(&self.lists, (scope, list)).await
    }

    /// How many tasks there are on all pages.
    pub(super) async fn count(&self, scope: Scope, filter: Arc<TaskFilter>) -> Answer<i64> {
        self.load(&self.counts, (scope, filter)).await
    }

    async fn load<K, V>(&self, loader: &Load<K, V>, key: K) -> Answer<V>
    where
        K: Eq + Hash + Clone + std::fmt::Debug,
        V: Clone,
        Source: BatchFn<K, Answer<V>>,
    {
        let loader = loader.get_or_init(|| {
            Loader::new(self.source.clone()).with_max_batch_size(WIDEST).with_yield_count(YIELDS)
        });
        // A batch answers for each of its keys. One comes back without an answer when the field that drove the batch was
        // given up, as happens when a sibling of that field fails; then the next in line drives it.
        for _ in 0..DRIVERS {
            // The runtime would hold some of a wide level back, and with them a part of the batch. On the heap: all that
            // waits for it, up to the request, would be as large, and moved about.
            let answer = Box::pin(unconstrained(loader.try_load(key.clone())));
            if let Ok(answer) = answer.await {
                return answer;
            }
        }
        Err(Failure::Broken(Fault::new("nobody was left to load what a field waited for")))
    }
}

/// Gives each key its share of what was found, and each the failure where there was one.
fn share<K, V>(keys: &[K], found: Answer<HashMap<K, V>>, missing: impl Fn() -> V) -> HashMap<K, Answer<V>>
where
    K: Eq + Hash + Clone,
{
    match found {
        Ok(mut found) => {
            keys.iter().map(|key| (key.clone(), Ok(found.remove(key).unwrap_or_else(&missing)))).collect()
        }
        Err(failure) => keys.iter().map(|key| (key.clone(), Err(failure.clone()))).collect(),
    }
}

/// Splits the keys of a batch by what their lists have in common: mostly one group, as a level asks one question.
fn grouped<L: Eq + Hash + Clone>(keys: &[(Scope, L)]) -> HashMap<L, (bool, Vec<TagId>)> {
    let mut groups: HashMap<L, (bool, Vec<TagId>)> = HashMap::new();
    for (scope, list) in keys {
        let (whole, tags) = groups.entry(list.clone()).or_default();
        match scope {
            Scope::Owner => *whole = true,
            Scope::Tag(tag) => tags.push(*tag),
        }
    }
    groups
}

impl BatchFn<TaskId, Answer<Option<Task>>> for Source {
    async fn load(&mut self, keys: &[TaskId]) -> HashMap<TaskId, Answer<Option<Task>>> {
        let found = self.services.store.tasks(&self.owner).find(keys).await.map_err(Failure::from);
        share(
            keys,
            found.map(|tasks| tasks.into_iter().map(|task| (task.id, Some(task.into()))).collect()),
            || None,
        )
    }
}

impl BatchFn<TagId, Answer<Option<Tag>>> for Source {
    async fn load(&mut self, keys: &[TagId]) -> HashMap<TagId, Answer<Option<Tag>>> {
        let found = self.services.store.tags(&self.owner).find(keys).await.map_err(Failure::from);
        share(
            keys,
            found.map(|tags| tags.into_iter().map(|tag| (tag.id, Some(tag.into()))).collect()),
            || None,
        )
    }
}

impl BatchFn<SignInId, Answer<Option<SignIn>>> for Source {
    async fn load(&mut self, keys: &[SignInId]) -> HashMap<SignInId, Answer<Option<SignIn>>> {
        let found = self.services.find_sign_ins(&self.owner, keys).await;
        share(
            keys,
            found.map(|rows| rows.into_iter().map(|row| (row.id, Some(row.into()))).collect()),
            || None,
        )
    }
}

impl BatchFn<TaskId, Answer<Vec<Tag>>> for Source {
    async fn load(&mut self, keys: &[TaskId]) -> HashMap<TaskId, Answer<Vec<Tag>>> {
        let found = self.services.store.tags(&self.owner).carried_by(keys).await.map_err(Failure::from);
        let wire = |tags: Vec<_>| tags.into_iter().map(Tag::from).collect();
        share(
            keys,
            found.map(|found| found.into_iter().map(|(task, tags)| (task, wire(tags))).collect()),
            Vec::new,
        )
    }
}

impl BatchFn<(Scope, TaskList), Answer<Arc<Page<Task>>>> for Source {
    async fn load(
        &mut self,
        keys: &[(Scope, TaskList)],
    ) -> HashMap<(Scope, TaskList), Answer<Arc<Page<Task>>>> {
        let tasks = self.services.store.tasks(&self.owner);
        let mut answers = HashMap::with_capacity(keys.len());
        for (list, (whole, tags)) in grouped(keys) {
            if whole {
                let page = tasks.list(&list.filter, list.order, &list.slice).await;
                let page = page.map(|page| Arc::new(page.map(Task::from))).map_err(Failure::from);
                answers.insert((Scope::Owner, list.clone()), page);
            }
            if !tags.is_empty() {
                let pages = tasks.list_by_tag(&tags, &list.filter, list.order, &list.slice).await;
                let pages = pages.map_err(Failure::from).map(|pages| {
                    pages.into_iter().map(|(tag, page)| (tag, Arc::new(page.map(Task::from)))).collect()
                });
                let shared = share(&tags, pages, || Arc::new(list.slice.empty()));
                answers.extend(shared.into_iter().map(|(tag, page)| ((Scope::Tag(tag), list.clone()), page)));
            }
        }
        answers
    }
}

impl BatchFn<(Scope, Arc<TaskFilter>), Answer<i64>> for Source {
    async fn load(
        &mut self,
        keys: &[(Scope, Arc<TaskFilter>)],
    ) -> HashMap<(Scope, Arc<TaskFilter>), Answer<i64>> {
        let tasks = self.services.store.tasks(&self.owner);
        let mut answers = HashMap::with_capacity(keys.len());
        for (filter, (whole, tags)) in grouped(keys) {
            if whole {
                let count = tasks.count(&filter).await.map_err(Failure::from);
                answers.insert((Scope::Owner, Arc::clone(&filter)), count);
            }
            if !tags.is_empty() {
                let counts = tasks.count_by_tag(&tags, &filter).await.map_err(Failure::from);
                let shared = share(&tags, counts, || 0);
                answers
                    .extend(shared.into_iter().map(|(tag, n)| ((Scope::Tag(tag), Arc::clone(&filter)), n)));
            }
        }
        answers
    }
}
