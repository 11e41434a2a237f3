//! The one usage algebra: what every dialect's usage object is read into, and what it costs.

mod cost;
mod prices;

pub use cost::{Cost, cost};
pub use prices::{Prices, Term};

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
    /// The part of `cache_write` that keeps for an hour (OpenAI: for twelve); it is dearer than the rest, which keeps for
    /// minutes.
    pub cache_write_1h: u64,
    /// Prompt tokens of what server tools have read (Gemini): a part of `input`.
    pub tool_input: u64,
    /// Searches in the web, which are billed by the call.
    pub searches: u64,
    /// The part of `input` that was sound.
    pub audio_input: u64,
    /// The part of `cache_read` that was sound.
    pub audio_read: u64,
    /// The part of `output` that was sound.
    pub audio_output: u64,
    /// The part of `input` that was pictures or films, as far as it is told.
    pub media: u64,
    /// How it was served.
    pub tier: Tier,
    /// It was kept within a country, which is dearer (Anthropic's `inference_geo`).
    pub in_country: bool,
    /// Something was used that none of the terms count: pictures that were made, rented computers, files that were searched.
    pub besides: bool,
    /// What the upstream says that it costs, in millionths of a micro-dollar.
    pub told: Option<u64>,
    /// Whether anything was reported at all.
    pub known: bool,
    /// Whether this is the final figure; `false` where the answer was cut before it.
    pub complete: bool,
}

/// How a request was served, as far as that is priced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// As it is by default.
    #[default]
    Standard,
    /// When there was room.
    Flex,
    /// Before others.
    Priority,
    /// Faster than by default.
    Fast,
    /// Faster still.
    Ultrafast,
    /// In a batch.
    Batch,
    /// In a way that is paid for by contract, or that is not known here.
    Other,
}

impl Tier {
    /// The tier of that name in an answer. The words are OpenAI's (openai-python, `types/responses/service_tier.py`),
    /// Anthropic's (anthropic-sdk-python, `types/usage.py`), Google's (python-genai, `ServiceTier` and `TrafficType`),
    /// Bedrock's (`ServiceTierType`) and Groq's (`on_demand`).
    pub fn named(name: &str) -> Self {
        match name {
            "" | "default" | "standard" | "auto" | "on_demand" | "unspecified" | "ON_DEMAND" => Tier::Standard,
            "flex" | "ON_DEMAND_FLEX" => Tier::Flex,
            "priority" | "ON_DEMAND_PRIORITY" => Tier::Priority,
            "fast" => Tier::Fast,
            "ultrafast" => Tier::Ultrafast,
            "batch" => Tier::Batch,
            _ => Tier::Other,
        }
    }
}

impl Usage {
    /// The tokens of the whole prompt.
    pub fn prompt(&self) -> u64 {
        self.input.saturating_add(self.cache_read).saturating_add(self.cache_write)
    }
}
