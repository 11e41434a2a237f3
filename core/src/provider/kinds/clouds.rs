//! Clouds that serve the models of several makers.

use super::{Field, FieldRow, Kind, OPENAI_COMPATIBLE, OnAbort};
use crate::dialect::Dialect::Converse;
use crate::dialect::DialectSet;
use crate::dialect::canonical::Quirks;
use crate::host::Identity;
use crate::provider::door::Doorway;
use crate::provider::{Door, Doors};

const BEDROCK_RUNTIME: Doorway = Doorway { origin: None, path: "", service: "bedrock" };

pub(super) static ROWS: &[Kind] = &[
    // https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html: a key of Bedrock's own, sent as a bearer
    // token; botocore `tokens.py` and `configprovider.py` read these variables.
    Kind {
        name: "bedrock",
        title: "Amazon Bedrock",
        documents: "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
        base_url: Some("https://bedrock-runtime.{region}.amazonaws.com"),
        regions: &[("cn-*", "https://bedrock-runtime.{region}.amazonaws.com.cn")],
        doors: Doors::NONE
            .and(Door::Converse, Doorway { path: "/model/{model}/{method}", ..BEDROCK_RUNTIME })
            .and(Door::Invoke, Doorway { path: "/model/{model}/invoke", ..BEDROCK_RUNTIME }),
        fields: &[FieldRow {
            field: Field::Region,
            variables: &["AWS_REGION", "AWS_DEFAULT_REGION"],
            default: None,
            example: "us-east-1",
        }],
        identity: Some(Identity::Aws),
        keyless: false,
        key_variables: &["AWS_BEARER_TOKEN_BEDROCK"],
        signs: &[&["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]],
        base_url_variable: Some("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
        dialects: DialectSet::of(&[Converse]),
        possible: DialectSet::of(&[Converse]),
        quirks: &Quirks::BEDROCK,
        on_abort: OnAbort::BillsAll,
        ..OPENAI_COMPATIBLE
    },
];
