//! Pages by keyset: a page begins at a place in an order, never at a number of rows.

use uuid::Uuid;

use crate::time::Timestamp;

use super::owned_query::{OwnedQuery, Value};

/// Which way an order runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Direction {
    fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// What a row is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// An instant.
    Time(Timestamp),
    /// A small number.
    Number(i16),
    /// Folded text, compared byte by byte.
    Text(String),
}

/// A place in an ordered list. Rows with the same key stand in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Position {
    /// What the row there is ordered by.
    pub key: SortKey,
    /// The row there.
    pub id: Uuid,
}

/// Which part of an ordered list is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slice {
    /// How many rows at the most.
    pub limit: u32,
    /// The last ones rather than the first ones.
    pub from_end: bool,
    /// Only what follows this place.
    pub after: Option<Position>,
    /// Only what precedes this place.
    pub before: Option<Position>,
}

/// Part of an ordered list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// In the order of the list, from whichever end they were taken.
    pub items: Vec<T>,
    /// Whether the list goes on behind them.
    pub has_next: bool,
    /// Whether the list begins before them.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// The same page of what its items into.
    pub fn map<U>(self, into: impl FnMut(T) -> U) -> Page<U> {
        let items = self.items.into_iter().map(into).collect();
        Page { items, has_next: self.has_next, has_previous: self.has_previous }
    }
}

/// The two columns of an order, as the statement calls them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    pub(super) key: &'static str,
    pub(super) id: &'static str,
    pub(super) direction: Direction,
}

impl Slice {
    /// The page where there is nothing in this slice.
    pub fn empty<T>(&self) -> Page<T> {
        self.page(Vec::new())
    }

    /// Adds the conditions that leave nothing outside this slice's two ends.
    pub(super) fn bound(&self, query: &mut OwnedQuery, columns: Columns) {
        let ends = [(&self.after, columns.direction), (&self.before, columns.direction.reversed())];
        for (end, direction) in ends {
            if let Some(position) = end {
                let than = match direction {
                    Direction::Ascending => ") > (",
                    Direction::Descending => ") < (",
                };
                query.push(" and (").push(columns.key).push(", ").push(columns.id).push(than);
                query.bind((&position.key).into()).push(", ").bind(Value::Id(position.id)).push(")");
            }
        }
    }

    /// Adds the order in which rows are taken: from the end, when that is where they are wanted from.
    pub(super) fn order(&self, query: &mut OwnedQuery, columns: Columns) {
        let direction = if self.from_end { columns.direction.reversed() } else { columns.direction };
        let suffix = match direction {
            Direction::Ascending => " asc",
            Direction::Descending => " desc",
        };
        query.push(" order by ").push(columns.key).push(suffix);
        query.push(", ").push(columns.id).push(suffix);
    }

    /// Adds how many rows are taken.
    ///
    /// SQLite plans a statement anew each time that a value is bound which stands alone behind `limit`. The plans would all
    /// be the same, and to make them was a quarter of what a list costs.
    pub(super) fn end(&self, query: &mut OwnedQuery) {
        query.push(" limit ").bind(self.probe()).push(" + 0");
    }

    /// One row more than wanted, to see whether the list goes on.
    pub(super) fn probe(&self) -> Value {
        Value::Big(i64::from(self.limit) + 1)
    }

    /// Makes a page of rows that were taken in [`Slice::order`], the probe among them.
    pub(super) fn page<T>(&self, mut items: Vec<T>) -> Page<T> {
        let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = items.len() > wanted;
        items.truncate(wanted);
        // Where a cursor bounds the slice, the list reaches past it: at least to the row that the cursor was made for.
        let (began_before, goes_on) = (self.after.is_some(), self.before.is_some());
        if self.from_end {
            items.reverse();
            Page { items, has_next: goes_on, has_previous: more || began_before }
        } else {
            Page { items, has_next: more || goes_on, has_previous: began_before }
        }
    }
}
