//! Reading a stream: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html>
//!
//! An event's name is its `:event-type`; `!` and a type is an exception. Only calls have a start: text and reasoning begin
//! with their first delta. The usage comes behind `messageStop`, which therefore is not the end.

use super::answer;
use super::usage::settle_stream;
use crate::dialect::canonical::bounds::{MAX_OPEN, too_many};
use crate::dialect::canonical::event::{Citation, Event, Open};
use crate::dialect::canonical::read::Value;
use crate::dialect::canonical::request::Shown;
use crate::dialect::codec::{End, Parser, Sink};
use crate::dialect::failure;
use crate::error::{Class, Error};
use crate::wire::doc::Doc;

/// Reads a stream.
#[derive(Debug, Default)]
pub(super) struct StreamParser {
    model: Box<str>,
    started: bool,
    /// The number of the block that is opened next.
    next: u32,
    open: Vec<Block>,
    called: bool,
    stopped: bool,
    accounted: bool,
    failed: bool,
}

/// A block that is open.
#[derive(Debug)]
struct Block {
    /// Its index there.
    index: u64,
    /// Its number here.
    number: u32,
    kind: Kind,
    /// What it was signed with so far.
    signed: String,
    /// What it cites: told when its text is whole, of all of which it is.
    cites: Vec<Citation<'static>>,
    /// Nothing was said in it yet.
    empty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Reasoning,
    Hidden,
    Call,
    /// A tool that the vendor calls, and its results.
    Server,
}

impl Parser for StreamParser {
    fn event(&mut self, name: &str, data: &str, sink: &mut Sink<'_>) {
        if let Some(kind) = name.strip_prefix('!') {
            let doc = Doc::parse_answer(data).or_else(|_| Doc::parse("{}"));
            let error = doc.map_or_else(|_| invalid(), |doc| failure::named(kind, doc.root()).error);
            return self.fail(error, sink);
        }
        let known = matches!(
            name,
            "messageStart"
                | "contentBlockStart"
                | "contentBlockDelta"
                | "contentBlockStop"
                | "messageStop"
                | "metadata"
        );
        if !known || self.failed {
            return;
        }
        let Ok(doc) = Doc::parse_answer(data) else { return self.fail(invalid(), sink) };
        let event = doc.root();
        if !self.started {
            self.started = true;
            sink(Event::Start { id: "".into(), model: "".into(), created: None });
        }
        let index = event.get("contentBlockIndex").and_then(|index| index.count()).unwrap_or(0);
        match name {
            "contentBlockStart" => self.block_start(index, event, sink),
            "contentBlockDelta" => self.block_delta(index, event, sink),
            "contentBlockStop" => self.close(index, sink),
            "messageStop" => {
                self.close_all(sink);
                self.stopped = true;
                answer::finish(event, self.called, sink);
            }
            "metadata" => {
                self.accounted = true;
                let model = &self.model;
                answer::accounts(event, &mut |told| {
                    sink(match told {
                        Event::Usage(mut usage) => {
                            settle_stream(model, &mut usage);
                            Event::Usage(usage)
                        }
                        told => told,
                    });
                });
            }
            _ => {}
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) -> End {
        if !self.stopped || self.failed {
            return End::Truncated;
        }
        self.close_all(sink);
        End::Complete
    }

    fn is_over(&self) -> bool {
        self.failed || (self.stopped && self.accounted)
    }
}

impl StreamParser {
    /// A parser for a stream of the model.
    pub(super) fn new(model: &str) -> Self {
        Self { model: model.into(), ..Self::default() }
    }

    fn fail(&mut self, error: Error, sink: &mut Sink<'_>) {
        if !self.failed {
            self.failed = true;
            sink(Event::Error(Box::new(error)));
        }
    }

    fn block_start(&mut self, index: u64, event: Value<'_>, sink: &mut Sink<'_>) {
        let Some(start) = event.get("start") else { return };
        if start.get("image").is_some() {
            return self.fail(no_image(), sink);
        }
        let Some(call) = start.get("toolUse").filter(|call| !is_server(*call)) else {
            if start.get("toolUse").or_else(|| start.get("toolResult")).is_some() {
                self.block(index, Kind::Server, sink);
            }
            return;
        };
        self.close(index, sink);
        self.called = true;
        let number = self.push(index, Kind::Call, sink);
        sink(Event::Open { block: number, open: opened_call(call, number) });
    }

