//! What a usage object tells.

use crate::usage::Usage;
use crate::wire::json::{count, pick};

/// Replaces what is known by what `usage` says (openai-python, `types/responses/response_usage.py`). `None` if it is no
/// object.
pub(crate) fn read_usage(text: &str, usage: &mut Usage) -> Option<()> {
    let [input, output, input_details, output_details] =
        pick(text, ["input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details"])?;
    let [cached, written] = pick(input_details, ["cached_tokens", "cache_write_tokens"]).unwrap_or_default();
    let [reasoning] = pick(output_details, ["reasoning_tokens"]).unwrap_or_default();
    let cached = count(cached).unwrap_or(0);
    let written = count(written).unwrap_or(0);
    *usage = Usage {
        input: count(input).unwrap_or(0).saturating_sub(cached).saturating_sub(written),
        cache_read: cached,
        cache_write: written,
        output: count(output).unwrap_or(0),
        reasoning: count(reasoning),
        known: true,
        complete: usage.complete,
        ..Usage::default()
    };
    Some(())
}
