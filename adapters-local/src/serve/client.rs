//! What is known of a client's connection, and its bytes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};

use atomic_waker::AtomicWaker;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf, Take};
use tokio::net::TcpStream;

use super::answer::Apart;

/// The most that is read at once. hyper's buffer grows to hold what one read brought, and it is kept for as long as
/// the connection: with large requests that would be the larger part of what a thousand open streams take.
const READ: u64 = (16 << 10) - 1;

/// What is known of a client's connection. All of it is touched by one thread; the atomics cost what plain fields do.
#[derive(Debug, Default)]
pub(super) struct Client {
    /// Requests that are being answered.
    requests: AtomicU32,
    /// Whether a request's head has begun to arrive.
    reading: AtomicBool,
    /// Whether a request has been served before.
    served: AtomicBool,
    /// Whether that was one of HTTP/2, in which bytes between two requests are no slow head: acknowledgements, pings.
    multiplexed: AtomicBool,
    /// Whether a write waits for the client to read.
    blocked: AtomicBool,
    /// The tick at which the present state began.
    since: AtomicU32,
    /// The tick at which bytes were written last.
    wrote: AtomicU32,
    /// The worker's ticks.
    now: Arc<AtomicU32>,
    command: AtomicU8,
    waker: AtomicWaker,
    /// The answers that HTTP/2 sends by tasks of their own.
    answers: Mutex<Vec<Weak<Apart>>>,
}

/// What the connection is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(super) enum Command {
    Continue,
    /// End after the requests that are being answered.
    Drain,
    /// End their answers, too, in good order.
    Interrupt,
    /// End at once.
    Close,
}

/// How many ticks each state may last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) head: u32,
    pub(super) idle: u32,
    pub(super) blocked: u32,
}

impl Client {
    pub(super) fn new(now: &Arc<AtomicU32>) -> Arc<Self> {
        let tick = || AtomicU32::new(now.load(Ordering::Relaxed));
        Arc::new(Self { since: tick(), wrote: tick(), now: Arc::clone(now), ..Self::default() })
    }

    /// Counts a request until the guard is dropped.
    pub(super) fn request(self: &Arc<Self>, version: http::Version) -> Answering {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.reading.store(false, Ordering::Relaxed);
        self.served.store(true, Ordering::Relaxed);
        let apart = (version == http::Version::HTTP_2).then(|| {
            self.multiplexed.store(true, Ordering::Relaxed);
            let apart = Arc::<Apart>::default();
            let mut answers = self.answers();
            answers.retain(|answer| answer.strong_count() > 0);
            answers.push(Arc::downgrade(&apart));
            apart
        });
        Answering { client: Arc::clone(self), apart }
    }

    /// What a connection in this state is to be told.
    pub(super) fn judge(&self, patience: Patience) -> Command {
        let lasted = self.ticks_since(&self.since);
        let busy = self.requests.load(Ordering::Relaxed) > 0;
        match (busy, self.blocked.load(Ordering::Relaxed), self.reading.load(Ordering::Relaxed)) {
            (_, true, _) if lasted > patience.blocked => Command::Close,
            (_, true, _) | (true, ..) => Command::Continue,
            (false, _, true) if lasted > patience.head => Command::Close,
            (false, _, false) if !self.served.load(Ordering::Relaxed) && lasted > patience.head => Command::Close,
            // What is drained waits for its answers and for its client; not if nothing moves.
            (false, _, false) if lasted > patience.idle && self.is_draining() && self.is_still(patience) => {
                Command::Close
            }
            (false, _, false) if lasted > patience.idle => Command::Drain,
            _ => Command::Continue,
        }
    }

    /// Tells the connection, which looks at its next poll, that is, at once.
    pub(super) fn tell(&self, command: Command) {
        self.command.fetch_max(command as u8, Ordering::Relaxed);
        self.waker.wake();
        for answer in self.answers().iter().filter_map(Weak::upgrade) {
            answer.waker.wake();
        }
    }

    /// Drops the replies that the client does not ask for any more, and with them their upstreams' connections.
    pub(super) fn drop_overdue(&self, patience: Patience) {
        let now = self.now();
        for answer in self.answers().iter().filter_map(Weak::upgrade) {
            if answer.give_up_overdue(now, patience.blocked) {
                self.has_answered();
            }
        }
    }

