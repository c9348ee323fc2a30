//! What the floor reads and writes: the same information as the GraphQL answers, in the same form.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use taskward::id::{TagId, TaskId, UserId};
use taskward::store::Priority;
use taskward::time::Timestamp;

use super::sql::{TagRow, TaskRow, UserRow};

/// Written as its text.
struct Text<T>(T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User<'r> {
    id: Text<UserId>,
    email: &'r str,
    name: Option<&'r str>,
    created_at: Text<Timestamp>,
}

impl<'r> User<'r> {
    pub fn of((id, email, _, name, created_at, _): &'r UserRow) -> Self {
        Self { id: Text(*id), email, name: name.as_deref(), created_at: Text(*created_at) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Task<'r> {
    id: Text<TaskId>,
    title: &'r str,
    completed: bool,
    priority: &'static str,
    due_at: Option<Text<Timestamp>>,
    created_at: Text<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'r [Tag]>,
}

impl<'r> Task<'r> {
    pub fn of(row: &'r TaskRow, tags: Option<&'r [Tag]>) -> Self {
        let (id, title, _, completed, _, priority, due_at, _, created_at, _) = row;
        let priority = match priority {
            Priority::Low => "LOW",
            Priority::Normal => "NORMAL",
            Priority::High => "HIGH",
            Priority::Urgent => "URGENT",
        };
        Self {
            id: Text(*id),
            title,
            completed: *completed,
            priority,
            due_at: due_at.map(Text),
            created_at: Text(*created_at),
            tags,
        }
    }
}

#[derive(Serialize)]
pub struct Tag {
    id: Text<TagId>,
    name: String,
    color: Option<String>,
}

pub fn by_task(rows: Vec<TagRow>) -> HashMap<TaskId, Vec<Tag>> {
    let mut tags: HashMap<TaskId, Vec<Tag>> = HashMap::new();
    for (id, name, color, _, _, task) in rows {
        tags.entry(task).or_default().push(Tag { id: Text(id), name, color });
    }
    tags
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    nodes: Vec<T>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    has_previous_page: bool,
    start_cursor: Option<String>,
    end_cursor: Option<String>,
}

impl<T> Page<T> {
    /// The first page of these rows, of which the last one may only show that the list goes on.
    pub fn of<'r>(rows: &'r [TaskRow], first: u32, node: impl FnMut(&'r TaskRow) -> T) -> Self {
        let shown = &rows[..rows.len().min(length(first))];
        let page_info = PageInfo {
            has_next_page: rows.len() > shown.len(),
            has_previous_page: false,
            start_cursor: shown.first().map(cursor),
            end_cursor: shown.last().map(cursor),
        };
        Self { nodes: shown.iter().map(node).collect(), page_info }
    }
}

pub fn length(first: u32) -> usize {
    usize::try_from(first).unwrap_or(usize::MAX)
}

/// The place of a task among the newest first.
fn cursor(row: &TaskRow) -> String {
    let mut bytes = Vec::with_capacity(25);
    bytes.push(b'C');
    bytes.extend(row.8.millis().to_be_bytes());
    bytes.extend(row.0.uuid().as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A task that shall be made.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewTask<'b> {
    #[serde(borrow)]
    pub title: Cow<'b, str>,
    #[serde(deserialize_with = "priority")]
    pub priority: Priority,
    #[serde(deserialize_with = "instant")]
    pub due_at: Option<Timestamp>,
}

fn priority<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Priority, D::Error> {
    match <&str>::deserialize(deserializer)? {
        "LOW" => Ok(Priority::Low),
        "NORMAL" => Ok(Priority::Normal),
        "HIGH" => Ok(Priority::High),
        "URGENT" => Ok(Priority::Urgent),
        _ => Err(serde::de::Error::custom("no priority")),
    }
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = <Option<&str>>::deserialize(deserializer)?;
    let wrong = || serde::de::Error::custom("no instant");
    text.map(|text| Timestamp::parse(text).ok_or_else(wrong)).transpose()
}
