//! What a write costs with and without somebody who hears of it.

use std::fmt;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::crowd::Crowd;
use super::house::House;
use crate::client::Connection;
use crate::load::count;
use crate::options::Contest;
use crate::process::Process;
use crate::table::{extremes, median};

/// They write in turns, each for users of its own.
const CONNECTIONS: usize = 16;
/// Users who are written for, if it is not one for each connection.
const MANY: usize = 1008;
/// How long what was written last may be told of, and how long the server has to see that its listeners have gone.
const SETTLING: Duration = Duration::from_millis(500);

/// One round, without or with listeners.
struct Round {
    per_second: f64,
    /// Microseconds of the server's processor time for one write.
    cpu: Option<f64>,
    /// How much was told for one write.
    told: f64,
}

/// Rounds in turns.
struct Line {
    people: usize,
    alone: Vec<Round>,
    heard: Vec<Round>,
}

pub struct Writes(Vec<Line>);

pub async fn measure(house: &House, contest: &Contest) -> Writes {
    let mut lines = Vec::new();
    for number in [MANY, CONNECTIONS] {
        let people = house.people(number).await;
        let requests: Vec<Vec<u8>> = people.iter().map(|person| person.write().bytes()).collect();
        let mut line = Line { people: number, alone: Vec::new(), heard: Vec::new() };
        run(house.writer(), &requests, contest.seconds(), None).await;
        for _ in 0..contest.rounds {
            line.alone.push(run(house.writer(), &requests, contest.seconds(), None).await);
            let mut crowd = Crowd::gather(house.teller().address, &people).await;
            line.heard.push(run(house.writer(), &requests, contest.seconds(), Some(&mut crowd)).await);
            drop(crowd);
            sleep(SETTLING).await;
        }
        lines.push(line);
    }
    Writes(lines)
}

async fn run(server: &Process, requests: &[Vec<u8>], time: Duration, crowd: Option<&mut Crowd>) -> Round {
    let mut writing = JoinSet::new();
    let (begin, taken) = (Instant::now(), server.meter().processor_time());
    for own in 0..CONNECTIONS {
        let own: Vec<_> = requests.iter().skip(own).step_by(CONNECTIONS).cloned().collect();
        let mut connection = Connection::open(server.address).await.expect("a connection");
        writing.spawn(async move {
            let mut written = 0;
            for request in own.iter().cycle() {
                let answer = connection.ask(request).await.expect("an answer");
                assert!(answer.status == 200 && answer.body.starts_with(b"{\"data\":{"), "written");
                written += 1;
                if begin.elapsed() > time {
                    break;
                }
            }
            written
        });
    }
    let written = count(writing.join_all().await.into_iter().sum());
    let elapsed = begin.elapsed();
    let mut told = 0;
    if let Some(crowd) = crowd {
        sleep(SETTLING).await;
        told = crowd.heard();
    }
    // What is told late is part of what the write costs.
    let taken =
        taken.zip(server.meter().processor_time()).map(|(before, after)| after.saturating_sub(before));
    Round {
        per_second: written / elapsed.as_secs_f64(),
        cpu: taken.map(|time| time.as_secs_f64() * 1e6 / written),
        told: count(told) / written,
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |rounds: &[Round], value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
        let rate = |round: &Round| round.per_second;
        let cpu = |round: &Round| round.cpu.unwrap_or(f64::NAN);
        let ratios: Vec<f64> =
            self.heard.iter().zip(&self.alone).map(|(heard, alone)| rate(heard) / rate(alone)).collect();
        let (least, most) = extremes(&ratios);
        write!(
            f,
            "  for {:<6}users{:>9.0}{:>9.0}",
            self.people,
            all(&self.alone, rate),
            all(&self.heard, rate)
        )?;
        write!(f, "{:>7.2} ({least:.2}\u{2013}{most:.2})", median(ratios))?;
        write!(f, "{:>8.0}{:>7.0}", all(&self.alone, cpu), all(&self.heard, cpu))?;
        write!(f, "{:>14.2}", all(&self.heard, |round| round.told))
    }
}

impl fmt::Display for Writes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = format!("{CONNECTIONS} connections write");
        writeln!(f, "{head:<17}{:^40}{:^15}", "writes/s", "\u{b5}s")?;
        write!(
            f,
            "{:<17}{:>9}{:>9}{:^20}{:>8}{:>7}{:>14}",
            "", "unheard", "heard", "ratio", "unh.", "heard", "told/write"
        )?;
        self.0.iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}
