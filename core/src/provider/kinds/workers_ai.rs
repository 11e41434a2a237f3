//! Cloudflare Workers AI: by its REST API from anywhere, through a binding from within a Worker.

use std::borrow::Cow;

use super::{Field, FieldRow, Kind, OPENAI_COMPATIBLE, OnAbort, noted};
use crate::dialect::Dialect::{Chat, Responses};
use crate::dialect::DialectSet;
use crate::dialect::canonical::Quirks;
use crate::dialect::embeddings::Shape;
use crate::provider::list::Paging;
use crate::provider::rule::{Change, Rule};
use crate::provider::{Door, Doors};

/// Models of the binding whose types (@cloudflare/workers-types 5.20261117) are not OpenAI's: their inputs are those of
/// `AiTextGenerationInput`, and most answer with `AiTextGenerationOutput`. No new ones come to these.
static OLD: &[&str] = &[
    "llama-",
    "mistral-",
    "gemma-2b-",
    "gemma-7b-",
    "gemma-3-",
    "gemma-sea-lion-",
    "qwen1.5-",
    "qwen2.5-",
    "qwen3-30b-",
    "qwq-",
    "deepseek-r1-",
    "deepseek-math-",
    "deepseek-coder-",
    "hermes-",
    "openhermes-",
    "starling-",
    "zephyr-",
    "neural-chat-",
    "una-",
    "openchat-",
    "discolm-",
    "tinyllama-",
    "falcon-",
    "phi-",
    "sqlcoder-",
    "granite-4.0-",
];

/// <https://developers.cloudflare.com/api/resources/ai/subresources/models/methods/list/>
static PAGING: Paging = Paging { query: "per_page=100", parameter: "page", member: "" };

static BOUND_QUIRKS: Quirks = Quirks {
    run: Some(OLD),
    // Pictures are taken as `data:` URLs alone (cloudflare/ai, `convert-to-workersai-chat-messages.ts`).
    urls: false,
    // The older models have no such field.
    stop: false,
    ..Quirks::COMPATIBLE
};

/// What `env.AI` offers: `run(model, inputs)` and `models()`. The Worker carries the body out as the inputs.
/// <https://developers.cloudflare.com/workers-ai/configuration/bindings/>
static BOUND: Kind = Kind {
    name: "workers-ai",
    title: noted("Workers AI"),
    documents: noted("https://developers.cloudflare.com/workers-ai/configuration/bindings/"),
    doors: Doors::NONE
        .with(Door::Chat, "/run/{model}")
        .with(Door::Embeddings, "/run/{model}")
        .with(Door::Models, "/models"),
    paging: Some(&PAGING),
    possible: DialectSet::of(&[Chat]),
    embeds: Some(Shape::Run),
    quirks: &BOUND_QUIRKS,
    rules: &[Rule::chat(Change::Move(Cow::Borrowed("model")))],
    on_abort: OnAbort::Unknown,
    ..OPENAI_COMPATIBLE
};

pub(super) static ROWS: &[Kind] = &[
    // <https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/>, whose samples read
    // `CLOUDFLARE_API_KEY`; cloudflare-python `_client.py` and wrangler read `CLOUDFLARE_API_TOKEN`. Only GPT-OSS has the
    // Responses endpoint, and it does not stream there (cloudflare/cloudflare-docs#32116): so chat, unless told otherwise.
    Kind {
        name: "workers-ai",
        title: noted("Workers AI"),
        documents: noted("https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/"),
        base_url: Some("https://api.cloudflare.com/client/v4/accounts/{account}/ai"),
        doors: Doors::NONE
            .with(Door::Chat, "/v1/chat/completions")
            .with(Door::Embeddings, "/v1/embeddings")
            .with(Door::Responses, "/v1/responses")
            .with(Door::Models, "/models/search"),
        paging: Some(&PAGING),
        fields: &[FieldRow {
            field: Field::Account,
            variables: &["CLOUDFLARE_ACCOUNT_ID"],
            default: None,
            example: "0123456789abcdef0123456789abcdef",
        }],
        keyless: false,
        key_variables: &["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"],
        possible: DialectSet::of(&[Chat, Responses]),
        bound: Some(("AI", &BOUND)),
        on_abort: OnAbort::Unknown,
        ..OPENAI_COMPATIBLE
    },
];
