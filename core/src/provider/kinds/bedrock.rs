//! Amazon Bedrock: two endpoints, each with several APIs, and which of them a model has is told by its id.
//!
//! - `bedrock-runtime`: Converse and InvokeModel for all; Anthropic's and OpenAI's own APIs for some. Its ids have a version
//!   behind a colon, are an ARN, or begin with the geography of an inference profile: `us.`, `eu.`, `global.`, ….
//! - `bedrock-mantle`: Anthropic's and OpenAI's own APIs. Its ids have none of these.
//!
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/endpoints.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/models-api-compatibility.html>, and of each model the card.

use std::borrow::Cow;

use super::{Field, FieldRow, Kind, OPENAI_COMPATIBLE, OnAbort, Speaks, noted};
use crate::dialect::Dialect::{Chat, Converse, Messages, Responses};
use crate::dialect::DialectSet;
use crate::dialect::canonical::Quirks;
use crate::host::Identity;
use crate::provider::list::Paging;
use crate::provider::rule::{Change, Rule};
use crate::provider::{Door, Doors};

/// Its doors sign as `bedrock` (botocore, `bedrock-runtime/2023-09-30/service-2.json`: `signingName`).
const RUNTIME: Doors = Doors::NONE.signed("bedrock");

/// Its doors sign as `bedrock-mantle` (anthropic-sdk-python `lib/bedrock/_mantle.py`, openai-python `providers/bedrock.py`).
const MANTLE: Doors = Doors::NONE.at("https://bedrock-mantle.{region}.api.aws").signed("bedrock-mantle");

/// Every model of the runtime has these, and a base URL that is configured is taken for the runtime's.
const RUNTIME_DOORS: Doors =
    RUNTIME.with(Door::Converse, "/model/{model}/{method}").with(Door::Invoke, "/model/{model}/invoke");

/// Claude on the runtime. There is no `count_tokens`: <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html>.
const RUNTIME_CLAUDE: Doors = RUNTIME_DOORS.with(Door::Messages, "/anthropic/v1/messages");

/// OpenAI's API on the runtime: <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html>.
const RUNTIME_OPENAI: Doors =
    RUNTIME_DOORS.with(Door::Chat, "/openai/v1/chat/completions").with(Door::Responses, "/openai/v1/responses");

/// Claude on Mantle: <https://platform.claude.com/docs/en/build-with-claude/claude-in-amazon-bedrock>.
const MANTLE_CLAUDE: Doors = MANTLE
    .with(Door::Messages, "/anthropic/v1/messages")
    .with(Door::CountTokens, "/anthropic/v1/messages/count_tokens")
    .with(Door::Models, "/v1/models");

/// OpenAI's API on Mantle, for models of open weights.
const MANTLE_OPEN: Doors = MANTLE
    .with(Door::Chat, "/v1/chat/completions")
    .with(Door::Responses, "/v1/responses")
    .with(Door::Models, "/v1/models");

/// OpenAI's API on Mantle, for the models whose cards say so; at the other path they are refused, and nothing but the card
/// tells (AWS's own table: strands-agents `_openai_bedrock.py`, `_OPENAI_PATH_MODEL_PREFIXES`).
const MANTLE_OPENAI: Doors = MANTLE
    .with(Door::Chat, "/openai/v1/chat/completions")
    .with(Door::Responses, "/openai/v1/responses")
    .with(Door::Models, "/v1/models");

/// The control plane, which lists models: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html>;
/// most are asked for by the id of an inference profile, of which there is a list of their own:
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html>.
const CONTROL: &str = "https://bedrock.{region}.amazonaws.com";

/// GPT is asked in Responses alone: its first cards have no chat completions, and those of the later ones take tools only
/// while the model does not think.
const GPT: DialectSet = DialectSet::of(&[Responses]);
const CHAT: DialectSet = DialectSet::of(&[Chat]);
const BOTH: DialectSet = DialectSet::of(&[Chat, Responses]);

const fn speaks(models: &'static [&'static str], dialects: DialectSet, doors: &'static Doors) -> Speaks {
    Speaks { models, dialects, doors: Some(doors) }
}

