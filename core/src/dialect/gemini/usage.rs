//! What a usage object tells, of a whole answer or of a chunk of a streamed one.

use crate::usage::Usage;
use crate::wire::json::{count, pick};

/// Replaces what is known by what `usageMetadata` says: each chunk brings totals, and counters that are absent are 0
/// (python-genai, `GenerateContentResponseUsageMetadata`). `None` if it is no object.
pub(crate) fn read_usage(text: &str, usage: &mut Usage) -> Option<()> {
    let [prompt, cached, candidates, thoughts, tool_use] = pick(
        text,
        [
            "promptTokenCount",
            "cachedContentTokenCount",
            "candidatesTokenCount",
            "thoughtsTokenCount",
            "toolUsePromptTokenCount",
        ],
    )?
    .map(count);
    let cached = cached.unwrap_or(0);
    *usage = Usage {
        input: prompt.unwrap_or(0).saturating_sub(cached).saturating_add(tool_use.unwrap_or(0)),
        cache_read: cached,
        cache_write: 0,
        output: candidates.unwrap_or(0).saturating_add(thoughts.unwrap_or(0)),
        reasoning: thoughts,
        tool_input: tool_use.unwrap_or(0),
        known: true,
        complete: usage.complete,
        ..Usage::default()
    };
    Some(())
}
