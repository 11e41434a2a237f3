//! The configuration as requests read it: checked, resolved, looked up.

use std::time::Duration;

use http::HeaderValue;

use super::Table;
use crate::policy::keys::Keys;
use crate::provider::{Provider, Route};

/// Everything a request needs of the configuration. One snapshot serves a whole request.
#[derive(Debug)]
pub struct Settings {
    /// Who may use the gateway.
    pub access: Access,
    /// The client keys.
    pub keys: Keys,
    /// What the local server is told.
    pub server: Server,
    /// Refuse what would have to be adjusted for an upstream of another dialect.
    pub strict: bool,
    /// How long each part of a request may take.
    pub timeouts: Timeouts,
    /// Web origins that may call.
    pub cors: Cors,
    /// The largest request body, in bytes.
    pub max_body: usize,
    /// The largest whole answer of an upstream, in bytes.
    pub max_answer: usize,
    /// How long a client may take to send a request's body; `None` where the platform delivers it whole.
    pub body_timeout: Option<Duration>,
    /// The providers, in the order of their names.
    pub providers: Vec<Provider>,
    /// The configured model names and where they lead.
    pub routes: Table<Route>,
}

/// Who may use the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever has one of the configured keys.
    Keys,
    /// Everybody: the configuration says `open = true` and has no keys.
    Open,
    /// Programs on this machine, but no web page: no keys, and a server that listens on loopback only.
    Loopback,
}

/// What the local server is told.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where to listen, as written.
    pub listen: Option<String>,
    /// Connections held at once.
    pub max_connections: u32,
    /// How long running streams may go on after a signal to stop.
    pub shutdown_grace: Duration,
    /// How long a client may take to send a request's head.
    pub header_timeout: Duration,
    /// A file of PEM certificates to trust besides the compiled-in roots.
    pub ca_file: Option<String>,
}

/// How long each part of a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Until a connection stands; the host's transport keeps it.
    pub connect: Duration,
    /// Until the head of a stream.
    pub stream_headers: Duration,
    /// Until the head of a whole answer.
    pub headers: Duration,
    /// Until a stream's first meaningful event.
    pub first_event: Duration,
    /// Between two events, or two pieces of a body.
    pub idle: Duration,
    /// The whole request.
    pub total: Duration,
    /// How long a stream without a meaningful event is held back.
    pub commit: Duration,
}

/// Web origins that may call from a browser.
#[derive(Debug, Default)]
pub struct Cors {
    /// The origins, as browsers send them; `*` alone means all.
    pub origins: Vec<HeaderValue>,
}

impl Settings {
    /// The provider of that name.
    pub fn provider(&self, name: &str) -> Option<&Provider> {
        let index = self.providers.binary_search_by(|provider| (*provider.name).cmp(name)).ok()?;
        self.providers.get(index)
    }
}
