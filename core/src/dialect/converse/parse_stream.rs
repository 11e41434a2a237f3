//! Reading a stream: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html>
//!
//! An event's name is its `:event-type`; `!` and a type is an exception. Only calls have a start: text and reasoning begin
//! with their first delta. The usage comes behind `messageStop`, which therefore is not the end.

use super::answer;
use super::usage::settle_stream;
use crate::dialect::canonical::event::{Event, Open};
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
            let doc = Doc::parse(data).or_else(|_| Doc::parse("{}"));
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
        let Ok(doc) = Doc::parse(data) else { return self.fail(invalid(), sink) };
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
        let number = self.push(index, Kind::Call);
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
            let block = self.block(index, Kind::Text, sink);
            sink(Event::Cite { block, citation: answer::citation(citation) });
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
        let number = self.push(index, kind);
        let open = match kind {
            Kind::Text => Open::Text,
            Kind::Reasoning => Open::Reasoning { shown: Shown::Summary, binds: None },
            Kind::Hidden => Open::Reasoning { shown: Shown::Hidden, binds: None },
            Kind::Call | Kind::Server => return number,
        };
        sink(Event::Open { block: number, open });
        number
    }

    fn push(&mut self, index: u64, kind: Kind) -> u32 {
        let number = self.next;
        self.next += 1;
        self.open.push(Block { index, number, kind, signed: String::new(), empty: true });
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
            let Block { number: block, kind, signed, empty, .. } = self.open.remove(at);
            match kind {
                Kind::Server => return,
                // A call without arguments may have no delta at all.
                Kind::Call if empty => sink(Event::Arguments { block, text: "{}".into() }),
                _ if signed.is_empty() => {}
                _ => sink(Event::Sign { block, bytes: signed.into() }),
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
    Error::new(Class::UpstreamInvalid, "the model answered with a picture, which cannot be told in this dialect")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The events of a stream, as text, and its end.
    pub(in super::super) fn told(events: &[(&str, &str)]) -> (Vec<String>, End) {
        let mut parser = StreamParser::default();
        let mut told = Vec::new();
        let mut sink = |event: Event<'_>| told.push(spelled(&event));
        for (name, data) in events {
            parser.event(name, data, &mut sink);
        }
        let end = parser.finish(&mut sink);
        (told, end)
    }

    /// An event, short.
    pub(in super::super) fn spelled(event: &Event<'_>) -> String {
        match event {
            Event::Start { .. } => "start".to_owned(),
            Event::Open { block, open } => match open {
                Open::Text => format!("{block} text"),
                Open::Refusal => format!("{block} refusal"),
                Open::Reasoning { shown, .. } => format!("{block} {shown:?}"),
                Open::Call { id, name, .. } => format!("{block} call {id} {name}"),
            },
            Event::Text { block, text } | Event::Reasoning { block, text, .. } | Event::Arguments { block, text } => {
                format!("{block} + {text}")
            }
            Event::Sign { block, bytes } => format!("{block} signed {bytes}"),
            Event::Cite { block, citation } => {
                format!("{block} cites {} {} {:?} {}", citation.url, citation.title, citation.cited, citation.document)
            }
            Event::Close { block } => format!("{block} ."),
            Event::Usage(usage) => format!("usage {} {} {}", usage.input, usage.output, usage.complete),
            Event::Finish { reason, stop_sequence } => format!("{reason:?} {stop_sequence:?}"),
            Event::Tier(tier) => format!("tier {tier}"),
            Event::Error(error) => format!("error {:?} {}", error.class, error.message),
            other => format!("{other:?}"),
        }
    }

    const START: (&str, &str) = ("messageStart", r#"{"p":"abcdefgh","role":"assistant"}"#);
    const STOP: (&str, &str) = ("messageStop", r#"{"p":"ab","stopReason":"end_turn"}"#);
    const META: (&str, &str) = (
        "metadata",
        r#"{"metrics":{"latencyMs":438},"p":"abc","usage":{"inputTokens":30,"outputTokens":8,"totalTokens":38},"serviceTier":{"type":"default"}}"#,
    );

    #[test]
    fn text_and_reasoning_begin_with_their_first_delta() {
        let (told, end) = told(&[
            START,
            ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Let"}},"p":"x"}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":" me"}}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"EqQB"}}}"#),
            ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"ZGF0YQ=="}}}"#,
            ),
            ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"text":""}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"text":"Hi"}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"text":" \u00e9"}}"#),
            ("contentBlockStop", r#"{"contentBlockIndex":2}"#),
            STOP,
            META,
        ]);
        let expected = [
            "start",
            "0 Summary",
            "0 + Let",
            "0 +  me",
            "0 signed EqQB",
            "0 .",
            "1 Hidden",
            "1 signed ZGF0YQ==",
            "1 .",
            "2 text",
            "2 + Hi",
            "2 +  é",
            "2 .",
            "Stop None",
            "usage 30 8 true",
            "tier default",
        ];
        assert_eq!((told.iter().map(String::as_str).collect::<Vec<_>>(), end), (expected.to_vec(), End::Complete));
    }

    #[test]
    fn calls_keep_their_arguments_as_they_came() {
        let (told, end) = told(&[
            START,
            (
                "contentBlockStart",
                r#"{"contentBlockIndex":1,"start":{"toolUse":{"name":"look","toolUseId":"tooluse_1"}}}"#,
            ),
            ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"toolUse":{"input":""}}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"n\": 9007199254"}}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"toolUse":{"input":"740993}"}}}"#),
            ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
            ("contentBlockStart", r#"{"contentBlockIndex":2,"start":{"toolUse":{"name":"now","toolUseId":""}}}"#),
            ("contentBlockStop", r#"{"contentBlockIndex":2}"#),
            ("messageStop", r#"{"stopReason":"tool_use"}"#),
        ]);
        let expected = [
            "start",
            "0 call tooluse_1 look",
            "0 + ",
            "0 + {\"n\": 9007199254",
            "0 + 740993}",
            "0 .",
            "1 call gl_call_1 now",
            "1 + {}",
            "1 .",
            "ToolCalls None",
        ];
        assert_eq!((told.iter().map(String::as_str).collect::<Vec<_>>(), end), (expected.to_vec(), End::Complete));
    }

    #[test]
    fn citations_belong_to_their_text() {
        let (told, _) = told(&[
            START,
            ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"So."}}"#),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex":0,"delta":{"citation":{"title":"T","source":"doc","sourceContent":[{"text":"a"},{"text":"b"}],"location":{"documentChar":{"documentIndex":0,"start":1,"end":2}}}}}"#,
            ),
            (
                "contentBlockDelta",
                r#"{"contentBlockIndex":0,"delta":{"citation":{"location":{"web":{"url":"https://a.example/","domain":"a.example"}}}}}"#,
            ),
        ]);
        assert_eq!(told[3], "0 cites doc T Some(\"ab\") true");
        assert_eq!(told[4], "0 cites https://a.example/  None false");
    }

    /// Trap 9: one kind never goes on in a block of another.
    #[test]
    fn trap_09_a_new_kind_is_a_new_block() {
        let (told, _) = told(&[
            START,
            ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"a"}}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"b"}}"#),
        ]);
        assert_eq!(told, ["start", "0 Summary", "0 + a", "0 .", "1 text", "1 + b"]);
    }

    /// Traps 14, 15: what is cut is not closed and not told as whole.
    #[test]
    fn trap_14_15_what_is_cut_stays_open() {
        let (events, end) = told(&[
            START,
            ("contentBlockStart", r#"{"contentBlockIndex":0,"start":{"toolUse":{"name":"f","toolUseId":"t"}}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"a"}}}"#),
        ]);
        assert_eq!((events.last().map(String::as_str), end), (Some("0 + {\"a"), End::Truncated));
        assert_eq!(told(&[START, STOP]).1, End::Complete);
        assert_eq!(told(&[START, META]).1, End::Truncated);
        assert_eq!(told(&[]).1, End::Truncated);
    }

    #[test]
    fn trap_18_an_exception_is_an_error_and_no_end() {
        let (told, end) = told(&[
            START,
            ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"b"}}"#),
            ("!modelStreamErrorException", r#"{"message":"broken","originalMessage":"x","originalStatusCode":500}"#),
            STOP,
        ]);
        assert_eq!(told[3..], ["error UpstreamError broken"]);
        assert_eq!(end, End::Truncated);
        for (event, error) in [
            (("!throttlingException", r#"{"message":"slow"}"#), "error RateLimit slow"),
            (
                ("!validationException", r#"{"message":"Input is too long for requested model."}"#),
                "error ContextWindow Input",
            ),
            (("!serviceUnavailableException", "{}"), "error Overloaded"),
            (("!internalServerException", "<html>"), "error UpstreamError"),
        ] {
            let (events, _) = super::tests::told(&[event]);
            assert!(events[0].starts_with(error), "{events:?}");
        }
        let mut parser = StreamParser::default();
        parser.event("!InternalFailure", r#"{"message":""}"#, &mut |_| {});
        assert!(parser.is_over());
    }

    #[test]
    fn what_is_not_known_is_passed_over() {
        let (told, end) = told(&[
            ("initial-response", "{}"),
            ("somethingNew", "no JSON"),
            (
                "contentBlockStart",
                r#"{"contentBlockIndex":0,"start":{"toolUse":{"name":"nova_grounding","toolUseId":"s","type":"server_tool_use"}}}"#,
            ),
            ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}}}"#),
            ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
            ("contentBlockStart", r#"{"contentBlockIndex":1,"start":{"toolResult":{"toolUseId":"s"}}}"#),
            ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"toolResult":[{"text":"x"}]}}"#),
            ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
            ("messageStop", r#"{"stopReason":"brand_new"}"#),
        ]);
        assert_eq!((told, end), (vec!["start".to_owned(), "Other None".to_owned()], End::Complete));
    }

    #[test]
    fn the_end_is_behind_the_usage() {
        let mut parser = StreamParser::default();
        for (event, over) in [(START, false), (STOP, false), (META, true)] {
            parser.event(event.0, event.1, &mut |_| {});
            assert_eq!(parser.is_over(), over, "{}", event.0);
        }
        assert_eq!(
            told(&[START, ("messageStop", "{")]).0[1],
            "error UpstreamInvalid the provider's stream is not valid JSON"
        );
    }

    #[test]
    fn every_stop_reason_has_its_meaning() {
        for (word, finish) in [
            ("end_turn", "Stop None"),
            ("tool_use", "ToolCalls None"),
            ("max_tokens", "Length None"),
            ("guardrail_intervened", "ContentFilter None"),
            ("content_filtered", "ContentFilter None"),
            ("malformed_model_output", "Malformed None"),
            ("malformed_tool_use", "Malformed None"),
            ("model_context_window_exceeded", "ContextWindow None"),
            ("stop_sequence", "StopSequence Some(\"END\")"),
        ] {
            let stop =
                format!(r#"{{"stopReason":"{word}","additionalModelResponseFields":{{"stop_sequence":"END"}}}}"#);
            assert_eq!(told(&[START, ("messageStop", &stop)]).0[1], finish);
        }
    }
}