const CLAUDE_THERE: Speaks = speaks(&["anthropic.claude-"], DialectSet::of(&[Messages]), &MANTLE_CLAUDE);
const SAFEGUARD_THERE: Speaks = speaks(&["openai.gpt-oss-safeguard"], CHAT, &MANTLE_OPEN);
const OSS_THERE: Speaks = speaks(&["openai.gpt-oss"], BOTH, &MANTLE_OPEN);
const GPT_THERE: Speaks = speaks(&["openai.gpt-"], GPT, &MANTLE_OPENAI);
const GROK_THERE: Speaks = speaks(&["xai.grok-", "google.gemma-4"], BOTH, &MANTLE_OPENAI);

/// Ids of Mantle's that the runtime has not: there they have a version, another maker, or no `-instruct`.
const OPEN_THERE: Speaks = speaks(
    &[
        "deepseek.v3.1",
        "moonshotai.kimi-",
        "qwen.qwen3-32b",
        "qwen.qwen3-235b-a22b-2507",
        "qwen.qwen3-coder-30b-a3b-instruct",
        "qwen.qwen3-coder-480b-a35b-instruct",
        "qwen.qwen3-next-80b-a3b-instruct",
        "qwen.qwen3-vl-235b-a22b-instruct",
    ],
    CHAT,
    &MANTLE_OPEN,
);

