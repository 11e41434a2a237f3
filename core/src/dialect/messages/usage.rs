//! What a usage object tells.

use crate::usage::Usage;
use crate::wire::json::{count, pick};

/// Replaces what is known by what `usage` says: later figures are totals, and may lack what was told before
/// (anthropic-sdk-python, `types/usage.py` and `types/message_delta_usage.py`). `None` if it is no object.
pub(crate) fn read_usage(text: &str, usage: &mut Usage) -> Option<()> {
    let [input, read, written, by_age, output, output_details] = pick(
        text,
        [
            "input_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
            "cache_creation",
            "output_tokens",
            "output_tokens_details",
        ],
    )?;
    let [short, long] =
        pick(by_age, ["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"]).unwrap_or_default().map(count);
    let by_age = short.or(long).map(|_| short.unwrap_or(0).saturating_add(long.unwrap_or(0)));
    let [thinking] = pick(output_details, ["thinking_tokens"]).unwrap_or_default();
    for (term, told) in [
        (&mut usage.input, count(input)),
        (&mut usage.cache_read, count(read)),
        (&mut usage.cache_write, by_age.or(count(written))),
        (&mut usage.output, count(output)),
    ] {
        if let Some(told) = told {
            *term = told;
        }
    }
    usage.reasoning = count(thinking).or(usage.reasoning);
    usage.known = true;
    Some(())
}
