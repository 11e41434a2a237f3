//! What a whole answer tells: its usage.

use serde::Deserialize;

use crate::usage::{Count, Usage};

/// `usage` (openai-python, `types/responses/response_usage.py`).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireUsage {
    input_tokens: Count,
    output_tokens: Count,
    input_tokens_details: Option<InputDetails>,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cached_tokens: Count,
    cache_write_tokens: Count,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    reasoning_tokens: Count,
}

impl WireUsage {
    /// Replaces what is known by what this says.
    pub(crate) fn replace(&self, usage: &mut Usage) {
        let cached = self.input_tokens_details.as_ref().map_or(0, |details| details.cached_tokens.or_zero());
        let written = self.input_tokens_details.as_ref().map_or(0, |details| details.cache_write_tokens.or_zero());
        *usage = Usage {
            input: self.input_tokens.or_zero().saturating_sub(cached).saturating_sub(written),
            cache_read: cached,
            cache_write: written,
            output: self.output_tokens.or_zero(),
            reasoning: self.output_tokens_details.as_ref().and_then(|details| details.reasoning_tokens.0),
            known: true,
            complete: usage.complete,
        };
    }
}
