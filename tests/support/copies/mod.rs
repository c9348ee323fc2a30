//! Copies that are kept by reading changes, beside the history of what was really written: at the end every copy is what
//! its owner has, and whenever one had caught up it was what its owner had at that moment.
//!
//! All that is taken for true is what mutations answered: that they were carried out, and with which cursor.

mod history;
mod reader;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use history::{History, State};
use reader::Reader;

/// Whose data it is, and how to reach it.
#[derive(Clone)]
pub struct Owner {
    pub token: String,
    /// The servers that know it. One that is gone is passed over.
    pub addresses: Vec<String>,
}

/// How much is done.
pub struct Plan {
    pub seed: u64,
    pub writers: u64,
    /// For each writer.
    pub writes: u32,
    /// Those that follow.
    pub followers: u64,
    /// Those that ask again and again.
    pub askers: u64,
}

/// The same numbers for the same seed.
pub struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below this one.
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % below.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { Some(&from[self.roll(from.len())]) }
    }
}

impl Owner {
    /// What one of the servers answers; `None` where it is gone before it has.
    async fn ask(&self, address: &str, query: &str, variables: Value) -> Option<Value> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = Request::post(format!("http://{address}/graphql"))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.token))
            .body(Full::new(Bytes::from(body)))
            .expect("a request");
        let client: Client<_, Full<Bytes>> =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        let bytes = client.request(request).await.ok()?.into_body().collect().await.ok()?.to_bytes();
        Some(serde_json::from_slice(&bytes).expect("JSON"))
    }

    /// The same from any that is there.
    async fn ask_any(&self, dice: &mut Dice, query: &str, variables: &Value) -> Value {
        for _ in 0..100 {
            let address = dice.pick(&self.addresses).expect("a server");
            if let Some(answer) = self.ask(address, query, variables.clone()).await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no server is there");
    }

    /// All that the owner has, by lists.
    async fn all(&self, dice: &mut Dice) -> State {
        const LIST: &str = "query ($after: String) { tasks(first: 100, after: $after) { nodes { id title completed \
             tags { id } } pageInfo { hasNextPage endCursor } } tags(first: 100) { nodes { id name } } }";
        let (mut state, mut after) = (State::new(), json!(null));
        loop {
            let answer = self.ask_any(dice, LIST, &json!({ "after": after })).await;
            let lists = [&answer["data"]["tasks"], &answer["data"]["tags"]];
            for node in lists.iter().flat_map(|list| list["nodes"].as_array().expect("nodes")) {
                history::put(&mut state, node);
            }
            let page = &lists[0]["pageInfo"];
            if page["hasNextPage"] == json!(false) {
                return state;
            }
            after = page["endCursor"].clone();
        }
    }
}

/// Has writers write and readers read, all at once, with `meanwhile` beside them; then looks at every copy.
pub async fn play(owner: &Owner, plan: &Plan, meanwhile: impl Future<Output = ()>) {
    let history = Arc::new(History::default());
    let done = Arc::new(AtomicBool::new(false));
    let writers = (0..plan.writers).map(|number| {
        let (owner, history, writes) = (owner.clone(), Arc::clone(&history), plan.writes);
        let dice = Dice::new(plan.seed * 100 + number);
        tokio::spawn(writer::write(owner, history, dice, writes, number))
    });
    let readers = (0..plan.followers + plan.askers).map(|number| {
        let (owner, history, done) = (owner.clone(), Arc::clone(&history), Arc::clone(&done));
        // Without tags the server may go another way.
        let reader = Reader::new(owner, Dice::new(plan.seed * 100 + 50 + number), number % 2 == 0);
        let follows = number < plan.followers;
        tokio::spawn(async move {
            let is_last = |cursor: &str| done.load(Ordering::SeqCst) && cursor >= history.last().as_str();
            if follows { reader.follow(is_last).await } else { reader.ask(is_last).await }
        })
    });
    let (writers, readers): (Vec<_>, Vec<_>) = (writers.collect(), readers.collect());
    let written = async {
        for writer in join_all(writers).await {
            writer.expect("a writer does not fall over");
        }
        // What nobody knows the outcome of has one by now.
        writer::last(owner, &history, &mut Dice::new(plan.seed)).await;
        done.store(true, Ordering::SeqCst);
    };
    tokio::join!(written, meanwhile);
    let truth = owner.all(&mut Dice::new(plan.seed)).await;
    for (number, reader) in join_all(readers).await.into_iter().enumerate() {
        let reader = reader.expect("a reader does not fall over");
        let all = if reader.with_tags { truth.clone() } else { history::without_tags(&truth) };
        assert_eq!(reader.copy, all, "reader {number} of seed {}", plan.seed);
        let looked_at = history.compare(&reader.whole, reader.with_tags);
        assert!(looked_at > 0, "reader {number} was never whole");
    }
}
