//! Where a picture or a document is.

use std::borrow::Cow;

use super::strangers;
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::{Refusal, Report, Source, Str, Vendor};

/// `{type: base64 | url | file | text | content, …}`
pub(super) fn source<'a>(block: Value<'a>, report: &mut Report) -> Result<Source<'a>, Refusal> {
    let value = read::object(read::required(block, "source")?)?;
    let kind = read::required_text(value, "type")?;
    strangers(value, &["type", "media_type", "data", "url", "file_id", "content"], report);
    Ok(match &*kind {
        "base64" => Source::Base64 {
            mime: media_type(read::required_text(value, "media_type")?),
            data: standard(read::required_text(value, "data")?),
        },
        "url" => Source::Url { url: read::required_text(value, "url")?, mime: None },
        "file" => Source::FileId { id: read::required_text(value, "file_id")?, vendor: Vendor::Anthropic },
        "text" => Source::Text(read::required_text(value, "data")?),
        "content" => Source::Text(pieces(read::required(value, "content")?)?),
        other => return Err(read::unknown_variant(value, "the source", other)),
    })
}

/// A document in pieces, which only citations tell apart: elsewhere it is one text.
fn pieces(content: Value<'_>) -> Result<Str<'_>, Refusal> {
    if content.kind() == Kind::String {
        return read::text(content);
    }
    let mut whole = String::new();
    for piece in read::array(content)?.elements() {
        let kind = read::required(read::object(piece)?, "type")?;
        if !kind.is("text") {
            return Err(Refusal::unsupported(
                kind.at(),
                "only text inside a document is supported by the upstream's API",
            ));
        }
        if !whole.is_empty() {
            whole.push_str("\n\n");
        }
        whole.push_str(&read::required_text(piece, "text")?);
    }
    Ok(whole.into())
}

/// A media type in lower case, by its registered name.
fn media_type(mime: Str<'_>) -> Str<'_> {
    match mime {
        mime if mime.eq_ignore_ascii_case("image/jpg") => Cow::Borrowed("image/jpeg"),
        mime if mime.bytes().any(|byte| byte.is_ascii_uppercase()) => mime.to_ascii_lowercase().into(),
        mime => mime,
    }
}

/// Base64 in the standard alphabet, padded.
fn standard(data: Str<'_>) -> Str<'_> {
    if memchr::memchr2(b'-', b'_', data.as_bytes()).is_none() && data.len().is_multiple_of(4) {
        return data;
    }
    let mut data = data.trim_end_matches('=').replace('-', "+").replace('_', "/");
    while !data.len().is_multiple_of(4) {
        data.push('=');
    }
    data.into()
}
