//! Who makes models and serves them.

use super::{Auth, Kind, OPENAI_COMPATIBLE, OnAbort, noted};
use crate::dialect::Dialect::{Chat, Gemini, Messages, Responses};
use crate::dialect::DialectSet;
use crate::dialect::canonical::Quirks;
use crate::provider::list::Paging;
use crate::provider::{Door, Doors};

/// The doors of a server that speaks as Anthropic does; the base URL has no version.
const ANTHROPIC_DOORS: Doors = Doors::NONE
    .with(Door::Messages, "/v1/messages")
    .with(Door::CountTokens, "/v1/messages/count_tokens")
    .with(Door::Models, "/v1/models");

/// Any server that speaks as Anthropic does.
const ANTHROPIC_COMPATIBLE: Kind = Kind {
    name: "anthropic-compatible",
    title: noted("any Anthropic-like server"),
    documents: noted("https://platform.claude.com/docs/en/api/overview"),
    doors: ANTHROPIC_DOORS,
    paging: Some(&Paging { query: "limit=1000", parameter: "after_id", member: "last_id" }),
    auth: Auth::Header("x-api-key"),
    dialects: DialectSet::of(&[Messages]),
    possible: DialectSet::of(&[Messages]),
    ..OPENAI_COMPATIBLE
};

pub(super) static ROWS: &[Kind] = &[
    // https://platform.openai.com/docs/api-reference/authentication; openai-python `_client.py`.
    Kind {
        name: "openai",
        title: noted("OpenAI"),
        base_url: Some("https://api.openai.com/v1"),
        keyless: false,
        key_variables: &["OPENAI_API_KEY"],
        base_url_variable: Some("OPENAI_BASE_URL"),
        dialects: DialectSet::of(&[Chat, Responses]),
        possible: DialectSet::of(&[Chat, Responses]),
        quirks: &Quirks::OPENAI,
        on_abort: OnAbort::Stops,
        ..OPENAI_COMPATIBLE
    },
    // https://docs.anthropic.com/en/api/overview; anthropic-sdk-python `_client.py`.
    Kind {
        name: "anthropic",
        title: noted("Anthropic"),
        base_url: Some("https://api.anthropic.com"),
        keyless: false,
        key_variables: &["ANTHROPIC_API_KEY"],
        base_url_variable: Some("ANTHROPIC_BASE_URL"),
        quirks: &Quirks::ANTHROPIC,
        on_abort: OnAbort::Stops,
        ..ANTHROPIC_COMPATIBLE
    },
    // https://ai.google.dev/gemini-api/docs/api-key: GOOGLE_API_KEY wins where both are set; python-genai `_api_client.py`.
    Kind {
        name: "gemini",
        title: noted("Gemini API"),
        documents: noted("https://ai.google.dev/api"),
        base_url: Some("https://generativelanguage.googleapis.com"),
        doors: Doors::NONE
            .with(Door::Gemini, "/{version}/models/{model}:{method}")
            .with(Door::Models, "/v1beta/models"),
        paging: Some(&Paging { query: "pageSize=1000", parameter: "pageToken", member: "nextPageToken" }),
        auth: Auth::Header("x-goog-api-key"),
        keyless: false,
        key_variables: &["GOOGLE_API_KEY", "GEMINI_API_KEY"],
        base_url_variable: Some("GOOGLE_GEMINI_BASE_URL"),
        dialects: DialectSet::of(&[Gemini]),
        possible: DialectSet::of(&[Gemini]),
        quirks: &Quirks::GOOGLE,
        on_abort: OnAbort::BillsAll,
        ..OPENAI_COMPATIBLE
    },
    ANTHROPIC_COMPATIBLE,
    OPENAI_COMPATIBLE,
];
