//! Reading a stream (translation.md 4.2).

use super::answer::Answer;
use crate::dialect::canonical::Event;
use crate::dialect::canonical::read::{Doc, Kind};
use crate::dialect::codec::{End, Parser, Sink};
use crate::error::{Class, Error};

/// Reads a stream.
#[derive(Debug, Default)]
pub(super) struct StreamParser {
    answer: Answer,
    /// `[DONE]`, or an error: nothing can follow.
    over: bool,
    failed: bool,
}

impl Parser for StreamParser {
    fn event(&mut self, _name: &str, data: &str, sink: &mut Sink<'_>) {
        if self.over {
            return;
        }
        if data.trim_ascii_start().starts_with("[DONE]") {
            self.over = true;
            return;
        }
        let taken = match Doc::parse_answer(data) {
            Ok(doc) if doc.root().kind() == Kind::Object => self.answer.take(doc.root(), "delta", sink),
            _ => Err(Box::new(Error::new(Class::UpstreamInvalid, "the provider's stream is not valid JSON"))),
        };
        if let Err(error) = taken {
            self.over = true;
            self.failed = true;
            sink(Event::Error(error));
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) -> End {
        if self.answer.is_run && self.over && !self.failed {
            self.answer.end(sink);
        }
        // `[DONE]` is no evidence: some send it after whatever has happened. What is cut is not closed.
        if self.failed || !self.answer.is_complete() {
            return End::Truncated;
        }
        self.answer.close(sink);
        End::Complete
    }

    fn is_over(&self) -> bool {
        self.over
    }
}
