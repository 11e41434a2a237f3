//! Everybody else's: Amazon, xAI, DeepSeek, Alibaba, Mistral, Moonshot, Meta, Z.ai.
//!
//! Output limits are told only where one vendor alone runs the model; elsewhere they are the host's.
//! <https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-converse-api.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>,
//! <https://docs.x.ai/developers/model-capabilities/text/reasoning>, <https://api-docs.deepseek.com/quick_start/pricing>,
//! <https://console.groq.com/docs/reasoning>, <https://docs.mistral.ai/capabilities/reasoning>.

use super::{ModelRow, Sampling, Thinking, UNKNOWN};
use crate::dialect::canonical::Effort::{High, Low, Medium, None as Idle};

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
    ModelRow { names: &["titan-text", "command-", "command", "jamba"], structured: false, ..PLAIN },
    // Grok 4 and the fast ones refuse `reasoning_effort`; 4.5 and later cannot be told not to think.
    ModelRow { names: &["grok-3-mini"], efforts: &[Low, High], ..UNKNOWN },
    ModelRow { names: &["grok-4.3"], efforts: &[Idle, Low, Medium, High], ..UNKNOWN },
    ModelRow { names: &["grok-4.5", "grok-4.6", "grok-4.7"], efforts: &[Low, Medium, High], ..UNKNOWN },
    ModelRow { names: &["grok-"], ..PLAIN },
    // How DeepSeek, Qwen, Kimi and GLM are asked to think is the provider's to say; an effort is on or off there.
    ModelRow { names: &["deepseek-reasoner"], max_output: Some(65_536), sampling: Sampling::None, ..UNKNOWN },
    ModelRow { names: &["deepseek-chat", "deepseek-v3"], max_output: Some(8_192), ..UNKNOWN },
    ModelRow { names: &["qwen3", "qwen-3", "qwq", "qwen-", "kimi-"], ..UNKNOWN },
    ModelRow {
        names: &[
            "qwen2",
            "llama",
            "mixtral",
            "codestral",
            "ministral",
            "pixtral",
            "voxtral",
            "open-mistral",
            "palmyra",
        ],
        ..PLAIN
    },
];
