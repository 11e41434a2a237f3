//! Azure OpenAI, and Foundry, which serves the models of other makers too.

use super::{Auth, Dated, Field, FieldRow, Kind, OPENAI_COMPATIBLE, OnAbort, Speaks, noted};
use crate::dialect::Dialect::{Chat, Messages, Responses};
use crate::dialect::DialectSet;
use crate::dialect::canonical::Quirks;
use crate::host::Identity;
use crate::provider::{Door, Doors};

/// <https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle>: no version to name.
const V1: Doors = Doors::NONE
    .with(Door::Chat, "/openai/v1/chat/completions")
    .with(Door::Embeddings, "/openai/v1/embeddings")
    .with(Door::Responses, "/openai/v1/responses")
    .with(Door::Models, "/openai/v1/models");

/// <https://learn.microsoft.com/azure/ai-foundry/openai/reference>; which paths name the deployment: openai-python
/// `lib/azure.py`.
const DATED: Doors = Doors::NONE
    .with(Door::Chat, "/openai/deployments/{model}/chat/completions?api-version={api_version}")
    .with(Door::Embeddings, "/openai/deployments/{model}/embeddings?api-version={api_version}")
    .with(Door::Responses, "/openai/responses?api-version={api_version}")
    .with(Door::Models, "/openai/models?api-version={api_version}");

/// Either kind.
const AZURE: Kind = Kind {
    auth: Auth::Header("api-key"),
    identity: Some(Identity::Azure),
    keyless: false,
    dialects: DialectSet::of(&[Chat, Responses]),
    quirks: &Quirks::OPENAI,
    on_abort: OnAbort::Stops,
    ..OPENAI_COMPATIBLE
};

pub(super) static ROWS: &[Kind] = &[
    // Variables: openai-python `lib/azure.py`.
    Kind {
        name: "azure",
        title: noted("Azure OpenAI"),
        documents: noted("https://learn.microsoft.com/azure/ai-foundry/openai/reference"),
        base_url: Some("https://{resource}.openai.azure.com"),
        doors: V1,
        // `stream_options` is unknown before: Azure/azure-rest-api-specs#30810.
        dated: Some(&Dated { doors: DATED, usage_since: "2024-09-01" }),
        fields: &[
            FieldRow {
                field: Field::Resource,
                variables: &["AZURE_RESOURCE_NAME"],
                default: None,
                example: "my-resource",
            },
            FieldRow {
                field: Field::ApiVersion,
                variables: &["OPENAI_API_VERSION"],
                default: None,
                example: "2024-10-21",
            },
        ],
        key_variables: &["AZURE_OPENAI_API_KEY"],
        token_variable: Some("AZURE_OPENAI_AD_TOKEN"),
        base_url_variable: Some("AZURE_OPENAI_ENDPOINT"),
        possible: DialectSet::of(&[Chat, Responses]),
        ..AZURE
    },
    // https://learn.microsoft.com/azure/ai-foundry/foundry-models/how-to/use-foundry-models-claude; variables:
    // anthropic-sdk-python `lib/foundry.py`.
    Kind {
        name: "azure-foundry",
        title: noted("Azure AI Foundry"),
        documents: noted("https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/endpoints"),
        base_url: Some("https://{resource}.services.ai.azure.com"),
        doors: V1
            .with(Door::Messages, "/anthropic/v1/messages")
            .with(Door::CountTokens, "/anthropic/v1/messages/count_tokens"),
        fields: &[FieldRow {
            field: Field::Resource,
            variables: &["ANTHROPIC_FOUNDRY_RESOURCE"],
            default: None,
            example: "my-resource",
        }],
        identity: Some(Identity::Foundry),
        key_variables: &["ANTHROPIC_FOUNDRY_API_KEY", "AZURE_AI_API_KEY"],
        dialects: DialectSet::of(&[Chat]),
        speaks: &[
            Speaks { models: &["claude-"], dialects: DialectSet::of(&[Messages]), doors: None },
            Speaks {
                models: &["gpt-", "o1", "o3", "o4", "codex-"],
                dialects: DialectSet::of(&[Chat, Responses]),
                doors: None,
            },
        ],
        possible: DialectSet::of(&[Chat, Responses, Messages]),
        ..AZURE
    },
];
