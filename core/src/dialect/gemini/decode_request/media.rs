//! Pictures, documents, sound and films.

use std::borrow::Cow;

use super::proto;
use crate::dialect::canonical::read::{self, Value};
use crate::dialect::canonical::{Detail, PartKind, Reason, Refusal, Report, Sited, Source, Str, Vendor};
use crate::wire::base64;

/// `inlineData`: bytes.
pub(super) fn inline<'a>(
    value: Value<'a>,
    resolution: Option<Value<'a>>,
    report: &mut Report,
) -> Result<PartKind<'a>, Refusal> {
    let Blob { mime, place, title } = blob(value, "data", report)?;
    let data = place.ok_or_else(|| Refusal::invalid(value.at(), "is required").member("data"))?;
    let mime = mime.ok_or_else(|| Refusal::invalid(value.at(), "is required").member("mimeType"))?;
    let data = standard(data);
    if mime == "text/plain"
        && let Some(text) = base64::decode(&data).and_then(|bytes| String::from_utf8(bytes).ok())
    {
        return Ok(document(Source::Text(Cow::Owned(text)), title));
    }
    let kind = Kind::of(&mime);
    Ok(part(kind, Source::Base64 { mime, data }, title, detail(kind, resolution, report)?))
}

/// `fileData`: an address. What lies at Google, nobody else can read.
pub(super) fn file<'a>(
    value: Value<'a>,
    resolution: Option<Value<'a>>,
    report: &mut Report,
) -> Result<PartKind<'a>, Refusal> {
    let Blob { mime, place, title } = blob(value, "fileUri", report)?;
    let url = place.ok_or_else(|| Refusal::invalid(value.at(), "is required").member("fileUri"))?;
    let kind = mime.as_deref().map_or_else(|| Kind::guess(&url), Kind::of);
    let at_google = url.starts_with("gs://")
        || url.starts_with("files/")
        || url.starts_with("https://generativelanguage.googleapis.com/");
    let source = if at_google { Source::FileId { id: url, vendor: Vendor::Google } } else { Source::Url { url, mime } };
    Ok(part(kind, source, title, detail(kind, resolution, report)?))
}

struct Blob<'a> {
    mime: Option<Str<'a>>,
    place: Option<Str<'a>>,
    title: Option<Sited<Str<'a>>>,
}

fn blob<'a>(value: Value<'a>, place_key: &str, report: &mut Report) -> Result<Blob<'a>, Refusal> {
    let mut blob = Blob { mime: None, place: None, title: None };
    for (key, value) in proto::members(read::object(value)?) {
        match &*key {
            "mimeType" => blob.mime = Some(mime(read::text(value)?)).filter(|mime| !mime.is_empty()),
            "displayName" => blob.title = Some(Sited::new(value.at(), read::text(value)?)),
            key if key == place_key => blob.place = Some(read::text(value)?),
            _ => report.note(value.at(), Reason::Unknown),
        }
    }
    Ok(blob)
}

/// A media type as the others write it.
fn mime(mime: Str<'_>) -> Str<'_> {
    let mime =
        if mime.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(mime.to_ascii_lowercase()) } else { mime };
    if mime == "image/jpg" { Cow::Borrowed("image/jpeg") } else { mime }
}

/// Base64 in the standard alphabet, padded: Google takes both, the others want this one.
fn standard(data: Str<'_>) -> Str<'_> {
    let missing = (4 - data.len() % 4) % 4;
    let foreign = memchr::memchr2(b'-', b'_', data.as_bytes()).is_some();
    if missing == 0 && !foreign {
        return data;
    }
    let mut data = if foreign { data.replace('-', "+").replace('_', "/") } else { data.into_owned() };
    data.extend(std::iter::repeat_n('=', missing % 3));
    Cow::Owned(data)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Image,
    Audio,
    Video,
    Document,
}

impl Kind {
    fn of(mime: &str) -> Self {
        match mime.split('/').next() {
            Some("image") => Kind::Image,
            Some("audio") => Kind::Audio,
            Some("video") => Kind::Video,
            _ => Kind::Document,
        }
    }

    /// What lies at an address, as far as that tells.
    fn guess(url: &str) -> Self {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        if url.starts_with("https://www.youtube.com/") || url.starts_with("https://youtu.be/") {
            return Kind::Video;
        }
        super::super::media_type(path).map_or(Kind::Document, Kind::of)
    }
}

fn document<'a>(source: Source<'a>, title: Option<Sited<Str<'a>>>) -> PartKind<'a> {
    PartKind::Document { source, title, context: None, cite: None }
}

fn part<'a>(
    kind: Kind,
    source: Source<'a>,
    title: Option<Sited<Str<'a>>>,
    detail: Option<Sited<Detail>>,
) -> PartKind<'a> {
    match kind {
        Kind::Image => PartKind::Image { source, detail },
        Kind::Audio => PartKind::Audio(source),
        Kind::Video => PartKind::Video(source),
        Kind::Document => document(source, title),
    }
}

/// `mediaResolution.level` of a picture is how closely it is looked at; for anything else nobody else has it.
fn detail(kind: Kind, resolution: Option<Value<'_>>, report: &mut Report) -> Result<Option<Sited<Detail>>, Refusal> {
    let Some(resolution) = resolution else { return Ok(None) };
    let level = proto::member(read::object(resolution)?, "level");
    let detail = match level.map(proto::word).transpose()?.as_deref().map(|word| word.trim_start_matches(PREFIX)) {
        None | Some("UNSPECIFIED") => return Ok(None),
        Some("LOW") if kind == Kind::Image => Detail::Low,
        Some("HIGH") if kind == Kind::Image => Detail::High,
        Some("ULTRA_HIGH") if kind == Kind::Image => Detail::Original,
        Some(_) => {
            report.note(resolution.at(), Reason::Dropped);
            return Ok(None);
        }
    };
    Ok(Some(Sited::new(resolution.at(), detail)))
}

const PREFIX: &str = "MEDIA_RESOLUTION_";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_made_the_standard_one() {
        for (given, expected) in [("QUJD", "QUJD"), ("QUI", "QUI="), ("QQ", "QQ=="), ("-_8", "+/8="), ("QQ==", "QQ==")]
        {
            assert_eq!(standard(given.into()), expected, "{given}");
        }
    }
}
