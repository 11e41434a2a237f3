//! Where a picture or a document is.

use std::borrow::Cow;

use super::strangers;
use crate::dialect::canonical::data_url;
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
            data: data_url::standard(read::required_text(value, "data")?),
        },
        "url" => {
            let url = read::required(value, "url")?;
            data_url::source(read::text(url)?)
                .ok_or_else(|| Refusal::invalid(url.at(), "must be an address, or a whole data URL"))?
        }
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

fn media_type(mime: Str<'_>) -> Str<'_> {
    match mime {
        Cow::Borrowed(mime) => data_url::media_type(mime),
        Cow::Owned(mime) => Cow::Owned(data_url::media_type(&mime).into_owned()),
    }
}
