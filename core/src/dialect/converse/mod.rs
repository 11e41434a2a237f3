//! AWS Bedrock Converse. <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>
//!
//! Upstreams speak it, clients do not.

mod answer;
mod encode_request;
mod parse_stream;
mod parse_whole;
mod usage;

use super::codec::Codec;

pub(super) const CODEC: Codec = Codec {
    fields: &[],
    decode: None,
    encode: encode_request::encode,
    parser: |model| Box::new(parse_stream::StreamParser::new(model)),
    parse_whole: parse_whole::parse,
    emitter: None,
    write_whole: None,
};
