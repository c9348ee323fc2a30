//! What subscribers cost while nothing changes.

use std::fmt;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, sleep};

use super::crowd::Crowd;
use super::house::House;
use crate::client::Connection;
use crate::load::count;
use crate::options::Contest;

/// Those who come first, so that what serving takes at all is taken.
const FIRST: usize = 200;
/// How long the server has to finish what comes with a connection or its end.
const SETTLING: Duration = Duration::from_secs(5);
/// How long nothing happens: as long as the server lets a client be silent before it asks for a sign of life.
const TIME: Duration = Duration::from_secs(30);
/// One of so many is told of something in the end, to see that they have listened.
const ASKED: usize = 100;

pub struct Quiet {
    subscribers: usize,
    /// Kilobytes of resident memory for each; `None` where the system does not tell.
    memory: Option<f64>,
    /// How much of one processor the server takes, in percent.
    processor: Option<f64>,
    /// What it asks of PostgreSQL in a second.
    transactions: Option<f64>,
}

pub async fn measure(house: &House, contest: &Contest) -> Quiet {
    let people = house.people(contest.subscribers.into()).await;
    let (address, meter) = (house.teller().address, house.teller().meter());
    drop(Crowd::gather(address, &people[..people.len().min(FIRST)]).await);
    sleep(SETTLING).await;
    let before = meter.memory();
    let mut crowd = Crowd::gather(address, &people).await;
    sleep(SETTLING).await;
    let grown = meter.memory().zip(before).map(|(after, before)| after - before);
    let (begin, taken, asked) = (Instant::now(), meter.processor_time(), transactions(&house.url).await);
    sleep(TIME).await;
    let taken = meter.processor_time().zip(taken).map(|(after, before)| after.saturating_sub(before));
    let asked = transactions(&house.url).await.zip(asked).map(|(after, before)| after - before);
    let seconds = begin.elapsed().as_secs_f64();
    let told = people.iter().step_by(ASKED);
    let mut connection = Connection::open(address).await.expect("a connection");
    for person in told {
        connection.ask(&person.write().bytes()).await.expect("an answer");
        crowd.hear().await;
    }
    Quiet {
        subscribers: people.len(),
        memory: grown.map(|megabytes| megabytes * 1e3 / count(people.len())),
        processor: taken.map(|time| time.as_secs_f64() * 100.0 / seconds),
        transactions: asked.map(|transactions| f64::from(transactions) / seconds),
    }
}

/// What has been asked of this database so far, where it is PostgreSQL's.
#[expect(clippy::disallowed_methods, reason = "asks what the database counts, and nothing that is anybody's")]
async fn transactions(url: &str) -> Option<i32> {
    const COUNT: &str =
        "select (xact_commit + xact_rollback)::integer from pg_stat_database where datname = $1";
    let (server, name) = url.strip_prefix("postgres://")?.rsplit_once('/')?;
    // Asked on another one, so that the question does not count.
    let url = format!("postgres://{server}/postgres");
    let mut connection = PgConnection::connect(&url).await.expect("PostgreSQL");
    let count = sqlx::query_scalar(COUNT).bind(name).fetch_one(&mut connection).await.expect("a count");
    connection.close().await.expect("an end");
    Some(count)
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: Option<f64>| value.map_or_else(|| "?".to_owned(), |value| format!("{value:.1}"));
        let (memory, processor) = (shown(self.memory), shown(self.processor));
        write!(f, "{} quiet subscribers: {memory} kB of memory each", self.subscribers)?;
        write!(f, "; {processor} % of a processor")?;
        if let Some(transactions) = self.transactions {
            write!(f, " and {transactions:.1} transactions/s of PostgreSQL")?;
        }
        write!(f, " for all of them in {} s", TIME.as_secs())
    }
}
