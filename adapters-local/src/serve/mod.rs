//! The server: from the settings to the end of the process.

mod accept;
mod client;
mod connection;
mod control;
mod listen;
mod log;
mod outlet;
mod overload;
mod shelf;
mod worker;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use gatelet_core::config::Settings;
use gatelet_core::{Gateway, Reply, Unlimited};
use gatelet_native::transport::{Options, Proxy, Transport};
use gatelet_native::{NativeHost, Tls};
use hyper::body::Incoming;
use tokio::runtime::Builder;
use tokio::sync::watch;

use crate::cli;
use crate::setup::{self, Setup};
use crate::summary::{Summary, reachable};
use crate::terminal::tell;
use accept::Acceptor;
use control::{Control, Stage};
use log::Log;
use outlet::LocalOutlet;
use worker::Worker;

/// The gateway as this server runs it, one a worker: nothing that a request touches is shared between threads.
type LocalGateway = Gateway<LocalHost, Unlimited>;
type LocalReply = Reply<LocalHost, Unlimited>;
type LocalHost = NativeHost<Transport<Incoming>, LocalOutlet>;

/// What connections to upstreams are made with.
#[derive(Clone, Debug)]
pub(crate) struct Outward {
    tls: Arc<Tls>,
    pub(crate) proxy: Option<Arc<Proxy>>,
}

impl Outward {
    /// What the settings and the environment ask for.
    ///
    /// # Errors
    /// What is wrong with the proxy or the certificates.
    pub(crate) fn new(settings: &Settings) -> Result<Self, String> {
        let tls = match (&settings.server.ca_file, setup::variable("SSL_CERT_FILE").filter(|path| !path.is_empty())) {
            (Some(path), _) => Tls::with_roots_of(path.as_ref()).map_err(|why| format!("server.ca_file: {why}"))?,
            (None, Some(path)) => Tls::with_roots_of(path.as_ref()).map_err(|why| format!("SSL_CERT_FILE: {why}"))?,
            (None, None) => Tls::default(),
        };
        let proxy = Proxy::from_environment(&setup::variable)?;
        Ok(Self { tls: Arc::new(tls), proxy: proxy.map(Arc::new) })
    }

    fn transport(&self, settings: &Settings) -> Transport<Incoming> {
        let transport = Transport::new(Options { tls: Arc::clone(&self.tls), proxy: self.proxy.clone() });
        transport.set_connect_timeout(settings.timeouts.connect);
        transport
    }
}

/// Serves until it is told to stop.
pub(crate) fn run(options: cli::Options) -> ExitCode {
    match start(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tell(&problem);
            ExitCode::FAILURE
        }
    }
}

fn start(options: cli::Options) -> Result<(), String> {
    let Setup { origin, found, settings, listen, notes } = setup::read(&options)?;
    let addresses = listen.resolve()?;
    setup::permit(&settings, &addresses)?;
    let outward = Outward::new(&settings)?;
    listen::raise_file_limit();

    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| format!("cannot start: {error}"))?;
    let entered = runtime.enter();
    let (listeners, bound) = listen::bind(&addresses, &listen)?;
    // Port 0 is known only now.
    setup::permit(&settings, &bound)?;

    let settings = Arc::new(settings);
    let log = Arc::new(Log::to_stdout());
    let (stage, stages) = watch::channel(Stage::Serving);
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let mut workers: Vec<Worker> = (0..count).map(|_| Worker::new(&settings, &outward, &log, stages.clone())).collect();
    let gateways = workers.iter().map(|worker| Arc::clone(worker.gateway())).collect();
    let acceptor = Acceptor::new(workers.iter().map(Worker::desk).collect(), &settings.server);
    let first = workers.swap_remove(0);
    let others = worker::spawn_all(workers)?;

    for note in &notes {
        tell(note);
    }
    let summary = Summary { origin: &origin, found: &found, settings: &settings, proxy: outward.proxy.as_deref() };
    greet(&summary, &bound);

    let control = Control { stage, gateways, bound, options, settings: Arc::clone(&settings), log: Arc::clone(&log) };
    drop(settings);
    drop(entered);
    runtime.block_on(async move {
        control.watch_signals()?;
        for listener in listeners {
            tokio::spawn(acceptor.clone().run(listener, stages.clone()));
        }
        drop(acceptor);
        first.run().await;
        others.ended().await;
        Ok::<(), String>(())
    })?;
    // What is left of the tasks may still have a line to say.
    drop(runtime);
    log.close();
    Ok(())
}

/// Says where it listens, what it serves, and how to try it.
fn greet(summary: &Summary<'_>, bound: &[SocketAddr]) {
    let urls: Vec<String> = bound.iter().map(|address| format!("http://{address}")).collect();
    let mut text = format!("gatelet {} listens on {}\n", env!("CARGO_PKG_VERSION"), urls.join(" and "));
    text.push_str(&summary.text());
    if let Some(curl) = bound.first().and_then(|address| summary.curl(reachable(*address))) {
        text.push_str("\nTry it:\n  ");
        text.push_str(&curl);
        text.push('\n');
    }
    tell(text.trim_end());
}
