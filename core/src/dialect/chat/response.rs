//! What a whole answer tells: its usage, and whether it is an answer at all.

use serde::Deserialize;

use crate::usage::{Count, Usage};

/// `usage` (openai-python, `types/completion_usage.py`), and DeepSeek's spelling of the cached part.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireUsage {
    prompt_tokens: Count,
    completion_tokens: Count,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
    prompt_cache_hit_tokens: Count,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PromptDetails {
    cached_tokens: Count,
    cache_write_tokens: Count,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CompletionDetails {
    reasoning_tokens: Count,
}

impl WireUsage {
    /// Replaces what is known by what this says.
    pub(crate) fn replace(&self, usage: &mut Usage) {
        let details = self.prompt_tokens_details.as_ref();
        let cached =
            details.and_then(|details| details.cached_tokens.0).or(self.prompt_cache_hit_tokens.0).unwrap_or(0);
        let written = details.map_or(0, |details| details.cache_write_tokens.or_zero());
        *usage = Usage {
            input: self.prompt_tokens.or_zero().saturating_sub(cached).saturating_sub(written),
            cache_read: cached,
            cache_write: written,
            output: self.completion_tokens.or_zero(),
            reasoning: self.completion_tokens_details.as_ref().and_then(|details| details.reasoning_tokens.0),
            known: true,
            complete: usage.complete,
        };
    }
}
