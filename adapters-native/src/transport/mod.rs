//! The HTTP transport: one exchange with an upstream, on a pooled connection.
//!
//! A connection for HTTP/1.1 has no task of its own. The socket is polled by the request's future and then by the
//! answer's body, so a request stays on the thread that accepted it and nothing is handed over; dropping either closes
//! the socket. Only HTTP/2 connections, which several requests share, have a task, and hyper drives them.

mod body;
mod connect;
mod error;
mod http1;
mod http2;
mod pool;
#[cfg(feature = "proxy")]
mod proxy;
mod request;
#[cfg(feature = "reqwest-transport")]
mod reqwest;
mod stream;

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gatelet_core::host::{Outgoing, SendError, SendErrorKind};
use http::{Request, Response, Version};
use http_body::Body as HttpBody;

pub use body::Body;
#[cfg(feature = "proxy")]
pub use proxy::Proxy;
#[cfg(feature = "reqwest-transport")]
pub use reqwest::ReqwestTransport;

use crate::tls::Tls;
use connect::Connector;
use pool::Pool;
pub use request::BodyError;
use request::{Destination, RequestBody};

/// What carries out an exchange: the part of [`Host`](gatelet_core::Host) that is a transport.
pub trait Exchange: 'static {
    /// See [`Host::Incoming`](gatelet_core::Host::Incoming).
    type Incoming: HttpBody<Data = Bytes, Error: fmt::Display> + Unpin;
    /// See [`Host::Body`](gatelet_core::Host::Body).
    type Body: HttpBody<Data = Bytes, Error = SendError> + Unpin;

    /// See [`Host::send`](gatelet_core::Host::send).
    fn send(
        &self,
        request: Request<Outgoing<Self::Incoming>>,
    ) -> impl Future<Output = Result<Response<Self::Body>, SendError>>;
}

/// Connections to upstreams. One belongs to a runtime: its sockets are registered there.
pub struct Transport<I> {
    pool: Arc<Pool>,
    connector: Connector,
    incoming: PhantomData<fn(I)>,
}

/// What a [`Transport`] is made with.
#[derive(Debug, Default)]
pub struct Options {
    /// TLS toward upstreams; shared by the transports of a process.
    pub tls: Arc<Tls>,
    /// The proxy that https upstreams are reached through.
    #[cfg(feature = "proxy")]
    pub proxy: Option<Arc<Proxy>>,
}

/// How long a connection may take when nothing else is configured.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

impl<I> Transport<I> {
    /// A transport without a connection yet.
    pub fn new(options: Options) -> Self {
        Self { pool: Arc::default(), connector: Connector::new(options, CONNECT_TIMEOUT), incoming: PhantomData }
    }

    /// Bounds the time a connection takes from now on: name, socket, proxy and TLS together.
    pub fn set_connect_timeout(&self, timeout: Duration) {
        self.connector.set_timeout(timeout);
    }

    /// How many connections lie idle.
    pub fn idle(&self) -> usize {
        self.pool.idle()
    }
}

impl<I> Exchange for Transport<I>
where
    I: HttpBody<Data = Bytes, Error: Into<BodyError> + fmt::Display> + Send + Unpin + 'static,
{
    type Incoming = I;
    type Body = Body;

    async fn send(&self, request: Request<Outgoing<I>>) -> Result<Response<Body>, SendError> {
        let Some(destination) = Destination::of(request.uri()) else {
            return Err(SendError::new(SendErrorKind::Connect, false, "the upstream's URL is not absolute"));
        };
        let request = request.map(RequestBody::new);
        match request.version() {
            // Boxed: the room for it would be part of every request's future.
            Version::HTTP_2 => Box::pin(http2::send(&self.pool, &self.connector, destination, request)).await,
            _ => http1::send(&self.pool, &self.connector, destination, request).await,
        }
    }
}

impl<I> fmt::Debug for Transport<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}
