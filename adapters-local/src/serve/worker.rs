//! A thread that serves: its own runtime, its own gateway, its own connections to upstreams.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use gatelet_core::config::Settings;
use gatelet_core::{Ending, Gateway, Unlimited};
use gatelet_native::NativeHost;
use gatelet_native::transport::Body;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{Notify, OwnedSemaphorePermit, watch};

use super::client::Command;
use super::control::Stage;
use super::log::Log;
use super::outlet::LocalOutlet;
use super::shelf::Shelf;
use super::{LocalGateway, Outward, connection};
use crate::terminal::tell;

/// How long clients may take to read that their streams end here.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How long what is left of dropped requests may take: their accounts.
const LAST_ACCOUNTS: Duration = Duration::from_secs(5);

/// A thread that serves.
pub(super) struct Worker {
    gateway: Arc<LocalGateway>,
    desk: Desk,
    arrivals: UnboundedReceiver<Arrival>,
    endings: UnboundedReceiver<Ending<Body>>,
    shelf: Arc<Shelf>,
    stages: watch::Receiver<Stage>,
    tasks: Arc<Tasks>,
}

/// Where a worker's connections are handed in.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    arrivals: UnboundedSender<Arrival>,
    load: Arc<AtomicUsize>,
}

/// A connection that has been accepted. It is registered with no runtime, so that any worker can take it.
#[derive(Debug)]
struct Arrival {
    stream: std::net::TcpStream,
    ticket: Ticket,
}

/// A connection's place in the server and on its worker, given back when it ends.
#[derive(Debug)]
struct Ticket {
    load: Arc<AtomicUsize>,
    _permit: OwnedSemaphorePermit,
}

/// The tasks that a worker waits for.
#[derive(Debug, Default)]
struct Tasks {
    running: AtomicUsize,
    ended: Notify,
}

/// A task that is counted, until this is dropped: also if it panics.
#[derive(Debug)]
struct Running(Arc<Tasks>);

/// The other threads.
pub(super) struct Others {
    ended: mpsc::Receiver<()>,
}

impl Worker {
    pub(super) fn new(
        settings: &Arc<Settings>,
        outward: &Outward,
        log: &Arc<Log>,
        stages: watch::Receiver<Stage>,
    ) -> Self {
        let (to_finish, endings) = mpsc::unbounded_channel();
        let (to_serve, arrivals) = mpsc::unbounded_channel();
        let outlet = LocalOutlet { log: Arc::clone(log), endings: to_finish };
        let host = NativeHost::new(outward.transport(settings), outlet, outward.surroundings());
        Self {
            gateway: Gateway::new(host, Unlimited, Ok(Arc::clone(settings))),
            desk: Desk { arrivals: to_serve, load: Arc::default() },
            arrivals,
            endings,
            shelf: Shelf::new(settings.server.header_timeout, settings.timeouts.total),
            stages,
            tasks: Arc::default(),
        }
    }

    pub(super) fn gateway(&self) -> &Arc<LocalGateway> {
        &self.gateway
    }

    pub(super) fn desk(&self) -> Desk {
        self.desk.clone()
    }

    /// Serves until the server stops and nothing is left to do.
    pub(super) async fn run(self) {
        let Self { gateway, arrivals, endings, shelf, mut stages, tasks, desk } = self;
        drop(desk);
        tokio::spawn(receive(arrivals, Arc::clone(&gateway), Arc::clone(&shelf), Arc::clone(&tasks)));
        tokio::spawn(finish(endings, Arc::clone(&gateway), Arc::clone(&tasks)));
        // The stage changes twice at most; an error means that nobody is left to change it.
        let _ = stages.wait_for(|stage| *stage != Stage::Serving).await;
        shelf.tell_all(Command::Drain);
        let dropping = async {
            let _ = stages.wait_for(|stage| *stage == Stage::Dropping).await;
        };
        if tasks.all_ended_before(dropping).await {
            return;
        }
        gateway.stop();
        for (command, time) in [(Command::Interrupt, LAST_WORDS), (Command::Close, LAST_ACCOUNTS)] {
            shelf.tell_all(command);
            if tasks.all_ended_before(tokio::time::sleep(time)).await {
                return;
            }
        }
    }
}

