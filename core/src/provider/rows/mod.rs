//! What is known of models: a row a family, first match wins. These facts change monthly; they are data here and branches
//! nowhere. Checked in November 2026; each file names its sources.

mod claude;
mod gemini;
mod open;
mod openai;

use crate::dialect::canonical::{Effort, Vendor};

/// What is known of a model.
#[derive(Debug)]
pub struct ModelRow {
    /// The names: a name matches that is one of these or goes on behind one (`claude-opus-5` matches
    /// `claude-opus-5-20260801`, and not `claude-opus-5-5`); one that ends in `-` or `.` matches whatever begins so. A model's
    /// name is read without what a platform puts before it (`openai/`, `us.anthropic.`), and a dot is as good as a dash.
    pub names: &'static [&'static str],
    /// Who made it; `None` where the provider tells.
    pub vendor: Option<Vendor>,
    /// The most tokens of output; `None` where it is not known.
    pub max_output: Option<u64>,
    /// How it thinks.
    pub thinking: Thinking,
    /// The efforts that it takes, the least first; empty where it takes none. `None` among them: it need not think.
    pub efforts: &'static [Effort],
    /// The least and the most tokens of a thinking budget, where it takes one.
    pub budget: Option<(u64, u64)>,
    /// It takes temperature, `top_p` and `top_k`.
    pub sampling: Sampling,
    /// `role: "system"` in mid-conversation (Messages, Converse).
    pub system_turns: bool,
    /// It has structured output.
    pub structured: bool,
    /// Converse: a function's schema has no members but `type`, `properties` and `required` (Nova).
    pub plain_schemas: bool,
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
    /// Messages: it thinks between tool calls alone, if told so; that is the least it can be told.
    pub between_tools: bool,
    /// Messages: it is told not to think only at efforts up to `high`.
    pub idle_up_to_high: bool,
    /// How many marks of a prompt cache a request may have (chat, Responses and Converse; Messages always has four).
    pub cache_marks: usize,
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
    /// Everything while it does not think, which is what it does unless told otherwise.
    UnlessThinking,
    /// Everything if it is told not to think.
    IfIdle,
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
    plain_schemas: false,
    no_forced_choice: false,
    media_in_results: true,
    json_with_tools: true,
    wants_signatures: false,
    web_search_options: false,
    between_tools: false,
    idle_up_to_high: false,
    cache_marks: 0,
};

static TABLES: [&[ModelRow]; 4] = [claude::ROWS, openai::ROWS, gemini::ROWS, open::ROWS];

/// What is known of the model of that name.
pub fn row(model: &str) -> &'static ModelRow {
    const NONE: &ModelRow = &UNKNOWN;
    let mut rows = readings(model).filter_map(|name| {
        TABLES.iter().copied().flatten().find(|row| row.names.iter().any(|known| matches(name, known)))
    });
    rows.next().unwrap_or(NONE)
}

/// Whether a model's name is this one, as in [`ModelRow::names`].
pub(crate) fn is_named(model: &str, known: &str) -> bool {
    readings(model).any(|name| matches(name, known))
}

/// A model's name with less and less of what a platform puts before it.
fn readings(model: &str) -> impl Iterator<Item = &str> {
    let name = model.rsplit_once('/').map_or(model, |(_, name)| name);
    std::iter::successors(Some(name), |name| {
        // `us.anthropic.claude-…`, `openai.gpt-oss-…`: what stands before a dot and has no digit is a platform's.
        let (before, rest) = name.split_once('.')?;
        (!before.bytes().any(|byte| byte.is_ascii_digit())).then_some(rest)
    })
}

