//! Accepts connections and hands them to the workers.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gatelet_core::config::Server;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::control::Stage;
use super::overload::Overload;
use super::worker::Desk;
use crate::terminal::tell;

/// How long a connection past the limit waits, and with it those that come after it, before it is refused.
const PATIENCE: Duration = Duration::from_secs(2);
/// The pause after a failed accept: files do not become free faster by asking.
const PAUSE: Duration = Duration::from_millis(100);
/// How often the same trouble is told.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Accepts connections.
#[derive(Clone, Debug)]
pub(super) struct Acceptor {
    desks: Arc<[Desk]>,
    next: Arc<AtomicUsize>,
    places: Arc<Semaphore>,
    overload: Overload,
}

impl Acceptor {
    pub(super) fn new(desks: Vec<Desk>, server: &Server) -> Self {
        let places = usize::try_from(server.max_connections).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self {
            desks: desks.into(),
            next: Arc::default(),
            places: Arc::new(Semaphore::new(places)),
            overload: Overload::default(),
        }
    }

    /// Accepts until the server stops.
    pub(super) async fn run(self, listener: TcpListener, mut stages: watch::Receiver<Stage>) {
        let mut stopping = std::pin::pin!(async move {
            // An error means that nobody is left to say so.
            let _ = stages.wait_for(|stage| *stage != Stage::Serving).await;
        });
        let mut accepting = std::pin::pin!(self.accept(listener));
        std::future::poll_fn(|cx| {
            if stopping.as_mut().poll(cx).is_ready() {
                return std::task::Poll::Ready(());
            }
            accepting.as_mut().poll(cx)
        })
        .await;
    }

    async fn accept(&self, listener: TcpListener) {
        let mut trouble = Trouble::default();
        loop {
            match listener.accept().await {
                // Only now: a place that a listener holds while nobody comes is one that the other ones lack.
                Ok((stream, _)) => match self.place().await {
                    Some(place) => self.hand_over(stream, place),
                    None => {
                        trouble.tell("more connections than [server] max_connections; further ones get a 503");
                        self.overload.refuse(stream);
                    }
                },
                Err(error) => {
                    if let Some(message) = exhausted(&error) {
                        trouble.tell(&message);
                        sleep(PAUSE).await;
                    }
                }
            }
        }
    }

    /// A place for a connection; `None` when none has become free in time.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Some(place);
        }
        // Once some have waited in vain, the next ones need not: until there is room they are told at once.
        if self.overload.is_on() {
            return None;
        }
        let waited = timeout(PATIENCE, self.places.clone().acquire_owned()).await;
        let place = waited.ok().and_then(Result::ok);
        self.overload.set(place.is_none());
        place
    }

    fn hand_over(&self, stream: TcpStream, place: OwnedSemaphorePermit) {
        self.overload.set(false);
        // Each event of a stream is a packet of its own, which must not wait for the last one to be acknowledged.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let Ok(stream) = stream.into_std() else { return };
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let (before, after) =
            self.desks.split_at_checked(first % self.desks.len().max(1)).unwrap_or((&self.desks, &[]));
        // The least loaded one; among equals each in its turn.
        if let Some(desk) = after.iter().chain(before).min_by_key(|desk| desk.load()) {
            desk.hand_in(stream, place);
        }
    }
}

/// What to say if the error means that something has run out; other errors concern one connection that has gone.
fn exhausted(error: &io::Error) -> Option<String> {
    // EMFILE, ENFILE, ENOBUFS and ENOMEM have no kind of their own: what is known to concern one connection is excluded.
    let of_one_connection = [
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::ConnectionRefused,
        io::ErrorKind::Interrupted,
        io::ErrorKind::WouldBlock,
    ];
    if of_one_connection.contains(&error.kind()) {
        return None;
    }
    Some(format!(
        "cannot accept connections: {error}; if it is about open files, raise the limit (ulimit -n) or lower [server] max_connections"
    ))
}

/// Tells the same trouble now and then only.
#[derive(Debug, Default)]
struct Trouble(Option<Instant>);

impl Trouble {
    fn tell(&mut self, message: &str) {
        if self.0.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            self.0 = Some(Instant::now());
            tell(&format!("gatelet: {message}"));
        }
    }
}
