//! What is printed: for each row the medians of all rounds, and how they compare with the floor's.

use std::fmt;
use std::fs;

use crate::load::{CONNECTIONS, Load};
use crate::row::Row;
use crate::stage::Contestant;

/// One contestant's rounds.
pub struct Score {
    /// In the order in which they were measured.
    per_second: Vec<f64>,
    p50: f64,
    p99: f64,
    cpu: Option<f64>,
}

/// One row: the floor's score, Taskward's, and perhaps the stock handler's.
pub struct Line {
    pub row: Row,
    pub scores: Vec<Score>,
}

impl Score {
    pub fn of(rounds: &[Load]) -> Self {
        let all = |value: fn(&Load) -> f64| median(rounds.iter().map(value).collect());
        let cpu: Option<Vec<f64>> = rounds.iter().map(|round| round.cpu).collect();
        Self {
            per_second: rounds.iter().map(|round| round.per_second).collect(),
            p50: all(|round| round.p50),
            p99: all(|round| round.p99),
            cpu: cpu.map(median),
        }
    }

    fn rate(&self) -> f64 {
        median(self.per_second.clone())
    }

    /// How the rounds compare with those of the floor that came just before them: the median, and the extremes.
    fn ratio(&self, floor: &Self) -> (f64, f64, f64) {
        let ratios: Vec<f64> =
            self.per_second.iter().zip(&floor.per_second).map(|(own, other)| own / other).collect();
        let (least, most) = extremes(&ratios);
        (median(ratios), least, most)
    }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [floor, taskward, rest @ ..] = &self.scores[..] else { return Err(fmt::Error) };
        let (ratio, least, most) = taskward.ratio(floor);
        write!(f, "{:<26}{:>8.0}{:>9.0}", self.row.name(), floor.rate(), taskward.rate())?;
        write!(f, "{ratio:>7.2} ({least:.2}\u{2013}{most:.2})  ")?;
        write!(f, "{:>8.2}{:>7.2}", floor.p50, taskward.p50)?;
        write!(f, "{:>9.1}{:>7.1}", floor.p99, taskward.p99)?;
        write!(f, "{:>8}{:>7}", whole(floor.cpu), whole(taskward.cpu))?;
        for stock in rest {
            write!(f, "{:>9.0}{:>6.2}{:>6}", stock.rate(), stock.ratio(floor).0, whole(stock.cpu))?;
        }
        Ok(())
    }
}

fn whole(value: Option<f64>) -> String {
    value.map_or_else(|| "?".to_owned(), |value| format!("{value:.0}"))
}

/// The least and the greatest.
pub fn extremes(values: &[f64]) -> (f64, f64) {
    (values.iter().copied().fold(f64::INFINITY, f64::min), values.iter().copied().fold(0.0, f64::max))
}

/// What the numbers were measured on.
pub fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    let cpu = cpu.trim_start_matches([' ', '\t', ':']);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    format!("{cpu}, {processors} processors shared by servers, database and client; load before: {load}")
}

/// What the numbers of a contest mean.
pub fn legend() -> String {
    format!(
        "{CONNECTIONS} connections over loopback. Medians of all rounds; ratio: Taskward's requests/s to the floor's, \
         in brackets the\nworst and the best round. \u{b5}s: processor time of the server for one request, without \
         PostgreSQL's and the client's."
    )
}

/// The head of one database's rows.
pub fn head(database: &str, contestants: &[Contestant]) -> String {
    let groups =
        format!("{database:<26}{:^39}{:^15}{:^16}{:^15}", "requests/s", "p50 ms", "p99 ms", "\u{b5}s");
    let columns = format!(
        "{:<26}{:>8}{:>9}{:^22}{pair:>15}{pair:>16}{pair:>15}",
        "",
        "floor",
        "taskward",
        "ratio",
        pair = "floor     tw",
    );
    contestants[2..].iter().fold(format!("\n{groups}\n{columns}"), |head, other| {
        let (groups, columns) = head.rsplit_once('\n').expect("two lines");
        format!("{groups}{:^21}\n{columns}{:>9}{:>6}{:>6}", other.name, "req/s", "ratio", "\u{b5}s")
    })
}

/// The memory of all contestants.
pub fn memory(contestants: &[Contestant]) -> String {
    let each = contestants.iter().map(|contestant| {
        let megabytes = whole(contestant.process.meter().memory());
        format!("{} {megabytes} MB", contestant.name)
    });
    format!("Resident at the end: {}", each.collect::<Vec<_>>().join(", "))
}
