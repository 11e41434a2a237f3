//! What the core needs of state that outlives a request.
//!
//! A store admits a request against every limit that applies to it, in one atomic call, and settles it when its true
//! cost is known. What the request holds in between is a [`Reservation`].

use std::fmt;
use std::future::Future;

use crate::usage::Usage;

/// State shared by the requests of a gateway.
pub trait Store: 'static {
    /// Checks and reserves everything that applies to the request, or denies it. Idempotent by request id.
    fn admit(&self, admission: &Admission<'_>) -> impl Future<Output = Result<Reservation, Denied>>;

    /// Replaces a reservation by what the request really used. Idempotent by request id.
    fn settle(&self, settlement: Settlement) -> impl Future<Output = Result<(), StoreError>>;
}

/// A request that asks to be admitted.
#[derive(Debug)]
pub struct Admission<'a> {
    /// The request's id.
    pub request: RequestId,
    /// The name of the caller's key; `None` where the gateway serves without keys.
    pub key: Option<&'a str>,
}

/// What the store holds for an admitted request until it is settled.
#[must_use = "a reservation that is not settled stays charged"]
#[derive(Debug)]
pub struct Reservation {
    request: RequestId,
    held: bool,
}

impl Reservation {
    /// A reservation that the store must be told the end of.
    pub fn held(request: RequestId) -> Self {
        Self { request, held: true }
    }

    /// A reservation of nothing: no limit applied, and nothing has to be settled.
    pub fn empty(request: RequestId) -> Self {
        Self { request, held: false }
    }

    /// Whether the store holds nothing for the request.
    pub fn is_empty(&self) -> bool {
        !self.held
    }

    /// The settlement that ends this reservation.
    pub fn settle(self, usage: Usage) -> Settlement {
        Settlement { request: self.request, usage }
    }
}

/// The end of a reservation.
#[derive(Debug)]
pub struct Settlement {
    /// The request's id.
    pub request: RequestId,
    /// What the request used; all zero where nothing reached an upstream.
    pub usage: Usage,
}

/// A limit that the request would have passed.
#[derive(Debug)]
pub struct Denied {
    /// Which limit, in words for the caller.
    pub reason: Box<str>,
    /// Whole seconds until it is worth another try.
    pub retry_after: Option<u64>,
}

/// The store could not be reached or refused the call.
#[derive(Debug)]
pub struct StoreError(pub Box<str>);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}

/// A request's id: 128 random bits, written as `req_` and 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// An id of the given random bits.
    pub fn new(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// The id as it is written.
    pub fn text(self) -> [u8; 36] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = *b"req_00000000000000000000000000000000";
        for (pair, byte) in text.iter_mut().skip(4).zip(self.0.iter().flat_map(|byte| [byte >> 4, byte & 15])) {
            *pair = DIGITS.get(usize::from(byte)).copied().unwrap_or(b'0');
        }
        text
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

/// The store of a gateway without limits: it admits everything and holds nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

impl Store for Unlimited {
    async fn admit(&self, admission: &Admission<'_>) -> Result<Reservation, Denied> {
        Ok(Reservation::empty(admission.request))
    }

    async fn settle(&self, _settlement: Settlement) -> Result<(), StoreError> {
        Ok(())
    }
}
