//! Places in what changed.

/// A place in the changes of one owner. Later places are greater.
///
/// A reader takes changes into a copy. What is in the copy at a place is whole there, a state that the owner's data had,
/// unless the place lies within a [`Reading`]: then the copy is on its way from one such state to another, as changes of
/// one object are told once, when the last of them comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark {
    whole: i64,
    reading: Option<Reading>,
}

/// How far the way to the next state was gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reading {
    /// Changes up to this one were read.
    pub at: i64,
    /// Where the clock stood when the way was begun.
    pub from: i64,
}

impl Mark {
    /// Before all changes, whoever's: the copy is empty, and does not know of what was deleted before it is begun.
    pub const START: Self = Self::whole(-1);

    /// The copy has everything up to this change.
    pub const fn whole(rev: i64) -> Self {
        Self { whole: rev, reading: None }
    }

    /// The copy had everything up to this change, and some of what came later. `None` where no reading goes that way.
    pub fn on_the_way(whole: i64, reading: Reading) -> Option<Self> {
        let is_sound = Self::START.whole <= whole && whole < reading.at && whole <= reading.from;
        is_sound.then_some(Self { whole, reading: Some(reading) })
    }

    /// Up to which change the copy surely has everything.
    pub const fn has(self) -> i64 {
        self.whole
    }

    /// The way that the place lies on, if it does.
    pub const fn reading(self) -> Option<Reading> {
        self.reading
    }

    /// The change that was read last.
    pub(super) fn at(self) -> i64 {
        self.reading.map_or(self.whole, |reading| reading.at)
    }

    /// Deletions up to this one are of no use. To an empty copy none is that was done before it was begun.
    pub(super) fn deletions_after(self, clock: i64) -> i64 {
        match self.reading {
            _ if self.whole != Self::START.whole => self.at(),
            None => clock,
            Some(Reading { at, from }) => at.max(from),
        }
    }

    /// The place behind a change that others follow.
    pub(super) fn step(self, rev: i64, clock: i64) -> Self {
        let from = self.reading.map_or(clock, |reading| reading.from);
        Self { whole: self.whole, reading: Some(Reading { at: rev, from }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_on_the_way_is_less_than_the_state_that_it_leads_to() {
        let start = Mark::whole(3);
        let way = start.step(5, 9);
        assert!(start < way && way < start.step(6, 9) && start.step(8, 9) < Mark::whole(4));
        assert_eq!(
            (way.has(), way.at(), way.step(7, 12).reading()),
            (3, 5, Some(Reading { at: 7, from: 9 }))
        );
    }

    #[test]
    fn an_empty_copy_hears_of_deletions_that_came_after_it_was_begun() {
        assert_eq!(Mark::START.deletions_after(9), 9);
        assert_eq!(Mark::START.step(4, 9).deletions_after(20), 9);
        assert_eq!(Mark::START.step(12, 9).deletions_after(20), 12);
        assert_eq!(Mark::whole(0).deletions_after(20), 0);
        assert_eq!(Mark::whole(3).deletions_after(20), 3);
        assert_eq!(Mark::whole(3).step(5, 9).deletions_after(20), 5);
    }

    #[test]
    fn no_reading_stands_still_or_goes_back() {
        for (whole, at, from) in [(3, 3, 9), (3, 2, 9), (-2, 2, 9), (3, 4, 2)] {
            assert_eq!(Mark::on_the_way(whole, Reading { at, from }), None, "{whole} {at} {from}");
        }
    }
}
