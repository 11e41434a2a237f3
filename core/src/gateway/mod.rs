//! One request's way, a file a step.

use std::sync::Arc;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::marker::PhantomData;

use bytes::Bytes;
use http_body::{Body, Frame};

use crate::config::{Problems, Settings};
use crate::host::Host;
use crate::store::Store;

/// Settings to serve with, or why there are none: then every answer is a 500 that says so.
pub type Configured = Result<Arc<Settings>, Arc<Problems>>;

/// A gateway on a host, with a store.
pub struct Gateway<H, S> { host: H, store: S, configured: std::sync::RwLock<Configured> }

impl<H: Host, S: Store> Gateway<H, S> {
    /// A gateway that serves with the given settings.
    pub fn new(host: H, store: S, configured: Configured) -> Arc<Self> {
        Arc::new(Self { host, store, configured: std::sync::RwLock::new(configured) })
    }
    /// Serves with other settings from the next request on.
    pub fn reconfigure(&self, configured: Configured) {
        if let Ok(mut c) = self.configured.write() { *c = configured; }
    }
    /// The host.
    pub fn host(&self) -> &H { &self.host }
    /// Answers one request. Never fails: what goes wrong is an error in the dialect of the path.
    pub async fn handle(self: &Arc<Self>, request: http::Request<H::Incoming>) -> http::Response<Reply<H, S>> {
        let _ = (request, &self.store);
        http::Response::new(Reply { data: Some(Bytes::from_static(b"{}")), _p: PhantomData })
    }
    /// Does what remains after a request has ended; see [`Host::finish_later`].
    pub async fn finish(&self, ending: Ending) { let _ = ending; }
}

/// What remains to be done after a request has ended: plain data.
#[derive(Debug)]
pub struct Ending {}

/// The body of an answer. It never fails; dropped before its end, it accounts for a client that has gone.
pub struct Reply<H, S> { data: Option<Bytes>, _p: PhantomData<Arc<Gateway<H, S>>> }

impl<H: Host, S: Store> Body for Reply<H, S> {
    type Data = Bytes;
    type Error = Infallible;
    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.data.take().map(|d| Ok(Frame::data(d))))
    }
}
