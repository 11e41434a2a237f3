//! Gemini generateContent. <https://ai.google.dev/api/generate-content>

mod decode_request;
mod emit_stream;
mod encode_request;
pub(crate) mod error;
pub(crate) mod fields;
mod grounding;
mod parse_stream;
mod parse_whole;
mod proto;
mod read_answer;
pub(crate) mod usage;
pub(crate) mod watch;
mod write_answer;
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

/// What an id begins with that the gateway has made up for a call without one.
const MADE_UP: &str = "gl_";

/// The media type that a file's name tells.
fn media_type(path: &str) -> Option<&'static str> {
    const TYPES: [(&str, &str); 18] = [
        ("png", "image/png"),
        ("jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        ("webp", "image/webp"),
        ("gif", "image/gif"),
        ("heic", "image/heic"),
        ("heif", "image/heif"),
        ("pdf", "application/pdf"),
        ("txt", "text/plain"),
        ("md", "text/markdown"),
        ("html", "text/html"),
        ("csv", "text/csv"),
        ("mp3", "audio/mp3"),
        ("wav", "audio/wav"),
        ("flac", "audio/flac"),
        ("ogg", "audio/ogg"),
        ("mp4", "video/mp4"),
        ("mov", "video/mov"),
    ];
    let path = path.split(['?', '#']).next()?;
    let ending = path.rsplit_once('.')?.1;
    TYPES.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)).map(|(_, mime)| *mime)
}
