//! Writing a stream (translation.md 4.3).
//!
//! Blocks come one after another, and each is an item, or a part of one: text behind text is the same part, since others
//! split a text where it cites. So an item's end is told only when it is known what comes next, or how the answer ends: the
//! item that it was cut in is `incomplete`.

use super::error::code;
use super::item::{self, CallKind, Content, Item, ItemKind, Status};
use super::object::{self, Head, State};
use crate::dialect::canonical::{Event, Finish, Open, Shown};
use crate::dialect::codec::{Echo, Emitter};
use crate::error::Error;
use crate::usage::Usage;
use crate::wire::write::Writer;

/// Writes a stream.
#[derive(Debug)]
pub(super) struct StreamEmitter {
    echo: Echo,
    /// `None` until the first event is told.
    head: Option<Head>,
    events: Numbered,
    /// The item that is open, and its place.
    open: Option<Item>,
    index: u64,
    /// Its block has ended.
    closed: bool,
    /// Where the block begins in the text of its part.
    start: usize,
    /// The items that have ended, as they were written.
    output: Vec<u8>,
    usage: Usage,
    tier: Option<String>,
    finish: Option<Finish>,
}

/// Events are numbered without gaps.
#[derive(Debug, Default)]
struct Numbered {
    next: u64,
}

impl Numbered {
    /// Begins an event.
    fn begin(&mut self, kind: &str, out: &mut Vec<u8>) -> Writer {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(b"\ndata: ");
        let mut json = Writer::line(std::mem::take(out));
        json.open().str_member("type", kind).count_member("sequence_number", self.next);
        self.next += 1;
        json
    }

    /// Begins an event about an item.
    fn about(&mut self, kind: &str, item: &Item, index: u64, out: &mut Vec<u8>) -> Writer {
        let mut json = self.begin(kind, out);
        json.str_member("item_id", &item.id).count_member("output_index", index);
        json
    }
}

/// Ends an event.
fn end(mut json: Writer, out: &mut Vec<u8>) {
    json.close();
    *out = json.into_bytes();
    out.extend_from_slice(b"\n\n");
}

impl StreamEmitter {
    pub(super) fn new(echo: Echo) -> Self {
        Self {
            echo,
            head: None,
            events: Numbered::default(),
            open: None,
            index: 0,
            closed: false,
            start: 0,
            output: Vec::new(),
            usage: Usage::default(),
            tier: None,
            finish: None,
        }
    }

    /// The response is announced, once.
    fn begin(&mut self, id: &str, model: &str, created: Option<u64>, out: &mut Vec<u8>) {
        if self.head.is_none() {
            self.head = Some(Head::new(id, model, created, &self.echo));
            self.response("response.created", State::InProgress, out);
            self.response("response.in_progress", State::InProgress, out);
        }
    }

    fn response(&mut self, kind: &str, state: State<'_>, out: &mut Vec<u8>) {
        let Some(head) = &self.head else { return };
        let mut json = self.events.begin(kind, out);
        json.key("response");
        let used = (state != State::InProgress).then_some((&self.usage, self.tier.as_deref()));
        object::write(&mut json, head, state, item::told(&self.output), used, &self.echo.caller.echo);
        end(json, out);
    }

    fn open(&mut self, open: &Open<'_>, out: &mut Vec<u8>) {
        let refusal = matches!(open, Open::Refusal);
        let is_text = refusal || matches!(open, Open::Text);
        let goes_on = is_text && matches!(&self.open, Some(Item { kind: ItemKind::Message(_), .. }));
        if !goes_on {
            self.close(Status::Completed, out);
            let item = Item::of(open, self.echo.caller.tool_search, self.echo.request, self.index);
            self.item("response.output_item.added", &item, Status::InProgress, out);
            self.open = Some(item);
        }
        self.closed = false;
        self.start = 0;
        if !is_text {
            return;
        }
        if let Some(part) = self.part()
            && part.refusal == refusal
        {
            self.start = part.text.len();
            return;
        }
        self.end_part(out);
        let (events, index) = (&mut self.events, self.index);
        let Some(item) = &mut self.open else { return };
        let ItemKind::Message(parts) = &mut item.kind else { return };
        let part = Content { refusal, ..Content::default() };
        let place = parts.len() as u64;
        let mut json = events.about("response.content_part.added", item, index, out);
        json.count_member("content_index", place).key("part");
        part.write(&mut json);
        end(json, out);
        if let ItemKind::Message(parts) = &mut item.kind {
            parts.push(part);
        }
    }

    /// The part of the open message that is told last.
    fn part(&mut self) -> Option<&mut Content> {
        match &mut self.open {
            Some(Item { kind: ItemKind::Message(parts), .. }) => parts.last_mut(),
            _ => None,
        }
    }

