//! The parts of a message's content.

use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::request::Shown;
use crate::dialect::canonical::{
    Detail, Mark, Part, PartKind, Reason, Reasoning, Refusal, Report, Sited, Source, Str, Ttl, Vendor, data_url,
};

/// Content: a text, or parts.
pub(super) fn content<'a>(content: Value<'a>, parts: &mut Vec<Part<'a>>, report: &mut Report) -> Result<(), Refusal> {
    match content.kind() {
        Kind::String => {
            // Most are one text and nothing else.
            parts.reserve_exact(1);
            parts.push(Part::text(content.at(), read::words(content)?));
        }
        Kind::Array => {
            for element in content.elements() {
                let part = part(element, report)?;
                parts.push(part);
            }
        }
        _ => return Err(Refusal::invalid(content.at(), "must be a string or an array of parts")),
    }
    Ok(())
}

fn part<'a>(part: Value<'a>, report: &mut Report) -> Result<Part<'a>, Refusal> {
    if part.kind() == Kind::String {
        return Ok(Part::text(part.at(), read::words(part)?));
    }
    let kind = read::required_text(read::object(part)?, "type")?;
    let (mut said, mut cache) = (None, None);
    for (key, value) in part.members() {
        match &*key {
            _ if value.is_null() => {}
            "type" => {}
            key if key == kind => said = Some(value),
            // OpenAI's name; and Anthropic's, which OpenRouter and others take here.
            "prompt_cache_breakpoint" | "cache_control" => cache = Some(mark(value)?),
            // Mistral: the thought has ended.
            "closed" => {}
            _ => report.note(value.at(), Reason::Unknown),
        }
    }
    let Some(value) = said else { return Err(absent(part, &kind)) };
    let kind = match &*kind {
        "text" => PartKind::Text(read::words(value)?),
        "image_url" => image(value, report)?,
        "input_audio" => PartKind::Audio(audio(value)?),
        "file" => file(value, report)?,
        "refusal" => PartKind::Refusal(read::words(value)?),
        "thinking" => {
            PartKind::Reasoning(Reasoning { shown: Shown::Raw, texts: vec![thinking(value)?], signed: None, id: None })
        }
        _ => return Err(absent(part, &kind)),
    };
    Ok(Part { at: part.at(), kind, cache })
}

/// A part without what its type names; or a type that nobody knows.
fn absent(part: Value<'_>, kind: &str) -> Refusal {
    const KNOWN: [&str; 6] = ["text", "image_url", "input_audio", "file", "refusal", "thinking"];
    match KNOWN.into_iter().find(|known| *known == kind) {
        Some(known) => Refusal::invalid(part.at(), "is required").member(known),
        None => read::unknown_variant(part, "part", kind),
    }
}

fn image<'a>(value: Value<'a>, report: &mut Report) -> Result<PartKind<'a>, Refusal> {
    // The bare address is what some clients send.
    if value.kind() == Kind::String {
        return Ok(PartKind::Image { source: source(value)?, detail: None });
    }
    super::unknown(read::object(value)?, &["url", "detail"], report);
    let detail = match value.get("detail") {
        Some(detail) => Some(Sited::new(
            detail.at(),
            match &*read::text(detail)? {
                "auto" => Detail::Auto,
                "low" => Detail::Low,
                "high" => Detail::High,
                "original" => Detail::Original,
                _ => return Err(Refusal::invalid(detail.at(), "must be auto, low, high or original")),
            },
        )),
        None => None,
    };
    Ok(PartKind::Image { source: source(read::required(value, "url")?)?, detail })
}

fn source(value: Value<'_>) -> Result<Source<'_>, Refusal> {
    data_url::source(read::text(value)?).ok_or_else(|| Refusal::invalid(value.at(), "is no data URL"))
}

fn audio(value: Value<'_>) -> Result<Source<'_>, Refusal> {
    let format = read::required_text(read::object(value)?, "format")?;
    let data = data_url::standard(read::required_text(value, "data")?);
    Ok(Source::Base64 { mime: ["audio/", &format.to_ascii_lowercase()].concat().into(), data })
}

fn file<'a>(value: Value<'a>, report: &mut Report) -> Result<PartKind<'a>, Refusal> {
    super::unknown(read::object(value)?, &["file_data", "file_id", "filename"], report);
    let source = match (value.get("file_data"), value.get("file_id")) {
        (Some(data), _) => match source(data)? {
            // OpenRouter takes an address here; anything else must be a data URL.
            Source::Url { url, .. } if !url.contains("://") => {
                return Err(Refusal::invalid(data.at(), "must be a data URL: data:application/pdf;base64,…"));
            }
            source => source,
        },
        (None, Some(id)) => Source::FileId { id: read::text(id)?, vendor: Vendor::OpenAi },
        (None, None) => return Err(Refusal::invalid(value.at(), "is required").member("file_data")),
    };
    match &source {
        Source::Base64 { mime, .. } if mime.starts_with("image/") => {
            return Ok(PartKind::Image { source, detail: None });
        }
        Source::Base64 { mime, .. } if mime.starts_with("audio/") => return Ok(PartKind::Audio(source)),
        Source::Base64 { mime, .. } if mime.starts_with("video/") => return Ok(PartKind::Video(source)),
        _ => {}
    }
    let title = match value.get("filename") {
        Some(name) => Some(Sited::new(name.at(), read::text(name)?)),
        None => None,
    };
    Ok(PartKind::Document { source, title, context: None, cite: None })
}

/// Mistral's thoughts: a text, or parts of text. <https://docs.mistral.ai/capabilities/reasoning>
fn thinking(value: Value<'_>) -> Result<Str<'_>, Refusal> {
    if value.kind() == Kind::String {
        return read::text(value);
    }
    let mut joined = String::new();
    for part in read::array(value)?.elements() {
        if let Some(text) = part.get("text") {
            joined.push_str(&read::text(text)?);
        }
    }
    Ok(joined.into())
}

/// A cache's border: `{mode: "explicit", ttl}` or `{type: "ephemeral", ttl}`.
pub(super) fn mark(value: Value<'_>) -> Result<Mark, Refusal> {
    let ttl = match read::object(value)?.get("ttl") {
        Some(ttl) => Some(match &*read::text(ttl)? {
            "5m" => Ttl::M5,
            "30m" => Ttl::M30,
            "1h" => Ttl::H1,
            "12h" => Ttl::H12,
            _ => return Err(Refusal::invalid(ttl.at(), "must be 5m, 30m, 1h or 12h")),
        }),
        None => None,
    };
    Ok(Mark { at: value.at(), ttl })
}
