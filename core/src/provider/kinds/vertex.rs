//! Vertex AI: Gemini, Claude and models of other makers behind Google Cloud's door.

use std::borrow::Cow;

use super::{Auth, Field, FieldRow, Kind, OPENAI_COMPATIBLE, OnAbort, Speaks, noted};
use crate::dialect::Dialect::{Chat, Gemini, Messages};
use crate::dialect::DialectSet;
use crate::dialect::canonical::Quirks;
use crate::dialect::embeddings::Shape;
use crate::host::Identity;
use crate::provider::list::Paging;
use crate::provider::rule::{Change, Rule};
use crate::provider::{Door, Doors};

/// <https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude>
const CLAUDE_VERSION: &str = "vertex-2023-10-16";

pub(super) static ROWS: &[Kind] = &[
    // Hosts and paths: python-genai `_api_client.py`, anthropic-sdk-python `lib/vertex/_client.py`; models of other makers:
    // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/start/openai.
    Kind {
        name: "vertex",
        title: noted("Vertex AI"),
        documents: noted("https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference"),
        base_url: Some("https://{region}-aiplatform.googleapis.com"),
        regions: &[
            ("global", "https://aiplatform.googleapis.com"),
            ("us", "https://aiplatform.us.rep.googleapis.com"),
            ("eu", "https://aiplatform.eu.rep.googleapis.com"),
        ],
        doors: Doors::NONE
            .with(
                Door::Gemini,
                "/v1beta1/projects/{project}/locations/{region}/publishers/google/models/{model}:{method}",
            )
            .with(Door::Predict, "/v1/projects/{project}/locations/{region}/publishers/google/models/{model}:predict")
            .with(
                Door::Messages,
                "/v1/projects/{project}/locations/{region}/publishers/anthropic/models/{model}:rawPredict",
            )
            .with(
                Door::MessagesStream,
                "/v1/projects/{project}/locations/{region}/publishers/anthropic/models/{model}:streamRawPredict",
            )
            .with(
                Door::CountTokens,
                "/v1/projects/{project}/locations/{region}/publishers/anthropic/models/count-tokens:rawPredict",
            )
            .with(Door::Chat, "/v1/projects/{project}/locations/{region}/endpoints/openapi/chat/completions")
            // https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/publishers.models/list: a list a publisher.
            .with(Door::Models, "/v1beta1/publishers/google/models")
            .with(Door::MoreModels, "/v1beta1/publishers/anthropic/models"),
        paging: Some(&Paging { query: "pageSize=200", parameter: "pageToken", member: "nextPageToken" }),
        fields: &[
            FieldRow {
                field: Field::Project,
                variables: &["GOOGLE_CLOUD_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID"],
                default: None,
                example: "my-project",
            },
            FieldRow {
                field: Field::Region,
                variables: &["GOOGLE_CLOUD_LOCATION", "CLOUD_ML_REGION"],
                default: Some("global"),
                example: "us-east5",
            },
        ],
        auth: Auth::Header("x-goog-api-key"),
        identity: Some(Identity::Google),
        keyless: false,
        signs: &[
            &["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"],
            &["GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_CLOUD_PROJECT"],
            &["ANTHROPIC_VERTEX_PROJECT_ID"],
        ],
        base_url_variable: Some("GOOGLE_VERTEX_BASE_URL"),
        dialects: DialectSet::of(&[Chat]),
        speaks: &[
            Speaks { models: &["claude-"], dialects: DialectSet::of(&[Messages]), doors: None },
            Speaks {
                models: &["gemini-", "text-embedding-", "text-multilingual-embedding-"],
                dialects: DialectSet::of(&[Gemini]),
                doors: None,
            },
        ],
        possible: DialectSet::of(&[Chat, Messages, Gemini]),
        embeds: Some(Shape::Vertex),
        quirks: &Quirks::VERTEX,
        rules: &[
            // The model stands in the path: of a count, in the body.
            Rule::messages(Change::Move(Cow::Borrowed("model"))),
            Rule {
                doors: Cow::Borrowed(&[Door::Messages, Door::MessagesStream, Door::CountTokens]),
                change: Change::Default(Cow::Borrowed("anthropic_version"), Cow::Borrowed("\"vertex-2023-10-16\"")),
            },
        ],
        version_in_body: Some(CLAUDE_VERSION),
        on_abort: OnAbort::BillsAll,
        ..OPENAI_COMPATIBLE
    },
];
