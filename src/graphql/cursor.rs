//! Cursors: a place in an order, opaque and good for the order that it was made for.
//!
//! Inside base64url: one byte for the order, the sort key, the sixteen bytes of the id.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::store::{Direction, Position, Priority, SortKey, TaskOrder, TaskSort};
use crate::time::Timestamp;

/// Longer than any cursor there is.
const LONGEST: usize = 2048;
/// The length of an id in bytes.
const ID: usize = 16;
/// The largest number that anything is ordered by.
const MOST: i16 = Priority::Urgent as i16;

/// The order that a cursor is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Tags by name.
    Tags,
    /// Tasks by whatever they are ordered by.
    Tasks(TaskOrder),
}

impl Order {
    fn byte(self) -> u8 {
        let Self::Tasks(order) = self else { return b'n' };
        let by = match order.by {
            TaskSort::CreatedAt => b'c',
            TaskSort::UpdatedAt => b'u',
            TaskSort::DueAt => b'd',
            TaskSort::Priority => b'p',
            TaskSort::Title => b't',
        };
        match order.direction {
            Direction::Ascending => by,
            Direction::Descending => by.to_ascii_uppercase(),
        }
    }

    /// The cursor of a place in this order.
    pub(crate) fn cursor(self, position: &Position) -> String {
        let mut bytes = Vec::with_capacity(32);
        bytes.push(self.byte());
        match &position.key {
            SortKey::Time(time) => bytes.extend(time.millis().to_be_bytes()),
            SortKey::Number(number) => bytes.extend(number.to_be_bytes()),
            SortKey::Text(text) => bytes.extend(text.as_bytes()),
        }
        bytes.extend(position.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place that a cursor of this order stands for; `None` when it is none, or one of another order.
    pub(crate) fn position(self, cursor: &str) -> Option<Position> {
        if cursor.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (order, rest) = bytes.split_first()?;
        let (key, id) = rest.split_last_chunk::<ID>()?;
        if *order != self.byte() {
            return None;
        }
        let key = match self {
            Self::Tasks(TaskOrder {
                by: TaskSort::CreatedAt | TaskSort::UpdatedAt | TaskSort::DueAt,
                ..
            }) => {
                let time = Timestamp::from_millis(i64::from_be_bytes(key.try_into().ok()?));
                // What no row has might be more than a database can compare with.
                SortKey::Time((Timestamp::BEFORE_ALL..=Timestamp::AFTER_ALL).contains(&time).then_some(time)?)
            }
            Self::Tasks(TaskOrder { by: TaskSort::Priority, .. }) => {
                let number = i16::from_be_bytes(key.try_into().ok()?);
                SortKey::Number((0..=MOST).contains(&number).then_some(number)?)
            }
            Self::Tags | Self::Tasks(TaskOrder { by: TaskSort::Title, .. }) => {
                let text = str::from_utf8(key).ok()?;
                SortKey::Text((!text.contains('\0')).then(|| text.to_owned())?)
            }
        };
        Some(Position { key, id: Uuid::from_bytes(*id) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks(by: TaskSort, direction: Direction) -> Order {
        Order::Tasks(TaskOrder { by, direction })
    }

    #[test]
    fn a_cursor_reads_back_as_its_place_and_in_its_own_order_only() {
        let id = Uuid::now_v7();
        let time = SortKey::Time(Timestamp::from_millis(-7));
        let orders = [
            (tasks(TaskSort::CreatedAt, Direction::Ascending), time.clone()),
            (tasks(TaskSort::CreatedAt, Direction::Descending), time.clone()),
            (tasks(TaskSort::DueAt, Direction::Descending), SortKey::Time(Timestamp::BEFORE_ALL)),
            (tasks(TaskSort::Priority, Direction::Ascending), SortKey::Number(3)),
            (tasks(TaskSort::Title, Direction::Ascending), SortKey::Text("caf\u{e9}".into())),
            (tasks(TaskSort::Title, Direction::Descending), SortKey::Text(String::new())),
            (Order::Tags, SortKey::Text("home".into())),
        ];
        for (order, key) in &orders {
            let position = Position { key: key.clone(), id };
            let cursor = order.cursor(&position);
            for (other, _) in &orders {
                let expected = (other == order).then(|| position.clone());
                assert_eq!(other.position(&cursor), expected, "{order:?} read as {other:?}");
            }
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let order = tasks(TaskSort::CreatedAt, Direction::Descending);
        let far = Position { key: SortKey::Time(Timestamp::from_millis(i64::MAX)), id: Uuid::nil() };
        let long = "A".repeat(LONGEST + 1);
        for text in ["", "?", "AAAA", "Q", order.cursor(&far).as_str(), long.as_str()] {
            assert_eq!(order.position(text), None, "{text}");
        }
        let nul = Position { key: SortKey::Text("\0".into()), id: Uuid::nil() };
        assert_eq!(Order::Tags.position(&Order::Tags.cursor(&nul)), None);
    }
}
