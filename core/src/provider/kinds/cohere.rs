//! Cohere: chat as OpenAI has it, embeddings in its own API.

use std::borrow::Cow;

use super::{Kind, OPENAI_COMPATIBLE, OnAbort, noted};
use crate::dialect::Dialect::Chat;
use crate::dialect::DialectSet;
use crate::dialect::canonical::{Feature, Quirks};
use crate::dialect::embeddings::Shape;
use crate::provider::list::Paging;
use crate::provider::rule::{Change, Rule};
use crate::provider::{Door, Doors};

/// What its compatibility API answers with `422 unprocessable entity: n is not supported`
/// (<https://docs.cohere.com/docs/compatibility-api#unsupported-parameters>; davidmigloz/ai_clients_dart#26), where nothing
/// of the answer hangs on it. What would change the answer (`logit_bias`, several choices, sound) it refuses itself.
static RULES: [Rule; 7] = [
    dropped("store"),
    dropped("metadata"),
    dropped("service_tier"),
    dropped("parallel_tool_calls"),
    dropped("prediction"),
    moot("n", "1"),
    moot("modalities", "[\"text\"]"),
];

const fn dropped(name: &'static str) -> Rule {
    Rule::chat(Change::Drop(Cow::Borrowed(name)))
}

const fn moot(name: &'static str, value: &'static str) -> Rule {
    Rule::chat(Change::Moot(Cow::Borrowed(name), Cow::Borrowed(value)))
}

static QUIRKS: Quirks = Quirks {
    // "You can include a system message via the `developer` role."
    developer_role: true,
    // None of these is among the supported parameters.
    lacks: &[
        Feature::Store,
        Feature::Labels,
        Feature::Tier,
        Feature::LogitBias,
        Feature::TopLogprobs,
        Feature::Candidates,
        Feature::Prediction,
        Feature::AudioOutput,
        Feature::Verbosity,
        Feature::CacheKey,
        Feature::CacheRetention,
        Feature::CacheOptions,
        Feature::Moderation,
        Feature::Obfuscation,
    ],
    names: false,
    // "invalid request: temperature must be between 0 and 1.0 inclusive" (docs.cohere.com/reference/errors).
    cool: true,
    ..Quirks::COMPATIBLE
};

pub(super) static ROWS: &[Kind] = &[
    // <https://docs.cohere.com/docs/compatibility-api>. Embeddings are asked for in Cohere's own API: the compatible one
    // has neither `dimensions` nor a word for what they are for. cohere-python `client.py`: `CO_API_KEY` is the documented
    // variable, `COHERE_API_KEY` is read after it, `CO_API_URL` is the host.
    Kind {
        name: "cohere",
        title: noted("Cohere"),
        documents: noted("https://docs.cohere.com/reference/about"),
        base_url: Some("https://api.cohere.com"),
        doors: Doors::NONE
            .with(Door::Chat, "/compatibility/v1/chat/completions")
            .with(Door::Embeddings, "/v2/embed")
            .with(Door::Models, "/v1/models"),
        paging: Some(&Paging { query: "page_size=1000", parameter: "page_token", member: "next_page_token" }),
        keyless: false,
        key_variables: &["CO_API_KEY", "COHERE_API_KEY"],
        base_url_variable: Some("CO_API_URL"),
        possible: DialectSet::of(&[Chat]),
        embeds: Some(Shape::Cohere),
        quirks: &QUIRKS,
        rules: &RULES,
        on_abort: OnAbort::Unknown,
        ..OPENAI_COMPATIBLE
    },
];
