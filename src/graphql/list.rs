//! Reading the arguments of a list.

use std::sync::Arc;

use async_graphql::{Enum, ID, InputObject};

use crate::field::Invalid;
use crate::store::{self, Direction, Slice, TaskFilter as Filter, TaskOrder as StoreOrder, TaskSort};
use crate::text::words;

use super::cursor::Order;
use super::scalar::{DateTime, ids_of};
use super::task::TaskPriority;

/// The most rows of a page.
pub const LARGEST_PAGE: u8 = 100;
/// The rows of a page that says no number.
pub(super) const USUAL: i32 = 20;
/// The most tags that a filter may name: no task carries more.
pub(super) const MOST_TAGS: usize = 20;
/// The longest search, in characters.
const LONGEST_SEARCH: usize = 200;

/// Which tasks: those that meet all that is given.
#[derive(InputObject)]
pub(super) struct TaskFilter {
    /// Only those that are done, or only those that are not.
    completed: Option<bool>,
    /// Only those with one of these priorities.
    priority: Option<Vec<TaskPriority>>,
    /// Tasks that carry all of these tags.
    tag_ids: Option<Vec<ID>>,
    /// Due at this instant or later.
    due_after: Option<DateTime>,
    /// Due before this instant.
    due_before: Option<DateTime>,
    /// Created at this instant or later.
    created_after: Option<DateTime>,
    /// Created before this instant.
    created_before: Option<DateTime>,
    /// Words that title or description must contain, the last one as a prefix.
    search: Option<String>,
}

/// The order of tasks; ties go by id in the same direction.
#[derive(InputObject)]
pub(super) struct TaskOrder {
    /// By what.
    #[graphql(default_with = "TaskOrderField::CreatedAt")]
    field: TaskOrderField,
    /// Which way.
    #[graphql(default_with = "OrderDirection::Desc")]
    direction: OrderDirection,
}

/// What tasks can be ordered by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskOrderField {
    /// When they were made.
    CreatedAt,
    /// When they were last changed.
    UpdatedAt,
    /// When they are due; those that never are come last in both directions.
    DueAt,
    /// How much they matter.
    Priority,
    /// The alphabet, whatever the letter case and the accents.
    Title,
}

/// Which way an order runs.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderDirection {
    /// Smallest, oldest, least first.
    Asc,
    /// Largest, newest, most first.
    Desc,
}

/// The Relay arguments of a list.
pub(super) struct Paging {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

/// A list of tasks that is wanted: which, in what order, what part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TaskList {
    pub(super) filter: Arc<Filter>,
    pub(super) order: StoreOrder,
    pub(super) slice: Slice,
}

impl Paging {
    /// The most rows of a page, as the argument of this name asks for them.
    pub(super) fn limit(given: Option<i32>, field: &'static str) -> Result<u32, Invalid> {
        let limit = given.unwrap_or(USUAL);
        u32::try_from(limit)
            .ok()
            .filter(|_| (1..=i32::from(LARGEST_PAGE)).contains(&limit))
            .ok_or_else(|| Invalid::new(field, format!("must be 1 to {LARGEST_PAGE}, not {limit}")))
    }

    /// The part of a list that is wanted, in this order.
    pub(super) fn slice(self, order: Order) -> Result<Slice, Invalid> {
        let place = |cursor: Option<String>, field| {
            cursor
                .map(|cursor| {
                    let wrong = || Invalid::new(field, "must be a cursor that this list gave in this order");
                    order.position(&cursor).ok_or_else(wrong)
                })
                .transpose()
        };
        let (limit, from_end, field) = match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(Invalid::new("last", "cannot be given together with first")),
            (None, Some(last)) => (Some(last), true, "last"),
            (first, None) => (first, false, "first"),
        };
        Ok(Slice {
            limit: Self::limit(limit, field)?,
            from_end,
            after: place(self.after, "after")?,
            before: place(self.before, "before")?,
        })
    }
}

impl TaskList {
    /// Reads what `tasks` was given, wherever in the schema it stands.
    pub(super) fn read(
        paging: Paging,
        filter: Option<TaskFilter>,
        order: Option<TaskOrder>,
    ) -> Result<Self, Invalid> {
        let order = order.map_or(
            StoreOrder { by: TaskSort::CreatedAt, direction: Direction::Descending },
            TaskOrder::read,
        );
        let filter = Arc::new(filter.map(TaskFilter::read).transpose()?.unwrap_or_default());
        Ok(Self { filter, order, slice: paging.slice(Order::Tasks(order))? })
    }
}

impl TaskFilter {
    fn read(self) -> Result<Filter, Invalid> {
        let instant = |given: Option<DateTime>, field| given.map(|given| given.of(field)).transpose();
        let tags = ids_of(&self.tag_ids.unwrap_or_default(), "tagIds")?;
        if tags.len() > MOST_TAGS {
            return Err(Invalid::new(
                "tagIds",
                format!("must name at most {MOST_TAGS} tags, not {}", tags.len()),
            ));
        }
        let search = self.search.unwrap_or_default();
        let length = search.chars().count();
        if length > LONGEST_SEARCH {
            let most = format!("must have at most {LONGEST_SEARCH} characters, not {length}");
            return Err(Invalid::new("search", most));
        }
        Ok(Filter {
            completed: self.completed,
            priorities: self.priority.map(|given| {
                let mut priorities: Vec<store::Priority> = given.into_iter().map(Into::into).collect();
                priorities.sort_unstable();
                priorities.dedup();
                priorities
            }),
            tags,
            due_from: instant(self.due_after, "dueAfter")?,
            due_until: instant(self.due_before, "dueBefore")?,
            created_from: instant(self.created_after, "createdAfter")?,
            created_until: instant(self.created_before, "createdBefore")?,
            words: words(&search),
        })
    }
}

impl TaskOrder {
    fn read(self) -> StoreOrder {
        StoreOrder {
            by: match self.field {
                TaskOrderField::CreatedAt => TaskSort::CreatedAt,
                TaskOrderField::UpdatedAt => TaskSort::UpdatedAt,
                TaskOrderField::DueAt => TaskSort::DueAt,
                TaskOrderField::Priority => TaskSort::Priority,
                TaskOrderField::Title => TaskSort::Title,
            },
            direction: match self.direction {
                OrderDirection::Asc => Direction::Ascending,
                OrderDirection::Desc => Direction::Descending,
            },
        }
    }
}
