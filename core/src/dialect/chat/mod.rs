//! OpenAI chat completions. <https://platform.openai.com/docs/api-reference/chat>

mod answer;
mod decode_request;
mod details;
mod emit_stream;
#[cfg(test)]
mod emit_tests;
mod encode_request;
pub(crate) mod error;
pub(crate) mod fields;
mod parse_stream;
mod parse_whole;
mod pieces;
pub(crate) mod usage;
pub(crate) mod watch;
mod write_whole;

use super::codec::Codec;

pub(super) const CODEC: Codec = Codec {
    fields: fields::FIELDS,
    decode: Some(decode_request::decode),
    encode: encode_request::encode,
    parser: |_| Box::new(parse_stream::StreamParser::default()),
    parse_whole: parse_whole::parse,
    emitter: Some(|echo| Box::new(emit_stream::StreamEmitter::new(echo))),
    write_whole: Some(write_whole::write),
};
