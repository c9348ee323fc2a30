//! Lines that a thread of its own writes, many in one go.
//!
//! Whoever logs puts a line into memory and goes on. The thread is woken by the first line only, and waits a moment for
//! more: woken by each, it would cost each request two changes of thread.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long lines are collected.
const MOMENT: Duration = Duration::from_millis(2);
/// Bytes that may wait to be written. Past that whoever logs waits: no line is lost, and none fills the memory.
const WAITING: usize = 1024 * 1024;

/// Where lines are put.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

/// The thread that writes them. Its end waits for the lines that are still to be written.
pub(super) struct Writing {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// There is something to write, or an end of it.
    work: Condvar,
    /// There is room again.
    room: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    is_over: bool,
}

/// Begins to write to `out`.
pub(super) fn begin(mut out: impl Write + Send + 'static) -> io::Result<(Lines, Writing)> {
    let shared = Arc::new(Shared::default());
    let own = Arc::clone(&shared);
    let thread = thread::Builder::new().name("log".to_owned()).spawn(move || {
        let mut lines = Vec::new();
        while own.next(&mut lines) {
            // There is nobody to tell that the log cannot be written.
            let _ = out.write_all(&lines).and_then(|()| out.flush());
            lines.clear();
        }
    })?;
    Ok((Lines(Arc::clone(&shared)), Writing { shared, thread: Some(thread) }))
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for lines, and takes all that there are. `false` when there will be no more.
    fn next(&self, lines: &mut Vec<u8>) -> bool {
        let is_idle = |state: &mut State| state.waiting.is_empty() && !state.is_over;
        let state = self.work.wait_while(self.state(), is_idle).unwrap_or_else(PoisonError::into_inner);
        let is_over = state.is_over;
        drop(state);
        if !is_over {
            thread::sleep(MOMENT);
        }
        std::mem::swap(&mut self.state().waiting, lines);
        self.room.notify_all();
        !lines.is_empty()
    }
}

impl Write for Lines {
    /// Takes a whole line at a time.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let is_full = |state: &mut State| state.waiting.len() > WAITING && !state.is_over;
        let mut state =
            self.0.room.wait_while(self.0.state(), is_full).unwrap_or_else(PoisonError::into_inner);
        let is_first = state.waiting.is_empty();
        state.waiting.extend_from_slice(line);
        drop(state);
        if is_first {
            self.0.work.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.shared.state().is_over = true;
        self.shared.work.notify_one();
        self.shared.room.notify_all();
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Hands on what is written, each time when it is let.
    struct Out(Sender<Vec<u8>>, Receiver<()>);

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.1.recv();
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_written_in_its_order_though_nobody_waits_for_it() {
        let (sent, written) = channel();
        let (go, let_go) = channel();
        drop(go);
        let (mut lines, writing) = begin(Out(sent, let_go)).expect("a thread");
        let wanted: Vec<String> = (0..10_000).map(|number| format!("{number}\n")).collect();
        for line in &wanted {
            lines.write_all(line.as_bytes()).expect("taken");
        }
        drop(writing);
        let all: Vec<u8> = written.iter().flatten().collect();
        assert_eq!(String::from_utf8(all).expect("text"), wanted.concat());
    }

    #[test]
    fn who_logs_more_than_can_be_written_waits_and_loses_nothing() {
        let (sent, written) = channel();
        let (go, let_go) = channel();
        let (mut lines, writing) = begin(Out(sent, let_go)).expect("a thread");
        let shared = Arc::clone(&lines.0);
        let count = 3 * WAITING / 1024;
        let logging =
            thread::spawn(move || (0..count).for_each(|_| lines.write_all(&[b'x'; 1024]).expect("taken")));
        while shared.state().waiting.len() <= WAITING {
            thread::yield_now();
        }
        assert!(!logging.is_finished());
        drop(go);
        logging.join().expect("no panic");
        assert!(shared.state().waiting.len() <= WAITING + 1024);
        drop(writing);
        assert_eq!(written.iter().map(|bytes| bytes.len()).sum::<usize>(), count * 1024);
    }
}
