//! A tokio process as a host.

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gatelet_core::Ending;
use gatelet_core::host::{Ambient, Host, Identity, IdentityError, Outgoing, SendError};
use tokio::time::Instant;

use crate::ambient::{self, Surroundings};
use crate::random::Random;
use crate::sign;
use crate::sleep::Sleep;
use crate::transport::Exchange;

/// Where a native adapter's log lines and endings go: all that the local server and the function differ in.
pub trait Outlet<B>: 'static {
    /// See [`Host::emit`].
    fn emit(&self, line: &[u8]);

    /// See [`Host::finish_later`].
    fn finish_later(&self, ending: Ending<B>);
}

/// A tokio process as a host.
#[derive(Debug)]
pub struct NativeHost<T, O> {
    transport: T,
    outlet: O,
    surroundings: Surroundings,
    random: Random,
    started: Instant,
}

impl<T, O> NativeHost<T, O> {
    /// A host with that transport and outlet, in those surroundings.
    pub fn new(transport: T, outlet: O, surroundings: Surroundings) -> Self {
        Self { transport, outlet, surroundings, random: Random::default(), started: Instant::now() }
    }

    /// The transport.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// The outlet.
    pub fn outlet(&self) -> &O {
        &self.outlet
    }
}

impl<T: Exchange, O: Outlet<T::Body>> Host for NativeHost<T, O> {
    type Incoming = T::Incoming;
    type Body = T::Body;
    type Sleep = Sleep;

    fn send(
        &self,
        request: http::Request<Outgoing<Self::Incoming>>,
    ) -> impl Future<Output = Result<http::Response<Self::Body>, SendError>> {
        self.transport.send(request)
    }

    fn wall(&self) -> Duration {
        // A clock set to before 1970 reads as 1970.
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    fn random(&self, buffer: &mut [u8]) {
        self.random.fill(buffer);
    }

    fn sleep(&self, after: Duration) -> Sleep {
        Sleep::new(after)
    }

    fn reset(&self, sleep: &mut Sleep, after: Duration) {
        sleep.reset(after);
    }

    fn emit(&self, line: &[u8]) {
        self.outlet.emit(line);
    }

    fn finish_later(&self, ending: Ending<T::Body>) {
        self.outlet.finish_later(ending);
    }

    fn sign_rs256(&self, key: &[u8], message: &[u8]) -> impl Future<Output = Result<Vec<u8>, IdentityError>> {
        std::future::ready(sign::rs256(key, message))
    }

    fn ambient(&self, identity: Identity) -> impl Future<Output = Result<Ambient, IdentityError>> {
        // Boxed: few requests ask, but the room for it would be part of every request's future.
        Box::pin(ambient::ask(&self.surroundings, identity, self.wall()))
    }
}