    fn item(&mut self, kind: &str, item: &Item, status: Status, out: &mut Vec<u8>) {
        let mut written = Writer::line(Vec::new());
        item.write(&mut written, status, self.echo.caller.sources);
        let written = written.into_bytes();
        let written = item::told(&written);
        if status != Status::InProgress {
            item::append(&mut self.output, written);
        }
        let mut json = self.events.begin(kind, out);
        json.count_member("output_index", self.index).raw_member("item", written);
        end(json, out);
    }

    fn text(&mut self, text: &str, logprobs: &str, out: &mut Vec<u8>) {
        let (events, index) = (&mut self.events, self.index);
        let Some(item) = &mut self.open else { return };
        let ItemKind::Message(parts) = &mut item.kind else { return };
        let place = (parts.len() as u64).saturating_sub(1);
        let Some(part) = parts.last_mut() else { return };
        part.text.push_str(text);
        let refusal = part.refusal;
        let kind = if refusal { "response.refusal.delta" } else { "response.output_text.delta" };
        let mut json = events.about(kind, item, index, out);
        json.count_member("content_index", place).str_member("delta", text);
        if !refusal {
            json.key("logprobs").open_array().raw(logprobs).close_array();
        }
        end(json, out);
    }

    fn reasoning(&mut self, part: u32, text: &str, out: &mut Vec<u8>) {
        let Some(Item { kind: ItemKind::Reasoning { shown, texts, .. }, .. }) = &mut self.open else { return };
        if *shown == Shown::Hidden {
            *shown = Shown::Summary;
        }
        if part as usize >= texts.len() {
            self.end_part(out);
            self.thought("added", out);
        }
        let (events, index) = (&mut self.events, self.index);
        let Some(item) = &mut self.open else { return };
        let ItemKind::Reasoning { shown, texts, .. } = &mut item.kind else { return };
        let (kind, place) = match shown {
            Shown::Raw => ("response.reasoning_text.delta", "content_index"),
            _ => ("response.reasoning_summary_text.delta", "summary_index"),
        };
        let at = (texts.len() as u64).saturating_sub(1);
        if let Some(told) = texts.last_mut() {
            told.push_str(text);
        }
        let mut json = events.about(kind, item, index, out);
        json.count_member(place, at).str_member("delta", text);
        end(json, out);
    }

    /// A part of the reasoning begins (`added`), and is the last of its texts from then on, or it ends (`done`).
    fn thought(&mut self, what: &str, out: &mut Vec<u8>) {
        let (events, index) = (&mut self.events, self.index);
        let Some(item) = &mut self.open else { return };
        let ItemKind::Reasoning { shown, texts, .. } = &mut item.kind else { return };
        if what == "added" {
            texts.push(String::new());
        }
        let raw = *shown == Shown::Raw;
        let at = (texts.len() as u64).saturating_sub(1);
        let text = texts.last().cloned().unwrap_or_default();
        let place = if raw { "content_index" } else { "summary_index" };
        if what == "done" {
            let kind = if raw { "response.reasoning_text.done" } else { "response.reasoning_summary_text.done" };
            let mut json = events.about(kind, item, index, out);
            json.count_member(place, at).str_member("text", &text);
            end(json, out);
        }
        let part = if raw { "response.content_part." } else { "response.reasoning_summary_part." };
        let mut json = events.about(&[part, what].concat(), item, index, out);
        let kind = if raw { "reasoning_text" } else { "summary_text" };
        json.count_member(place, at).key("part").open().str_member("type", kind).str_member("text", &text).close();
        end(json, out);
    }

    fn arguments(&mut self, text: &str, out: &mut Vec<u8>) {
        let (events, index) = (&mut self.events, self.index);
        let Some(item) = &mut self.open else { return };
        let ItemKind::Call(call) = &mut item.kind else { return };
        call.arguments.push_str(text);
        let kind = match call.kind {
            CallKind::Function => "response.function_call_arguments.delta",
            CallKind::Custom => "response.custom_tool_call_input.delta",
            // Its arguments are an object: they are told with the item.
            CallKind::ToolSearch => return,
        };
        let mut json = events.about(kind, item, index, out);
        json.str_member("delta", text);
        end(json, out);
    }

    fn cite(&mut self, citation: &crate::dialect::canonical::Citation<'_>, out: &mut Vec<u8>) {
        let start = self.start;
        let Some(part) = self.part() else { return };
        let at = part.annotated;
        let Some(annotation) = part.cite(citation, start) else { return };
        let Some(item) = &self.open else { return };
        let ItemKind::Message(parts) = &item.kind else { return };
        let mut json = self.events.about("response.output_text.annotation.added", item, self.index, out);
        json.count_member("content_index", (parts.len() as u64).saturating_sub(1));
        json.count_member("annotation_index", at).raw_member("annotation", &annotation);
        end(json, out);
    }

