//! Log lines on their way to standard output, many at once.
//!
//! A write for each line would be a system call a request, and a wake-up of another thread for each is dearer still.
//! So lines are gathered, and a thread writes them a moment after the first. While there are none it sleeps for good.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::terminal::tell;

/// How long the first line of a batch waits for others.
const LINGER: Duration = Duration::from_millis(100);
/// A batch of that many bytes is written at once.
const BATCH: usize = 64 << 10;
/// When so many bytes wait, whoever writes more waits too: memory is bounded and no line is lost.
const BOUND: usize = 1 << 20;
/// How long the last lines may take to be written.
const FAREWELL: Duration = Duration::from_secs(5);

/// Where log lines go.
#[derive(Debug)]
pub(super) struct Log {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// There is something to write.
    lines: Condvar,
    /// There is room again, or the writer has ended.
    room: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    /// Whether the writer sleeps until there is a line.
    asleep: bool,
    closing: bool,
    /// Whether the writer has ended: all is written, or nothing can be any more.
    ended: bool,
}

impl Log {
    /// A log on standard output.
    pub(super) fn to_stdout() -> Self {
        Self::to(Box::new(io::stdout()))
    }

    fn to(output: Box<dyn Write + Send>) -> Self {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let started = thread::Builder::new().name("log".to_owned()).spawn(move || theirs.write(output));
        if let Err(error) = started {
            tell(&format!("gatelet: no log is written: {error}"));
            shared.lock().ended = true;
        }
        Self { shared }
    }

    /// Takes a line, which ends in a line feed.
    pub(super) fn emit(&self, line: &[u8]) {
        let mut state = self.shared.lock();
        while state.waiting.len() + line.len() > BOUND && !state.waiting.is_empty() && !state.ended {
            state = self.shared.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.ended {
            return;
        }
        let before = state.waiting.len();
        state.waiting.extend_from_slice(line);
        let wake = state.asleep || (before < BATCH && state.waiting.len() >= BATCH);
        state.asleep = false;
        drop(state);
        if wake {
            self.shared.lines.notify_one();
        }
    }

    /// Writes what is left. Lines that come later are lost.
    pub(super) fn close(&self) {
        let mut state = self.shared.lock();
        state.closing = true;
        self.shared.lines.notify_one();
        let deadline = Instant::now() + FAREWELL;
        while !state.ended {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                tell("gatelet: standard output takes no more; the last log lines are lost");
                return;
            };
            state = self.shared.room.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Shared {
    fn write(&self, mut output: Box<dyn Write + Send>) {
        let mut batch = Vec::new();
        while self.next(&mut batch) {
            if let Err(error) = output.write_all(&batch).and_then(|()| output.flush()) {
                tell(&format!("gatelet: standard output cannot be written, there is no log from here on: {error}"));
                break;
            }
            batch.clear();
            batch.shrink_to(BATCH);
        }
        let mut state = self.lock();
        state.ended = true;
        state.waiting = Vec::new();
        self.room.notify_all();
    }

    /// Waits for a batch; `false` when the log has been closed and everything is written.
    fn next(&self, batch: &mut Vec<u8>) -> bool {
        let mut state = self.lock();
        while state.waiting.is_empty() {
            if state.closing {
                return false;
            }
            state.asleep = true;
            state = self.lines.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.asleep = false;
        let more = |state: &mut State| state.waiting.len() < BATCH && !state.closing;
        let (mut state, _) = self.lines.wait_timeout_while(state, LINGER, more).unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut state.waiting, batch);
        self.room.notify_all();
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What a panic could interrupt in here is at worst half a line.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// An output that hands over each write, or fails.
    struct Output(mpsc::Sender<Vec<u8>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let sent = self.0.send(bytes.to_vec());
            sent.map(|()| bytes.len()).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_leave_together_and_in_time() {
        let (sender, writes) = mpsc::channel();
        let log = Log::to(Box::new(Output(sender)));
        let started = Instant::now();
        log.emit(b"a\n");
        log.emit(b"b\n");
        assert_eq!(writes.recv().expect("a write"), b"a\nb\n");
        assert!(started.elapsed() < 2 * LINGER);
        log.emit(b"c\n");
        log.close();
        assert_eq!(writes.recv().expect("a write"), b"c\n");
        log.emit(b"late\n");
        assert!(writes.try_recv().is_err());
    }

    #[test]
    fn a_large_batch_does_not_wait_and_nothing_is_lost() {
        let (sender, writes) = mpsc::channel();
        let log = Arc::new(Log::to(Box::new(Output(sender))));
        let line = [b"x".repeat(999), b"\n".to_vec()].concat();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (log, line) = (Arc::clone(&log), line.clone());
                thread::spawn(move || (0..1000).for_each(|_| log.emit(&line)))
            })
            .collect();
        let mut written = 0;
        while written < 4_000_000 {
            written += writes.recv().expect("a write").len();
        }
        assert_eq!(written, 4_000_000);
        for thread in threads {
            thread.join().expect("no panic");
        }
    }

    #[test]
    fn a_reader_that_has_gone_stops_nobody() {
        let (sender, writes) = mpsc::channel();
        drop(writes);
        let log = Log::to(Box::new(Output(sender)));
        for _ in 0..10_000 {
            log.emit(&[b'x'; 1000]);
        }
        log.close();
    }
}
