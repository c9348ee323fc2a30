//! Cursors as clients send them.

use uuid::Uuid;

use crate::graphql::{CursorOrder, mark};
use crate::id::UserId;
use crate::store::{Direction, Position, SortKey, TaskOrder, TaskSort};
use crate::time::Timestamp;

const KINDS: [TaskSort; 5] =
    [TaskSort::CreatedAt, TaskSort::UpdatedAt, TaskSort::DueAt, TaskSort::Priority, TaskSort::Title];

/// What is read as a cursor is written as it was read and belongs to one order; every place that a row can have has a
/// cursor that leads back to it. So it is with cursors of changes and their owner.
pub fn cursors(input: &[u8]) {
    if let Ok(text) = str::from_utf8(input) {
        let mut readers = 0;
        for order in orders() {
            if let Some(position) = order.position(text) {
                assert_eq!(order.cursor(&position), text, "{order:?}");
                readers += 1;
            }
        }
        assert!(readers <= 1, "{text} is a place in {readers} orders");
        let owner = UserId::from(Uuid::nil());
        if let Ok(place) = mark::parse(text, owner) {
            assert_eq!(mark::text(place, owner), text);
        }
    }
    if let Some((order, position)) = place(input) {
        let cursor = order.cursor(&position);
        for other in orders() {
            let expected = (other == order).then(|| position.clone());
            assert_eq!(other.position(&cursor), expected, "{order:?} read as {other:?}");
        }
    }
}

fn orders() -> impl Iterator<Item = CursorOrder> {
    let directions = [Direction::Ascending, Direction::Descending];
    let tasks = KINDS
        .into_iter()
        .flat_map(move |by| directions.map(|direction| CursorOrder::Tasks(TaskOrder { by, direction })));
    tasks.chain([CursorOrder::Tags])
}

/// A place that a row can have: the order, the id, and a key that is one of that order.
fn place(input: &[u8]) -> Option<(CursorOrder, Position)> {
    let (which, rest) = input.split_first()?;
    let (id, rest) = rest.split_first_chunk()?;
    let order = orders().nth(usize::from(*which) % orders().count())?;
    let key = match order {
        CursorOrder::Tags | CursorOrder::Tasks(TaskOrder { by: TaskSort::Title, .. }) => {
            let text = str::from_utf8(rest).ok()?.replace('\0', "");
            SortKey::Text(crate::text::sort_key(&text))
        }
        CursorOrder::Tasks(TaskOrder { by: TaskSort::Priority, .. }) => {
            SortKey::Number(i16::from(rest.first()? % 4))
        }
        CursorOrder::Tasks(_) => {
            let time = Timestamp::from_millis(i64::from_be_bytes(*rest.first_chunk()?));
            SortKey::Time(time.clamp(Timestamp::BEFORE_ALL, Timestamp::AFTER_ALL))
        }
    };
    Some((order, Position { key, id: Uuid::from_bytes(*id) }))
}
