//! Tasks as plain values: what a list of them must be, by sorting and filtering in memory.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

/// Titles with many alike, and what they are to the alphabet: written down here, not computed.
pub const TITLES: [(&str, &str); 12] = [
    ("tea", "tea"),
    ("TEA", "tea"),
    ("T\u{e9}\u{e0}", "tea"),
    ("te\u{301}a\u{300}", "tea"),
    ("tea at \u{e9}t\u{e9}", "tea at ete"),
    ("Te", "te"),
    ("\u{c5}ngstr\u{f6}m", "angstrom"),
    ("angstrom", "angstrom"),
    ("Zebra", "zebra"),
    ("_", "_"),
    ("\u{434}\u{41e}\u{43c}", "\u{434}\u{43e}\u{43c}"),
    ("10 teas", "10 teas"),
];
const DUES: [Option<&str>; 4] = [
    None,
    Some("2026-01-01T00:00:00.000Z"),
    Some("2026-01-01T00:00:00.001Z"),
    Some("1969-07-20T20:17:40.000Z"),
];
pub const PRIORITIES: [&str; 4] = ["LOW", "NORMAL", "HIGH", "URGENT"];
pub const FIELDS: [&str; 5] = ["CREATED_AT", "UPDATED_AT", "DUE_AT", "PRIORITY", "TITLE"];
/// More tasks than anyone ever has.
pub const MOST_TASKS: usize = 40;
/// How many tags there are.
pub const TAGS: usize = 3;

/// A task that is to be made, and whether it is changed afterwards.
#[derive(Debug, Clone)]
pub struct Plan {
    title: &'static str,
    completed: bool,
    priority: &'static str,
    due: Option<&'static str>,
    tags: Vec<usize>,
    pub touched: bool,
}

/// A filter whose tags are numbers, and whose instants of creation are those of tasks.
#[derive(Debug, Clone)]
pub struct Filter {
    pub completed: Option<bool>,
    pub priority: Option<Vec<&'static str>>,
    pub tags: Vec<usize>,
    pub due_after: Option<&'static str>,
    pub due_before: Option<&'static str>,
    pub created_after: Option<usize>,
    pub created_before: Option<usize>,
    pub search: Option<&'static str>,
}

/// A list, and the pages to read it in.
#[derive(Debug, Clone)]
pub struct Walk {
    pub field: &'static str,
    pub ascending: bool,
    pub filter: Filter,
    pub size: usize,
}

impl Plan {
    /// The creation on the wire, given the ids of the tags.
    pub fn input(&self, tags: &[String]) -> Value {
        let tags: Vec<_> = self.tags.iter().map(|tag| &tags[*tag]).collect();
        json!({ "title": self.title, "completed": self.completed, "priority": self.priority, "dueAt": self.due,
            "tagIds": tags })
    }
}

pub fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let plan = (
        select(&TITLES[..]),
        any::<bool>(),
        select(&PRIORITIES[..]),
        select(&DUES[..]),
        subsequence((0..TAGS).collect::<Vec<_>>(), 0..=TAGS),
        any::<bool>(),
    );
    let plan = plan.prop_map(|((title, _), completed, priority, due, tags, touched)| Plan {
        title,
        completed,
        priority,
        due,
        tags,
        touched,
    });
    proptest::collection::vec(plan, 0..=16)
}

/// Each order in both directions, with some filters and sizes.
pub fn walks() -> impl Strategy<Value = Vec<Walk>> {
    let orders: Vec<_> = FIELDS.iter().flat_map(|field| [(*field, true), (*field, false)]).collect();
    let walks: Vec<_> = orders
        .into_iter()
        .map(|(field, ascending)| {
            (filter(), 1..=7_usize).prop_map(move |(filter, size)| Walk { field, ascending, filter, size })
        })
        .collect();
    walks
}

