//! What a stream and a whole answer say in the same words.

use std::borrow::Cow;

use super::usage::read_usage;
use crate::dialect::canonical::event::{Citation, Event, Finish};
use crate::dialect::canonical::read::Value;
use crate::dialect::codec::Sink;
use crate::usage::{Tier, Usage};

/// Tells why the answer ends, of an object with a `stopReason`. `called`: it holds calls.
pub(super) fn finish(object: Value<'_>, called: bool, sink: &mut Sink<'_>) {
    let word = object.get_str("stopReason").unwrap_or_default();
    let reason = match &*word {
        // Some models say so with calls to be made.
        "end_turn" if called => Finish::ToolCalls,
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence,
        "max_tokens" => Finish::Length,
        "model_context_window_exceeded" => Finish::ContextWindow,
        "tool_use" => Finish::ToolCalls,
        "content_filtered" | "guardrail_intervened" => Finish::ContentFilter,
        "malformed_tool_use" | "malformed_model_output" => Finish::Malformed,
        _ => Finish::Other,
    };
    // Claude tells which, if it is asked.
    let told = object.get("additionalModelResponseFields").and_then(|fields| fields.get_str("stop_sequence"));
    sink(Event::Finish { reason, stop_sequence: told.filter(|_| reason == Finish::StopSequence) });
}

/// Tells what was used and in which tier, of an object with a `usage`.
pub(super) fn accounts(object: Value<'_>, sink: &mut Sink<'_>) {
    let text = |name: &str, member: &str| object.get(name).and_then(|told| told.get_str(member));
    let tier = text("serviceTier", "type");
    // `performanceConfig`: faster at another price (<https://docs.aws.amazon.com/bedrock/latest/userguide/latency-optimized-inference.html>).
    let is_optimized = text("performanceConfig", "latency").is_some_and(|latency| latency == "optimized");
    let served = if is_optimized { Tier::Other } else { tier.as_deref().map_or(Tier::Standard, Tier::named) };
    let mut usage = Usage { tier: served, ..Usage::default() };
    if object.get("usage").is_some_and(|told| read_usage(told.raw(), &mut usage).is_some()) {
        sink(Event::Usage(usage));
    }
    // `reserved` is a word that OpenAI has not.
    if let Some(tier) = tier.filter(|tier| matches!(&**tier, "default" | "priority" | "flex")) {
        sink(Event::Tier(tier));
    }
}

/// A citation, as a delta and as an element of `citationsContent.citations`.
pub(super) fn citation<'a>(told: Value<'a>) -> Citation<'a> {
    let text = |name| told.get_str(name).filter(|text| !text.is_empty());
    let page = told.get("location").and_then(|location| location.get("web"));
    let mut cited: Option<Cow<'a, str>> = None;
    let contents = told.get("sourceContent").map(|contents| contents.elements());
    for piece in contents.into_iter().flatten().filter_map(|content| content.get_str("text")) {
        match &mut cited {
            Some(cited) => cited.to_mut().push_str(&piece),
            None => cited = Some(piece),
        }
    }
    let url = page.and_then(|page| page.get_str("url").or_else(|| page.get_str("domain")));
    Citation {
        url: url.or_else(|| text("source")).or_else(|| text("title")).unwrap_or_default(),
        title: text("title").unwrap_or_default(),
        cited,
        span: None,
        document: page.is_none(),
        encrypted: None,
    }
}
