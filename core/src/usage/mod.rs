//! The one usage algebra: what every dialect's usage object is read into.

/// Tokens of one request. The first four terms are disjoint: the prompt is `input + cache_read + cache_write`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Prompt tokens neither read from nor written to a cache.
    pub input: u64,
    /// Prompt tokens read from the provider's cache.
    pub cache_read: u64,
    /// Prompt tokens written to the provider's cache.
    pub cache_write: u64,
    /// Everything billed as output, reasoning included.
    pub output: u64,
    /// The part of the output that was reasoning; `None` where the upstream does not say.
    pub reasoning: Option<u64>,
    /// The part of `cache_write` that keeps for an hour; it is dearer than the rest, which keeps for five minutes.
    pub cache_write_1h: u64,
    /// Prompt tokens of what server tools have read (Gemini): a part of `input`.
    pub tool_input: u64,
    /// Searches in the web, which are billed by the call.
    pub searches: u64,
    /// Whether anything was reported at all.
    pub known: bool,
    /// Whether this is the final figure; `false` where the answer was cut before it.
    pub complete: bool,
}
