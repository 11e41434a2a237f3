//! What the core needs of a runtime.
//!
//! A host is a socket, a clock, a source of randomness, a timer and a log: nothing else of a platform reaches the
//! core. The trait has no `Send` bound. On native targets the compiler sees through the concrete types that
//! [`Gateway::handle`](crate::Gateway::handle) is `Send`; on wasm the same code is not, and nobody asks.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;

use crate::gateway::Ending;
use crate::wire::splice::Spliced;

/// A runtime: AWS Lambda, a Cloudflare Worker, a tokio server, or a test.
pub trait Host: 'static {
    /// The body of a client's request, as the platform delivers it.
    type Incoming: Body<Data = Bytes, Error: fmt::Display> + Unpin;
    /// The body of an upstream's answer. Dropping it before its end closes the upstream's connection.
    type Body: Body<Data = Bytes, Error = SendError> + Unpin;
    /// A timer that can be armed again, see [`Host::reset`].
    type Sleep: Future<Output = ()> + Unpin;

    /// Carries out one HTTP exchange, up to the answer's head.
    ///
    /// The URI is absolute and comes from the configuration. `Version::HTTP_2` asks for HTTP/2, any other version for
    /// HTTP/1.1. Implementations follow no redirect, add no credential, decode no body unless they also remove its
    /// `content-encoding`, retry only what [`SendError::sent`] allows, and bound the time a connection takes
    /// (`timeouts.connect`). Dropping the future cancels the exchange.
    fn send(
        &self,
        request: http::Request<Outgoing<Self::Incoming>>,
    ) -> impl Future<Output = Result<http::Response<Self::Body>, SendError>>;

    /// The time since the Unix epoch.
    fn wall(&self) -> Duration;

    /// The time since some fixed moment; never goes back. On Workers it stands still during computation.
    fn monotonic(&self) -> Duration;

    /// Fills the buffer from the platform's cryptographic source.
    fn random(&self, buffer: &mut [u8]);

    /// A timer that ends after the given time.
    fn sleep(&self, after: Duration) -> Self::Sleep;

    /// Arms a timer, ended or not, to end after the given time from now.
    fn reset(&self, sleep: &mut Self::Sleep, after: Duration);

    /// Writes one log line, which ends in a line feed. It must not block for long and must lose nothing at shutdown.
    fn emit(&self, line: &[u8]);

    /// Takes what remains to be done after a request has ended and sees that
    /// [`Gateway::finish`](crate::Gateway::finish) is awaited with it: in a task on the local server, before the next
    /// poll for work on Lambda, in `wait_until` on Workers.
    fn finish_later(&self, ending: Ending);
}

/// The body of a request to an upstream.
#[derive(Debug)]
pub enum Outgoing<B> {
    /// The whole body. Only such a request may ever be sent twice.
    Full(Spliced),
    /// A body that is passed on as it arrives.
    Stream(B),
}

/// How far an exchange had come when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendErrorKind {
    /// No connection could be made.
    Connect,
    /// The connection ended before the answer's head was complete.
    Head,
    /// The answer's body ended before its end.
    Body,
    /// The exchange was given up on this side.
    Cancelled,
}

/// A failed exchange with an upstream.
#[derive(Debug)]
pub struct SendError {
    kind: SendErrorKind,
    sent: bool,
    detail: Box<str>,
}

impl SendError {
    /// A failure of the given kind. `sent` says whether a byte of the request may have reached the upstream;
    /// `detail` goes to logs and must hold neither a URL's query nor a credential.
    pub fn new(kind: SendErrorKind, sent: bool, detail: impl Into<Box<str>>) -> Self {
        Self { kind, sent, detail: detail.into() }
    }

    /// How far the exchange had come.
    pub fn kind(&self) -> SendErrorKind {
        self.kind
    }

    /// Whether the upstream may have seen the request, so that sending it again may do its work twice.
    pub fn sent(&self) -> bool {
        self.sent
    }

    /// What happened, for a log.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl StdError for SendError {}
