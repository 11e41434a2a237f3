//! What a whole answer, or a chunk of a streamed one, tells: its usage.

use serde::Deserialize;

use crate::usage::{Count, Usage};

/// `usageMetadata` (python-genai, `GenerateContentResponseUsageMetadata`). Counters that are absent are 0.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct WireUsage {
    prompt_token_count: Count,
    cached_content_token_count: Count,
    candidates_token_count: Count,
    thoughts_token_count: Count,
    tool_use_prompt_token_count: Count,
}

impl WireUsage {
    /// Replaces what is known by what this says: each chunk brings totals.
    pub(crate) fn replace(&self, usage: &mut Usage) {
        let cached = self.cached_content_token_count.or_zero();
        let prompt = self.prompt_token_count.or_zero().saturating_sub(cached);
        *usage = Usage {
            input: prompt.saturating_add(self.tool_use_prompt_token_count.or_zero()),
            cache_read: cached,
            cache_write: 0,
            output: self.candidates_token_count.or_zero().saturating_add(self.thoughts_token_count.or_zero()),
            reasoning: self.thoughts_token_count.0,
            known: true,
            complete: usage.complete,
        };
    }
}
