//! Where a picture or a document is.

use crate::dialect::canonical::read::At;
use crate::dialect::canonical::{Refusal, Source, Target, Vendor};
use crate::wire::base64;
use crate::wire::write::Writer;

/// The media types of pictures: `types/base64_image_source_param.py`.
const IMAGES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp"];

/// About how long a source is.
pub(super) fn length(source: &Source<'_>) -> usize {
    match source {
        Source::Base64 { data, .. } => data.len(),
        Source::Text(text) => text.len() + text.len() / 16,
        Source::Url { .. } | Source::FileId { .. } => 128,
    }
}

/// A picture's source.
pub(super) fn image_source(source: &Source<'_>, at: At, target: &Target<'_>, out: &mut Writer) -> Result<(), Refusal> {
    match source {
        Source::Base64 { mime, data } if IMAGES.contains(&&**mime) => base64(mime, data, out),
        Source::Base64 { .. } => return Err(refused(at, "only jpeg, png, gif and webp pictures are supported")),
        Source::Text(_) => return Err(refused(at, "a picture that is text is not supported")),
        Source::Url { .. } | Source::FileId { .. } => return elsewhere(source, at, target, out),
    }
    Ok(())
}

/// A document's source: a PDF or plain text.
pub(super) fn document_source(
    source: &Source<'_>,
    at: At,
    target: &Target<'_>,
    out: &mut Writer,
) -> Result<(), Refusal> {
    match source {
        Source::Base64 { mime, data } if mime == "application/pdf" => base64(mime, data, out),
        Source::Base64 { mime, data } => {
            // Text is told as text.
            let is_text = mime.starts_with("text/") || mime == "application/json";
            let decoded = is_text.then(|| base64::decode(data)).flatten().and_then(|data| String::from_utf8(data).ok());
            match decoded {
                Some(text) => plain(&text, out),
                None => return Err(refused(at, "only PDF and text documents are supported")),
            }
        }
        Source::Text(text) => plain(text, out),
        Source::Url { .. } | Source::FileId { .. } => return elsewhere(source, at, target, out),
    }
    Ok(())
}

fn base64(mime: &str, data: &str, out: &mut Writer) {
    out.open().str_member("type", "base64").str_member("media_type", mime).str_member("data", data).close();
}

fn plain(text: &str, out: &mut Writer) {
    out.open().str_member("type", "text").str_member("media_type", "text/plain").str_member("data", text).close();
}

/// What the API has to fetch, or has.
fn elsewhere(source: &Source<'_>, at: At, target: &Target<'_>, out: &mut Writer) -> Result<(), Refusal> {
    match source {
        Source::Url { url, .. } if target.quirks.urls => {
            out.open().str_member("type", "url").str_member("url", url).close();
        }
        Source::FileId { id, vendor: Vendor::Anthropic } if target.quirks.vendor == Vendor::Anthropic => {
            out.open().str_member("type", "file").str_member("file_id", id).close();
        }
        Source::FileId { .. } => return Err(refused(at, "a file of another vendor's is not supported")),
        _ => return Err(refused(at, "a file by its address is not supported")),
    }
    Ok(())
}

fn refused(at: At, what: &str) -> Refusal {
    Refusal::unsupported(at, [what, " by the upstream's API"].concat())
}
