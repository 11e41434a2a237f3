//! A stream on its way to the client: cut at its events, looked at, and let through.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::dialect::{Dialect, Watch};
use crate::error::Error;
use crate::store::RequestId;
use crate::usage::Usage;
use crate::wire::frame::{FrameFault, Framer, UnitKind};

/// A stream on its way. Bytes go in as they come, whole events come out, the same bytes but for what must not pass.
#[derive(Debug)]
pub(crate) struct Meter {
    dialect: Dialect,
    framer: Framer,
    watch: Watch,
    /// What may go to the client.
    ready: VecDeque<Bytes>,
    /// An event that says something has been seen.
    meaningful: bool,
    /// Before one that says something, an event was none of the dialect's.
    invalid: bool,
    /// The last bytes out have no blank line behind them.
    open_ended: bool,
    events: usize,
    bytes: usize,
}

impl Meter {
    pub(crate) fn new(dialect: Dialect, framer: Framer, watch: Watch) -> Self {
        Self {
            dialect,
            framer,
            watch,
            ready: VecDeque::new(),
            meaningful: false,
            invalid: false,
            open_ended: false,
            events: 0,
            bytes: 0,
        }
    }

    /// Takes what the upstream has sent.
    ///
    /// # Errors
    /// It is no stream of events, or an event is too large.
    pub(crate) fn take(&mut self, data: Bytes) -> Result<(), FrameFault> {
        let whole = self.framer.feed(data)?;
        let mut start = 0;
        for unit in self.framer.units() {
            let keep = match unit.kind {
                UnitKind::Event | UnitKind::Spread => {
                    self.events += 1;
                    let name = whole.get(unit.name.clone()).unwrap_or_default();
                    let seen = self.watch.observe(name, &unit.payload(&whole), self.meaningful);
                    self.meaningful |= seen.meaningful;
                    self.invalid |= seen.invalid;
                    !seen.omit
                }
                // Google's SDKs take every line that is not `data: ` for JSON.
                UnitKind::Comment => self.dialect != Dialect::Gemini,
                // The end of an array that is not complete would leave no place for the error.
                UnitKind::Blank => !self.framer.is_array() || self.watch.is_complete() || self.watch.has_failed(),
            };
            if !keep {
                if start < unit.span.start {
                    self.ready.push_back(whole.slice(start..unit.span.start));
                }
                start = unit.span.end;
            }
        }
        if start < whole.len() {
            self.ready.push_back(whole.slice(start..));
        }
        self.bytes += whole.len();
        Ok(())
    }

    /// Takes the end of a stream that was not broken off: its last event may lack the blank line.
    pub(crate) fn finish(&mut self) {
        let Some((bytes, unit)) = self.framer.finish() else { return };
        let name = bytes.get(unit.name.clone()).unwrap_or_default();
        let seen = self.watch.observe(name, &unit.payload(&bytes), self.meaningful);
        self.meaningful |= seen.meaningful;
        self.invalid |= seen.invalid;
        if !seen.omit {
            self.open_ended = true;
            self.ready.push_back(bytes);
        }
    }

    /// Ends the stream as it is. What lacks its blank line would not be an event to those who go by the standard.
    pub(crate) fn close(&mut self) {
        if std::mem::take(&mut self.open_ended) {
            self.ready.push_back(Bytes::from_static(b"\n\n"));
        }
    }

    /// Ends the stream with an error event.
    pub(crate) fn fail(&mut self, error: &Error, request: RequestId) {
        self.close();
        self.ready.push_back(self.watch.failure(error, request, &self.framer).into());
    }

    /// Sends a keep-alive. Between events is anywhere: only whole ones go out.
    pub(crate) fn ping(&mut self) {
        self.ready.push_back(Bytes::from_static(self.dialect.ping()));
    }

    /// The next bytes for the client.
    pub(crate) fn next(&mut self) -> Option<Bytes> {
        self.ready.pop_front()
    }

    /// What is ready goes nowhere: the stream broke in the middle of it.
    pub(crate) fn clear(&mut self) {
        self.ready.clear();
    }

    /// Whether something that is ready is such.
    pub(crate) fn is_any_ready(&self, is_such: impl Fn(&[u8]) -> bool) -> bool {
        self.ready.iter().any(|bytes| is_such(bytes))
    }

    /// Whether nothing is ready.
    pub(crate) fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    /// Whether the stream's last event has been seen: nothing of it can follow.
    pub(crate) fn is_over(&self) -> bool {
        self.watch.is_over()
    }

    /// Whether an event that says something has been seen.
    pub(crate) fn is_meaningful(&self) -> bool {
        self.meaningful
    }

    /// Whether the stream has shown that it is whole.
    pub(crate) fn is_complete(&self) -> bool {
        self.watch.is_complete()
    }

    /// Whether the stream has told of its own failure.
    pub(crate) fn has_failed(&self) -> bool {
        self.watch.has_failed()
    }

    /// Whether the stream began with something that is none of the dialect's.
    pub(crate) fn is_invalid(&self) -> bool {
        self.invalid
    }

    /// How much is held: events, and bytes.
    pub(crate) fn held(&self) -> (usize, usize) {
        (self.events, self.bytes)
    }

    /// What the stream has used, as far as it told.
    pub(crate) fn usage(&self) -> Usage {
        self.watch.usage()
    }
}
