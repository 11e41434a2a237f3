//! Where a file is: its bytes in base64, or its address in S3.

use crate::dialect::canonical::{At, Refusal, Source, Str};
use crate::wire::write::Writer;

/// A kind of file, and how its formats are called.
#[derive(Debug)]
pub(super) struct Media {
    /// The block's name.
    pub(super) key: &'static str,
    /// Media types and their formats.
    formats: &'static [(&'static str, &'static str)],
    /// What is said of another format.
    other: &'static str,
}

pub(super) const IMAGE: Media = Media {
    key: "image",
    formats: &[("image/png", "png"), ("image/jpeg", "jpeg"), ("image/gif", "gif"), ("image/webp", "webp")],
    other: "the upstream's API takes PNG, JPEG, GIF and WebP images",
};

pub(super) const DOCUMENT: Media = Media {
    key: "document",
    formats: &[
        ("application/pdf", "pdf"),
        ("text/plain", "txt"),
        ("text/markdown", "md"),
        ("text/html", "html"),
        ("text/csv", "csv"),
        ("application/json", "txt"),
        ("application/msword", "doc"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ("application/vnd.ms-excel", "xls"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ],
    other: "the upstream's API takes PDF, text, Markdown, HTML, CSV, Word and Excel documents",
};

pub(super) const AUDIO: Media = Media {
    key: "audio",
    formats: &[
        ("audio/mp3", "mp3"),
        ("audio/mpeg", "mp3"),
        ("audio/wav", "wav"),
        ("audio/x-wav", "wav"),
        ("audio/wave", "wav"),
        ("audio/opus", "opus"),
        ("audio/aac", "aac"),
        ("audio/flac", "flac"),
        ("audio/ogg", "ogg"),
        ("audio/mp4", "mp4"),
        ("audio/m4a", "m4a"),
        ("audio/webm", "webm"),
        ("audio/x-matroska", "mka"),
    ],
    other: "the upstream's API does not take audio of this type",
};

pub(super) const VIDEO: Media = Media {
    key: "video",
    formats: &[
        ("video/mp4", "mp4"),
        ("video/quicktime", "mov"),
        ("video/webm", "webm"),
        ("video/mpeg", "mpeg"),
        ("video/mpg", "mpg"),
        ("video/x-matroska", "mkv"),
        ("video/x-flv", "flv"),
        ("video/x-ms-wmv", "wmv"),
        ("video/wmv", "wmv"),
        ("video/3gpp", "three_gp"),
    ],
    other: "the upstream's API does not take video of this type",
};

/// Spellings of file names that are other than the format's.
const EXTENSIONS: &[(&str, &str)] = &[("jpg", "jpeg"), ("htm", "html"), ("text", "txt"), ("3gp", "three_gp")];

impl Media {
    /// The format of a file: by its media type, else by the end of its address.
    pub(super) fn format(&self, source: &Source<'_>, at: At) -> Result<&'static str, Refusal> {
        let (mime, url) = match source {
            Source::Base64 { mime, data: _ } => (Some(mime), None),
            Source::Url { url, .. } if !url.starts_with("s3://") => return Err(no_address(at)),
            Source::Url { url, mime } => (mime.as_ref(), Some(url)),
            Source::Text(_) => return Ok("txt"),
            Source::FileId { .. } => return Err(foreign_file(at)),
        };
        let by_mime = mime.and_then(|mime| {
            let mime = mime.split(';').next().unwrap_or_default().trim();
            self.formats.iter().find(|(known, _)| known.eq_ignore_ascii_case(mime))
        });
        let format = by_mime.or_else(|| {
            let (_, written) = url?.rsplit_once('.')?;
            let alias = EXTENSIONS.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(written));
            let written = alias.map_or(written, |(_, format)| format);
            self.formats.iter().find(|(_, format)| format.eq_ignore_ascii_case(written))
        });
        let text = mime.is_some_and(|mime| self.key == DOCUMENT.key && mime.starts_with("text/")).then_some("txt");
        format.map(|(_, format)| *format).or(text).ok_or_else(|| Refusal::unsupported(at, self.other))
    }
}

/// Writes `source`.
pub(super) fn source(source: &Source<'_>, at: At, out: &mut Writer) -> Result<(), Refusal> {
    out.key("source").open();
    match source {
        Source::Base64 { data, mime: _ } => {
            out.str_member("bytes", data);
        }
        Source::Url { url, mime: _ } if url.starts_with("s3://") => {
            out.key("s3Location").open().str_member("uri", url).close();
        }
        Source::Url { .. } => return Err(no_address(at)),
        Source::Text(text) => {
            out.str_member("text", text);
        }
        Source::FileId { .. } => return Err(foreign_file(at)),
    }
    out.close();
    Ok(())
}

fn no_address(at: At) -> Refusal {
    Refusal::unsupported(at, "the upstream's API takes files as data or from S3: an address is not supported")
}

fn foreign_file(at: At) -> Refusal {
    Refusal::unsupported(at, "is a file that lies at another vendor: the upstream cannot read it")
}

/// About how long it will be.
pub(super) fn length(source: &Source<'_>) -> usize {
    let text: &Str<'_> = match source {
        Source::Base64 { data, .. } => data,
        Source::Url { url, .. } => url,
        Source::FileId { id, .. } => id,
        Source::Text(text) => text,
    };
    text.len() + 64
}
