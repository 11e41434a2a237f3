//! What requests and answers have in common.

use crate::dialect::canonical::Finish;
use crate::wire::json::{self, MAX_DEPTH};
use crate::wire::write::Writer;

/// Writes a call's arguments as the object that they must be: as they are if they are one, empty if there are none. What
/// is no object is a text inside one, and `false` is returned.
pub(super) fn input(text: &str, out: &mut Writer) -> bool {
    let text = text.trim_ascii();
    if text.is_empty() {
        out.raw("{}");
    } else if json::members(text, MAX_DEPTH, |_| {}).is_ok() {
        out.raw(text);
    } else {
        out.open().str_member("raw_arguments", text).close();
        return false;
    }
    true
}

/// Why an answer ends: `types/stop_reason.py` and `types/beta/beta_stop_reason.py`.
pub(super) fn finish(stop_reason: &str) -> Finish {
    match stop_reason {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence,
        "max_tokens" => Finish::Length,
        "model_context_window_exceeded" => Finish::ContextWindow,
        "tool_use" => Finish::ToolCalls,
        // A classifier has stopped it.
        "refusal" => Finish::ContentFilter,
        "pause_turn" | "compaction" => Finish::Pause,
        _ => Finish::Other,
    }
}

/// The same, to a client. A malformed call is an error, told before this is asked.
pub(super) fn stop_reason(finish: Option<Finish>) -> &'static str {
    match finish {
        Some(Finish::StopSequence) => "stop_sequence",
        Some(Finish::Length) => "max_tokens",
        Some(Finish::ContextWindow) => "model_context_window_exceeded",
        Some(Finish::ToolCalls) => "tool_use",
        Some(Finish::ContentFilter | Finish::Refusal) => "refusal",
        Some(Finish::Pause) => "pause_turn",
        Some(Finish::Stop | Finish::Malformed | Finish::Other) | None => "end_turn",
    }
}
