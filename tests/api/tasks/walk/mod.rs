//! Following pages shows each task of a list once and in order, whatever the tasks, order, filter and size.

mod model;

use serde_json::{Value, json};

use self::model::{MOST_TASKS, Plan, TAGS, Walk, plans, walks};
use crate::on_both_databases;
use crate::support::property::for_all;
use crate::support::{Actor, TestApp};

/// One page of one list, as it stands at each place of the schema.
const PAGE: &str = "query ($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter,
        $order: TaskOrder, $task: ID!, $tag: ID!, $rest: TaskFilter, $tagged: Boolean!) {
    tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $order) { ...page }
    me { ...tasks }
    task: node(id: $task) { ... on Task { owner { ...tasks } } }
    tag: node(id: $tag) @include(if: $tagged) { ... on Tag {
        tasks(first: $first, after: $after, last: $last, before: $before, filter: $rest, orderBy: $order) { ...page } } }
}
fragment tasks on User {
    tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $order) { ...page } }
fragment page on TaskConnection { totalCount nodes { id } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }";

/// Someone with generated tasks.
struct Person<'a> {
    actor: Actor<'a>,
    tags: Vec<String>,
    /// As the API tells of them, in the order of their creation.
    tasks: Vec<Value>,
}

/// Makes tasks in one request, and changes some in another.
async fn create(person: &Actor<'_>, tags: &[String], plans: &[Plan]) -> Vec<Value> {
    let inputs: Vec<_> = plans.iter().map(|plan| plan.input(tags)).collect();
    let created = person.done_together("createTask", &inputs).await;
    let later = created.iter().zip(plans).rev().filter(|(_, plan)| plan.touched);
    let changes: Vec<_> =
        later.map(|(task, _)| json!({ "id": task["id"], "description": "touched" })).collect();
    person.done_together("updateTask", &changes).await;
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Task {
        id title completed priority dueAt createdAt updatedAt tags { id } } } }";
    let ids: Vec<_> = created.iter().map(|task| &task["id"]).collect();
    person.data(query, json!({ "ids": ids })).await["nodes"].as_array().expect("a list").clone()
}

async fn person<'a>(app: &'a TestApp, number: &mut u32, plans: &[Plan]) -> Person<'a> {
    *number += 1;
    let actor = app.register(&format!("person{number}")).await;
    let mut tags = Vec::new();
    for tag in 0..TAGS {
        tags.push(actor.create_tag(&format!("tag {tag}")).await);
    }
    let tasks = create(&actor, &tags, plans).await;
    Person { actor, tags, tasks }
}

impl Person<'_> {
    /// A page of the list, which is the same wherever in the schema it stands.
    async fn page(&self, walk: &Walk, arguments: Value) -> Value {
        let mut rest = walk.filter.clone();
        let tag = if rest.tags.is_empty() { None } else { Some(rest.tags.remove(0)) };
        let mut variables = arguments;
        variables["filter"] = walk.filter.wire(&self.tags, &self.tasks);
        variables["rest"] = rest.wire(&self.tags, &self.tasks);
        variables["order"] = walk.order();
        variables["task"] = self.tasks.first().map_or(json!(self.tags[0]), |task| task["id"].clone());
        variables["tag"] = json!(self.tags[tag.unwrap_or_default()]);
        variables["tagged"] = json!(tag.is_some());
        let data = self.actor.data(PAGE, variables).await;
        let page = data["tasks"].clone();
        assert_eq!(data["me"]["tasks"], page);
        if !self.tasks.is_empty() {
            assert_eq!(data["task"]["owner"]["tasks"], page);
        }
        if tag.is_some() {
            assert_eq!(data["tag"]["tasks"], page);
        }
        page
    }

    /// Follows the list to its other end, doing something between the pages; answers them in the order of the list.
    async fn follow(&self, walk: &Walk, forward: bool, mut between: impl AsyncFnMut()) -> Vec<Value> {
        let (number, cursor, end, more) = if forward {
            ("first", "after", "endCursor", "hasNextPage")
        } else {
            ("last", "before", "startCursor", "hasPreviousPage")
        };
        let mut pages = Vec::new();
        let mut arguments = json!({ number: walk.size });
        loop {
            let page = self.page(walk, arguments.clone()).await;
            arguments[cursor] = page["pageInfo"][end].clone();
            let ends = page["pageInfo"][more] == false;
            pages.push(page);
            if ends {
                break;
            }
            assert!(pages.len() <= MOST_TASKS, "the pages of {walk:?} do not end");
            between().await;
        }
        if !forward {
            pages.reverse();
        }
        pages
    }
}

