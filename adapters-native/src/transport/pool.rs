//! Connections that wait for their next request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::HeaderValue;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::http1::Link;
use super::http2::Shared;
use super::request::Destination;

/// How long a connection may lie idle. Shorter than what load balancers in front of upstreams allow (60 s and more),
/// so that it is we who close.
const IDLE: Duration = Duration::from_secs(20);
/// How many idle connections are kept for one origin.
const IDLE_EACH: usize = 256;

/// The connections of a transport, by where they lead.
#[derive(Default)]
pub(super) struct Pool {
    shelves: Mutex<Shelves>,
}

#[derive(Default)]
struct Shelves {
    shelves: Vec<Shelf>,
    /// Whether a task is there that closes what has been idle for too long.
    swept: bool,
}

struct Shelf {
    destination: Destination,
    host: Option<HeaderValue>,
    idle: Vec<Idle>,
    shared: Shared,
}

struct Idle {
    link: Link,
    since: Instant,
}

impl Pool {
    /// The connection that was used last, the one most likely to live; and the origin's `host` header, made once.
    pub(super) fn take(&self, destination: &Destination) -> (Option<Link>, Option<HeaderValue>) {
        let mut shelves = self.lock();
        let shelf = shelves.shelf(destination);
        let host = shelf.host.clone();
        let Some(idle) = shelf.idle.pop() else { return (None, host) };
        // A process that was frozen meanwhile has connections that no sweep has seen.
        if idle.since.elapsed() < IDLE {
            return (Some(idle.link), host);
        }
        // The others are older still.
        let expired = std::mem::take(&mut shelf.idle);
        drop(shelves);
        drop(expired);
        (None, host)
    }

    /// Puts a connection back that has nothing left of its last exchange.
    pub(super) fn put(self: &Arc<Self>, destination: &Destination, link: Link) {
        // Without a runtime nobody could use the connection, or sweep it out.
        let Ok(runtime) = Handle::try_current() else { return };
        let mut shelves = self.lock();
        let idle = &mut shelves.shelf(destination).idle;
        if idle.len() < IDLE_EACH {
            idle.push(Idle { link, since: Instant::now() });
        }
        self.see_swept(&mut shelves, &runtime);
    }

    /// What the requests for the origin share under HTTP/2.
    pub(super) fn shared<R>(self: &Arc<Self>, destination: &Destination, change: impl FnOnce(&mut Shared) -> R) -> R {
        let mut shelves = self.lock();
        let result = change(&mut shelves.shelf(destination).shared);
        if let Ok(runtime) = Handle::try_current() {
            self.see_swept(&mut shelves, &runtime);
        }
        result
    }

    pub(super) fn idle(&self) -> usize {
        self.lock().shelves.iter().map(|shelf| shelf.idle.len()).sum()
    }

    fn see_swept(self: &Arc<Self>, shelves: &mut Shelves, runtime: &Handle) {
        if !shelves.swept {
            shelves.swept = true;
            runtime.spawn(sweep(Arc::downgrade(self), Instant::now() + IDLE));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shelves> {
        // What a panic could interrupt in here leaves whole connections behind.
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelves {
    fn shelf(&mut self, destination: &Destination) -> &mut Shelf {
        let found = self.shelves.iter().position(|shelf| shelf.destination == *destination);
        let index = found.unwrap_or_else(|| {
            self.shelves.push(Shelf {
                destination: destination.clone(),
                host: destination.host_header(),
                idle: Vec::new(),
                shared: Shared::default(),
            });
            self.shelves.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "the index was found or made above")]
        &mut self.shelves[index]
    }

    /// Takes out what has been idle for too long, and says when to look again.
    fn expire(&mut self, now: Instant) -> (Vec<Idle>, Option<Instant>) {
        let mut expired = Vec::new();
        let mut next: Option<Instant> = None;
        for shelf in &mut self.shelves {
            let fresh = shelf.idle.iter().position(|idle| now.duration_since(idle.since) < IDLE);
            expired.extend(shelf.idle.drain(..fresh.unwrap_or(shelf.idle.len())));
            let oldest = shelf.idle.first().map(|idle| idle.since);
            let shared = shelf.shared.expire(now, IDLE);
            next = [next, oldest, shared].into_iter().flatten().min();
        }
        (expired, next.map(|since| since + IDLE))
    }
}

/// Closes connections that have been idle for too long, until there are none: an idle process is not woken.
async fn sweep(pool: Weak<Pool>, first: Instant) {
    let mut next = Some(first);
    while let Some(at) = next {
        tokio::time::sleep_until(at).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut shelves = pool.lock();
        let (expired, after) = shelves.expire(Instant::now());
        shelves.swept = after.is_some();
        drop(shelves);
        drop(expired);
        next = after;
    }
}
