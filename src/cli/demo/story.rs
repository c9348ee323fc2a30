//! Tasks as people have them: made up from a number, the same ones for the same number.

use std::time::Duration;

use crate::field::{Description, Invalid, Title};
use crate::id::TagId;
use crate::store::{NewTask, Priority};
use crate::time::Timestamp;

/// What a demonstration's tags are called, and what they look like.
pub(super) const TAGS: [(&str, &str); 12] = [
    ("Home", "#2f855a"),
    ("Work", "#2b6cb0"),
    ("Errands", "#b7791f"),
    ("Health", "#c53030"),
    ("Family", "#b83280"),
    ("Travel", "#00838f"),
    ("Money", "#4a5568"),
    ("Garden", "#558b2f"),
    ("Reading", "#6b46c1"),
    ("Someday", "#718096"),
    ("Waiting", "#d69e2e"),
    ("Caf\u{e9}", "#8d6e63"),
];

const DEEDS: [&str; 24] = [
    "Call",
    "Write to",
    "Visit",
    "Thank",
    "Invite",
    "Ask",
    "Pay",
    "Remind",
    "Meet",
    "Order a present for",
    "Cook for",
    "Book a table with",
    "Send photos to",
    "Return the book to",
    "Plan the weekend with",
    "Prepare the talk with",
    "Review the draft of",
    "Fix the bicycle of",
    "Water the plants of",
    "Share the notes with",
    "Pick up",
    "Practise with",
    "Congratulate",
    "Say sorry to",
];

const PEOPLE: [&str; 24] = [
    "Ada",
    "Bj\u{f6}rn",
    "Chlo\u{e9}",
    "Dinesh",
    "Elif",
    "Farid",
    "Grace",
    "Hanako",
    "Igor",
    "Jos\u{e9}",
    "Kwame",
    "Linnea",
    "Mei",
    "No\u{e9}mie",
    "Oluchi",
    "Pavel",
    "Qiu",
    "Ren\u{e9}e",
    "S\u{f8}ren",
    "Tom\u{e1}s",
    "Uma",
    "V\u{ed}t",
    "Wanjiru",
    "Zo\u{eb}",
];

const OCCASIONS: [&str; 16] = [
    "about the lease",
    "before the holidays",
    "about Thursday",
    "once the parcel is here",
    "about the school",
    "when the train is booked",
    "about the invoice",
    "after the meeting",
    "about the boiler",
    "for the birthday",
    "about the new flat",
    "before winter",
    "about the concert",
    "when back from Lisbon",
    "about the survey",
    "for the caf\u{e9} opening",
];

const NOTES: [&str; 8] = [
    "The number is on the fridge.",
    "Twice already; third time lucky.\n\nIf there is no answer, leave a message.",
    "Ask about parking, too.",
    "- bring the key\n- bring the charger\n- leave by six",
    "The form wants a signature on both pages.",
    "Not urgent, but it keeps coming back.",
    "See the mail of last Tuesday.",
    "Cheaper before the end of the month.",
];

/// How far apart two neighbouring tasks were made.
const APART: Duration = Duration::from_mins(97);

/// A sequence of numbers without visible order (Steele, Lea and Flood 2014, `SplitMix64`).
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, sides: usize) -> usize {
        usize::try_from(self.throw() % sides.max(1) as u64).unwrap_or_default()
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts.get(self.below(texts.len())).copied().unwrap_or_default()
    }
}

/// The task of this number, counted back from the newest, and when it was made.
pub(super) fn task(number: u64, now: Timestamp, tags: &[TagId]) -> Result<(Timestamp, NewTask), Invalid> {
    let mut dice = Dice(number);
    let title = format!("{} {} {}", dice.pick(&DEEDS), dice.pick(&PEOPLE), dice.pick(&OCCASIONS));
    let created_at = now - APART.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX));
    let days = Duration::from_hours(24);
    let wait = days * u32::try_from(dice.below(40)).unwrap_or_default();
    let mut carried: Vec<TagId> =
        (0..dice.below(4)).filter_map(|_| tags.get(dice.below(tags.len())).copied()).collect();
    carried.sort_unstable();
    carried.dedup();
    let task = NewTask {
        id: None,
        title: Title::parse(&title)?,
        description: if dice.below(3) == 0 { Some(Description::parse(dice.pick(&NOTES))?) } else { None },
        completed: dice.below(10) < if number < 30 { 2 } else { 7 },
        priority: [Priority::Low, Priority::Normal, Priority::Normal, Priority::High, Priority::Urgent]
            .get(dice.below(5))
            .copied()
            .unwrap_or(Priority::Normal),
        due_at: (dice.below(5) > 1).then(|| created_at + wait),
        tags: carried,
    };
    Ok((created_at, task))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_tells_the_same_task_and_the_next_another() {
        let now = Timestamp::from_millis(1_795_000_000_000);
        let told = |number| format!("{:?}", task(number, now, &[]).expect("within bounds"));
        assert_eq!(told(7), told(7));
        assert_ne!(told(7), told(8));
    }

    #[test]
    fn tasks_differ_and_get_older() {
        let now = Timestamp::from_millis(1_795_000_000_000);
        let tasks: Vec<_> = (0..500).map(|number| task(number, now, &[]).expect("within bounds")).collect();
        assert!(tasks.windows(2).all(|pair| pair[0].0 > pair[1].0));
        let titles: std::collections::HashSet<_> =
            tasks.iter().map(|(_, task)| task.title.as_str()).collect();
        assert!(titles.len() > 400, "{} titles", titles.len());
        assert!(
            tasks.iter().any(|(_, task)| task.completed) && tasks.iter().any(|(_, task)| !task.completed)
        );
    }
}
