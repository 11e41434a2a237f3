//! Reading a stream. It has no end of its own: it is whole if each candidate has said why it ends (translation.md 4.5).

use super::read_answer::Reader;
use crate::dialect::canonical::Event;
use crate::dialect::canonical::read::Doc;
use crate::dialect::codec::{End, Parser, Sink};
use crate::error::{Class, Error};

/// Reads a stream.
#[derive(Debug, Default)]
pub(super) struct StreamParser {
    reader: Reader,
    failed: bool,
}

impl Parser for StreamParser {
    fn event(&mut self, _name: &str, data: &str, sink: &mut Sink<'_>) {
        let trimmed = data.trim();
        // `[DONE]` is what servers send that only speak as Google does; `: keepalive` what some models on Vertex do.
        if self.failed || trimmed.is_empty() || trimmed == "[DONE]" || trimmed.starts_with(':') {
            return;
        }
        let told = match Doc::parse_answer(data) {
            Ok(doc) => self.reader.chunk(doc.root(), sink),
            Err(_) => Err(Error::new(Class::UpstreamInvalid, "the provider's stream holds what is no JSON")),
        };
        if let Err(error) = told {
            self.failed = true;
            sink(Event::Error(Box::new(error)));
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) -> End {
        if self.failed {
            return End::Truncated;
        }
        self.reader.finish(sink)
    }

    fn is_over(&self) -> bool {
        self.failed
    }
}

#[cfg(test)]
mod tests;
