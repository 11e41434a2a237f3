//! The end of a request: exactly once, whatever happens.
//!
//! An [`Account`] is opened with the request and owns its record and, from `admit` on, its reservation. It is closed
//! at the answer's last byte or at an error. Where neither is reached it is dropped, and that closes it too: the
//! client has gone, or the host is being stopped.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Method;

use super::drain::{self, Drain};
use super::{Gateway, log};
use crate::config::Settings;
use crate::dialect::Dialect;
use crate::error::Class;
use crate::host::Host;
use crate::provider::Provider;
use crate::provider::models;
use crate::store::{RequestId, Reservation, Store};
use crate::usage::{Cost, Tier, Usage};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer is whole.
    Done,
    /// The client left before the answer's end.
    ClientGone,
    /// The upstream's answer ended before its end; the client was told.
    UpstreamCut,
    /// Anything else.
    Error,
}

impl Outcome {
    /// The outcome's name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::ClientGone => "client_gone",
            Outcome::UpstreamCut => "upstream_cut",
            Outcome::Error => "error",
        }
    }
}

/// What is known of a request, for the log and the store.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) id: RequestId,
    /// When it began, on the host's two clocks.
    pub(crate) wall: Duration,
    pub(crate) started: Duration,
    pub(crate) method: Method,
    /// The path, without its query: that may hold a key.
    pub(crate) path: Box<str>,
    pub(crate) dialect: Dialect,
    pub(crate) settings: Option<Arc<Settings>>,
    /// The caller's key, as a place in the settings.
    pub(crate) key: Option<usize>,
    /// The model, as the client asked for it.
    pub(crate) model: Option<Box<str>>,
    /// The provider last tried, as a place in the settings, and the model there.
    pub(crate) target: Option<(usize, Box<str>)>,
    /// The dialect in which it was tried.
    pub(crate) upstream_dialect: Dialect,
    pub(crate) attempts: u32,
    pub(crate) upstream_id: Option<Box<str>>,
    pub(crate) stream: bool,
    pub(crate) status: u16,
    pub(crate) usage: Usage,
    /// The tier that the upstream's headers tell; most tell it with the usage.
    pub(crate) tier: Tier,
    /// An attempt before the last may have cost something, of which nothing was told.
    pub(crate) lost: bool,
    pub(crate) first_byte: Option<Duration>,
    pub(crate) ended: Duration,
    pub(crate) outcome: Outcome,
    /// What went wrong.
    pub(crate) error: Option<&'static str>,
    /// What an operator can do something about, of this or of an earlier target.
    pub(crate) reason: Option<Box<str>>,
}

impl Record {
    /// What the request has cost; `None` where that is not known. What nobody was asked for has cost nothing.
    pub(crate) fn cost(&self) -> Option<Cost> {
        if self.attempts == 0 {
            return Some(Cost(0));
        }
        let (place, model) = self.target.as_ref().filter(|_| !self.lost)?;
        let provider = self.settings.as_deref()?.providers.get(*place)?;
        let mut usage = self.usage;
        if usage.tier == Tier::Standard {
            usage.tier = self.tier;
        }
        let ended = self.wall.saturating_add(self.ended.saturating_sub(self.started));
        models::cost(provider, model, &usage, [self.wall, ended])
    }
}

/// What remains to be done after a request has ended, for [`Gateway::finish`]: owned data, with `B` the upstream's body
/// where that is still to be read.
pub struct Ending<B> {
    record: Record,
    reservation: Option<Reservation>,
    drain: Option<Box<Drain<B>>>,
}

/// An open request.
pub(crate) struct Account<H: Host, S: Store> {
    gateway: Arc<Gateway<H, S>>,
    /// `None` once it is closed.
    open: Option<Box<Open>>,
}

struct Open {
    record: Record,
    reservation: Option<Reservation>,
}

impl<H: Host, S: Store> Account<H, S> {
    pub(crate) fn open(gateway: Arc<Gateway<H, S>>, record: Record) -> Self {
        Self { gateway, open: Some(Box::new(Open { record, reservation: None })) }
    }

    pub(crate) fn gateway(&self) -> &Gateway<H, S> {
        &self.gateway
    }

    /// Notes something about the request; nothing once it is closed.
    pub(crate) fn note(&mut self, note: impl FnOnce(&mut Record)) {
        if let Some(open) = &mut self.open {
            note(&mut open.record);
        }
    }

    /// Takes on what the store holds for the request.
    pub(crate) fn hold(&mut self, reservation: Reservation) {
        if let Some(open) = &mut self.open {
            open.reservation = Some(reservation);
        }
    }

    /// The first byte of the answer's body goes out.
    pub(crate) fn first_byte(&mut self) {
        if let Some(open) = &mut self.open
            && open.record.first_byte.is_none()
        {
            open.record.first_byte = Some(self.gateway.host.monotonic());
        }
    }

    /// Ends the request. What comes after the first time does nothing.
    pub(crate) fn close(&mut self, outcome: Outcome) {
        self.end(outcome, None);
    }

    /// Ends the request of a client that has gone; what its provider still bills is read for the usage alone.
    pub(crate) fn drain(&mut self, drain: Drain<H::Body>) {
        self.end(Outcome::ClientGone, Some(Box::new(drain)));
    }

    /// Whether what the provider still says is read after its client has gone: it bills that all the same.
    pub(crate) fn is_drained(&self) -> bool {
        self.provider().is_some_and(|provider| provider.drains)
            && Arc::strong_count(&self.gateway.drains) <= drain::MOST
            && !self.gateway.stopping.load(Ordering::Relaxed)
    }

    /// The provider that the request is at.
    pub(crate) fn provider(&self) -> Option<&Provider> {
        let record = &self.open.as_ref()?.record;
        let (place, _) = record.target.as_ref()?;
        record.settings.as_deref()?.providers.get(*place)
    }

    fn end(&mut self, outcome: Outcome, drain: Option<Box<Drain<H::Body>>>) {
        let Some(open) = self.open.take() else { return };
        let Open { mut record, reservation } = *open;
        record.outcome = outcome;
        record.ended = self.gateway.host.monotonic();
        let reservation = reservation.filter(|reservation| !reservation.is_empty());
        if reservation.is_none() && drain.is_none() {
            // Nothing is held, so nothing has to be awaited.
            log::write(&self.gateway.host, &record, None);
        } else {
            self.gateway.host.finish_later(Ending { record, reservation, drain });
        }
    }
}

impl<H: Host, S: Store> Drop for Account<H, S> {
    fn drop(&mut self) {
        if self.gateway.stopping.load(Ordering::Relaxed) {
            self.note(|record| record.error = Some(Class::Stopping.code()));
            self.close(Outcome::Error);
        }
        self.close(Outcome::ClientGone);
    }
}

impl<H: Host, S: Store> Gateway<H, S> {
    /// Does what remains after a request has ended; see [`Host::finish_later`].
    pub async fn finish(&self, ending: Ending<H::Body>) {
        let Ending { mut record, reservation, drain } = ending;
        if let Some(drain) = drain {
            let stopping = || self.stopping.load(Ordering::Relaxed);
            if let Some(usage) = drain.read(&self.host, stopping).await {
                record.usage = usage;
            }
        }
        let settled = match reservation {
            Some(reservation) => self.store.settle(reservation.settle(record.usage)).await,
            None => Ok(()),
        };
        let problem = settled.err().map(|error| error.0);
        log::write(&self.host, &record, problem.as_deref());
    }
}

impl<B> std::fmt::Debug for Ending<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ending").field("record", &self.record).finish_non_exhaustive()
    }
}
