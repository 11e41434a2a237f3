//! Who makes models and serves them as OpenAI does, more or less.

use std::borrow::Cow;

use super::{CHAT_DOORS, Field, FieldRow, Kind, OPENAI_COMPATIBLE, OnAbort, THINK_TAGS, dropped, noted, renamed};
use crate::dialect::Dialect::{Chat, Messages, Responses};
use crate::dialect::DialectSet;
use crate::dialect::canonical::target::{Forced, ReasoningField, Replay, Toggle};
use crate::dialect::canonical::{Feature, Quirks};
use crate::provider::rule::{Change, Rule};
use crate::provider::{Door, Doors};

/// A region, where there is another than the usual.
const REGION: FieldRow = FieldRow { field: Field::Region, variables: &[], default: None, example: "cn" };

/// Messages beside what the base URL ends in.
const BESIDE: &str = "/../anthropic/v1/messages";

pub(super) static ROWS: &[Kind] = &[
    // https://docs.x.ai/developers/rest-api-reference. Responses is the first API there, chat completions the older one,
    // Messages deprecated. Regions: https://docs.x.ai/developers/regions.
    Kind {
        name: "xai",
        title: noted("xAI"),
        documents: noted("https://docs.x.ai/developers/rest-api-reference"),
        base_url: Some("https://api.x.ai/v1"),
        regions: &[("us", "https://us.api.x.ai/v1")],
        fields: &[FieldRow { example: "us", ..REGION }],
        doors: CHAT_DOORS.with(Door::Responses, "/responses").with(Door::Messages, "/messages"),
        keyless: false,
        key_variables: &["XAI_API_KEY"],
        dialects: DialectSet::of(&[Chat, Responses]),
        possible: DialectSet::of(&[Chat, Responses, Messages]),
        quirks: &Quirks {
            max_completion_tokens: true,
            // "Only messages of role "user" can have a name" (BerriAI/litellm#9720).
            names: false,
            // https://docs.x.ai/developers/model-capabilities/text/reasoning: a model that thinks refuses the penalties and
            // `stop`; even a penalty of 0, and those that do not think too (miaoxworld/NativeTavern#83).
            lacks: &[Feature::FrequencyPenalty, Feature::PresencePenalty],
            stop: false,
            // `reasoning.summary` is refused (can1357/oh-my-pi#7454).
            summaries: false,
            ..Quirks::COMPATIBLE
        },
        rules: &[dropped("presence_penalty"), dropped("frequency_penalty")],
        on_abort: OnAbort::Stops,
        ..OPENAI_COMPATIBLE
    },
    // https://api-docs.deepseek.com. Messages: https://api-docs.deepseek.com/guides/anthropic_api.
    Kind {
        name: "deepseek",
        title: noted("DeepSeek"),
        documents: noted("https://api-docs.deepseek.com/api/create-chat-completion"),
        base_url: Some("https://api.deepseek.com"),
        doors: CHAT_DOORS.with(Door::Messages, BESIDE),
        keyless: false,
        key_variables: &["DEEPSEEK_API_KEY"],
        dialects: DialectSet::of(&[Chat, Messages]),
        possible: DialectSet::of(&[Chat, Messages]),
        quirks: &Quirks {
            // https://api-docs.deepseek.com/guides/thinking_mode: `thinking` turns it on and off, `reasoning_effort` says
            // how much, and "reasoning_content must be passed back" once tools are called. Every assistant message since
            // the user's last must have it, and an empty one will do (experientiallabs/experiential#890).
            reasoning: ReasoningField::ThinkingEffort,
            replay: Replay::Always,
            filler: Some(""),
            forced: Forced::Idle,
            // https://api-docs.deepseek.com/guides/json_mode: `json_object` alone.
            schemas: false,
            // No such fields in https://api-docs.deepseek.com/api/create-chat-completion.
            lacks: &[Feature::Seed, Feature::LogitBias, Feature::Candidates],
            ..Quirks::COMPATIBLE
        },
        // The schema has `max_tokens` alone; a limit must not get lost.
        rules: &[renamed("max_completion_tokens", "max_tokens")],
        on_abort: OnAbort::Stops,
        ..OPENAI_COMPATIBLE
    },
    // https://docs.mistral.ai/api; mistralai 3.7.0 `chatcompletionrequest.py`, `sdkconfiguration.py` (the regions), and
    // `responses.py`. What its schema does not have is a 422 `extra_forbidden`.
    Kind {
        name: "mistral",
        title: noted("Mistral"),
        documents: noted("https://docs.mistral.ai/api"),
        base_url: Some("https://api.mistral.ai/v1"),
        regions: &[("eu", "https://api.eu.mistral.ai/v1"), ("us", "https://api.us.mistral.ai/v1")],
        fields: &[FieldRow { example: "eu", ..REGION }],
        doors: CHAT_DOORS
            .with(Door::Embeddings, "/embeddings")
            .with(Door::Responses, "/responses")
            .with(Door::InputTokens, "/responses/input_tokens"),
        keyless: false,
        key_variables: &["MISTRAL_API_KEY"],
        possible: DialectSet::of(&[Chat, Responses]),
        quirks: &Quirks {
            top_k: true,
            names: false,
            // "must be a-z, A-Z, 0-9, with a length of 9".
            short_call_ids: true,
            lacks: &[
                Feature::EndUser,
                Feature::Store,
                Feature::LogitBias,
                Feature::Verbosity,
                // `priority` and `standard` are other words than OpenAI's.
                Feature::Tier,
                Feature::CacheRetention,
                Feature::CacheOptions,
                Feature::Moderation,
                Feature::AudioOutput,
                Feature::Obfuscation,
            ],
            ..Quirks::COMPATIBLE
        },
        rules: &[
            // editor-code-assistant/eca#231
            renamed("max_completion_tokens", "max_tokens"),
            renamed("seed", "random_seed"),
            // Usage comes with the last event anyway (openai/openai-agents-python#442, TabbyML/tabby#4082).
            Rule::chat(Change::Move(Cow::Borrowed("stream_options"))),
            // Gitlawb/openclaude#739
            dropped("store"),
            dropped("user"),
            dropped("safety_identifier"),
            dropped("verbosity"),
            dropped("prompt_cache_retention"),
            dropped("prompt_cache_options"),
        ],
        include_usage: false,
        on_abort: OnAbort::BillsAll,
        ..OPENAI_COMPATIBLE
    },
    // https://docs.perplexity.ai/api-reference; perplexityai 0.46.1 `completion_create_params.py`. Usage comes with every
    // event. Responses is another product there, with models of its own.
    Kind {
        name: "perplexity",
        title: noted("Perplexity"),
        documents: noted("https://docs.perplexity.ai/api-reference"),
        base_url: Some("https://api.perplexity.ai"),
        doors: Doors::NONE.with(Door::Chat, "/chat/completions").with(Door::Responses, "/v1/responses"),
        keyless: false,
        key_variables: &["PERPLEXITY_API_KEY"],
        base_url_variable: Some("PERPLEXITY_BASE_URL"),
        possible: DialectSet::of(&[Chat, Responses]),
        quirks: &Quirks {
            top_k: true,
            names: false,
            // sonar-reasoning puts its thoughts there.
            think_tags: THINK_TAGS,
            lacks: &[
                Feature::Seed,
                Feature::EndUser,
                Feature::Labels,
                Feature::Store,
                Feature::LogitBias,
                Feature::Tier,
                Feature::Verbosity,
                Feature::CacheKey,
                Feature::CacheRetention,
                Feature::CacheOptions,
                Feature::Prediction,
                Feature::Moderation,
                Feature::AudioOutput,
                Feature::Obfuscation,
            ],
            ..Quirks::COMPATIBLE
        },
        // The schema has `max_tokens` alone.
        rules: &[renamed("max_completion_tokens", "max_tokens")],
        include_usage: false,
        on_abort: OnAbort::BillsAll,
        ..OPENAI_COMPATIBLE
    },
    // https://platform.kimi.ai/docs/api/chat; @ai-sdk/moonshotai 2.0.61. Messages: https://platform.kimi.ai/docs/guide/agent-support.
    Kind {
        name: "moonshot",
        title: noted("Moonshot AI (Kimi)"),
        documents: noted("https://platform.kimi.ai/docs/api/chat"),
        base_url: Some("https://api.moonshot.ai/v1"),
        regions: &[("cn", "https://api.moonshot.cn/v1")],
        fields: &[REGION],
        doors: CHAT_DOORS.with(Door::Messages, BESIDE),
        keyless: false,
        key_variables: &["MOONSHOT_API_KEY"],
        dialects: DialectSet::of(&[Chat, Messages]),
        possible: DialectSet::of(&[Chat, Messages]),
        quirks: &Quirks {
            max_completion_tokens: true,
            // K3 takes `reasoning_effort` and no `thinking`, K2.5 and K2.6 the other way round.
            reasoning: ReasoningField::Toggle(Toggle::Thinking),
            // "thinking is enabled but reasoning_content is missing in assistant tool call message"; K3: "requires
            // reasoning_content on every assistant message" (MoonshotAI/kimi-cli#2498). K2.5 takes no empty one
            // (iOfficeAI/gemini-cli-pro#36), and a blank will do (litellm's moonshot).
            replay: Replay::Always,
            filler: Some(" "),
            // "tool_choice 'required' is incompatible with thinking enabled".
            forced: Forced::Idle,
            // Fixed for each of Kimi's models, and any other value is a 400.
            lacks: &[
                Feature::Temperature,
                Feature::TopP,
                Feature::FrequencyPenalty,
                Feature::PresencePenalty,
                Feature::Candidates,
                Feature::Seed,
                Feature::LogitBias,
            ],
            ..Quirks::COMPATIBLE
        },
        ..OPENAI_COMPATIBLE
    },
    // https://docs.z.ai/api-reference/llm/chat-completion; zai_sdk 0.2.3 `_client.py`, `completions.py`. It has no list of
    // models. The coding plan is another base URL: https://api.z.ai/api/coding/paas/v4.
    Kind {
        name: "zai",
        title: noted("Z.ai (GLM)"),
        documents: noted("https://docs.z.ai/api-reference/llm/chat-completion"),
        base_url: Some("https://api.z.ai/api/paas/v4"),
        regions: &[("cn", "https://open.bigmodel.cn/api/paas/v4")],
        fields: &[REGION],
        doors: Doors::NONE
            .with(Door::Chat, "/chat/completions")
            .with(Door::Embeddings, "/embeddings")
            .with(Door::Messages, "/../../anthropic/v1/messages"),
        keyless: false,
        key_variables: &["ZAI_API_KEY"],
        base_url_variable: Some("ZAI_BASE_URL"),
        dialects: DialectSet::of(&[Chat, Messages]),
        possible: DialectSet::of(&[Chat, Messages]),
        quirks: &Quirks {
            // https://docs.z.ai/guides/capabilities/thinking-mode: thoughts between calls go back.
            reasoning: ReasoningField::ThinkingEffort,
            replay: Replay::ToolLoop,
            // "tool_choice: currently only supports auto"; "temperature: [0.0, 1.0]"; `json_object` alone.
            forced: Forced::Never,
            cool: true,
            schemas: false,
            // Without it arguments come whole, after minutes of silence: https://docs.z.ai/guides/capabilities/stream-tool.
            members: &[("tool_stream", "true")],
            lacks: &[
                Feature::FrequencyPenalty,
                Feature::PresencePenalty,
                Feature::LogitBias,
                Feature::Logprobs,
                Feature::TopLogprobs,
                Feature::Candidates,
                Feature::EndUser,
            ],
            ..Quirks::COMPATIBLE
        },
        rules: &[renamed("max_completion_tokens", "max_tokens")],
        ..OPENAI_COMPATIBLE
    },
    // https://platform.minimax.io/docs/api-reference/text-openai-api, …/text-anthropic-api (which its maker recommends).
    Kind {
        name: "minimax",
        title: noted("MiniMax"),
        documents: noted("https://platform.minimax.io/docs/api-reference/text-openai-api"),
        base_url: Some("https://api.minimax.io/v1"),
        regions: &[("cn", "https://api.minimaxi.com/v1")],
        fields: &[REGION],
        doors: CHAT_DOORS.with(Door::Messages, BESIDE),
        keyless: false,
        key_variables: &["MINIMAX_API_KEY"],
        dialects: DialectSet::of(&[Chat, Messages]),
        possible: DialectSet::of(&[Chat, Messages]),
        quirks: &Quirks {
            max_completion_tokens: true,
            reasoning: ReasoningField::Toggle(Toggle::Adaptive),
            // Else thoughts stand in the text, between tags. That `reasoning_content` is read when it comes back is
            // unverified.
            members: &[("reasoning_split", "true")],
            replay: Replay::ToolLoop,
            think_tags: THINK_TAGS,
            // "temperature: (0.0, 1.0]"; `tool_choice` and `response_format` are not documented.
            cool: true,
            forced: Forced::Never,
            schemas: false,
            // "presence_penalty, frequency_penalty and logit_bias are ignored"; "n only supports 1".
            lacks: &[
                Feature::FrequencyPenalty,
                Feature::PresencePenalty,
                Feature::LogitBias,
                Feature::Candidates,
                Feature::Seed,
                Feature::Logprobs,
                Feature::TopLogprobs,
            ],
            ..Quirks::COMPATIBLE
        },
        ..OPENAI_COMPATIBLE
    },
    // https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope, …/deep-thinking,
    // …/anthropic-api-messages (some models), …/compatibility-with-openai-responses-api (some models).
    Kind {
        name: "qwen",
        title: noted("Alibaba Model Studio (Qwen)"),
        documents: noted("https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope"),
        base_url: Some("https://dashscope-intl.aliyuncs.com/compatible-mode/v1"),
        regions: &[
            ("cn", "https://dashscope.aliyuncs.com/compatible-mode/v1"),
            ("us", "https://dashscope-us.aliyuncs.com/compatible-mode/v1"),
        ],
        fields: &[REGION],
        doors: CHAT_DOORS
            .with(Door::Embeddings, "/embeddings")
            .with(Door::Responses, "/responses")
            .with(Door::Messages, "/../../apps/anthropic/v1/messages"),
        keyless: false,
        key_variables: &["DASHSCOPE_API_KEY"],
        possible: DialectSet::of(&[Chat, Responses, Messages]),
        quirks: &Quirks {
            top_k: true,
            reasoning: ReasoningField::Toggle(Toggle::EnableThinking),
            // "thinking mode does not support forced tool calls".
            forced: Forced::Idle,
            ..Quirks::COMPATIBLE
        },
        ..OPENAI_COMPATIBLE
    },
];
