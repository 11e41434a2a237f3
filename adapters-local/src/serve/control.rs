//! The signals: stop, stop at once, read the configuration again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use gatelet_core::config::Settings;
use tokio::runtime::Builder;
use tokio::sync::watch;

use super::LocalGateway;
use super::log::Log;
use crate::cli::Options;
use crate::setup;
use crate::terminal::tell;

/// How far the server's life has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Serving,
    /// No new connections; running requests may end.
    Draining,
    /// Running requests are ended.
    Dropping,
}

/// What signals act on.
pub(super) struct Control {
    pub(super) stage: watch::Sender<Stage>,
    pub(super) gateways: Vec<Arc<LocalGateway>>,
    pub(super) bound: Vec<SocketAddr>,
    pub(super) options: Options,
    pub(super) settings: Arc<Settings>,
    pub(super) log: Arc<Log>,
}

impl Control {
    /// Acts on signals from now on, on a thread of its own: the workers may all wait for whoever reads the log.
    ///
    /// # Errors
    /// Why the system does not deliver them, or why there is no thread.
    pub(super) fn watch_signals(self) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("cannot wait for signals: {error}");
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let signals = {
            let _entered = runtime.enter();
            Signals::new().map_err(failed)?
        };
        let thread = thread::Builder::new().name("signals".to_owned());
        thread.spawn(move || runtime.block_on(self.run(signals))).map_err(failed)?;
        Ok(())
    }

    async fn run(mut self, mut signals: Signals) {
        while let Signal::Reload = signals.next().await {
            self.reload();
        }
        let grace = self.settings.server.shutdown_grace;
        self.stage.send_replace(Stage::Draining);
        tell(&format!("gatelet: stopping; running requests have {grace:?} to end, a second signal ends them at once"));
        tokio::select! {
            () = tokio::time::sleep(grace) => {}
            () = signals.stop() => self.leave(),
        }
        self.stage.send_replace(Stage::Dropping);
        signals.stop().await;
        self.leave();
    }

    /// Ends the process, with the log that there is.
    fn leave(&self) -> ! {
        self.log.close();
        std::process::exit(1)
    }

    /// Reads the configuration again; a wrong one changes nothing.
    fn reload(&mut self) {
        let read = setup::read(&self.options).and_then(|setup| {
            setup::permit(&setup.settings, &self.bound)?;
            Ok(setup)
        });
        let setup = match read {
            Ok(setup) => setup,
            Err(problems) => {
                tell(&format!("{problems}\ngatelet: the configuration was read again and is wrong; the old one stays"));
                return;
            }
        };
        for note in &setup.notes {
            tell(note);
        }
        let settings = Arc::new(setup.settings);
        for gateway in &self.gateways {
            gateway.host().transport().set_connect_timeout(settings.timeouts.connect);
            gateway.reconfigure(Ok(Arc::clone(&settings)));
        }
        let restart = if needs_restart(&self.settings, &settings) {
            "; what has changed of [server] takes effect at the next start"
        } else {
            ""
        };
        tell(&format!("gatelet: the configuration was read again ({}){restart}", setup.origin));
        self.settings = settings;
    }
}

fn needs_restart(old: &Settings, new: &Settings) -> bool {
    let fixed = |settings: &Settings| {
        let server = &settings.server;
        (server.listen.clone(), server.max_connections, server.header_timeout, server.ca_file.clone())
    };
    fixed(old) != fixed(new)
}

enum Signal {
    Stop,
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has a signal for it"))]
    Reload,
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Stop,
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.hang_up.recv() => Signal::Reload,
        }
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Where there are no such signals, ctrl-C stops.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        self.stop().await;
        Signal::Stop
    }

    async fn stop(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // The system delivers none: run on.
            std::future::pending::<()>().await;
        }
    }
}