/// Serves the connections that are handed in.
async fn receive(
    mut arrivals: UnboundedReceiver<Arrival>,
    gateway: Arc<LocalGateway>,
    shelf: Arc<Shelf>,
    tasks: Arc<Tasks>,
) {
    let protocol = Arc::new(connection::protocol());
    while let Some(Arrival { stream, ticket }) = arrivals.recv().await {
        let Ok(stream) = TcpStream::from_std(stream) else { continue };
        let client = shelf.add();
        let held = (ticket, tasks.begin());
        tokio::spawn(connection::serve(Arc::clone(&protocol), stream, client, Arc::clone(&gateway), held));
    }
}

/// Finishes what requests leave behind.
async fn finish(mut endings: UnboundedReceiver<Ending<Body>>, gateway: Arc<LocalGateway>, tasks: Arc<Tasks>) {
    while let Some(ending) = endings.recv().await {
        let (gateway, running) = (Arc::clone(&gateway), tasks.begin());
        tokio::spawn(async move {
            gateway.finish(ending).await;
            drop(running);
        });
    }
}

impl Desk {
    /// How many connections the worker has.
    pub(super) fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }

    /// Hands a connection in.
    pub(super) fn hand_in(&self, stream: std::net::TcpStream, permit: OwnedSemaphorePermit) {
        self.load.fetch_add(1, Ordering::Relaxed);
        let ticket = Ticket { load: Arc::clone(&self.load), _permit: permit };
        // A worker that has ended takes none; then the server has ended, too.
        let _ = self.arrivals.send(Arrival { stream, ticket });
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.load.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.0.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.ended.notify_waiters();
        }
    }
}

impl Tasks {
    /// Counts a task for as long as it holds what it gets. That is an argument of the task rather than a task around
    /// it, which would take twice the room.
    fn begin(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(Arc::clone(self))
    }

    /// Waits until no task is left; `false` if the other thing happens before.
    async fn all_ended_before(&self, other: impl Future<Output = ()>) -> bool {
        let ended = async {
            loop {
                let notified = self.ended.notified();
                if self.running.load(Ordering::Acquire) == 0 {
                    // A request that has just ended may have left something to finish: let the others run once.
                    tokio::task::yield_now().await;
                    tokio::task::yield_now().await;
                    if self.running.load(Ordering::Acquire) == 0 {
                        return;
                    }
                    continue;
                }
                notified.await;
            }
        };
        let mut ended = std::pin::pin!(ended);
        let mut other = std::pin::pin!(other);
        std::future::poll_fn(|cx| {
            if ended.as_mut().poll(cx).is_ready() {
                return std::task::Poll::Ready(true);
            }
            other.as_mut().poll(cx).map(|()| false)
        })
        .await
    }
}

/// Starts a thread for each worker.
///
/// # Errors
/// Why a thread cannot be started.
pub(super) fn spawn_all(workers: Vec<Worker>) -> Result<Others, String> {
    let (alive, ended) = mpsc::channel::<()>(1);
    for (index, worker) in workers.into_iter().enumerate() {
        let alive = alive.clone();
        let thread = thread::Builder::new().name(format!("worker-{}", index + 2)).spawn(move || {
            // Dropped at the end, however that comes.
            let _alive = alive;
            match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(worker.run()),
                Err(error) => tell(&format!("gatelet: a worker cannot start: {error}")),
            }
        });
        thread.map_err(|error| format!("cannot start a thread: {error}"))?;
    }
    Ok(Others { ended })
}

impl Others {
    /// Waits until the other threads have nothing left to do.
    pub(super) async fn ended(mut self) {
        while self.ended.recv().await.is_some() {}
    }
}
