//! Writing a stream: one block open at a time, each event with its name, which the SDKs go by.

use super::block::{citation, message_id, no_signature, search_call, search_id, search_result, stop_reason};
use super::error;
use super::usage::{write_delta_usage, write_usage};
use crate::dialect::Dialect;
use crate::dialect::canonical::{Citation, Event, Finish, Open, Search, Shown};
use crate::dialect::codec::{Echo, Emitter};
use crate::error::{Class, Error};
use crate::usage::Usage;
use crate::wire::text::{push_number, push_string};
use crate::wire::write::Writer;

/// Writes a stream.
#[derive(Debug)]
pub(super) struct StreamEmitter {
    echo: Echo,
    id: String,
    tier: Option<String>,
    usage: Usage,
    started: bool,
    /// The index of the block that is open, or of the next one.
    index: u64,
    open: Option<Opened>,
    /// Hidden reasoning that is told before the next block. None may be last: Claude Code takes an answer's last block for
    /// its result. What Gemini signs of a text behind the text is not asked for again, so it is left out there.
    hidden: Vec<String>,
    finish: Option<(Finish, Option<String>)>,
}

/// The block that is open among the events.
#[derive(Debug)]
struct Opened {
    number: u32,
    kind: Kind,
    /// It has begun in the stream.
    begun: bool,
    /// The part of the reasoning that was told last.
    part: u32,
    /// Something of a call's arguments was told.
    told: bool,
    /// The call's arguments are free text, which has to be a member of an object here.
    custom: bool,
    signature: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Redacted,
    Call,
}

impl StreamEmitter {
    pub(super) fn new(echo: Echo) -> Self {
        Self {
            echo,
            id: String::new(),
            tier: None,
            usage: Usage::default(),
            started: false,
            index: 0,
            open: None,
            hidden: Vec::new(),
            finish: None,
        }
    }
}

impl Emitter for StreamEmitter {
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        match event {
            // The head waits for the usage that some upstreams tell right behind it.
            Event::Start { id, .. } => self.id = id.clone().into_owned(),
            Event::Usage(usage) => self.usage = *usage,
            Event::Tier(tier) => self.tier = Some(tier.clone().into_owned()),
            Event::Finish { reason, stop_sequence } => {
                if self.finish.is_none() {
                    self.finish = Some((*reason, stop_sequence.clone().map(std::borrow::Cow::into_owned)));
                }
            }
            Event::Ping => {
                self.start(out);
                out.extend_from_slice(Dialect::Messages.ping());
            }
            Event::Open { block, open } => self.open(*block, open, out),
            Event::Text { block, text } => self.text(*block, text, out),
            Event::Reasoning { block, part, text } => self.reasoning(*block, *part, text, out),
            Event::Arguments { block, text } => self.arguments(*block, text, out),
            Event::Sign { block, bytes } => {
                if let Some(open) = self.open.as_mut().filter(|open| open.number == *block) {
                    open.signature = Some(bytes.clone().into_owned());
                }
            }
            Event::Cite { block, citation } => self.cite(*block, citation, out),
            Event::Close { block } => {
                if self.open.as_ref().is_some_and(|open| open.number == *block) {
                    self.close(out);
                }
            }
            Event::Search(search) if search.complete => self.search(search, out),
            // Half a search has no blocks; the others have no place in a message.
            Event::Search(_) | Event::Choice(_) | Event::Logprobs(_) | Event::Error(_) => {}
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if matches!(self.finish, Some((Finish::Malformed, _))) {
            let error = Error::new(Class::UpstreamInvalid, "the model's answer holds a tool call that is none");
            self.fail(&error, out);
            return;
        }
        self.start(out);
        self.close(out);
        if self.index == 0 {
            self.tell_hidden(out);
        }
        let (reason, text) = match self.finish.take() {
            Some((reason, text)) => (Some(reason), text),
            None => (None, None),
        };
        let mut json = event(out, "message_delta");
        json.key("delta").open().str_member("stop_reason", stop_reason(reason)).key("stop_sequence");
        match text.filter(|_| reason == Some(Finish::StopSequence)) {
            Some(text) => json.string(&text),
            None => json.null(),
        };
        json.close().key("usage");
        write_delta_usage(&self.usage, &mut json);
        end(json, out);
        end(event(out, "message_stop"), out);
    }