/// None of the filters, one of them, or several.
fn filter() -> impl Strategy<Value = Filter> {
    let instant =
        || prop::option::weighted(0.2, select(&["2026-01-01T00:00:00.001Z", "2026-01-01T00:00:00.000Z"][..]));
    (
        prop::option::weighted(0.2, any::<bool>()),
        prop::option::weighted(0.2, subsequence(PRIORITIES.to_vec(), 0..=4)),
        prop_oneof![3 => Just(vec![]), 2 => subsequence((0..TAGS).collect::<Vec<_>>(), 1..=2)],
        instant(),
        instant(),
        prop::option::weighted(0.15, 0..16_usize),
        prop::option::weighted(0.15, 0..16_usize),
        prop::option::weighted(0.2, select(&["te", "\u{c9}T\u{c9}", "tea at", "1", "tea"][..])),
    )
        .prop_map(
            |(completed, priority, tags, due_after, due_before, created_after, created_before, search)| {
                Filter {
                    completed,
                    priority,
                    tags,
                    due_after,
                    due_before,
                    created_after,
                    created_before,
                    search,
                }
            },
        )
}

impl Filter {
    /// The filter on the wire, given the ids of the tags and the tasks as they were made.
    pub fn wire(&self, tags: &[String], tasks: &[Value]) -> Value {
        let created =
            |at: Option<usize>| at.and_then(|at| tasks.get(at)).map(|task| task["createdAt"].clone());
        json!({
            "completed": self.completed, "priority": self.priority,
            "tagIds": self.tags.iter().map(|tag| &tags[*tag]).collect::<Vec<_>>(),
            "dueAfter": self.due_after, "dueBefore": self.due_before,
            "createdAfter": created(self.created_after), "createdBefore": created(self.created_before),
            "search": self.search,
        })
    }

    fn lets_through(&self, task: &Value, tags: &[String], tasks: &[Value]) -> bool {
        let wire = self.wire(tags, tasks);
        let carried = task["tags"].as_array().expect("a list");
        let at_least = |value: &Value, end: &Value| {
            end.is_null() || (!value.is_null() && value.as_str() >= end.as_str())
        };
        let below =
            |value: &Value, end: &Value| end.is_null() || (!value.is_null() && value.as_str() < end.as_str());
        self.completed.is_none_or(|completed| task["completed"] == completed)
            && self
                .priority
                .as_ref()
                .is_none_or(|some| some.iter().any(|priority| task["priority"] == *priority))
            && self.tags.iter().all(|tag| carried.iter().any(|one| one["id"] == *tags[*tag]))
            && at_least(&task["dueAt"], &wire["dueAfter"])
            && below(&task["dueAt"], &wire["dueBefore"])
            && at_least(&task["createdAt"], &wire["createdAfter"])
            && below(&task["createdAt"], &wire["createdBefore"])
            && self.search.is_none_or(|search| found(task, search))
    }
}

fn key(task: &Value) -> &'static str {
    TITLES.iter().find(|(title, _)| task["title"] == *title).map(|(_, key)| *key).expect("one of the titles")
}

fn found(task: &Value, search: &str) -> bool {
    let words: Vec<_> = key(task).split([' ', '_']).collect();
    match search {
        "te" => words.iter().any(|word| word.starts_with("te")),
        "tea" => words.iter().any(|word| word.starts_with("tea")),
        "1" => words.iter().any(|word| word.starts_with('1')),
        "tea at" => words.contains(&"tea") && words.iter().any(|word| word.starts_with("at")),
        _ => words.iter().any(|word| word.starts_with("ete")),
    }
}

impl Walk {
    /// The ids of the list, in its order.
    pub fn expected(&self, tags: &[String], tasks: &[Value]) -> Vec<String> {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let mut list: Vec<_> =
            tasks.iter().filter(|task| self.filter.lets_through(task, tags, tasks)).collect();
        let priority = |task: &Value| PRIORITIES.iter().position(|name| task["priority"] == *name);
        list.sort_by_key(|task| {
            let by = match self.field {
                "CREATED_AT" => text(&task["createdAt"]),
                "UPDATED_AT" => text(&task["updatedAt"]),
                "DUE_AT" => task["dueAt"].as_str().unwrap_or_default().to_owned(),
                "PRIORITY" => priority(task).expect("a priority").to_string(),
                _ => key(task).to_owned(),
            };
            (by, text(&task["id"]))
        });
        if !self.ascending {
            list.reverse();
        }
        if self.field == "DUE_AT" {
            list.sort_by_key(|task| task["dueAt"].is_null());
        }
        list.iter().map(|task| text(&task["id"])).collect()
    }

    /// The order on the wire.
    pub fn order(&self) -> Value {
        json!({ "field": self.field, "direction": if self.ascending { "ASC" } else { "DESC" } })
    }
}
