//! What a usage object tells.

use crate::dialect::canonical::read::Value;
use crate::usage::Usage;
use crate::wire::json::{count, pick};

/// Replaces what is known by what `usage` says (openai-python, `types/responses/response_usage.py`). `None` if it is no
/// object.
pub(crate) fn read_usage(text: &str, usage: &mut Usage) -> Option<()> {
    let [input, output, input_details, output_details] =
        pick(text, ["input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details"])?;
    let [cached, written, by_time] =
        pick(input_details, ["cached_tokens", "cache_write_tokens", "cache_write_tokens_details"]).unwrap_or_default();
    let [longest] = pick(by_time, ["ttl_12h_tokens"]).unwrap_or_default();
    let [reasoning] = pick(output_details, ["reasoning_tokens"]).unwrap_or_default();
    let cached = count(cached).unwrap_or(0);
    let written = count(written).unwrap_or(0);
    *usage = Usage {
        input: count(input).unwrap_or(0).saturating_sub(cached).saturating_sub(written),
        cache_read: cached,
        cache_write: written,
        // What keeps longer than by default is dearer, as what keeps for an hour is elsewhere.
        cache_write_1h: count(longest).unwrap_or(0).min(written),
        output: count(output).unwrap_or(0),
        reasoning: count(reasoning),
        known: true,
        complete: usage.complete,
        ..Usage::default()
    };
    Some(())
}

/// The same of a whole response, which tells beside it how often the web was searched.
pub(super) fn read_response(response: Value<'_>, usage: &mut Usage) {
    if let Some(told) = response.get("usage") {
        let _ = read_usage(told.raw(), usage);
    }
    let searches = response.get("tool_usage").and_then(|tools| tools.get("web_search")?.get("num_requests")?.count());
    usage.searches = searches.unwrap_or(usage.searches);
}
