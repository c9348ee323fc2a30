//! Heavy work in turns, with a bound on the line.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;

use super::PasswordFault;
use super::pace::Pace;

/// Heavy work off the async threads: so much at once, so much waiting, and whoever comes then is sent away.
///
/// A thread that has done a piece of work goes straight on to the next: to have the next caller woken first would leave a
/// processor idle each time.
pub(super) struct Turns {
    /// A place is held from arriving until done.
    places: Arc<Semaphore>,
    line: Arc<Line>,
    /// How often all turns are taken before a full house is empty.
    rounds: u32,
    pace: Arc<Pace>,
}

/// First come, first served.
struct Line(Mutex<State>);

struct State {
    /// Tickets of callers who went away stay until their turn comes, which takes no time.
    waiting: VecDeque<Ticket>,
    /// Turns that nobody takes.
    free: usize,
}

/// A piece of work and the place that it holds, until it begins or its caller goes away.
type Ticket = Arc<Mutex<Option<Work>>>;
type Work = Box<dyn FnOnce() + Send>;

impl Turns {
    /// `typical` is how long a piece of work takes, until some were measured.
    pub(super) fn new(at_once: usize, waiting: usize, typical: Duration) -> Self {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS);
        let places = at_once.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places)),
            line: Arc::new(Line(Mutex::new(State { waiting: VecDeque::new(), free: at_once }))),
            rounds: u32::try_from(places.div_ceil(at_once)).unwrap_or(u32::MAX),
            pace: Arc::new(Pace::new(typical)),
        }
    }

    /// Waits for a turn and works.
    ///
    /// A caller that goes away gives its place back at once, or when the work is done that had begun.
    pub(super) async fn take<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordFault> + Send + 'static,
    ) -> Result<T, PasswordFault> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| PasswordFault::Busy { retry_after: self.until_empty() })?;
        let average = Arc::clone(&self.pace);
        let (tell, told) = oneshot::channel();
        let work: Work = Box::new(move || {
            let start = Instant::now();
            let done = work();
            average.note(start.elapsed());
            drop(place);
            // Nobody may be waiting any more.
            let _ = tell.send(done);
        });
        let ticket = Arc::new(Mutex::new(Some(work)));
        let _returned = Returned(&ticket);
        if let Some(turn) = Turn::take(&self.line, Arc::clone(&ticket)) {
            spawn_blocking(move || turn.work());
        }
        // The message of a panic is not passed on: it may quote what was worked on.
        told.await.map_err(|_| PasswordFault::broken(&"the work stopped half-way"))?
    }

    /// How long a full house takes to empty; a second at least.
    fn until_empty(&self) -> Duration {
        self.pace.typical().saturating_mul(self.rounds).max(Duration::from_secs(1))
    }
}

/// A turn that is taken; free again when it is dropped.
struct Turn {
    line: Arc<Line>,
    is_free: bool,
}

impl Turn {
    /// Stands in line, and takes a turn if one is free.
    fn take(line: &Arc<Line>, ticket: Ticket) -> Option<Self> {
        let mut state = locked(&line.0);
        state.waiting.push_back(ticket);
        state.free.checked_sub(1).map(|free| {
            state.free = free;
            Self { line: Arc::clone(line), is_free: false }
        })
    }

    /// Does one piece of work after the other, until nobody waits.
    fn work(mut self) {
        while let Some(ticket) = self.next() {
            let work = locked(&ticket).take();
            if let Some(work) = work {
                // The caller learns of a panic by not being told anything, and the hook has logged it.
                let _ = catch_unwind(AssertUnwindSafe(work));
            }
        }
    }

    fn next(&mut self) -> Option<Ticket> {
        let mut state = locked(&self.line.0);
        let next = state.waiting.pop_front();
        if next.is_none() {
            // Under the same lock: whoever comes now finds the turn free.
            state.free += 1;
            self.is_free = true;
        }
        next
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        locked(&self.line.0).free += usize::from(!self.is_free);
    }
}

/// Gives the place of a caller back that goes away before its turn has come.
struct Returned<'t>(&'t Ticket);

impl Drop for Returned<'_> {
    fn drop(&mut self) {
        let unwanted = locked(self.0).take();
        drop(unwanted);
    }
}

