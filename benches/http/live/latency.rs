//! How long after a write its owner hears of it, at a pace that does not wait for the server.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::crowd::Crowd;
use super::house::House;
use crate::client::Connection;
use crate::load::millis;
use crate::options::Contest;

/// Subscribers, each of a user of its own.
const PEOPLE: usize = 1000;
/// Writes in a second, for one after the other of them.
const PACE: u32 = 200;
/// Each has to be done with one of its writes when its next one is due.
const CONNECTIONS: usize = 64;
/// A clock of the client's may ring so late. What is sent later than that counts from when it was due.
const TICK: Duration = Duration::from_millis(2);
/// How long they write before it counts.
const WARM_UP: Duration = Duration::from_secs(1);

/// A write: the task, when it was asked for, and when the answer was there.
struct Written {
    id: String,
    sent: Instant,
    answered: Instant,
}

/// Milliseconds that half and 99 of 100 took no longer than, and the longest.
struct Times(f64, f64, f64);

pub struct Latency {
    is_one: bool,
    writes: usize,
    /// From the request to the answer.
    answer: Times,
    /// From the request until its owner heard of it.
    told: Times,
    /// From the answer until then; nothing where it came first.
    lag: Times,
    /// How often it came first.
    first: usize,
}

pub async fn measure(house: &House, contest: &Contest) -> Latency {
    let people = house.people(PEOPLE).await;
    let mut crowd = Crowd::gather(house.teller().address, &people).await;
    let requests: Vec<Vec<u8>> = people.iter().map(|person| person.write().bytes()).collect();
    let step = Duration::from_secs(1) / PACE;
    let begin = Instant::now() + step;
    let time = contest.seconds() * u32::try_from(contest.rounds).expect("not so many");
    let mut writing = JoinSet::new();
    for own in 0..CONNECTIONS {
        let mut connection = Connection::open(house.writer().address).await.expect("a connection");
        let own = (0_u32..).zip(requests.iter().cycle()).skip(own).step_by(CONNECTIONS);
        let due = own.map(|(number, request)| (begin + step * number, request.clone()));
        let due: Vec<_> = due.take_while(|(due, _)| *due < begin + WARM_UP + time).collect();
        writing.spawn(async move {
            let mut written = Vec::with_capacity(due.len());
            for (due, request) in due {
                sleep_until(due).await;
                let sent = Some(Instant::now()).filter(|now| *now < due + TICK).unwrap_or(due);
                let answer = connection.ask(&request).await.expect("an answer");
                let answered = Instant::now();
                written.push(Written { id: made(answer.body), sent, answered });
            }
            written
        });
    }
    let written: Vec<Written> = writing.join_all().await.into_iter().flatten().collect();
    let mut heard = HashMap::with_capacity(written.len());
    while heard.len() < written.len() {
        let change = crowd.hear().await;
        heard.insert(change.about(), change.at);
    }
    let counted: Vec<_> = written.iter().filter(|write| write.sent >= begin + WARM_UP).collect();
    let all = |from: fn(&Written) -> Instant| -> Vec<Duration> {
        counted.iter().map(|write| heard[&write.id].saturating_duration_since(from(write))).collect()
    };
    Latency {
        is_one: house.is_one(),
        writes: counted.len(),
        answer: Times::of(counted.iter().map(|write| write.answered - write.sent).collect()),
        told: Times::of(all(|write| write.sent)),
        lag: Times::of(all(|write| write.answered)),
        first: counted.iter().filter(|write| heard[&write.id] < write.answered).count(),
    }
}

/// The task that an answer tells of.
fn made(body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).expect("JSON");
    let id = answer["data"]["createTask"]["task"]["id"].as_str();
    id.unwrap_or_else(|| panic!("no task: {answer}")).to_owned()
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |hundredth: usize| millis(times[(times.len() * hundredth / 100).min(times.len() - 1)]);
        Self(at(50), at(99), at(100))
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(half, most, longest) = self;
        write!(f, "{half:>9.2}{most:>9.1}{longest:>9.1}")
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elsewhere = if self.is_one { "" } else { " of another server" };
        let head = format!("{PACE} writes/s, {PEOPLE} subscribers{elsewhere}");
        writeln!(f, "{head:<48}{:>9}{:>9}{:>9}", "p50 ms", "p99 ms", "most")?;
        writeln!(f, "{:<48}{}", "  answered after", self.answer)?;
        writeln!(f, "{:<48}{}", "  told after", self.told)?;
        write!(f, "{:<48}{}", "  told after the answer", self.lag)?;
        write!(f, "   ({} of {} before it)", self.first, self.writes)
    }
}
