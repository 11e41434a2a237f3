//! OpenAI's models, on its API, Azure and Bedrock.
//!
//! <https://developers.openai.com/api/docs/models> (output limits), <https://developers.openai.com/api/docs/guides/reasoning>
//! and the latest-model guide (efforts; "when reasoning effort is not none, remove temperature, top_p and top_logprobs"),
//! the `ReasoningEffort` type of openai-python, <https://developers.openai.com/api/docs/guides/prompt-caching> (marks);
//! @ai-sdk/openai 3.0.141 agrees.

use super::{ModelRow, Sampling, Thinking, UNKNOWN};
use crate::dialect::canonical::Effort::{self, High, Low, Max, Medium, Minimal, None as Idle, XHigh};
use crate::dialect::canonical::Vendor;

const CLASSIC: &[Effort] = &[Low, Medium, High];
const EXTRA: &[Effort] = &[Idle, Low, Medium, High, XHigh];

/// One that thinks before it answers, and then takes no sampling.
const REASONING: ModelRow = ModelRow {
    vendor: Some(Vendor::OpenAi),
    max_output: Some(128_000),
    efforts: EXTRA,
    sampling: Sampling::None,
    ..UNKNOWN
};

/// One that does not.
const PLAIN: ModelRow = ModelRow {
    vendor: Some(Vendor::OpenAi),
    thinking: Thinking::None,
    efforts: &[],
    max_output: Some(16_384),
    ..UNKNOWN
};

/// GPT-6 takes what no longer has a limit of marks.
const SIX: ModelRow =
    ModelRow { efforts: &[Idle, Low, Medium, High, XHigh, Max], cache_marks: usize::MAX, ..REASONING };

pub(super) static ROWS: &[ModelRow] = &[
    // Astra and 6.1 Sol cannot be told not to think.
    ModelRow { names: &["gpt-6-sol", "gpt-6-luna", "gpt-6.1-terra"], sampling: Sampling::IfIdle, ..SIX },
    ModelRow { names: &["gpt-6"], efforts: &[Low, Medium, High, XHigh, Max], ..SIX },
    ModelRow { names: &["gpt-6."], efforts: &[Low, Medium, High, XHigh, Max], ..SIX },
    ModelRow {
        names: &["gpt-5.6"],
        efforts: &[Idle, Low, Medium, High, XHigh, Max],
        sampling: Sampling::IfIdle,
        cache_marks: usize::MAX,
        ..REASONING
    },
    // The chat models and the `-pro` ones: no choice of effort, or few.
    ModelRow {
        names: &["gpt-5-chat", "gpt-5.1-chat", "gpt-5.2-chat", "gpt-5.3-chat"],
        max_output: Some(16_384),
        efforts: &[Medium],
        ..REASONING
    },
    ModelRow { names: &["gpt-5-search-api"], web_search_options: true, efforts: &[], ..REASONING },
    ModelRow { names: &["gpt-5-pro"], max_output: Some(272_000), efforts: &[High], ..REASONING },
    ModelRow { names: &["gpt-5.2-pro", "gpt-5.4-pro", "gpt-5.5-pro"], efforts: &[Medium, High, XHigh], ..REASONING },
    ModelRow { names: &["gpt-5.5"], sampling: Sampling::IfIdle, ..REASONING },
    ModelRow { names: &["gpt-5.1-codex-max", "gpt-5.2-codex"], efforts: &[Low, Medium, High, XHigh], ..REASONING },
    ModelRow { names: &["gpt-5.1-codex", "gpt-5-codex"], efforts: CLASSIC, ..REASONING },
    ModelRow { names: &["gpt-5.3-codex"], ..REASONING },
    // They do not think unless told to.
    ModelRow { names: &["gpt-5.4", "gpt-5.2"], sampling: Sampling::UnlessThinking, ..REASONING },
    ModelRow {
        names: &["gpt-5.1"],
        efforts: &[Idle, Low, Medium, High],
        sampling: Sampling::UnlessThinking,
        ..REASONING
    },
    ModelRow { names: &["gpt-5"], efforts: &[Minimal, Low, Medium, High], ..REASONING },
    ModelRow { names: &["gpt-5."], sampling: Sampling::IfIdle, ..REASONING },
    ModelRow {
        names: &["o3", "o4-mini", "o1", "o3-mini", "o3-pro", "o1-pro"],
        max_output: Some(100_000),
        efforts: CLASSIC,
        ..REASONING
    },
    // Groq, Cerebras, Bedrock and others run it, each with its own limit of output.
    ModelRow { names: &["gpt-oss"], vendor: Some(Vendor::OpenAi), efforts: CLASSIC, ..UNKNOWN },
    ModelRow { names: &["gpt-4.1"], max_output: Some(32_768), ..PLAIN },
    ModelRow {
        names: &["gpt-4o-search-preview", "gpt-4o-mini-search-preview"],
        web_search_options: true,
        sampling: Sampling::None,
        ..PLAIN
    },
    ModelRow { names: &["gpt-4o-2024-05-13"], max_output: Some(4_096), structured: false, ..PLAIN },
    ModelRow { names: &["gpt-4o", "chatgpt-4o", "gpt-4.5"], ..PLAIN },
    ModelRow {
        names: &["gpt-4-turbo", "gpt-4-1106-preview", "gpt-4-0125-preview", "gpt-4", "gpt-3.5"],
        max_output: Some(4_096),
        structured: false,
        ..PLAIN
    },
];
