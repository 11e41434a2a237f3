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
use crate::secret::Secret;
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
    fn finish_later(&self, ending: Ending<Self::Body>);

    /// How long an upstream's answer is read on for its usage after its client has gone, where the provider bills all of it. On
    /// Workers `waitUntil` ends after 30 s.
    const DRAIN: Duration = Duration::from_secs(60);

    /// Whether a future of one request may be woken by another's. On Workers what a request waits for belongs to it, so there
    /// nobody waits for what somebody else has begun.
    const SHARES_WAITING: bool = true;

    /// Signs with RSASSA-PKCS1-v1_5 and SHA-256: `RS256` of RFC 7518, section 3.3. `key` is a private key as PKCS#8 in
    /// DER (RFC 5958).
    ///
    /// # Errors
    /// The key is none, or the platform cannot sign.
    fn sign_rs256(&self, key: &[u8], message: &[u8]) -> impl Future<Output = Result<Vec<u8>, IdentityError>> {
        let _ = (key, message);
        std::future::ready(Err(IdentityError::new("this platform cannot sign")))
    }

    /// Asks the platform who the gateway is there: the role of a function, the environment's keys, a container's or a
    /// machine's metadata service. It is asked when a request needs it first and again shortly before what it said ends; the
    /// core keeps the answer, and asks for one at a time.
    ///
    /// # Errors
    /// The platform has no such identity, or does not tell.
    fn ambient(&self, identity: Identity) -> impl Future<Output = Result<Ambient, IdentityError>> {
        let _ = identity;
        std::future::ready(Err(IdentityError::new("this platform has no identity of its own")))
    }
}

/// Whose identity is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Keys to sign requests to AWS with.
    Aws,
    /// An access token for Google Cloud, of the scope `https://www.googleapis.com/auth/cloud-platform`.
    Google,
    /// An access token of Entra ID, for Azure OpenAI (`https://cognitiveservices.azure.com`).
    Azure,
    /// An access token of Entra ID, for Azure AI Foundry (`https://ai.azure.com`).
    Foundry,
}

/// What a platform says of its identity.
#[derive(Clone, Debug)]
pub struct Ambient {
    /// What to authenticate with.
    pub grant: Grant,
    /// The time since the Unix epoch at which it ends; `None` where it does not, or nobody knows.
    pub until: Option<Duration>,
}

/// What a request is authenticated with, for a time.
#[derive(Clone, Debug)]
pub enum Grant {
    /// Keys of AWS.
    Aws(AwsKeys),
    /// A token that is sent as `authorization: Bearer …`.
    Bearer(Secret),
}

/// Keys to sign requests to AWS with.
#[derive(Clone, Debug)]
pub struct AwsKeys {
    /// The access key's id.
    pub access_key_id: Secret,
    /// The secret access key.
    pub secret_access_key: Secret,
    /// The session's token, of temporary keys.
    pub session_token: Option<Secret>,
}

/// Why a platform does not tell its identity, or cannot sign. The words are for an operator: they name the source that was
/// asked and what was wrong with it, and never hold a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityError(Box<str>);

impl IdentityError {
    /// With these words.
    pub fn new(words: impl Into<Box<str>>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for IdentityError {}

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