    fn fail(&mut self, error: &Error, out: &mut Vec<u8>) {
        out.extend_from_slice(&error::event(error, self.echo.request));
    }
}

impl StreamEmitter {
    /// The stream's head, once.
    fn start(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let mut json = event(out, "message_start");
        json.key("message").open().str_member("id", &message_id(&self.id, &self.echo));
        json.str_member("type", "message").str_member("role", "assistant");
        json.str_member("model", &self.echo.asked);
        json.key("content").open_array().close_array();
        json.key("stop_reason").null().key("stop_sequence").null().key("usage");
        write_usage(&self.usage, self.tier.as_deref(), &mut json);
        json.close();
        end(json, out);
        out.extend_from_slice(Dialect::Messages.ping());
    }

    fn open(&mut self, number: u32, open: &Open<'_>, out: &mut Vec<u8>) {
        self.close(out);
        let kind = match open {
            Open::Text | Open::Refusal => Kind::Text,
            Open::Reasoning { shown: Shown::Hidden, .. } => Kind::Redacted,
            Open::Reasoning { .. } => Kind::Thinking,
            Open::Call { .. } => Kind::Call,
        };
        let custom = matches!(open, Open::Call { custom: true, .. });
        self.open = Some(Opened { number, kind, begun: false, part: 0, told: false, custom, signature: None });
        // The others begin with what they say first: there are no empty ones.
        if let Open::Call { id, name, .. } = open {
            let mut json = self.begin(out);
            json.str_member("type", "tool_use").str_member("id", id).str_member("name", name);
            json.key("input").open().close();
            json.close();
            end(json, out);
        }
    }

    /// The open block's start, up to the members of the block.
    fn begin(&mut self, out: &mut Vec<u8>) -> Writer {
        self.start(out);
        self.tell_hidden(out);
        if let Some(open) = &mut self.open {
            open.begun = true;
        }
        let mut json = event(out, "content_block_start");
        json.count_member("index", self.index).key("content_block").open();
        json
    }

    /// What was kept of hidden reasoning, a block each.
    fn tell_hidden(&mut self, out: &mut Vec<u8>) {
        for data in std::mem::take(&mut self.hidden) {
            let mut json = event(out, "content_block_start");
            json.count_member("index", self.index).key("content_block").open();
            json.str_member("type", "redacted_thinking").str_member("data", &data).close();
            end(json, out);
            self.stop(out);
        }
    }

    /// Whether the block is open and of the kind, and has begun: if it has not, it begins.
    fn ready(&mut self, number: u32, kind: Kind, out: &mut Vec<u8>) -> bool {
        let Some(open) = self.open.as_ref().filter(|open| open.number == number && open.kind == kind) else {
            return false;
        };
        if !open.begun {
            let mut json = self.begin(out);
            match kind {
                Kind::Thinking => {
                    json.str_member("type", "thinking").str_member("thinking", "").str_member("signature", "")
                }
                _ => json.str_member("type", "text").str_member("text", ""),
            };
            json.close();
            end(json, out);
        }
        true
    }

    fn text(&mut self, number: u32, text: &str, out: &mut Vec<u8>) {
        if !text.is_empty() && self.ready(number, Kind::Text, out) {
            self.delta("text_delta", "text", text, out);
        }
    }

    fn reasoning(&mut self, number: u32, part: u32, text: &str, out: &mut Vec<u8>) {
        if text.is_empty() || !self.ready(number, Kind::Thinking, out) {
            return;
        }
        let before = self.open.as_mut().map(|open| {
            let next = open.told && open.part != part;
            (open.told, open.part) = (true, part);
            next
        });
        // A summary's parts are paragraphs.
        if before == Some(true) {
            self.delta("thinking_delta", "thinking", "\n\n", out);
        }
        self.delta("thinking_delta", "thinking", text, out);
    }

