//! Hosts of other makers' models that speak as OpenAI does.

use super::{CHAT_DOORS, Kind, OPENAI_COMPATIBLE, OnAbort, THINK_TAGS, dropped, noted, renamed};
use crate::dialect::Dialect::{Chat, Messages, Responses};
use crate::dialect::DialectSet;
use crate::dialect::canonical::target::{ReasoningField, Replay, Toggle};
use crate::dialect::canonical::{Feature, Quirks};
use crate::provider::{Door, Doors};

/// Chat completions and embeddings.
const EMBEDDING: Doors = CHAT_DOORS.with(Door::Embeddings, "/embeddings");

/// A host of open models: vLLM or the like behind it.
const OPEN: Quirks = Quirks { top_k: true, think_tags: THINK_TAGS, replay: Replay::ToolLoop, ..Quirks::COMPATIBLE };

/// A host whose key must be there.
const HOST: Kind =
    Kind { doors: CHAT_DOORS, keyless: false, possible: DialectSet::of(&[Chat]), quirks: &OPEN, ..OPENAI_COMPATIBLE };

pub(super) static ROWS: &[Kind] = &[
    // https://console.groq.com/docs/openai; groq-python 1.7.0 `_client.py` (whose base URL has no path) and
    // `completion_create_params.py`. What its schema does not have is a 400 `property '…' is unsupported`.
    Kind {
        name: "groq",
        title: noted("Groq"),
        documents: noted("https://console.groq.com/docs/openai"),
        base_url: Some("https://api.groq.com/openai/v1"),
        doors: EMBEDDING.with(Door::Responses, "/responses"),
        key_variables: &["GROQ_API_KEY"],
        base_url_variable: Some("GROQ_BASE_URL"),
        base_url_suffix: "/openai/v1",
        // Its Responses are a beta: https://console.groq.com/docs/responses-api.
        possible: DialectSet::of(&[Chat, Responses]),
        quirks: &Quirks {
            max_completion_tokens: true,
            top_k: false,
            // "will result in a 400 error": logprobs, logit_bias, top_logprobs, messages[].name, n other than 1.
            names: false,
            lacks: &[
                Feature::Logprobs,
                Feature::TopLogprobs,
                Feature::LogitBias,
                Feature::Candidates,
                // Not in the schema; sipeed/picoclaw#1196.
                Feature::CacheKey,
                Feature::CacheRetention,
                Feature::CacheOptions,
                Feature::Verbosity,
                Feature::Prediction,
                Feature::Moderation,
                Feature::AudioOutput,
                Feature::Obfuscation,
                // Its tiers are `on_demand`, `flex` and `performance`.
                Feature::Tier,
            ],
            // https://console.groq.com/docs/reasoning: Qwen is told `default` or `none`, GPT-OSS an effort. Assistant turns
            // have `reasoning`; `reasoning_content` is refused (janhq/jan#8136).
            reasoning: ReasoningField::Toggle(Toggle::Default),
            thoughts: "reasoning",
            ..OPEN
        },
        rules: &[
            dropped("prompt_cache_key"),
            dropped("prompt_cache_retention"),
            dropped("prompt_cache_options"),
            dropped("safety_identifier"),
            dropped("verbosity"),
        ],
        on_abort: OnAbort::BillsAll,
        ..HOST
    },
    // https://inference-docs.cerebras.ai/resources/openai, …/capabilities/reasoning; cerebras_cloud_sdk 1.91.0. What its
    // schema does not have is a 400 `wrong_api_format` (huggingface/huggingface.js#2268, proxysoul/Empryo#209).
    Kind {
        name: "cerebras",
        title: noted("Cerebras"),
        documents: noted("https://inference-docs.cerebras.ai/api-reference/chat-completions"),
        base_url: Some("https://api.cerebras.ai/v1"),
        key_variables: &["CEREBRAS_API_KEY"],
        base_url_variable: Some("CEREBRAS_BASE_URL"),
        base_url_suffix: "/v1",
        quirks: &Quirks {
            developer_role: true,
            max_completion_tokens: true,
            top_k: false,
            lacks: &[
                Feature::Store,
                Feature::Labels,
                Feature::Verbosity,
                Feature::CacheRetention,
                Feature::CacheOptions,
                Feature::Moderation,
                Feature::AudioOutput,
                Feature::Obfuscation,
            ],
            thoughts: "reasoning",
            ..OPEN
        },
        rules: &[
            dropped("store"),
            dropped("metadata"),
            dropped("safety_identifier"),
            dropped("verbosity"),
            dropped("prompt_cache_retention"),
            dropped("prompt_cache_options"),
        ],
        ..HOST
    },
    // https://openrouter.ai/docs/api-reference; openrouter 1.3.84 `components/chatrequest.py`, `messagesrequest.py`.
    Kind {
        name: "openrouter",
        title: noted("OpenRouter"),
        documents: noted("https://openrouter.ai/docs/api-reference/overview"),
        base_url: Some("https://openrouter.ai/api/v1"),
        doors: EMBEDDING.with(Door::Responses, "/responses").with(Door::Messages, "/messages"),
        key_variables: &["OPENROUTER_API_KEY"],
        dialects: DialectSet::of(&[Chat, Responses, Messages]),
        possible: DialectSet::of(&[Chat, Responses, Messages]),
        quirks: &Quirks {
            developer_role: true,
            max_completion_tokens: true,
            // https://openrouter.ai/docs/guides/best-practices/reasoning-tokens: `reasoning_details` go back in tool loops.
            reasoning: ReasoningField::Object,
            think_tags: None,
            ..OPEN
        },
        ..HOST
    },
    // https://docs.together.ai/reference/chat-completions-1, …/docs/inference/chat/reasoning; together 3.1.1.
    Kind {
        name: "together",
        title: noted("Together AI"),
        documents: noted("https://docs.together.ai/reference/chat-completions-1"),
        base_url: Some("https://api.together.ai/v1"),
        doors: EMBEDDING,
        key_variables: &["TOGETHER_API_KEY"],
        base_url_variable: Some("TOGETHER_BASE_URL"),
        base_url_suffix: "/v1",
        quirks: &Quirks { reasoning: ReasoningField::Toggle(Toggle::Reasoning), ..OPEN },
        // The schema has `max_tokens` alone.
        rules: &[renamed("max_completion_tokens", "max_tokens")],
        on_abort: OnAbort::Stops,
        ..HOST
    },
    // https://docs.fireworks.ai/api-reference/post-chatcompletions, …/guides/reasoning, …/tools-sdks/anthropic-compatibility;
    // fireworks_ai 1.2.30 (`max_completion_tokens` "cannot be specified together with max_tokens").
    Kind {
        name: "fireworks",
        title: noted("Fireworks AI"),
        documents: noted("https://docs.fireworks.ai/api-reference/post-chatcompletions"),
        base_url: Some("https://api.fireworks.ai/inference/v1"),
        doors: EMBEDDING.with(Door::Responses, "/responses").with(Door::Messages, "/messages"),
        key_variables: &["FIREWORKS_API_KEY"],
        base_url_variable: Some("FIREWORKS_BASE_URL"),
        base_url_suffix: "/inference/v1",
        dialects: DialectSet::of(&[Chat, Messages]),
        possible: DialectSet::of(&[Chat, Responses, Messages]),
        on_abort: OnAbort::Stops,
        ..HOST
    },
    // https://docs.deepinfra.com/api-reference/chat-completions/openai-chat-completions, …/anthropic-messages,
    // …/chat/reasoning.
    Kind {
        name: "deepinfra",
        title: noted("DeepInfra"),
        documents: noted("https://docs.deepinfra.com/api-reference/chat-completions/openai-chat-completions"),
        base_url: Some("https://api.deepinfra.com/v1/openai"),
        doors: EMBEDDING.with(Door::Messages, "/../../anthropic/v1/messages"),
        key_variables: &["DEEPINFRA_API_KEY", "DEEPINFRA_TOKEN"],
        possible: DialectSet::of(&[Chat, Messages]),
        on_abort: OnAbort::Stops,
        ..HOST
    },
    // https://docs.sambanova.ai/docs/en/api-reference; sambanova 1.13.0 `resources/`.
    Kind {
        name: "sambanova",
        title: noted("SambaNova"),
        documents: noted("https://docs.sambanova.ai/docs/en/api-reference/overview"),
        base_url: Some("https://api.sambanova.ai/v1"),
        doors: EMBEDDING
            .with(Door::Responses, "/responses")
            .with(Door::Messages, "/messages")
            .with(Door::CountTokens, "/messages/count_tokens"),
        key_variables: &["SAMBANOVA_API_KEY"],
        base_url_variable: Some("SAMBA_NOVA_BASE_URL"),
        possible: DialectSet::of(&[Chat, Responses, Messages]),
        // Hybrid models are told by `chat_template_kwargs`, GPT-OSS by an effort; messages have `reasoning`.
        quirks: &Quirks { reasoning: ReasoningField::Toggle(Toggle::TemplateKwargs), thoughts: "reasoning", ..OPEN },
        ..HOST
    },
    // https://docs.api.nvidia.com/nim/reference/llm-apis: a schema a model.
    Kind {
        name: "nvidia",
        title: noted("NVIDIA NIM"),
        documents: noted("https://docs.api.nvidia.com/nim/reference/llm-apis"),
        base_url: Some("https://integrate.api.nvidia.com/v1"),
        doors: EMBEDDING,
        key_variables: &["NVIDIA_API_KEY"],
        quirks: &Quirks {
            top_k: false,
            reasoning: ReasoningField::Toggle(Toggle::TemplateKwargs),
            lacks: &[Feature::Store],
            ..OPEN
        },
        ..HOST
    },
    // https://huggingface.co/docs/inference-providers/en/tasks/chat-completion; huggingface_hub 2.4.0 `_auth.py`. What is
    // behind it may refuse what it does not know (huggingface/huggingface.js#2268): thoughts do not go back. Its Responses
    // are a beta.
    Kind {
        name: "huggingface",
        title: noted("Hugging Face"),
        documents: noted("https://huggingface.co/docs/inference-providers/en/tasks/chat-completion"),
        base_url: Some("https://router.huggingface.co/v1"),
        doors: CHAT_DOORS.with(Door::Responses, "/responses"),
        key_variables: &["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"],
        possible: DialectSet::of(&[Chat, Responses]),
        quirks: &Quirks { top_k: false, lacks: &[Feature::Store], replay: Replay::Never, ..OPEN },
        rules: &[dropped("store")],
        on_abort: OnAbort::BillsAll,
        ..HOST
    },
    // https://docs.github.com/en/rest/models/inference.
    Kind {
        name: "github",
        title: noted("GitHub Models"),
        documents: noted("https://docs.github.com/en/rest/models/inference"),
        base_url: Some("https://models.github.ai/inference"),
        doors: EMBEDDING.with(Door::Models, "/../catalog/models"),
        key_variables: &["GITHUB_TOKEN"],
        quirks: &Quirks { top_k: false, replay: Replay::Never, ..OPEN },
        ..HOST
    },
    // https://docs.tokenfactory.nebius.com/api-reference/inference/create-chat-completion.
    Kind {
        name: "nebius",
        title: noted("Nebius Token Factory"),
        documents: noted("https://docs.tokenfactory.nebius.com/api-reference/inference/create-chat-completion"),
        base_url: Some("https://api.tokenfactory.nebius.com/v1"),
        doors: EMBEDDING,
        key_variables: &["NEBIUS_API_KEY"],
        ..HOST
    },
    // https://docs.baseten.co/reference/inference-api/chat-completions, …/inference/model-apis/reasoning.
    Kind {
        name: "baseten",
        title: noted("Baseten"),
        documents: noted("https://docs.baseten.co/reference/inference-api/chat-completions"),
        base_url: Some("https://inference.baseten.co/v1"),
        key_variables: &["BASETEN_API_KEY"],
        quirks: &Quirks { lacks: &[Feature::Store], ..OPEN },
        // The schema has `max_tokens` alone.
        rules: &[renamed("max_completion_tokens", "max_tokens")],
        ..HOST
    },
    // https://docs.hyperbolic.xyz/docs/rest-api.
    Kind {
        name: "hyperbolic",
        title: noted("Hyperbolic"),
        documents: noted("https://docs.hyperbolic.xyz/docs/rest-api"),
        base_url: Some("https://api.hyperbolic.xyz/v1"),
        key_variables: &["HYPERBOLIC_API_KEY"],
        quirks: &Quirks { reasoning: ReasoningField::None, replay: Replay::Never, ..OPEN },
        rules: &[renamed("max_completion_tokens", "max_tokens")],
        ..HOST
    },
    // https://novita.ai/docs/api-reference/model-apis-llm-create-chat-completion, …/guides/llm-anthropic-compatibility (some
    // models).
    Kind {
        name: "novita",
        title: noted("Novita AI"),
        documents: noted("https://novita.ai/docs/api-reference/model-apis-llm-create-chat-completion"),
        base_url: Some("https://api.novita.ai/openai/v1"),
        doors: EMBEDDING.with(Door::Messages, "/../../anthropic/v1/messages"),
        key_variables: &["NOVITA_API_KEY"],
        possible: DialectSet::of(&[Chat, Messages]),
        quirks: &Quirks { reasoning: ReasoningField::Toggle(Toggle::EnableThinking), ..OPEN },
        rules: &[renamed("max_completion_tokens", "max_tokens")],
        ..HOST
    },
    // https://docs.inference.net/api/api-quickstart: no way to ask for reasoning is documented.
    Kind {
        name: "inference-net",
        title: noted("Inference.net"),
        documents: noted("https://docs.inference.net/api/api-quickstart"),
        base_url: Some("https://api.inference.net/v1"),
        doors: EMBEDDING,
        key_variables: &["INFERENCE_API_KEY"],
        quirks: &Quirks { top_k: false, reasoning: ReasoningField::None, replay: Replay::Never, ..OPEN },
        ..HOST
    },
];
