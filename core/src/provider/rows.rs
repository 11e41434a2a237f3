//! What is known of models: a row a family, first match wins. These facts change monthly; they are data here and branches
//! nowhere.

use crate::dialect::canonical::{Effort, Vendor};

/// What is known of a model.
#[derive(Debug)]
pub struct ModelRow {
    /// The names: a name matches that is one of these or goes on behind one (`claude-opus-5` matches
    /// `claude-opus-5-20260801`); on Bedrock and Vertex the part behind `anthropic.` or before `@` counts.
    pub names: &'static [&'static str],
    /// Who made it; `None` where the provider tells.
    pub vendor: Option<Vendor>,
    /// The most tokens of output; `None` where it is not known.
    pub max_output: Option<u64>,
    /// How it thinks.
    pub thinking: Thinking,
    /// The efforts that it takes, the least first; empty where it takes none.
    pub efforts: &'static [Effort],
    /// The least and the most tokens of a thinking budget, where it takes one.
    pub budget: Option<(u64, u64)>,
    /// It takes temperature, `top_p` and `top_k`.
    pub sampling: Sampling,
    /// `role: "system"` in mid-conversation (Messages, Converse).
    pub system_turns: bool,
    /// It has structured output.
    pub structured: bool,
    /// It refuses a forced tool choice outright.
    pub no_forced_choice: bool,
    /// Pictures may stand in a function's response (Gemini).
    pub media_in_results: bool,
    /// JSON mode and tools go together (Gemini).
    pub json_with_tools: bool,
    /// It wants calls that others made marked as unsigned (Gemini 3 and later).
    pub wants_signatures: bool,
    /// Chat: it searches the web (`web_search_options`).
    pub web_search_options: bool,
}

/// How a model thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thinking {
    /// By effort: OpenAI's way.
    Effort,
    /// Messages: with a budget alone (Claude 4.5 and older).
    Budget,
    /// Messages: by itself or with a budget (Claude 4.6).
    Both,
    /// Messages: by itself, and only if asked.
    Adaptive,
    /// Messages: by itself, unless told not to.
    AdaptiveOn,
    /// Messages: always.
    Always,
    /// Gemini: by level.
    Level,
    /// Gemini: with a budget.
    Tokens,
    /// Not at all.
    None,
}

/// What a model takes of sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// Everything.
    All,
    /// One of temperature and `top_p` (Claude from 4.1 on).
    One,
    /// Nothing: the API refuses it.
    None,
}

/// A model that nothing is known of.
const UNKNOWN: ModelRow = ModelRow {
    names: &[],
    vendor: None,
    max_output: None,
    thinking: Thinking::Effort,
    efforts: &[Effort::None, Effort::Minimal, Effort::Low, Effort::Medium, Effort::High],
    budget: None,
    sampling: Sampling::All,
    system_turns: false,
    structured: true,
    no_forced_choice: false,
    media_in_results: true,
    json_with_tools: true,
    wants_signatures: false,
    web_search_options: false,
};

static ROWS: &[ModelRow] = &[UNKNOWN];

/// What is known of the model of that name.
pub fn row(model: &str) -> &'static ModelRow {
    let known = ROWS.iter().find(|row| row.names.iter().any(|name| model.starts_with(name)));
    const NONE: &ModelRow = &UNKNOWN;
    known.unwrap_or(NONE)
}