    fn arguments(&mut self, number: u32, text: &str, out: &mut Vec<u8>) {
        if let Some(open) = self.open.as_mut().filter(|open| open.number == number && open.kind == Kind::Call)
            && !text.is_empty()
        {
            let first = !open.told;
            if open.custom {
                open.told = true;
                let piece = free_text(first, text);
                self.delta("input_json_delta", "partial_json", &piece, out);
            } else {
                open.told |= !text.trim_ascii().is_empty();
                self.delta("input_json_delta", "partial_json", text, out);
            }
        }
    }

    fn cite(&mut self, number: u32, told: &Citation<'_>, out: &mut Vec<u8>) {
        let begun = self.open.as_ref().is_some_and(|open| open.number == number && open.begun);
        if !begun || told.document {
            return;
        }
        let mut json = event(out, "content_block_delta");
        json.count_member("index", self.index).key("delta").open().str_member("type", "citations_delta");
        json.key("citation");
        citation(told, "", &mut json);
        json.close();
        end(json, out);
    }

    /// Both blocks of a search, whole.
    fn search(&mut self, search: &Search<'_>, out: &mut Vec<u8>) {
        self.close(out);
        let id = search_id(search, &self.echo, self.index);
        for write in [search_call, search_result] {
            let mut json = self.begin(out);
            write(search, &id, &mut json);
            json.close();
            end(json, out);
            self.stop(out);
        }
    }

    /// Ends what is open.
    fn close(&mut self, out: &mut Vec<u8>) {
        let Some(open) = self.open.as_mut() else { return };
        let (number, kind, told, custom) = (open.number, open.kind, open.told, open.custom);
        let signature = open.signature.take();
        match kind {
            Kind::Text => {}
            Kind::Call => {
                let rest = match (custom, told) {
                    (false, true) => "",
                    (false, false) => "{}",
                    (true, true) => "\"}",
                    (true, false) => "{\"input\":\"\"}",
                };
                if !rest.is_empty() {
                    self.delta("input_json_delta", "partial_json", rest, out);
                }
            }
            Kind::Thinking if signature.is_some() || open.begun => {
                self.ready(number, Kind::Thinking, out);
                let signature = signature.unwrap_or_else(no_signature);
                self.delta("signature_delta", "signature", &signature, out);
            }
            Kind::Redacted => self.hidden.extend(signature),
            Kind::Thinking => {}
        }
        if self.open.take().is_some_and(|open| open.begun) {
            self.stop(out);
        }
    }

    fn stop(&mut self, out: &mut Vec<u8>) {
        let mut json = event(out, "content_block_stop");
        json.count_member("index", self.index);
        end(json, out);
        self.index += 1;
    }

    /// The event that there are most of.
    fn delta(&self, kind: &str, key: &str, text: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":");
        push_number(out, self.index);
        for piece in [",\"delta\":{\"type\":\"", kind, "\",\"", key, "\":"] {
            out.extend_from_slice(piece.as_bytes());
        }
        push_string(out, text);
        out.extend_from_slice(b"}}\n\n");
    }
}

/// A piece of free text as a piece of the object that holds it.
fn free_text(first: bool, text: &str) -> String {
    let mut string = Vec::with_capacity(text.len() + 16);
    push_string(&mut string, text);
    let inside = string.get(1..string.len().saturating_sub(1)).unwrap_or_default();
    let begin = if first { "{\"input\":\"" } else { "" };
    [begin, std::str::from_utf8(inside).unwrap_or_default()].concat()
}

/// An event's head; its members are written next.
fn event(out: &mut Vec<u8>, name: &str) -> Writer {
    for piece in ["event: ", name, "\ndata: {\"type\":\"", name, "\""] {
        out.extend_from_slice(piece.as_bytes());
    }
    Writer::line(std::mem::take(out))
}

fn end(mut json: Writer, out: &mut Vec<u8>) {
    json.close();
    *out = json.into_bytes();
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
pub(super) mod tests;
