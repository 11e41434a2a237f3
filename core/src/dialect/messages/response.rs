//! What a whole answer tells: its usage.

use serde::Deserialize;

use crate::usage::{Count, Usage};

/// `usage` (anthropic-sdk-python, `types/usage.py` and `types/message_delta_usage.py`).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireUsage {
    input_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_creation: Option<CacheCreation>,
    output_tokens: Count,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CacheCreation {
    ephemeral_5m_input_tokens: Count,
    ephemeral_1h_input_tokens: Count,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    thinking_tokens: Count,
}

impl WireUsage {
    /// Replaces what is known by what this says: later figures are totals, and may lack what was told before.
    pub(crate) fn replace(&self, usage: &mut Usage) {
        let by_age = self.cache_creation.as_ref().and_then(|by_age| {
            let (short, long) = (by_age.ephemeral_5m_input_tokens.0, by_age.ephemeral_1h_input_tokens.0);
            short.or(long).map(|_| short.unwrap_or(0).saturating_add(long.unwrap_or(0)))
        });
        for (term, told) in [
            (&mut usage.input, self.input_tokens.0),
            (&mut usage.cache_read, self.cache_read_input_tokens.0),
            (&mut usage.cache_write, by_age.or(self.cache_creation_input_tokens.0)),
            (&mut usage.output, self.output_tokens.0),
        ] {
            if let Some(told) = told {
                *term = told;
            }
        }
        if let Some(thinking) = self.output_tokens_details.as_ref().and_then(|details| details.thinking_tokens.0) {
            usage.reasoning = Some(thinking);
        }
        usage.known = true;
    }
}