/// What is behind these locks is whole after every line that holds one.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
    use tokio::task::{JoinHandle, yield_now};

    use super::*;

    const BUSY: Result<(), PasswordFault> = Err(PasswordFault::Busy { retry_after: Duration::from_secs(1) });

    fn turns(at_once: usize, waiting: usize) -> Arc<Turns> {
        Arc::new(Turns::new(at_once, waiting, Duration::ZERO))
    }

    /// Work that has begun and ends when the sender does.
    async fn begun(
        turns: &Arc<Turns>,
    ) -> (std::sync::mpsc::Sender<()>, JoinHandle<Result<(), PasswordFault>>) {
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        let (begin, mut has_begun): (_, UnboundedReceiver<()>) = unbounded_channel();
        let turns = Arc::clone(turns);
        let job = tokio::spawn(async move {
            let work = move || {
                begin.send(()).expect("somebody waits");
                let _ = finished.recv();
                Ok(())
            };
            turns.take(work).await
        });
        has_begun.recv().await.expect("begins");
        (finish, job)
    }

    /// Work that waits for its turn.
    async fn queued(turns: &Arc<Turns>) -> JoinHandle<Result<(), PasswordFault>> {
        queue(turns, || Ok(())).await
    }

    async fn queue(
        turns: &Arc<Turns>,
        work: impl FnOnce() -> Result<(), PasswordFault> + Send + 'static,
    ) -> JoinHandle<Result<(), PasswordFault>> {
        let before = turns.places.available_permits();
        let mine = Arc::clone(turns);
        let job = tokio::spawn(async move { mine.take(work).await });
        while turns.places.available_permits() == before {
            yield_now().await;
        }
        job
    }

    #[tokio::test]
    async fn whoever_comes_to_a_full_house_is_sent_away() {
        let turns = turns(1, 2);
        let (finish, running) = begun(&turns).await;
        let waiting = [queued(&turns).await, queued(&turns).await];
        assert_eq!(turns.take(|| Ok(())).await, BUSY);
        drop(finish);
        assert_eq!(running.await.expect("no panic"), Ok(()));
        for job in waiting {
            assert_eq!(job.await.expect("no panic"), Ok(()));
        }
        assert_eq!(turns.take(|| Ok(())).await, Ok(()));
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_while_waiting_gives_its_place_back() {
        let turns = turns(1, 1);
        let (finish, running) = begun(&turns).await;
        let was_done = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&was_done);
        let impatient = queue(&turns, move || {
            done.store(true, Ordering::SeqCst);
            Ok(())
        });
        let impatient = impatient.await;
        assert_eq!(turns.take(|| Ok(())).await, BUSY);
        impatient.abort();
        assert!(impatient.await.expect_err("aborted").is_cancelled());
        let patient = queued(&turns).await;
        drop(finish);
        assert_eq!(running.await.expect("no panic"), Ok(()));
        assert_eq!(patient.await.expect("no panic"), Ok(()));
        assert!(!was_done.load(Ordering::SeqCst), "what nobody waits for is not done");
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_while_working_holds_its_turn_until_the_work_is_done() {
        let turns = turns(1, 0);
        let (finish, running) = begun(&turns).await;
        running.abort();
        assert!(running.await.expect_err("aborted").is_cancelled());
        assert_eq!(turns.take(|| Ok(())).await, BUSY);
        drop(finish);
        while turns.places.available_permits() == 0 {
            yield_now().await;
        }
        assert_eq!(turns.take(|| Ok(())).await, Ok(()));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_more_than_so_many_work_at_once() {
        let turns = turns(2, 100);
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let jobs: Vec<_> = (0..50)
            .map(|_| {
                let (turns, now, most) = (Arc::clone(&turns), Arc::clone(&now), Arc::clone(&most));
                tokio::spawn(async move {
                    let work = move || {
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(1));
                        now.fetch_sub(1, Ordering::SeqCst);
                        Ok(())
                    };
                    turns.take(work).await
                })
            })
            .collect();
        for job in jobs {
            assert_eq!(job.await.expect("no panic"), Ok(()));
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_turn_back_and_tells_nothing() {
        let turns = turns(1, 0);
        let panicking = turns.take(|| -> Result<(), PasswordFault> { panic!("hunter2") }).await;
        assert!(!panicking.expect_err("a panic").to_string().contains("hunter2"));
        assert_eq!(turns.take(|| Ok(())).await, Ok(()));
    }

    #[test]
    fn a_full_house_takes_as_long_as_its_rounds() {
        let turns = Turns::new(4, 96, Duration::from_millis(100));
        assert_eq!(turns.until_empty(), Duration::from_millis(2_500));
        for _ in 0..100 {
            turns.pace.note(Duration::from_millis(200));
        }
        assert!((4_990..=5_000).contains(&turns.until_empty().as_millis()), "{:?}", turns.until_empty());
        let silly = Turns::new(0, usize::MAX, Duration::MAX);
        silly.pace.note(Duration::MAX);
        assert!(silly.until_empty() > Duration::from_hours(1));
    }
}
