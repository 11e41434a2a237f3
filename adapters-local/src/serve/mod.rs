//! The server: from the settings to the end of the process.

mod accept;
mod answer;
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
use gatelet_native::{NativeHost, Surroundings, Tls};
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
    /// What names certificates of one's own, if they are needed.
    roots: Option<&'static str>,
}

impl Outward {
    /// What the settings and the environment ask for.
    ///
    /// # Errors
    /// What is wrong with the proxy, or why the certificates cannot be read.
    pub(crate) fn new(settings: &Settings) -> Result<Self, String> {
        let variable = setup::variable("SSL_CERT_FILE").filter(|path| !path.is_empty());
        let roots = match (&settings.server.ca_file, variable) {
            (Some(path), _) => Some(("server.ca_file", path.clone())),
            (None, Some(path)) => Some(("SSL_CERT_FILE", path)),
            (None, None) => None,
        };
        let is_needed = settings.providers.iter().any(|provider| {
            provider.base_url.as_ref().is_some_and(|url| url.origin.scheme == http::uri::Scheme::HTTPS)
        });
        if let Some((source, path)) = &roots {
            std::fs::File::open(path).map_err(|error| format!("{source}: {path} cannot be read: {error}"))?;
        }
        let tls = roots.as_ref().map_or_else(Tls::default, |(_, path)| Tls::with_roots_of(path));
        let proxy = Proxy::from_environment(&setup::variable)?;
        let roots = roots.map(|(source, _)| source).filter(|_| is_needed);
        Ok(Self { tls: Arc::new(tls), proxy: proxy.map(Arc::new), roots })
    }

    /// Reads the configured certificates, if there are any and a provider needs them.
    ///
    /// # Errors
    /// Why they cannot be used.
    pub(crate) fn prepare(&self) -> Result<(), String> {
        let Some(source) = self.roots else { return Ok(()) };
        self.tls.prepare().map_err(|why| format!("{source}: {why}"))
    }

    pub(crate) fn transport(&self, settings: &Settings) -> Transport<Incoming> {
        let transport = Transport::new(self.options());
        transport.set_connect_timeout(settings.timeouts.connect);
        transport
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings::new(setup::variable).with(self.options())
    }

    fn options(&self) -> Options {
        Options { tls: Arc::clone(&self.tls), proxy: self.proxy.clone() }
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

    // Neither the start nor the first request should wait for a system's whole collection of certificates.
    if outward.roots.is_some() {
        let outward = outward.clone();
        std::thread::spawn(move || {
            if let Err(problem) = outward.prepare() {
                tell(&format!("gatelet: no https provider can be reached: {problem}"));
            }
        });
    }

    let control = Control { stage, gateways, bound, options, settings: Arc::clone(&settings), log: Arc::clone(&log) };
    drop(settings);
    drop(entered);
    control.watch_signals()?;
    runtime.block_on(async move {
        for listener in listeners {
            tokio::spawn(acceptor.clone().run(listener, stages.clone()));
        }
        drop(acceptor);
        first.run().await;
        others.ended().await;
    });
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
