//! The provider table: a row for each kind of upstream.

use crate::dialect::Dialect::{Chat, Converse, Gemini, Messages, Responses};
use crate::dialect::DialectSet;
use crate::dialect::canonical::Quirks;

/// How a provider takes its credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `authorization: Bearer …`.
    Bearer,
    /// `x-api-key`.
    XApiKey,
    /// `x-goog-api-key`. Never the `key` parameter: URLs end up in logs.
    XGoogApiKey,
}

/// A row of the provider table.
#[derive(Debug)]
pub struct Kind {
    /// The row's name; also the default name of a provider of this kind.
    pub name: &'static str,
    /// The base URL where none is configured.
    pub base_url: Option<&'static str>,
    /// Whether the base URL ends in the API's version, as the OpenAI SDKs write it, or the API's paths have none.
    pub versioned: bool,
    /// How the credential is sent.
    pub auth: Auth,
    /// Whether it can be called without a credential.
    pub keyless: bool,
    /// The environment variables that the vendor's own SDK reads the credential from, the preferred one first.
    pub key_variables: &'static [&'static str],
    /// The environment variable that the vendor's own SDK reads the base URL from.
    pub base_url_variable: Option<&'static str>,
    /// The dialects it is called in where none are configured.
    pub dialects: DialectSet,
    /// The dialects it can be told to be called in.
    pub possible: DialectSet,
    /// Whether it is built in and answers without a network.
    pub built_in: bool,
    /// What is special about it when it is translated for.
    pub quirks: &'static Quirks,
}

const OPENAI_COMPATIBLE: Kind = Kind {
    name: "openai-compatible",
    base_url: None,
    versioned: true,
    auth: Auth::Bearer,
    keyless: true,
    key_variables: &[],
    base_url_variable: None,
    dialects: DialectSet::of(&[Chat]),
    possible: DialectSet::of(&[Chat, Responses, Messages, Gemini]),
    built_in: false,
    quirks: &Quirks::COMPATIBLE,
};

/// Every kind of upstream.
pub const KINDS: &[Kind] = &[
    // https://platform.openai.com/docs/api-reference/authentication; openai-python `_client.py`.
    Kind {
        name: "openai",
        base_url: Some("https://api.openai.com/v1"),
        keyless: false,
        key_variables: &["OPENAI_API_KEY"],
        base_url_variable: Some("OPENAI_BASE_URL"),
        dialects: DialectSet::of(&[Chat, Responses]),
        possible: DialectSet::of(&[Chat, Responses]),
        quirks: &Quirks::OPENAI,
        ..OPENAI_COMPATIBLE
    },
    // https://docs.anthropic.com/en/api/overview; anthropic-sdk-python `_client.py`.
    Kind {
        name: "anthropic",
        base_url: Some("https://api.anthropic.com"),
        versioned: false,
        auth: Auth::XApiKey,
        keyless: false,
        key_variables: &["ANTHROPIC_API_KEY"],
        base_url_variable: Some("ANTHROPIC_BASE_URL"),
        dialects: DialectSet::of(&[Messages]),
        possible: DialectSet::of(&[Messages]),
        built_in: false,
        quirks: &Quirks::ANTHROPIC,
    },
    // https://ai.google.dev/gemini-api/docs/api-key: GOOGLE_API_KEY wins where both are set; python-genai `_api_client.py`.
    Kind {
        name: "gemini",
        base_url: Some("https://generativelanguage.googleapis.com"),
        versioned: false,
        auth: Auth::XGoogApiKey,
        keyless: false,
        key_variables: &["GOOGLE_API_KEY", "GEMINI_API_KEY"],
        base_url_variable: Some("GOOGLE_GEMINI_BASE_URL"),
        dialects: DialectSet::of(&[Gemini]),
        possible: DialectSet::of(&[Gemini]),
        built_in: false,
        quirks: &Quirks::GOOGLE,
    },
    // https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html: a key of Bedrock's own, sent as a bearer
    // token; botocore `tokens.py` and `configprovider.py` read these variables.
    Kind {
        name: "bedrock",
        base_url: Some("https://bedrock-runtime.us-east-1.amazonaws.com"),
        versioned: true,
        auth: Auth::Bearer,
        keyless: false,
        key_variables: &["AWS_BEARER_TOKEN_BEDROCK"],
        base_url_variable: Some("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
        dialects: DialectSet::of(&[Converse]),
        possible: DialectSet::of(&[Converse]),
        built_in: false,
        quirks: &Quirks::BEDROCK,
    },
    // https://docs.ollama.com/api/openai-compatibility
    Kind { name: "ollama", base_url: Some("http://127.0.0.1:11434/v1"), ..OPENAI_COMPATIBLE },
    // https://docs.vllm.ai/en/latest/serving/openai_compatible_server/
    Kind { name: "vllm", base_url: Some("http://127.0.0.1:8000/v1"), ..OPENAI_COMPATIBLE },
    // https://lmstudio.ai/docs/developer/openai-compat
    Kind { name: "lmstudio", base_url: Some("http://127.0.0.1:1234/v1"), ..OPENAI_COMPATIBLE },
    // https://github.com/ggml-org/llama.cpp/tree/master/tools/server
    Kind { name: "llamacpp", base_url: Some("http://127.0.0.1:8080/v1"), ..OPENAI_COMPATIBLE },
    OPENAI_COMPATIBLE,
    Kind {
        name: "mock",
        dialects: DialectSet::of(&[Chat, Responses, Messages, Gemini]),
        built_in: true,
        ..OPENAI_COMPATIBLE
    },
];

impl Kind {
    /// The row of that name.
    pub fn named(name: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.name == name)
    }
}
