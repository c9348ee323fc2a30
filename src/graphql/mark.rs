//! Cursors of changes. Of two of one owner, the one that is later in the alphabet has more, so that a client can see
//! whether its copy has come as far as a mutation of its own.
//!
//! Hexadecimal: how far the copy is whole, plus one; then a piece of the owner's id, so that a cursor is not taken for
//! another owner's; then, on the way from one whole copy to the next, how far that was gone and where it was begun. Nothing
//! in it is of one server or of one database.

use crate::field::Invalid;
use crate::id::UserId;
use crate::store::{Mark, Reading};

/// Digits of a number.
const NUMBER: usize = 16;
/// Digits of the owner's piece.
const OWNER: usize = 8;

/// Before all changes, whoever's.
pub(crate) const START: &str = "0000000000000000";

/// The cursor of a place in the owner's changes.
pub(crate) fn text(mark: Mark, owner: UserId) -> String {
    if mark == Mark::START {
        return START.to_owned();
    }
    let whole = format!("{:0NUMBER$x}{:0OWNER$x}", mark.has() + 1, piece(owner));
    match mark.reading() {
        None => whole,
        Some(Reading { at, from }) => format!("{whole}{at:0NUMBER$x}{from:0NUMBER$x}"),
    }
}

/// The place that a cursor of this owner's stands for.
pub(crate) fn parse(cursor: &str, owner: UserId) -> Result<Mark, Invalid> {
    read(cursor, owner).ok_or_else(|| Invalid::new("after", "must be a cursor of your own changes"))
}

fn read(cursor: &str, owner: UserId) -> Option<Mark> {
    if cursor == START {
        return Some(Mark::START);
    }
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if !cursor.bytes().all(is_digit) {
        return None;
    }
    let (whole, rest) = cursor.split_at_checked(NUMBER)?;
    let (of, way) = rest.split_at_checked(OWNER)?;
    let whole = number(whole)? - 1;
    if u32::from_str_radix(of, 16).ok()? != piece(owner) {
        return None;
    }
    if way.is_empty() {
        return (whole >= 0).then_some(Mark::whole(whole));
    }
    let (at, from) = way.split_at_checked(NUMBER)?;
    Mark::on_the_way(whole, Reading { at: number(at)?, from: number(from)? })
}

fn number(digits: &str) -> Option<i64> {
    if digits.len() == NUMBER { i64::from_str_radix(digits, 16).ok() } else { None }
}

/// The random end of an id.
fn piece(owner: UserId) -> u32 {
    let [.., a, b, c, d] = *owner.uuid().as_bytes();
    u32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> UserId {
        UserId::from(uuid::uuid!("0188bac7-4afa-78aa-bc3b-bd1eef28d881"))
    }

    fn marks() -> Vec<Mark> {
        let way = |whole, at, from| Mark::on_the_way(whole, Reading { at, from }).expect("a way");
        let far = i64::MAX - 1;
        let mut marks = vec![Mark::START, way(-1, 1, 9), way(-1, 10, 9), Mark::whole(0), way(0, 1, 1)];
        marks.extend([Mark::whole(9), way(9, 10, 16), way(9, 16, 16), Mark::whole(16), Mark::whole(far)]);
        marks
    }

    #[test]
    fn a_cursor_reads_back_as_its_place_and_for_its_owner_only() {
        for mark in marks() {
            let cursor = text(mark, ada());
            assert_eq!(read(&cursor, ada()), Some(mark), "{cursor}");
            let others = (mark == Mark::START).then_some(Mark::START);
            assert_eq!(read(&cursor, UserId::fresh()), others, "{cursor}");
        }
    }

    #[test]
    fn later_cursors_are_greater() {
        let cursors: Vec<_> = marks().into_iter().map(|mark| text(mark, ada())).collect();
        assert!(cursors.is_sorted_by(|one, next| one < next), "{cursors:#?}");
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let whole = text(Mark::whole(9), ada());
        let upper = text(Mark::whole(10), ada()).to_uppercase();
        for cursor in
            ["", "0", "caf\u{e9}", &whole[1..], &format!("{whole}0"), &format!("{whole}{START}"), &upper]
        {
            assert_eq!(read(cursor, ada()), None, "{cursor}");
        }
        let nowhere = format!("{START}{:08x}", piece(ada()));
        assert_eq!(read(&nowhere, ada()), None, "{nowhere}");
        let too_far = format!("{}{}", "f".repeat(NUMBER), &whole[NUMBER..]);
        assert_eq!(read(&too_far, ada()), None, "{too_far}");
    }
}