fn ids(page: &Value) -> Vec<String> {
    let id = |node: &Value| node["id"].as_str().expect("an id").to_owned();
    let nodes: Vec<_> = page["nodes"].as_array().expect("a list").iter().map(id).collect();
    let edges = page["edges"].as_array().expect("a list");
    assert_eq!(edges.iter().map(|edge| id(&edge["node"])).collect::<Vec<_>>(), nodes);
    let ends =
        [edges.first(), edges.last()].map(|edge| edge.map_or(Value::Null, |edge| edge["cursor"].clone()));
    assert_eq!([&page["pageInfo"]["startCursor"], &page["pageInfo"]["endCursor"]], [&ends[0], &ends[1]]);
    nodes
}

on_both_databases! {
    async fn pages_show_each_task_once_in_order_from_both_ends(app: TestApp) {
        let mut number = 0;
        for_all(10, (plans(), walks()), async |(plans, walks)| {
            let person = person(app, &mut number, &plans).await;
            for walk in walks {
                let expected = walk.expected(&person.tags, &person.tasks);
                for forward in [true, false] {
                    let pages = person.follow(&walk, forward, async || {}).await;
                    let mut sizes: Vec<_> = expected.chunks(walk.size).map(<[_]>::len).collect();
                    if !forward {
                        sizes.reverse();
                    }
                    if sizes.is_empty() {
                        sizes.push(0);
                    }
                    assert_eq!(
                        pages.iter().map(|page| ids(page).len()).collect::<Vec<_>>(),
                        sizes,
                        "{walk:?}"
                    );
                    assert_eq!(pages.iter().flat_map(ids).collect::<Vec<_>>(), expected, "{walk:?}");
                    for (at, page) in pages.iter().enumerate() {
                        assert_eq!(page["totalCount"], expected.len(), "{walk:?}");
                        assert_eq!(page["pageInfo"]["hasPreviousPage"], at > 0, "{walk:?}");
                        assert_eq!(page["pageInfo"]["hasNextPage"], at + 1 < pages.len(), "{walk:?}");
                    }
                }
            }
        })
        .await;
    }

    async fn tasks_made_during_the_walk_disturb_none_of_the_others(app: TestApp) {
        let mut number = 0;
        for_all(6, (plans(), walks(), plans()), async |(plans, walks, later)| {
            let mut later = later.into_iter();
            let person = person(app, &mut number, &plans).await;
            for walk in walks {
                let expected = walk.expected(&person.tags, &person.tasks);
                for forward in [true, false] {
                    let pages = person.follow(&walk, forward, async || {
                        if let Some(plan) = later.next() {
                            create(&person.actor, &person.tags, &[plan]).await;
                        }
                    });
                    let pages = pages.await;
                    let mut seen: Vec<_> = pages.iter().flat_map(ids).collect();
                    let mut unlike = seen.clone();
                    unlike.sort();
                    unlike.dedup();
                    assert_eq!(unlike.len(), seen.len(), "none is seen twice: {walk:?}");
                    seen.retain(|id| person.tasks.iter().any(|task| task["id"] == **id));
                    assert_eq!(seen, expected, "{walk:?}");
                }
            }
        })
        .await;
    }
}
