//! A stream's way to its client: relayed, or translated. Both take the upstream's bytes and hold the client's.

use bytes::Bytes;

use super::meter::Meter;
use crate::dialect::translate::Translation;
use crate::dialect::{Dialect, Watch};
use crate::error::Error;
use crate::store::RequestId;
use crate::usage::Usage;
use crate::wire::frame::Framer;

/// A stream's way.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a relay is the common case, and its answer is boxed")]
pub(crate) enum Passage {
    /// The upstream speaks the client's dialect: its own bytes pass.
    Relay(Meter),
    /// It does not.
    Translation(Box<Translation>),
}

/// The stream cannot go on: what the upstream sends is no stream, or an event is past the limit.
#[derive(Debug)]
pub(crate) struct Broken;

macro_rules! either {
    ($self:ident, $passage:ident => $does:expr) => {
        match $self {
            Passage::Relay($passage) => $does,
            Passage::Translation($passage) => $does,
        }
    };
}

impl Passage {
    /// The upstream's own bytes on their way.
    pub(crate) fn relay(dialect: Dialect, framer: Framer, watch: Watch) -> Self {
        Self::Relay(Meter::new(dialect, framer, watch))
    }

    /// One that nothing passes any more.
    pub(crate) fn spent() -> Self {
        Self::relay(Dialect::Chat, Framer::sse(), Watch::new(Dialect::Chat, 1, false))
    }

    /// Takes what the upstream has sent.
    pub(crate) fn take(&mut self, data: Bytes) -> Result<(), Broken> {
        match self {
            Passage::Relay(meter) => meter.take(data).map_err(|_| Broken),
            Passage::Translation(translation) => translation.take(data).map_err(|_| Broken),
        }
    }

    /// Takes the end of a stream that was not broken off.
    pub(crate) fn finish(&mut self) {
        either!(self, passage => passage.finish());
    }

    /// Ends the stream as it is.
    pub(crate) fn close(&mut self) {
        match self {
            Passage::Relay(meter) => meter.close(),
            Passage::Translation(translation) => translation.close(),
        }
    }

    /// Ends the stream with an error event.
    pub(crate) fn fail(&mut self, error: &Error, request: RequestId) {
        match self {
            Passage::Relay(meter) => meter.fail(error, request),
            Passage::Translation(translation) => translation.fail(error),
        }
    }

    /// Sends a keep-alive.
    pub(crate) fn ping(&mut self) {
        match self {
            Passage::Relay(meter) => meter.ping(),
            Passage::Translation(translation) => {
                translation.ping();
            }
        }
    }

    /// The next bytes for the client.
    pub(crate) fn next(&mut self) -> Option<Bytes> {
        either!(self, passage => passage.next())
    }

    /// What is ready goes nowhere.
    pub(crate) fn clear(&mut self) {
        match self {
            Passage::Relay(meter) => meter.clear(),
            Passage::Translation(translation) => translation.clear(),
        }
    }

    /// Whether nothing is ready.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Passage::Relay(meter) => meter.is_empty(),
            Passage::Translation(translation) => translation.is_empty(),
        }
    }

    /// Whether the stream's last event has been seen.
    pub(crate) fn is_over(&self) -> bool {
        match self {
            Passage::Relay(meter) => meter.is_over(),
            Passage::Translation(translation) => translation.is_over(),
        }
    }

    /// Whether nothing more is wanted of the upstream, whatever it would still say.
    pub(crate) fn is_enough(&self) -> bool {
        matches!(self, Passage::Translation(translation) if translation.is_stopped())
    }

    /// Whether an event that says something has been seen.
    pub(crate) fn is_meaningful(&self) -> bool {
        match self {
            Passage::Relay(meter) => meter.is_meaningful(),
            Passage::Translation(translation) => translation.is_meaningful(),
        }
    }

    /// Whether the stream has shown that it is whole.
    pub(crate) fn is_complete(&self) -> bool {
        match self {
            Passage::Relay(meter) => meter.is_complete(),
            Passage::Translation(translation) => translation.is_complete(),
        }
    }

    /// Whether the stream has told of its own failure.
    pub(crate) fn has_failed(&self) -> bool {
        match self {
            Passage::Relay(meter) => meter.has_failed(),
            Passage::Translation(translation) => translation.failure().is_some(),
        }
    }

    /// What the upstream says has gone wrong, where that had to be read.
    pub(crate) fn failure(&self) -> Option<&Error> {
        match self {
            Passage::Relay(_) => None,
            Passage::Translation(translation) => translation.failure(),
        }
    }

    /// Whether the stream has told of its own failure in words that quote something.
    pub(crate) fn fails_quoting(&self, quotes: impl Fn(&[u8]) -> bool) -> bool {
        match self {
            Passage::Relay(meter) => meter.has_failed() && meter.is_any_ready(quotes),
            Passage::Translation(translation) => {
                translation.failure().is_some_and(|error| quotes(error.message.as_bytes()))
            }
        }
    }

    /// Whether the model has made a call that is none.
    pub(crate) fn is_malformed(&self) -> bool {
        matches!(self, Passage::Translation(translation) if translation.is_malformed())
    }

    /// Whether the stream began with something that is none of the dialect's.
    pub(crate) fn is_invalid(&self) -> bool {
        matches!(self, Passage::Relay(meter) if meter.is_invalid())
    }

    /// How much is held: events, and bytes.
    pub(crate) fn held(&self) -> (usize, usize) {
        match self {
            Passage::Relay(meter) => meter.held(),
            Passage::Translation(translation) => translation.held(),
        }
    }

    /// What the stream has used, as far as it told.
    pub(crate) fn usage(&self) -> Usage {
        match self {
            Passage::Relay(meter) => meter.usage(),
            Passage::Translation(translation) => translation.usage(),
        }
    }
}
