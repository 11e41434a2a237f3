//! What requests and answers have in common.

use crate::dialect::canonical::{Citation, Finish, Search, Vendor, carrier};
use crate::dialect::codec::Echo;
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

/// Writes a citation. `false`, and nothing written, for one of a document of the request: the places in it are lost.
pub(super) fn citation(told: &Citation<'_>, text: &str, out: &mut Writer) -> bool {
    if told.document {
        return false;
    }
    out.open().str_member("type", "web_search_result_location").str_member("url", &told.url).key("title");
    match &*told.title {
        "" => out.null(),
        title => out.string(title),
    };
    out.str_member("encrypted_index", told.encrypted.as_deref().unwrap_or_default()).key("cited_text");
    match (&told.cited, told.span) {
        (Some(cited), _) => out.string(cited),
        (None, Some((start, end))) => {
            let (start, length) = (clamp(start), clamp(end.saturating_sub(start)));
            out.string(&text.chars().skip(start).take(length).collect::<String>())
        }
        (None, None) => out.string(text),
    };
    out.close();
    true
}

fn clamp(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Writes the members of the block that asks for a search.
pub(super) fn search_call(search: &Search<'_>, id: &str, out: &mut Writer) {
    out.str_member("type", "server_tool_use").str_member("id", id).str_member("name", "web_search");
    out.key("input").open().str_member("query", &search.queries.join("; ")).close();
}

/// Writes the members of the block that tells what it has found.
pub(super) fn search_result(search: &Search<'_>, id: &str, out: &mut Writer) {
    out.str_member("type", "web_search_tool_result").str_member("tool_use_id", id).key("content").open_array();
    for (url, title, encrypted) in &search.sources {
        out.open().str_member("type", "web_search_result").str_member("url", url).str_member("title", title);
        out.str_member("encrypted_content", encrypted.as_deref().unwrap_or_default()).key("page_age").null().close();
    }
    out.close_array();
}

/// A search's id as the API spells one.
pub(super) fn search_id(search: &Search<'_>, echo: &Echo, index: u64) -> String {
    if search.id.starts_with("srvtoolu_") {
        return search.id.clone().into_owned();
    }
    let mut id = String::from("srvtoolu_");
    let plain = |char: &char| char.is_ascii_alphanumeric() || *char == '_';
    if search.id.is_empty() {
        id.extend(echo.request.to_string().chars().filter(plain));
        id.push_str(itoa::Buffer::new().format(index));
    } else {
        id.extend(search.id.chars().filter(plain));
    }
    id
}

/// A message's id: the upstream's, prefixed as the API does, or the request's.
pub(super) fn message_id(upstream: &str, echo: &Echo) -> String {
    let request;
    let mut body = match upstream {
        "" => {
            request = echo.request.to_string();
            &*request
        }
        upstream => upstream,
    };
    for prefix in ["msg_", "resp_", "chatcmpl-", "req_"] {
        if let Some(rest) = body.strip_prefix(prefix) {
            body = rest;
            break;
        }
    }
    ["msg_", body].concat()
}

/// What stands for the signature of reasoning that nobody has signed: an untagged one would be taken for Anthropic's own
/// when it comes back.
pub(super) fn no_signature() -> String {
    carrier::tag(&carrier::Origin::of(Vendor::Other), None, "")
}
