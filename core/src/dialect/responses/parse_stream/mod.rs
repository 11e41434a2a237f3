//! Reading a stream (translation.md 4.3).
//!
//! What an item is, its `output_item.done` says in the end: whatever the deltas have left out is taken from it. So it is
//! one piece of code that reads a finished item, here and in a whole answer, and deltas only tell it what was said already.

mod items;

use items::{Blocks, Lane};

use super::error::failure;
use super::usage::read_response;
use crate::dialect::canonical::bounds::too_many;
use crate::dialect::canonical::read::{Doc, Value};
use crate::dialect::canonical::{Event, Finish};
use crate::dialect::codec::{End, Parser, Sink};
use crate::dialect::watch::event_kind;
use crate::error::{Class, Error};
use crate::usage::Usage;
use crate::wire::json::{self, pick};

/// Reads a stream.
#[derive(Debug, Default)]
pub(super) struct StreamParser {
    blocks: Blocks,
    started: bool,
    over: bool,
    complete: bool,
}

impl Parser for StreamParser {
    fn event(&mut self, name: &str, data: &str, sink: &mut Sink<'_>) {
        // `event:` lines may be missing: then `type` counts. What follows the end tells nothing.
        let Some(kind) = event_kind(name.as_bytes(), data).filter(|_| !self.over) else { return };
        if let Some(lane) = Lane::of_delta(&kind) {
            self.delta(lane, data, sink);
            self.check(sink);
            return;
        }
        if !READ.contains(&&*kind) {
            return;
        }
        let Ok(doc) = Doc::parse_answer(data) else { return };
        let event = doc.root();
        match &*kind {
            "response.created" | "response.in_progress" | "response.queued" => {
                if let Some(response) = event.get("response") {
                    self.start(response, sink);
                }
            }
            "keepalive" => sink(Event::Ping),
            "response.output_item.added" => {
                if let Some(item) = event.get("item") {
                    self.blocks.added(item, index(event), sink);
                }
            }
            "response.output_item.done" => {
                if let Some(item) = event.get("item") {
                    self.blocks.done(item, index(event), sink);
                }
            }
            "response.content_part.added" | "response.content_part.done" => {
                if let Some(part) = event.get("part") {
                    let place = event.get("content_index").and_then(|place| place.count());
                    self.blocks.part(part, at(event), place.unwrap_or(0), sink);
                }
            }
            "response.output_text.annotation.added" => {
                if let Some(annotation) = event.get("annotation") {
                    let place = event.get("content_index").and_then(|place| place.count());
                    self.blocks.annotation(annotation, at(event), place.unwrap_or(0), sink);
                }
            }
            "error" => {
                // Flat, as the API says it, or as other servers do.
                let error = failure(event.get("error").unwrap_or(event));
                self.fail(error, sink);
            }
            _ => {
                if let Some(response) = event.get("response") {
                    // A response's end is named by its status, where the event is only `done`.
                    let status = response.get_str("status");
                    let named = kind.strip_prefix("response.").unwrap_or_default();
                    let status = if named == "done" { status.as_deref().unwrap_or("completed") } else { named };
                    self.end(response, status, sink);
                }
            }
        }
        self.check(sink);
    }

    fn finish(&mut self, _sink: &mut Sink<'_>) -> End {
        // What is open in a stream that was cut stays so: its arguments are not whole.
        if self.complete { End::Complete } else { End::Truncated }
    }

    fn is_over(&self) -> bool {
        self.over
    }
}

/// The events that are read, but for the deltas.
const READ: &[&str] = &[
    "response.created",
    "response.in_progress",
    "response.queued",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.content_part.done",
    "response.output_text.annotation.added",
    "response.completed",
    "response.incomplete",
    "response.failed",
    "response.cancelled",
    "response.done",
    "keepalive",
    "error",
];

impl StreamParser {
    /// The response begins, unless it has.
    pub(super) fn start(&mut self, response: Value<'_>, sink: &mut Sink<'_>) {
        if !std::mem::replace(&mut self.started, true) {
            let id = response.get_str("id").unwrap_or_default();
            self.blocks.response = id.clone().into_owned();
            sink(Event::Start {
                id,
                model: response.get_str("model").unwrap_or_default(),
                created: response.get("created_at").and_then(|created| created.count()),
            });
        }
    }

    /// The commonest events: they are read without a note of every value.
    fn delta(&mut self, lane: Lane, data: &str, sink: &mut Sink<'_>) {
        let names = ["output_index", "item_id", "content_index", "summary_index", "delta", "logprobs"];
        let Some([output, item, content, summary, delta, logprobs]) = pick(data, names) else { return };
        let place = json::count(if lane == Lane::Summary { summary } else { content }).unwrap_or(0);
        let item = json::string(item);
        let at = items::Place { index: json::count(output), id: item.as_deref().unwrap_or_default() };
        if let Some(text) = json::string(delta) {
            self.blocks.delta(lane, at, place, text, sink);
        }
        if json::is_given(logprobs) && logprobs != "[]" {
            self.blocks.logprobs(at, place, logprobs, sink);
        }
    }

    /// The response ends: what its items' own events have not told is told now.
    pub(super) fn end(&mut self, response: Value<'_>, status: &str, sink: &mut Sink<'_>) {
        self.start(response, sink);
        let mut usage = Usage::default();
        if read_response(response.raw(), &mut usage).is_some() {
            sink(Event::Usage(usage));
        }
        if matches!(status, "failed" | "cancelled") {
            let error = match response.get("error") {
                Some(error) => failure(error),
                None => Error::new(Class::UpstreamError, ["the response was ", status].concat()),
            };
            self.fail(error, sink);
            return;
        }
        if let Some(output) = response.get("output") {
            for (index, item) in output.elements().enumerate() {
                self.blocks.missed(item, index as u64, sink);
                if self.blocks.too_many {
                    return self.check(sink);
                }
            }
        }
        self.blocks.close(sink);
        if let Some(tier) = response.get_str("service_tier") {
            sink(Event::Tier(tier));
        }
        let why = response.get("incomplete_details").and_then(|details| details.get_str("reason"));
        let reason = match (status, why.as_deref()) {
            ("incomplete", Some("max_output_tokens")) => Finish::Length,
            ("incomplete", Some("content_filter")) => Finish::ContentFilter,
            ("incomplete", Some("max_messages" | "steered")) => Finish::Pause,
            ("incomplete", _) => Finish::Other,
            _ if self.blocks.calls > 0 => Finish::ToolCalls,
            _ if self.blocks.refused => Finish::Refusal,
            _ => Finish::Stop,
        };
        sink(Event::Finish { reason, stop_sequence: None });
        self.over = true;
        self.complete = true;
    }

    /// An answer with more of something than any has is none.
    fn check(&mut self, sink: &mut Sink<'_>) {
        if self.blocks.too_many && !self.over {
            self.fail(too_many("parts open at once"), sink);
        }
    }

    fn fail(&mut self, error: Error, sink: &mut Sink<'_>) {
        self.over = true;
        sink(Event::Error(Box::new(error)));
    }
}

/// The place of an event's item.
fn index(event: Value<'_>) -> Option<u64> {
    event.get("output_index").and_then(|index| index.count())
}

fn at<'a>(event: Value<'a>) -> items::Place<'a> {
    // Ids hold nothing that would be escaped; one that does is not looked up.
    let id = match event.get_str("item_id") {
        Some(std::borrow::Cow::Borrowed(id)) => id,
        _ => "",
    };
    items::Place { index: index(event), id }
}

#[cfg(test)]
pub(super) mod tests;
