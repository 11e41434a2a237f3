//! A worker's connections, and the task that ends those that last too long.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::client::{Client, Command, Patience};

/// How long a client may leave its connection idle between two requests. Longer than the 60 s of most load balancers
/// in front, so that it is they who close.
const IDLE: Duration = Duration::from_secs(75);
/// How long a client may take no byte of its answer, or may not say that a drained connection is done.
const BLOCKED: Duration = Duration::from_secs(300);

/// A worker's connections.
#[derive(Debug)]
pub(super) struct Shelf {
    clients: Mutex<Clients>,
    now: Arc<AtomicU32>,
    tick: Duration,
    patience: Patience,
}

#[derive(Debug, Default)]
struct Clients {
    clients: Vec<Arc<Client>>,
    /// Whether a task is there that judges them.
    watched: bool,
    /// What connections are told that come after all were.
    last: Option<Command>,
}

impl Shelf {
    /// `head` is how long a request's head may take, `total` how long a request may take in all: who takes nothing for so
    /// long has nothing to come.
    pub(super) fn new(head: Duration, total: Duration) -> Arc<Self> {
        // Often enough that a head is given up in time, seldom enough to cost nothing.
        let tick = (head / 4).clamp(Duration::from_millis(20), Duration::from_secs(1));
        let ticks = |time: Duration| u32::try_from(time.as_millis() / tick.as_millis().max(1)).unwrap_or(u32::MAX);
        let patience = Patience { head: ticks(head), idle: ticks(IDLE), blocked: ticks(BLOCKED.min(total)) };
        Arc::new(Self { clients: Mutex::default(), now: Arc::default(), tick, patience })
    }

    /// Takes a connection in. Its task holds the client; when that is gone, so is the connection.
    pub(super) fn add(self: &Arc<Self>) -> Arc<Client> {
        let client = Client::new(&self.now);
        let mut clients = self.lock();
        if let Some(command) = clients.last {
            client.tell(command);
        }
        clients.clients.push(Arc::clone(&client));
        if !clients.watched {
            clients.watched = true;
            tokio::spawn(Arc::clone(self).watch());
        }
        client
    }

    /// Tells all connections, and those that come.
    pub(super) fn tell_all(&self, command: Command) {
        let mut clients = self.lock();
        clients.last = Some(command);
        for client in &clients.clients {
            client.tell(command);
        }
    }

    /// Judges the connections, as long as there are some: an idle server is not woken.
    async fn watch(self: Arc<Self>) {
        loop {
            tokio::time::sleep(self.tick).await;
            self.now.fetch_add(1, Ordering::Relaxed);
            let mut clients = self.lock();
            clients.clients.retain(|client| Arc::strong_count(client) > 1);
            for client in &clients.clients {
                client.drop_overdue(self.patience);
                match client.judge(self.patience) {
                    Command::Continue => {}
                    command => client.tell(command),
                }
            }
            if clients.clients.is_empty() {
                clients.clients.shrink_to(64);
                clients.watched = false;
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Clients> {
        // A panic in here leaves a list of connections, at worst with one that has ended.
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
