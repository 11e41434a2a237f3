//! What a usage object tells.

use crate::usage::Usage;
use crate::wire::json::{count, pick};

/// Replaces what is known by what `usage` says (openai-python, `types/completion_usage.py`; `prompt_cache_hit_tokens` is
/// DeepSeek's spelling of the cached part). `None` if it is no object.
pub(crate) fn read_usage(text: &str, usage: &mut Usage) -> Option<()> {
    let [prompt, completion, prompt_details, completion_details, hit] = pick(
        text,
        [
            "prompt_tokens",
            "completion_tokens",
            "prompt_tokens_details",
            "completion_tokens_details",
            "prompt_cache_hit_tokens",
        ],
    )?;
    let [cached, written] = pick(prompt_details, ["cached_tokens", "cache_write_tokens"]).unwrap_or_default();
    let [reasoning] = pick(completion_details, ["reasoning_tokens"]).unwrap_or_default();
    let cached = count(cached).or(count(hit)).unwrap_or(0);
    let written = count(written).unwrap_or(0);
    *usage = Usage {
        input: count(prompt).unwrap_or(0).saturating_sub(cached).saturating_sub(written),
        cache_read: cached,
        cache_write: written,
        output: count(completion).unwrap_or(0),
        reasoning: count(reasoning),
        known: true,
        complete: usage.complete,
        ..Usage::default()
    };
    Some(())
}
