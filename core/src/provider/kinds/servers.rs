//! Servers that people run themselves, other gateways, and the mock.
//!
//! What a server has of OpenAI's Responses and of Anthropic's Messages is newer than most of what is installed: so each is
//! called in chat completions unless the configuration says otherwise.

use super::{CHAT_DOORS, Kind, OPENAI_COMPATIBLE, OPENAI_DOORS, OnAbort, THINK_TAGS, noted, renamed};
use crate::dialect::Dialect::{Chat, Gemini, Messages, Responses};
use crate::dialect::DialectSet;
use crate::dialect::canonical::target::{Forced, ReasoningField, Replay, Toggle};
use crate::dialect::canonical::{Feature, Quirks};
use crate::provider::{Door, Doors};

/// Chat completions, embeddings, Responses and Messages.
const LOCAL_DOORS: Doors = CHAT_DOORS
    .with(Door::Embeddings, "/embeddings")
    .with(Door::Responses, "/responses")
    .with(Door::Messages, "/messages");

/// Those, and a counter of tokens.
const COUNTING: Doors = LOCAL_DOORS.with(Door::CountTokens, "/messages/count_tokens");

const LOCAL: Kind = Kind {
    doors: LOCAL_DOORS,
    possible: DialectSet::of(&[Chat, Responses, Messages]),
    // Nobody is billed; a generation that nobody reads ends.
    on_abort: OnAbort::Stops,
    ..OPENAI_COMPATIBLE
};

/// Where chat templates decide whether a model thinks, and a model without a parser leaves its thoughts in the text.
const TEMPLATES: Quirks = Quirks {
    top_k: true,
    reasoning: ReasoningField::Toggle(Toggle::TemplateKwargs),
    think_tags: THINK_TAGS,
    replay: Replay::ToolLoop,
    ..Quirks::COMPATIBLE
};

pub(super) static ROWS: &[Kind] = &[
    // https://docs.ollama.com/api/openai-compatibility, https://docs.ollama.com/api/anthropic-compatibility, and ollama's
    // `openai/openai.go` (August 2026): `max_tokens` alone, `reasoning` in messages; no tool_choice, logit_bias, user or n;
    // pictures as base64 alone. Its Messages do not count tokens.
    Kind {
        name: "ollama",
        title: noted("Ollama"),
        documents: noted("https://docs.ollama.com/api/openai-compatibility"),
        base_url: Some("http://127.0.0.1:11434/v1"),
        quirks: &Quirks {
            fetches: false,
            forced: Forced::Never,
            lacks: &[
                Feature::LogitBias,
                Feature::EndUser,
                Feature::Candidates,
                Feature::Logprobs,
                Feature::TopLogprobs,
            ],
            think_tags: THINK_TAGS,
            replay: Replay::ToolLoop,
            thoughts: "reasoning",
            ..Quirks::COMPATIBLE
        },
        rules: &[renamed("max_completion_tokens", "max_tokens")],
        ..LOCAL
    },
    // https://docs.vllm.ai/en/latest/serving/online_serving/openai_compatible_server/: extra parameters, `top_k` among them;
    // messages have `reasoning`.
    Kind {
        name: "vllm",
        title: noted("vLLM"),
        documents: noted("https://docs.vllm.ai/en/latest/serving/online_serving/openai_compatible_server/"),
        base_url: Some("http://127.0.0.1:8000/v1"),
        doors: COUNTING,
        quirks: &Quirks { thoughts: "reasoning", ..TEMPLATES },
        ..LOCAL
    },
    // https://docs.sglang.io/docs/basic_usage/openai_api, https://docs.sglang.io/docs/basic_usage/anthropic_api.
    Kind {
        name: "sglang",
        title: noted("SGLang"),
        documents: noted("https://docs.sglang.io/docs/basic_usage/openai_api"),
        base_url: Some("http://127.0.0.1:30000/v1"),
        doors: COUNTING,
        quirks: &TEMPLATES,
        ..LOCAL
    },
    // https://lmstudio.ai/docs/developer/openai-compat/chat-completions: a list of parameters with `max_tokens` and `top_k`,
    // and without any of reasoning.
    Kind {
        name: "lmstudio",
        title: noted("LM Studio"),
        documents: noted("https://lmstudio.ai/docs/developer/openai-compat"),
        base_url: Some("http://127.0.0.1:1234/v1"),
        quirks: &Quirks { top_k: true, reasoning: ReasoningField::None, think_tags: THINK_TAGS, ..Quirks::COMPATIBLE },
        rules: &[renamed("max_completion_tokens", "max_tokens")],
        ..LOCAL
    },
    // https://github.com/ggml-org/llama.cpp/tree/master/tools/server
    Kind {
        name: "llamacpp",
        title: noted("llama.cpp"),
        documents: noted("https://github.com/ggml-org/llama.cpp/tree/master/tools/server"),
        base_url: Some("http://127.0.0.1:8080/v1"),
        doors: COUNTING,
        quirks: &TEMPLATES,
        ..LOCAL
    },
    // https://localai.io/features/text-generation; LocalAI's `core/http/routes/` and `core/schema/openai.go` (August 2026):
    // `reasoning_effort` reaches the chat template.
    Kind {
        name: "localai",
        title: noted("LocalAI"),
        documents: noted("https://localai.io/features/text-generation/"),
        base_url: Some("http://127.0.0.1:8080/v1"),
        quirks: &Quirks { reasoning: ReasoningField::Effort, ..TEMPLATES },
        ..LOCAL
    },
    // https://docs.litellm.ai/docs/proxy/user_keys, …/anthropic_unified, …/response_api; litellm's own client reads these
    // variables (`litellm/llms/litellm_proxy`). Who stands behind it decides what is taken.
    Kind {
        name: "litellm",
        title: noted("LiteLLM proxy"),
        documents: noted("https://docs.litellm.ai/docs/proxy/user_keys"),
        base_url: Some("http://127.0.0.1:4000/v1"),
        doors: COUNTING.with(Door::Gemini, "/../{version}/models/{model}:{method}"),
        key_variables: &["LITELLM_PROXY_API_KEY"],
        base_url_variable: Some("LITELLM_PROXY_API_BASE"),
        base_url_suffix: "/v1",
        dialects: DialectSet::of(&[Chat, Responses, Messages]),
        possible: DialectSet::of(&[Chat, Responses, Messages, Gemini]),
        quirks: &Quirks { think_tags: None, reasoning: ReasoningField::Effort, top_k: false, ..TEMPLATES },
        on_abort: OnAbort::Unknown,
        ..OPENAI_COMPATIBLE
    },
    // Another one of these: whatever a client speaks is spoken to it too.
    Kind {
        name: "gatelet",
        title: noted("gatelet"),
        documents: noted("https://github.com/gatelet/gatelet"),
        doors: OPENAI_DOORS.with(Door::Gemini, "/../{version}/models/{model}:{method}"),
        dialects: DialectSet::of(&[Chat, Responses, Messages, Gemini]),
        quirks: &Quirks { developer_role: true, max_completion_tokens: true, openai: true, ..Quirks::COMPATIBLE },
        ..OPENAI_COMPATIBLE
    },
    Kind {
        name: "mock",
        title: noted("the built-in mock"),
        dialects: DialectSet::of(&[Chat, Responses, Messages, Gemini]),
        built_in: true,
        ..OPENAI_COMPATIBLE
    },
];
