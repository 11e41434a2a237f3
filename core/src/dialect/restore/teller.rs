//! Tells blocks to the caller's writer: numbers them, and tags what is signed in them.

use crate::dialect::Dialect;
use crate::dialect::canonical::carrier::{self, Origin};
use crate::dialect::canonical::{Event, Open, Shown};
use crate::dialect::codec::Sink;

/// Tells blocks.
#[derive(Debug)]
pub(super) struct Teller {
    /// Reasoning must be signed there, with nothing if need be: an unsigned block would later be relayed to the dialect's
    /// own vendor and refused. And a call has no slot for a signature (translation.md 3.11).
    pub(super) signs: bool,
    origin: Origin<'static>,
    next: u32,
}

impl Teller {
    pub(super) fn new(caller: Dialect, origin: Origin<'static>) -> Self {
        Self { signs: matches!(caller, Dialect::Messages | Dialect::Responses), origin, next: 0 }
    }

    /// Opens a block, and says its number.
    pub(super) fn open(&mut self, open: Open<'_>, sink: &mut Sink<'_>) -> u32 {
        let block = self.next;
        self.next += 1;
        sink(Event::Open { block, open });
        block
    }

    /// Signs a block.
    pub(super) fn sign(&self, block: u32, bytes: &str, sink: &mut Sink<'_>) {
        sink(Event::Sign { block, bytes: carrier::tag(&self.origin, None, bytes).into() });
    }

    /// Tells bytes in a block of their own.
    pub(super) fn hidden(&mut self, binds: Option<&str>, bytes: &str, sink: &mut Sink<'_>) {
        let open = Open::Reasoning { shown: Shown::Hidden, binds: binds.map(Into::into) };
        let block = self.open(open, sink);
        sink(Event::Sign { block, bytes: carrier::tag(&self.origin, binds, bytes).into() });
        sink(Event::Close { block });
    }

    /// A call's signature, tagged, where the caller has a slot for it; else it is told right before the call.
    pub(super) fn call_signature(&mut self, id: &str, bytes: &str, sink: &mut Sink<'_>) -> Option<String> {
        if self.signs {
            self.hidden(Some(id), bytes, sink);
            return None;
        }
        Some(carrier::tag(&self.origin, None, bytes))
    }
}