/// Both endpoints: each model where its id belongs.
const BEDROCK: Kind = Kind {
    name: "bedrock",
    title: noted("Amazon Bedrock"),
    documents: noted("https://docs.aws.amazon.com/bedrock/latest/userguide/apis.html"),
    base_url: Some("https://bedrock-runtime.{region}.amazonaws.com"),
    // botocore `partitions.json`: the suffixes of the partitions that anybody can have an account in.
    regions: &[
        ("cn-*", "https://bedrock-runtime.{region}.amazonaws.com.cn"),
        ("eusc-*", "https://bedrock-runtime.{region}.amazonaws.eu"),
    ],
    doors: RUNTIME_DOORS.listed_at(CONTROL, "/foundation-models").with(Door::MoreModels, "/inference-profiles"),
    paging: Some(&Paging { query: "", parameter: "nextToken", member: "nextToken" }),
    fields: &[FieldRow {
        field: Field::Region,
        variables: &["AWS_REGION", "AWS_DEFAULT_REGION"],
        default: None,
        example: "us-east-1",
    }],
    identity: Some(Identity::Aws),
    keyless: false,
    // https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html: a key of Bedrock's own, sent as a bearer token;
    // botocore `tokens.py` and `configprovider.py` read these variables.
    key_variables: &["AWS_BEARER_TOKEN_BEDROCK"],
    // Without a region it would be a configuration with a fault, which nobody has written.
    signs: &[
        &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"],
        &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"],
    ],
    base_url_variable: Some("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
    dialects: DialectSet::of(&[Converse]),
    speaks: &[
        // Ids with a version, and ARNs, which are known by their colons; and what the runtime has without.
        Speaks {
            models: &["*:", "openai.gpt-oss-safeguard", "claude-opus-4-6", "claude-sonnet-4-6"],
            dialects: DialectSet::of(&[Converse]),
            doors: None,
        },
        // Inference profiles.
        speaks(&["*.anthropic.claude-"], DialectSet::of(&[Messages, Converse]), &RUNTIME_CLAUDE),
        speaks(&["*.openai.gpt-"], GPT, &RUNTIME_OPENAI),
        speaks(&["*.xai.grok-"], CHAT, &RUNTIME_OPENAI),
        CLAUDE_THERE,
        OSS_THERE,
        GPT_THERE,
        GROK_THERE,
        OPEN_THERE,
    ],
    possible: DialectSet::of(&[Converse, Messages, Chat, Responses]),
    quirks: &Quirks::BEDROCK,
    rules: &[
        // It becomes metadata of the log, whose values may not hold what Claude Code writes: a 400
        // (https://docs.aws.amazon.com/bedrock/latest/userguide/request-metadata.html; agentgateway/agentgateway#1739).
        Rule::messages(Change::Drop(Cow::Borrowed("metadata"))),
    ],
    on_abort: OnAbort::BillsAll,
    ..OPENAI_COMPATIBLE
};

/// Mantle alone, for all that it has.
const BEDROCK_MANTLE: Kind = Kind {
    name: "bedrock-mantle",
    title: noted("Amazon Bedrock (Mantle)"),
    documents: noted("https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html"),
    base_url: Some("https://bedrock-mantle.{region}.api.aws"),
    regions: &[],
    doors: MANTLE_OPEN,
    // It is found as `bedrock`.
    key_variables: &[],
    signs: &[],
    base_url_variable: None,
    dialects: CHAT,
    speaks: &[CLAUDE_THERE, SAFEGUARD_THERE, OSS_THERE, GPT_THERE, GROK_THERE],
    possible: DialectSet::of(&[Messages, Chat, Responses]),
    ..BEDROCK
};

pub(super) static ROWS: &[Kind] = &[BEDROCK, BEDROCK_MANTLE];

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Request};

    use super::*;
    use crate::config::{Config, Platform, Settings};
    use crate::host::{AwsKeys, Grant, Outgoing};
    use crate::provider::{Call, Operation, Seal, request};
    use crate::secret::Secret;
    use crate::wire::splice::Spliced;

    fn settings(provider: &str) -> Settings {
        let json = format!("{{\"providers\":{{\"p\":{provider}}}}}");
        let secret = |name: &str| (name == "KEY").then(|| "key".to_owned());
        Config::from_json(&json).and_then(|config| config.resolve(Platform::Local, &secret)).expect("settings")
    }

    /// The URL, and the authorization as far as the service.
    fn asked(provider: &str, operation: Operation, model: &str) -> Option<(String, String)> {
        let settings = settings(provider);
        let provider = &settings.providers[0];
        let keys = AwsKeys {
            access_key_id: Secret::new("AKID"),
            secret_access_key: Secret::new("secret"),
            session_token: None,
        };
        let grant = Grant::Aws(keys);
        let seal = Seal { credential: provider.credentials.first(), grant: Some(&grant), ..Seal::default() };
        let headers = HeaderMap::new();
        let call = Call { operation, stream: false, model, query: None, headers: &headers, body: Spliced::default() };
        let request: Request<Outgoing<()>> = request(provider, seal, call).ok()?;
        let proof = request.headers()["authorization"].to_str().expect("text");
        let proof = proof.split_once("/aws4_request").map_or(proof, |(scope, _)| scope);
        Some((request.uri().to_string(), proof.to_owned()))
    }

    #[test]
    fn each_model_is_asked_where_its_id_belongs() {
        let converse = DialectSet::of(&[Converse]);
        let claude = DialectSet::of(&[Messages, Converse]);
        let settings = settings(r#"{"kind":"bedrock","region":"eu-west-1"}"#);
        let runtime = "https://bedrock-runtime.eu-west-1.amazonaws.com";
        let mantle = "https://bedrock-mantle.eu-west-1.api.aws";
        for (model, dialects, operation, url) in [
            (
                "amazon.nova-pro-v1:0",
                converse,
                Operation::Converse { stream: false },
                format!("{runtime}/model/amazon.nova-pro-v1%3A0/converse"),
            ),
            (
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                converse,
                Operation::Converse { stream: true },
                format!("{runtime}/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream"),
            ),
            (
                "eu.anthropic.claude-opus-4-6-v1",
                converse,
                Operation::Converse { stream: false },
                format!("{runtime}/model/eu.anthropic.claude-opus-4-6-v1/converse"),
            ),
            (
                "openai.gpt-oss-120b-1:0",
                converse,
                Operation::Converse { stream: false },
                format!("{runtime}/model/openai.gpt-oss-120b-1%3A0/converse"),
            ),
            (
                "deepseek.v3.2",
                converse,
                Operation::Converse { stream: false },
                format!("{runtime}/model/deepseek.v3.2/converse"),
            ),
            (
                "google.gemma-3-27b-it",
                converse,
                Operation::Converse { stream: false },
                format!("{runtime}/model/google.gemma-3-27b-it/converse"),
            ),
            ("eu.anthropic.claude-opus-5-5", claude, Operation::Messages, format!("{runtime}/anthropic/v1/messages")),
            (
                "global.anthropic.claude-sonnet-5",
                claude,
                Operation::Converse { stream: false },
                format!("{runtime}/model/global.anthropic.claude-sonnet-5/converse"),
            ),
            ("us.openai.gpt-6-sol", GPT, Operation::Responses, format!("{runtime}/openai/v1/responses")),
            ("global.xai.grok-4.7", CHAT, Operation::ChatCompletions, format!("{runtime}/openai/v1/chat/completions")),
            (
                "anthropic.claude-opus-5-5",
                DialectSet::of(&[Messages]),
                Operation::Messages,
                format!("{mantle}/anthropic/v1/messages"),
            ),
            (
                "anthropic.claude-haiku-4-5",
                DialectSet::of(&[Messages]),
                Operation::CountTokens,
                format!("{mantle}/anthropic/v1/messages/count_tokens"),
            ),
            ("openai.gpt-oss-120b", BOTH, Operation::ChatCompletions, format!("{mantle}/v1/chat/completions")),
            ("openai.gpt-5.4", GPT, Operation::Responses, format!("{mantle}/openai/v1/responses")),
            ("openai.gpt-6.1-sol", GPT, Operation::Responses, format!("{mantle}/openai/v1/responses")),
            ("xai.grok-4.3", BOTH, Operation::ChatCompletions, format!("{mantle}/openai/v1/chat/completions")),
            ("google.gemma-4-31b", BOTH, Operation::ChatCompletions, format!("{mantle}/openai/v1/chat/completions")),
            ("qwen.qwen3-32b", CHAT, Operation::ChatCompletions, format!("{mantle}/v1/chat/completions")),
            (
                "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-opus-5-5",
                converse,
                Operation::Converse { stream: false },
                format!(
                    "{runtime}/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Ainference-profile%2Feu.anthropic.claude-opus-5-5/converse"
                ),
            ),
            (
                "cohere.embed-english-v3",
                converse,
                Operation::InvokeModel,
                format!("{runtime}/model/cohere.embed-english-v3/invoke"),
            ),
        ] {
            assert_eq!(settings.providers[0].dialects(model), dialects, "{model}");
            let service = if url.starts_with(mantle) { "bedrock-mantle" } else { "bedrock" };
            let scope = format!("AWS4-HMAC-SHA256 Credential=AKID/19700101/eu-west-1/{service}");
            assert_eq!(
                asked(r#"{"kind":"bedrock","region":"eu-west-1"}"#, operation, model),
                Some((url, scope)),
                "{model}"
            );
        }
    }

    #[test]
    fn mantle_alone_has_no_model_elsewhere() {
        let mantle = r#"{"kind":"bedrock-mantle","region":"us-gov-west-1","api_key":"${KEY}"}"#;
        let bearer =
            |path: &str| Some((format!("https://bedrock-mantle.us-gov-west-1.api.aws{path}"), "Bearer key".to_owned()));
        for (model, operation, path) in [
            ("anthropic.claude-opus-5-5", Operation::Messages, "/anthropic/v1/messages"),
            ("openai.gpt-oss-safeguard-20b", Operation::ChatCompletions, "/v1/chat/completions"),
            ("nvidia.nemotron-nano-9b-v2", Operation::ChatCompletions, "/v1/chat/completions"),
            ("openai.gpt-5.6-terra", Operation::Responses, "/openai/v1/responses"),
        ] {
            assert_eq!(asked(mantle, operation, model), bearer(path), "{model}");
        }
        assert_eq!(asked(mantle, Operation::Converse { stream: false }, "amazon.nova-pro-v1:0"), None);
    }

    #[test]
    fn a_base_url_takes_the_place_of_every_endpoint() {
        let provider = r#"{"kind":"bedrock","region":"us-east-1","base_url":"http://h/b/","api_key":"${KEY}"}"#;
        for (model, operation, url) in [
            (
                "amazon.nova-pro-v1:0",
                Operation::Converse { stream: false },
                "http://h/b/model/amazon.nova-pro-v1%3A0/converse",
            ),
            ("anthropic.claude-opus-5", Operation::Messages, "http://h/b/anthropic/v1/messages"),
            ("xai.grok-4.3", Operation::ChatCompletions, "http://h/b/openai/v1/chat/completions"),
        ] {
            assert_eq!(asked(provider, operation, model), Some((url.to_owned(), "Bearer key".to_owned())));
        }
        let china = r#"{"kind":"bedrock","region":"cn-north-1","api_key":"${KEY}"}"#;
        let (url, _) = asked(china, Operation::InvokeModel, "m").expect("a request");
        assert_eq!(url, "https://bedrock-runtime.cn-north-1.amazonaws.com.cn/model/m/invoke");
    }
}