    fn block_delta(&mut self, index: u64, event: Value<'_>, sink: &mut Sink<'_>) {
        let Some(delta) = event.get("delta") else { return };
        if let Some(text) = delta.get_str("text") {
            if !text.is_empty() {
                let block = self.block(index, Kind::Text, sink);
                sink(Event::Text { block, text });
            }
        } else if let Some(input) = delta.get("toolUse").and_then(|call| call.get_str("input")) {
            match self.open.iter_mut().find(|block| block.index == index) {
                Some(block) if block.kind == Kind::Call => {
                    block.empty &= input.trim_ascii().is_empty();
                    sink(Event::Arguments { block: block.number, text: input });
                }
                Some(block) if block.kind == Kind::Server => {}
                _ if input.trim_ascii().is_empty() => {}
                _ => self
                    .fail(Error::new(Class::UpstreamInvalid, "the provider's stream has arguments of no call"), sink),
            }
        } else if let Some(reasoning) = delta.get("reasoningContent") {
            if let Some(text) = reasoning.get_str("text") {
                let block = self.block(index, Kind::Reasoning, sink);
                sink(Event::Reasoning { block, part: 0, text });
            } else if let Some(bytes) = reasoning.get_str("signature") {
                self.sign(index, Kind::Reasoning, &bytes, sink);
            } else if let Some(bytes) = reasoning.get_str("redactedContent") {
                self.sign(index, Kind::Hidden, &bytes, sink);
            }
        } else if let Some(citation) = delta.get("citation") {
            let number = self.block(index, Kind::Text, sink);
            if let Some(block) = self.open.iter_mut().find(|block| block.number == number) {
                block.cites.push(answer::citation(citation).into_owned());
            }
        } else if delta.get("image").is_some() {
            self.fail(no_image(), sink);
        }
    }

    /// The number of the block of that index and kind, which is opened if it is not open. One of another kind is closed:
    /// reasoning never goes on as text (trap 9).
    fn block(&mut self, index: u64, kind: Kind, sink: &mut Sink<'_>) -> u32 {
        if let Some(block) = self.open.iter().find(|block| block.index == index && block.kind == kind) {
            return block.number;
        }
        self.close(index, sink);
        let number = self.push(index, kind, sink);
        let open = match kind {
            Kind::Text => Open::Text,
            Kind::Reasoning => Open::Reasoning { shown: Shown::Summary, binds: None },
            Kind::Hidden => Open::Reasoning { shown: Shown::Hidden, binds: None },
            Kind::Call | Kind::Server => return number,
        };
        sink(Event::Open { block: number, open });
        number
    }

    fn push(&mut self, index: u64, kind: Kind, sink: &mut Sink<'_>) -> u32 {
        let number = self.next;
        if self.open.len() >= MAX_OPEN {
            self.fail(too_many("parts open at once"), sink);
            return number;
        }
        self.next += 1;
        self.open.push(Block { index, number, kind, signed: String::new(), cites: Vec::new(), empty: true });
        number
    }

    fn sign(&mut self, index: u64, kind: Kind, bytes: &str, sink: &mut Sink<'_>) {
        let number = self.block(index, kind, sink);
        if let Some(block) = self.open.iter_mut().find(|block| block.number == number) {
            block.signed.push_str(bytes);
        }
    }

    fn close(&mut self, index: u64, sink: &mut Sink<'_>) {
        if let Some(at) = self.open.iter().position(|block| block.index == index) {
            let Block { number: block, kind, signed, cites, empty, .. } = self.open.remove(at);
            match kind {
                Kind::Server => return,
                // A call without arguments may have no delta at all.
                Kind::Call if empty => sink(Event::Arguments { block, text: "{}".into() }),
                _ if signed.is_empty() => {}
                _ => sink(Event::Sign { block, bytes: signed.into() }),
            }
            for citation in cites {
                sink(Event::Cite { block, citation });
            }
            sink(Event::Close { block });
        }
    }

    fn close_all(&mut self, sink: &mut Sink<'_>) {
        while let Some(block) = self.open.first() {
            self.close(block.index, sink);
        }
    }
}

/// Whether it is a tool of the vendor's: its calls are not the client's to answer.
pub(super) fn is_server(call: Value<'_>) -> bool {
    call.get_str("type").is_some_and(|kind| kind == "server_tool_use")
}

/// How a call begins.
pub(super) fn opened_call(call: Value<'_>, number: u32) -> Open<'_> {
    let id = call.get_str("toolUseId").filter(|id| !id.is_empty());
    Open::Call {
        id: id.unwrap_or_else(|| ["gl_call_", itoa::Buffer::new().format(number)].concat().into()),
        name: call.get_str("name").unwrap_or_default(),
        namespace: None,
        custom: false,
        signed: None,
    }
}

fn invalid() -> Error {
    Error::new(Class::UpstreamInvalid, "the provider's stream is not valid JSON")
}

/// Pictures cannot be asked for, and no caller's dialect has a place for one (translation.md 3.23).
pub(super) fn no_image() -> Error {
    Error::new(Class::UnsupportedOutput, "the model answered with a picture, which cannot be told in this dialect")
}

#[cfg(test)]
pub(super) mod tests;