    /// A request is not being answered any more.
    fn has_answered(&self) {
        if self.requests.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.begin();
        }
    }

    /// What the connection has been told.
    pub(super) fn told(&self, cx: &mut Context<'_>) -> Command {
        self.waker.register(cx.waker());
        self.command()
    }

    fn command(&self) -> Command {
        match self.command.load(Ordering::Relaxed) {
            0 => Command::Continue,
            1 => Command::Drain,
            2 => Command::Interrupt,
            _ => Command::Close,
        }
    }

    fn now(&self) -> u32 {
        self.now.load(Ordering::Relaxed)
    }

    fn ticks_since(&self, moment: &AtomicU32) -> u32 {
        self.now().wrapping_sub(moment.load(Ordering::Relaxed))
    }

    fn is_draining(&self) -> bool {
        self.command() >= Command::Drain
    }

    /// Whether the client has been sent nothing for as long as it may take none.
    fn is_still(&self, patience: Patience) -> bool {
        self.ticks_since(&self.wrote) > patience.blocked
    }

    fn answers(&self) -> MutexGuard<'_, Vec<Weak<Apart>>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) {
        self.since.store(self.now.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    fn has_read(&self) {
        let between = self.requests.load(Ordering::Relaxed) == 0 && !self.multiplexed.load(Ordering::Relaxed);
        if between && !self.reading.swap(true, Ordering::Relaxed) {
            self.begin();
        }
    }

    fn has_written(&self, pending: bool) {
        if !pending {
            self.wrote.store(self.now(), Ordering::Relaxed);
        }
        if self.blocked.swap(pending, Ordering::Relaxed) != pending {
            self.begin();
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Answering {
    client: Arc<Client>,
    apart: Option<Arc<Apart>>,
}

impl Answering {
    /// Where an answer by HTTP/2 lies.
    pub(super) fn apart(&self) -> Option<&Apart> {
        self.apart.as_deref()
    }

    /// The worker's tick.
    pub(super) fn now(&self) -> u32 {
        self.client.now()
    }

    /// Whether the answer is to be ended. Whoever polls it is woken when that changes.
    pub(super) fn is_interrupted(&self, cx: &mut Context<'_>) -> bool {
        if let Some(apart) = &self.apart {
            apart.waker.register(cx.waker());
        }
        self.client.command() >= Command::Interrupt
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        // One that was given up has been counted then.
        if !self.apart.as_ref().is_some_and(|apart| apart.is_given_up()) {
            self.client.has_answered();
        }
    }
}

/// A client's bytes.
#[derive(Debug)]
pub(super) struct ClientStream {
    stream: Take<TcpStream>,
    client: Arc<Client>,
}

impl ClientStream {
    pub(super) fn new(stream: TcpStream, client: Arc<Client>) -> Self {
        Self { stream: stream.take(0), client }
    }

    fn note<T>(&self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.client.has_written(written.is_pending());
        written
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        this.stream.set_limit(READ);
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            this.client.has_read();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(this.stream.get_mut()).poll_write(cx, bytes);
        this.note(written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(this.stream.get_mut()).poll_write_vectored(cx, slices);
        this.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.get_ref().is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.get_mut().stream.get_mut()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.get_mut().stream.get_mut()).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience { head: 2, idle: 5, blocked: 9 };

    #[test]
    fn each_state_has_its_time() {
        let now = Arc::new(AtomicU32::new(7));
        let client = Client::new(&now);
        let after = |ticks: u32| {
            let before = now.fetch_add(ticks, Ordering::Relaxed);
            let judged = client.judge(PATIENCE);
            now.store(before, Ordering::Relaxed);
            judged
        };
        // Before its first request it must send a head.
        assert_eq!((after(2), after(3)), (Command::Continue, Command::Close));
        client.has_read();
        assert_eq!((after(2), after(3)), (Command::Continue, Command::Close));
        // An answer may take as long as it wants, as long as the client reads.
        let answering = client.request(http::Version::HTTP_11);
        assert_eq!(after(100), Command::Continue);
        client.has_written(true);
        assert_eq!((after(9), after(10)), (Command::Continue, Command::Close));
        client.has_written(false);
        assert_eq!(after(100), Command::Continue);
        drop(answering);
        // Then it may be idle, but not send a head slowly.
        assert_eq!((after(5), after(6)), (Command::Continue, Command::Drain));
        client.has_read();
        assert_eq!((after(2), after(3)), (Command::Continue, Command::Close));
    }

    #[test]
    fn a_connection_of_http2_is_idle_whatever_it_sends_between_requests() {
        let now = Arc::new(AtomicU32::new(7));
        let client = Client::new(&now);
        drop(client.request(http::Version::HTTP_2));
        client.has_read();
        let pass = |ticks: u32| {
            now.fetch_add(ticks, Ordering::Relaxed);
            client.judge(PATIENCE)
        };
        assert_eq!((pass(5), pass(1)), (Command::Continue, Command::Drain));
        client.tell(Command::Drain);
        // The end is agreed upon by messages: who sends some is waited for, who is still is not.
        client.has_written(false);
        assert_eq!((pass(9), pass(1)), (Command::Drain, Command::Close));
    }
}
