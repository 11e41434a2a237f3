//! Everybody else's: Amazon, Cohere, xAI, DeepSeek, Alibaba, Mistral, Moonshot, Meta, Z.ai.
//!
//! Output limits are told only where one vendor alone runs the model; elsewhere they are the host's.
//! <https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-converse-api.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>,
//! <https://docs.x.ai/developers/model-capabilities/text/reasoning>, <https://api-docs.deepseek.com/quick_start/pricing>,
//! <https://api-docs.deepseek.com/guides/thinking_mode>, <https://console.groq.com/docs/reasoning>,
//! <https://docs.mistral.ai/capabilities/reasoning>, <https://docs.bigmodel.cn> (chat completions: `reasoning_effort`),
//! <https://platform.kimi.ai/docs/api/chat>, <https://platform.minimax.io/docs>, the data of @earendil-works/pi-ai 1.6.0.

use super::{ModelRow, Sampling, Thinking, UNKNOWN};
use crate::dialect::canonical::Effort::{High, Low, Max, Medium, Minimal, None as Idle, XHigh};

const PLAIN: ModelRow = ModelRow { thinking: Thinking::None, efforts: &[], ..UNKNOWN };

pub(super) static ROWS: &[ModelRow] = &[
    // Nova caches text of its own accord, and up to four marked prefixes; it has no structured output.
    ModelRow {
        names: &["nova-2"],
        max_output: Some(64_000),
        efforts: &[Idle, Low, Medium, High],
        structured: false,
        plain_schemas: true,
        cache_marks: 4,
        ..UNKNOWN
    },
    ModelRow {
        names: &["nova-"],
        max_output: Some(10_000),
        structured: false,
        plain_schemas: true,
        cache_marks: 4,
        ..PLAIN
    },
    // Cohere's own: on or off is all it takes of an effort; <https://docs.cohere.com/docs/models>.
    ModelRow { names: &["command-a-reasoning-"], max_output: Some(32_000), efforts: &[Idle, High], ..UNKNOWN },
    ModelRow { names: &["command-a-plus-"], max_output: Some(64_000), efforts: &[Idle, High], ..UNKNOWN },
    ModelRow { names: &["command-a-", "command-r7b-", "command-r-08-2024", "command-r-plus-08-2024"], ..PLAIN },
    // The older ones, on Bedrock.
    ModelRow { names: &["titan-text", "command-", "command", "jamba"], structured: false, ..PLAIN },
    // Grok 4 and the fast ones refuse `reasoning_effort`; 4.5 and later cannot be told not to think.
    ModelRow { names: &["grok-3-mini"], efforts: &[Low, High], ..UNKNOWN },
    ModelRow { names: &["grok-4.3"], efforts: &[Idle, Low, Medium, High], ..UNKNOWN },
    ModelRow { names: &["grok-4.5"], efforts: &[Low, Medium, High], ..UNKNOWN },
    ModelRow {
        names: &["grok-4.6", "grok-4.7", "grok-4.20-multi-agent"],
        efforts: &[Low, Medium, High, XHigh],
        ..UNKNOWN
    },
    ModelRow { names: &["grok-"], ..PLAIN },
    // How the others are asked to think is the provider's to say, and what an effort does there: it may be on or off.
    ModelRow { names: &["deepseek-reasoner"], max_output: Some(65_536), sampling: Sampling::None, ..UNKNOWN },
    ModelRow { names: &["deepseek-chat", "deepseek-v3"], max_output: Some(8_192), ..UNKNOWN },
    ModelRow { names: &["deepseek-v4-pro"], efforts: &[Idle, High, Max], ..UNKNOWN },
    ModelRow {
        names: &["deepseek-flash", "deepseek-v4", "deepseek-v4.1", "deepseek-v4p1"],
        efforts: &[Idle, Low, High, Max],
        ..UNKNOWN
    },
    // Fireworks writes a version's point as `p`.
    ModelRow { names: &["glm-5.3", "glm-5p3"], efforts: &[Low, High, Max], ..UNKNOWN },
    ModelRow { names: &["glm-5.2", "glm-5p2"], efforts: &[Idle, High, Max], ..UNKNOWN },
    ModelRow { names: &["glm-"], ..UNKNOWN },
    ModelRow { names: &["kimi-k3", "kimi-k3.1", "kimi-k3p1"], efforts: &[Low, High, Max], ..UNKNOWN },
    // They always think, and nothing can be said of how much.
    ModelRow { names: &["kimi-k2.7", "kimi-k2p7", "kimi-k2-thinking"], efforts: &[], ..UNKNOWN },
    ModelRow { names: &["kimi-k2-instruct", "kimi-k2-turbo", "kimi-k2-0711", "kimi-k2-0905", "moonshot-v1"], ..PLAIN },
    ModelRow { names: &["kimi-"], ..UNKNOWN },
    ModelRow { names: &["minimax-m3.1", "minimax-m3p1"], efforts: &[Low, Medium, High, XHigh, Max], ..UNKNOWN },
    ModelRow { names: &["minimax-m3"], efforts: &[Idle, Low, Medium, High], ..UNKNOWN },
    ModelRow { names: &["minimax-m2", "minimax-m2.", "minimax-m1"], efforts: &[Low, Medium, High], ..UNKNOWN },
    ModelRow {
        names: &["qwen3.8-max", "qwen3.8-flash", "qwen3p8-max", "qwen4-max"],
        efforts: &[Low, Medium, XHigh],
        ..UNKNOWN
    },
    ModelRow { names: &["qwen3.8", "qwen-3.8"], efforts: &[Idle, Low, Medium, High], ..UNKNOWN },
    ModelRow { names: &["qwen3-coder", "qwen-2.5", "qwen-coder"], ..PLAIN },
    ModelRow { names: &["qwen3", "qwen3.", "qwen-3", "qwen-3.", "qwq", "qwen-"], ..UNKNOWN },
    ModelRow { names: &["mistral-large-4", "mistral-large-latest"], efforts: &[Low, Medium, High], ..UNKNOWN },
    ModelRow {
        names: &[
            "magistral",
            "mistral-medium-3.5",
            "mistral-medium-2604",
            "mistral-medium-latest",
            "mistral-small-2603",
            "mistral-small-latest",
        ],
        efforts: &[Idle, High],
        ..UNKNOWN
    },
    ModelRow { names: &["sonar-reasoning", "sonar-deep-research"], efforts: &[Minimal, Low, Medium, High], ..UNKNOWN },
    ModelRow {
        names: &[
            "qwen2",
            "qwen2.",
            "llama",
            "mixtral",
            "codestral",
            "devstral",
            "ministral",
            "pixtral",
            "voxtral",
            "mistral-",
            "open-mistral",
            "palmyra",
            "sonar",
        ],
        ..PLAIN
    },
];
