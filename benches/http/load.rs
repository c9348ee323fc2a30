//! Many connections that ask the same thing again and again, and what that came to.

use std::io::Write as _;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::client::Connection;
use crate::process::Meter;

/// Connections at once.
pub const CONNECTIONS: usize = 64;
/// How long the load is on before the clock runs.
const WARM_UP: Duration = Duration::from_millis(300);

/// A request to one contestant, and what every answer to it looks like.
pub struct Asked {
    pub address: SocketAddr,
    pub request: Arc<[u8]>,
    /// Where the digits of a number stand in it that is to be another one each time.
    pub number: Option<Range<usize>>,
    pub status: u16,
    pub length: usize,
    pub meter: Meter,
}

/// What one round came to.
pub struct Load {
    pub per_second: f64,
    /// Milliseconds that half of the answers took no longer than.
    pub p50: f64,
    /// Milliseconds that 99 of 100 answers took no longer than.
    pub p99: f64,
    /// Microseconds of the server's processor time for one request; `None` where the system does not tell.
    pub cpu: Option<f64>,
}

/// One round. Any answer other than the expected one ends the benchmark.
pub async fn run(asked: &Asked, time: Duration) -> Load {
    let mut open = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        open.push(Connection::open(asked.address).await.expect("a connection"));
    }
    let begin = Instant::now() + WARM_UP;
    let end = begin + time;
    let mut connections = JoinSet::new();
    for connection in open {
        let request = Varied { bytes: asked.request.to_vec(), number: asked.number.clone() };
        connections.spawn(drive(connection, request, (asked.status, asked.length), begin, end));
    }
    sleep_until(begin).await;
    let (cpu_before, started) = (asked.meter.processor_time(), Instant::now());
    sleep_until(end).await;
    let (cpu_after, elapsed) = (asked.meter.processor_time(), started.elapsed());
    let mut times: Vec<Duration> = connections.join_all().await.into_iter().flatten().collect();
    times.sort_unstable();
    assert!(!times.is_empty(), "nothing was answered");
    let requests = count(times.len());
    let cpu = cpu_before.zip(cpu_after).map(|(before, after)| after.saturating_sub(before).as_secs_f64());
    Load {
        per_second: requests / elapsed.as_secs_f64(),
        p50: millis(times[times.len() / 2]),
        p99: millis(times[times.len() * 99 / 100]),
        cpu: cpu.map(|seconds| seconds * 1e6 / requests),
    }
}

/// A request that is the same each time, but for its number if it has one.
struct Varied {
    bytes: Vec<u8>,
    number: Option<Range<usize>>,
}

impl Varied {
    fn next(&mut self) -> &[u8] {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        if let Some(place) = self.number.clone() {
            let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
            let width = place.len();
            write!(&mut self.bytes[place], "{number:0width$}").expect("as many digits as there were");
        }
        &self.bytes
    }
}

/// Asks until the end, and tells how long each answer took that came after the beginning.
async fn drive(
    mut connection: Connection,
    mut request: Varied,
    expected: (u16, usize),
    begin: Instant,
    end: Instant,
) -> Vec<Duration> {
    let mut times = Vec::with_capacity(16 * 1024);
    let mut asked = Instant::now();
    while asked < end {
        let answer = connection.ask(request.next()).await.expect("an answer");
        let told = (answer.status, answer.body.len());
        assert!(
            told == expected,
            "{told:?} instead of {expected:?}: {}",
            String::from_utf8_lossy(answer.body)
        );
        let answered = Instant::now();
        if (begin..end).contains(&answered) {
            times.push(answered - asked);
        }
        asked = answered;
    }
    times
}

pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Counts are far below where this would round.
#[expect(clippy::cast_precision_loss, reason = "a count of requests is below 2^52")]
pub fn count(number: usize) -> f64 {
    number as f64
}
