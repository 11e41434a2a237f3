//! Reading a stream. <https://docs.anthropic.com/en/docs/build-with-claude/streaming>

use super::answer::Answer;
use super::error;
use crate::dialect::canonical::Event;
use crate::dialect::canonical::read::{Doc, Value};
use crate::dialect::codec::{End, Parser, Sink};
use crate::error::{Class, Error};

/// Reads a stream.
#[derive(Debug, Default)]
pub(super) struct StreamParser {
    answer: Answer,
    stopped: bool,
    failed: bool,
}

impl Parser for StreamParser {
    fn event(&mut self, name: &str, data: &str, sink: &mut Sink<'_>) {
        if data.trim_ascii() == "[DONE]" {
            return;
        }
        let Ok(doc) = Doc::parse_answer(data) else {
            self.failed = true;
            let error = Error::new(Class::UpstreamInvalid, "the provider's stream holds an event that is no JSON");
            sink(Event::Error(Box::new(error)));
            return;
        };
        let event = doc.root();
        // Compatible servers leave the name out; the type is always there.
        let kind = event.get_str("type").unwrap_or(name.into());
        let index = event.get("index").and_then(|index| index.count()).unwrap_or(0);
        match &*kind {
            "message_start" => {
                if let Some(message) = event.get("message") {
                    self.answer.start(message, sink);
                }
            }
            "content_block_start" => {
                if let Some(content) = event.get("content_block") {
                    self.answer.open(index, content, sink);
                }
            }
            "content_block_delta" => {
                if let Some(delta) = event.get("delta") {
                    self.answer.delta(index, delta, sink);
                }
            }
            "content_block_stop" => self.answer.close(index, sink),
            "message_delta" => self.answer.end(event.get("delta").unwrap_or(event), event.get("usage"), sink),
            // Without a reason before it, it is no evidence that the answer is whole.
            "message_stop" => self.stopped = true,
            "ping" => sink(Event::Ping),
            "error" => self.fail(event, sink),
            "" if event.get("error").is_some() => self.fail(event, sink),
            _ => {}
        }
    }

    fn finish(&mut self, _sink: &mut Sink<'_>) -> End {
        // What a cut has left open stays open: half a call's arguments must not look whole.
        if self.answer.finished && !self.failed { End::Complete } else { End::Truncated }
    }

    fn is_over(&self) -> bool {
        self.failed || (self.stopped && self.answer.finished)
    }
}

impl StreamParser {
    fn fail(&mut self, event: Value<'_>, sink: &mut Sink<'_>) {
        self.failed = true;
        sink(Event::Error(Box::new(error::read(event))));
    }
}

#[cfg(test)]
pub(super) mod tests;
