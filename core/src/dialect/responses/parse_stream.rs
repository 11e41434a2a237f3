//! Reading a stream.

use crate::dialect::codec::{End, Parser, Sink};

/// Reads a stream.
#[derive(Debug, Default)]
pub(super) struct StreamParser {}

impl Parser for StreamParser {
    fn event(&mut self, _name: &str, _data: &str, _sink: &mut Sink<'_>) {
        todo!()
    }

    fn finish(&mut self, _sink: &mut Sink<'_>) -> End {
        todo!()
    }

    fn is_over(&self) -> bool {
        todo!()
    }
}