/// Whether a model's name is a row's, or goes on behind it with anything but another version.
fn matches(model: &str, known: &str) -> bool {
    let plain = |byte: &u8| if *byte == b'.' { b'-' } else { byte.to_ascii_lowercase() };
    let (model, known) = (model.as_bytes(), known.as_bytes());
    let Some((begins, rest)) = model.split_at_checked(known.len()) else { return false };
    if !begins.iter().map(plain).eq(known.iter().map(plain)) {
        return false;
    }
    match rest {
        _ if matches!(known.last(), Some(b'-' | b'.')) => true,
        [] => true,
        [first, ..] if first.is_ascii_alphanumeric() => false,
        [b'-' | b'.', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let is_version =
                (1..=2).contains(&digits) && rest.get(digits).is_none_or(|byte| !byte.is_ascii_alphanumeric());
            !is_version
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_platforms_find_their_row() {
        for (model, first) in [
            ("claude-opus-5-20260801", "claude-opus-5"),
            ("claude-opus-5-5", "claude-opus-5-5"),
            ("us.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
            ("anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
            ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
            ("claude-sonnet-4@20250514", "claude-sonnet-4"),
            (
                "arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-haiku-4-5-20251001-v1:0",
                "claude-sonnet-4-5",
            ),
            ("claude-sonnet-9", "claude-"),
            ("gpt-5", "gpt-5"),
            ("gpt-5-2025-08-07", "gpt-5"),
            ("gpt-5.1-codex-max", "gpt-5.1-codex-max"),
            ("gpt-5.4-mini-2026-03-17", "gpt-5.4"),
            ("gpt-5.9", "gpt-5."),
            ("openai/gpt-4.1-mini", "gpt-4.1"),
            ("gpt-4-1106-preview", "gpt-4-turbo"),
            ("gpt-4o-2024-08-06", "gpt-4o"),
            ("openai.gpt-oss-120b-1:0", "gpt-oss"),
            ("o3-mini-2025-01-31", "o3"),
            ("models/gemini-2.5-flash-lite", "gemini-2.5-flash-lite"),
            ("gemini-2.5-flash-preview-04-17", "gemini-2.5-flash"),
            ("gemini-3.1-pro-preview", "gemini-3.1-pro"),
            ("amazon.nova-2-lite-v1:0", "nova-2"),
            ("us.amazon.nova-pro-v1:0", "nova-"),
            ("Qwen/Qwen3-32B", "qwen3"),
            ("qwen/qwen3.6-27b", "qwen3"),
            ("qwen/qwen3.8-27b", "qwen3.8"),
            ("deepseek-v4-pro", "deepseek-v4-pro"),
            ("deepseek-ai/DeepSeek-V4.1-Flash", "deepseek-flash"),
            ("accounts/fireworks/models/glm-5p3", "glm-5.3"),
            ("zai-org/GLM-4.7", "glm-"),
            ("moonshotai/Kimi-K3.1-Pro", "kimi-k3"),
            ("kimi-k2.6", "kimi-"),
            ("kimi-k2.7-code", "kimi-k2.7"),
            ("MiniMax-M2.7", "minimax-m2"),
            ("magistral-medium-latest", "magistral"),
            ("mistral-large-2512", "qwen2"),
            ("grok-4.20-0309-non-reasoning", "grok-"),
            ("grok-4.7", "grok-4.6"),
            ("sonar-reasoning-pro", "sonar-reasoning"),
        ] {
            assert_eq!(row(model).names.first(), Some(&first), "{model}");
        }
        assert!(row("my-model").names.is_empty() && row("").names.is_empty());
    }

    #[test]
    fn rows_agree_with_themselves() {
        for row in TABLES.iter().copied().flatten() {
            assert!(row.efforts.is_sorted(), "{:?}", row.names);
            assert!(row.budget.is_none_or(|(least, most)| least < most), "{:?}", row.names);
            assert!(row.thinking != Thinking::Tokens || row.budget.is_some(), "{:?}", row.names);
            // A row that an earlier one hides is no row.
            assert!(
                std::ptr::eq(super::row(row.names[0].trim_end_matches(['-', '.'])), row)
                    || row.names[0].ends_with(['-', '.']),
                "{:?}",
                row.names
            );
        }
    }
}