    /// The part that is open ends, if one is.
    fn end_part(&mut self, out: &mut Vec<u8>) {
        let Some(item) = &self.open else { return };
        let parts = match &item.kind {
            ItemKind::Message(parts) => parts,
            ItemKind::Reasoning { texts, .. } => {
                if !texts.is_empty() {
                    self.thought("done", out);
                }
                return;
            }
            _ => return,
        };
        let Some(part) = parts.last() else { return };
        let place = parts.len() as u64 - 1;
        let (kind, member) = match part.refusal {
            true => ("response.refusal.done", "refusal"),
            false => ("response.output_text.done", "text"),
        };
        let mut json = self.events.about(kind, item, self.index, out);
        json.count_member("content_index", place).str_member(member, &part.text);
        if !part.refusal {
            json.key("logprobs").open_array().raw(item::told(&part.logprobs)).close_array();
        }
        end(json, out);
        let mut json = self.events.about("response.content_part.done", item, self.index, out);
        json.count_member("content_index", place).key("part");
        part.write(&mut json);
        end(json, out);
    }

    /// The item that is open ends, if one is.
    fn close(&mut self, status: Status, out: &mut Vec<u8>) {
        if let Some(item) = &mut self.open {
            let before = match &item.kind {
                ItemKind::Reasoning { texts, .. } => texts.len(),
                ItemKind::Call(call) => call.arguments.len(),
                _ => 0,
            };
            item.settle();
            match &mut item.kind {
                ItemKind::Reasoning { texts, .. } if texts.len() > before => {
                    texts.clear();
                    self.thought("added", out);
                }
                ItemKind::Call(call) if call.arguments.len() > before => {
                    let arguments = std::mem::take(&mut call.arguments);
                    self.arguments(&arguments, out);
                }
                _ => {}
            }
        }
        self.end_part(out);
        let Some(item) = self.open.take() else { return };
        if let ItemKind::Call(call) = &item.kind {
            let event = match call.kind {
                CallKind::Function => Some(("response.function_call_arguments.done", "arguments")),
                CallKind::Custom => Some(("response.custom_tool_call_input.done", "input")),
                CallKind::ToolSearch => None,
            };
            if let Some((kind, member)) = event {
                let mut json = self.events.about(kind, &item, self.index, out);
                json.str_member("name", &call.name).str_member(member, &call.arguments);
                end(json, out);
            }
        }
        self.item("response.output_item.done", &item, status, out);
        self.index += 1;
    }

    /// A search is told at once.
    fn search(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        let Event::Search(search) = event.clone().into_owned() else { return };
        self.close(Status::Completed, out);
        let item = Item::new(ItemKind::Search(search), self.echo.request, self.index);
        self.item("response.output_item.added", &item, Status::InProgress, out);
        for kind in ["in_progress", "searching", "completed"] {
            let json = self.events.about(&["response.web_search_call.", kind].concat(), &item, self.index, out);
            end(json, out);
        }
        self.item("response.output_item.done", &item, Status::Completed, out);
        self.index += 1;
    }
}

impl Emitter for StreamEmitter {
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, model, created } => return self.begin(id, model, *created, out),
            Event::Usage(usage) => return self.usage = *usage,
            Event::Tier(tier) => return self.tier = Some(tier.to_string()),
            Event::Ping | Event::Choice(_) | Event::Error(_) => return,
            _ => self.begin("", "", None, out),
        }
        match event {
            Event::Open { open, .. } => self.open(open, out),
            Event::Text { text, .. } if !text.is_empty() => self.text(text, "", out),
            Event::Reasoning { part, text, .. } if !text.is_empty() => self.reasoning(*part, text, out),
            Event::Arguments { text, .. } if !text.is_empty() => self.arguments(text, out),
            Event::Sign { bytes, .. } => {
                if let Some(Item { kind: ItemKind::Reasoning { signed, .. }, .. }) = &mut self.open {
                    *signed = Some(bytes.to_string());
                }
            }
            Event::Cite { citation, .. } => self.cite(citation, out),
            Event::Logprobs(tokens) => {
                // They are those of text that was told already: a delta of their own says them.
                if let Some(part) = self.part().filter(|part| !part.refusal) {
                    let logprobs = part.logprobs(tokens);
                    self.text("", &logprobs, out);
                }
            }
            Event::Close { .. } => self.closed = true,
            Event::Search(_) => self.search(event, out),
            Event::Finish { reason, .. } => {
                self.finish.get_or_insert(*reason);
                let cut = matches!(State::of(self.finish), State::Incomplete(_));
                self.close(if cut { Status::Incomplete } else { Status::Completed }, out);
            }
            _ => {}
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.begin("", "", None, out);
        self.close(Status::Completed, out);
        let state = State::of(self.finish);
        self.response(&["response.", state.name()].concat(), state, out);
    }

    fn fail(&mut self, error: &Error, out: &mut Vec<u8>) {
        self.begin("", "", None, out);
        if self.closed {
            self.close(Status::Completed, out);
        }
        self.response("response.failed", State::Failed(code(error.class), &error.message), out);
    }
}

#[cfg(test)]
mod tests;
