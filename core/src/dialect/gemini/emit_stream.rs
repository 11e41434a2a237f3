//! Writing a stream.

use crate::dialect::canonical::Event;
use crate::dialect::codec::{Echo, Emitter};
use crate::error::Error;

/// Writes a stream.
#[derive(Debug)]
pub(super) struct StreamEmitter {
    _echo: Echo,
}

impl StreamEmitter {
    pub(super) fn new(echo: Echo) -> Self {
        Self { _echo: echo }
    }
}

impl Emitter for StreamEmitter {
    fn event(&mut self, _event: &Event<'_>, _out: &mut Vec<u8>) {
        todo!()
    }

    fn finish(&mut self, _out: &mut Vec<u8>) {
        todo!()
    }

    fn fail(&mut self, _error: &Error, _out: &mut Vec<u8>) {
        todo!()
    }
}
