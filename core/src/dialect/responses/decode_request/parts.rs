//! The parts of a message and of a tool's output.

use super::note_unknown;
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::{
    Detail, Mark, Part, PartKind, Reason, Refusal, Report, Sited, Source, Str, Ttl, Vendor, data_url,
};

/// Content: a text, or a list of parts.
pub(super) fn content<'a>(content: Value<'a>, parts: &mut Vec<Part<'a>>, report: &mut Report) -> Result<(), Refusal> {
    match content.kind() {
        Kind::String => parts.push(Part::text(content.at(), read::words(content)?)),
        Kind::Array => {
            for element in content.elements() {
                parts.push(part(element, report)?);
            }
        }
        _ => return Err(Refusal::invalid(content.at(), "must be a string or an array of parts")),
    }
    Ok(())
}

fn part<'a>(value: Value<'a>, report: &mut Report) -> Result<Part<'a>, Refusal> {
    let kind = read::required_text(read::object(value)?, "type")?;
    let (kind, known): (_, &[&str]) = match &*kind {
        // Annotations and log probabilities are what the model's answer came with: no target is told them again.
        "input_text" | "output_text" | "text" => {
            (PartKind::Text(read::words(read::required(value, "text")?)?), &["text", "annotations", "logprobs"])
        }
        "refusal" => (PartKind::Refusal(read::words(read::required(value, "refusal")?)?), &["refusal"]),
        "input_image" => (image(value)?, &["image_url", "file_id", "detail"]),
        "input_file" => (file(value, report)?, &["file_data", "file_id", "file_url", "filename", "detail"]),
        "input_audio" => (audio(value, report)?, &["input_audio"]),
        // What a computer shows answers a call that no other API has.
        "computer_screenshot" => {
            return Err(Refusal::unsupported(
                value.at(),
                "computer screenshots are not supported by the upstream's API",
            ));
        }
        unknown => return Err(read::unknown_variant(value, "the part", unknown)),
    };
    for (key, member) in value.members() {
        if !known.contains(&&*key) && !matches!(&*key, "type" | "prompt_cache_breakpoint") && !member.is_null() {
            report.note(member.at(), Reason::Unknown);
        }
    }
    let mut part = Part::new(value.at(), kind);
    part.cache = value.get("prompt_cache_breakpoint").map(mark).transpose()?;
    Ok(part)
}

/// `prompt_cache_breakpoint`.
fn mark(value: Value<'_>) -> Result<Mark, Refusal> {
    let ttl = match read::optional_text(read::object(value)?, "ttl")?.as_deref() {
        None => None,
        Some("30m") => Some(Ttl::M30),
        Some("12h") => Some(Ttl::H12),
        Some(_) => return Err(Refusal::invalid(value.at(), "must be 30m or 12h").member("ttl")),
    };
    Ok(Mark { at: value.at(), ttl })
}

fn image(value: Value<'_>) -> Result<PartKind<'_>, Refusal> {
    let source = match (value.get("image_url"), value.get("file_id")) {
        (Some(url), _) => {
            // Some clients write chat's object here.
            let url = url.get("url").unwrap_or(url);
            data_url::source(read::text(url)?).ok_or_else(|| broken(url))?
        }
        (None, Some(id)) => file_id(read::text(id)?),
        (None, None) => return Err(Refusal::invalid(value.at(), "is required").member("image_url")),
    };
    let detail = match value.get("detail") {
        None => None,
        Some(detail) => Some(Sited::new(
            detail.at(),
            match &*read::text(detail)? {
                "auto" => Detail::Auto,
                "low" => Detail::Low,
                "high" => Detail::High,
                "original" => Detail::Original,
                _ => return Err(Refusal::invalid(detail.at(), "must be one of auto, low, high and original")),
            },
        )),
    };
    Ok(PartKind::Image { source, detail })
}

fn file<'a>(value: Value<'a>, report: &mut Report) -> Result<PartKind<'a>, Refusal> {
    let name = value.get("filename");
    let title = name.map(|name| read::text(name).map(|text| Sited::new(name.at(), text))).transpose()?;
    let source = if let Some(data) = value.get("file_data") {
        let text = read::text(data)?;
        match data_url::source(text.clone()).ok_or_else(|| broken(data))? {
            Source::Url { .. } => {
                // Base64 by itself: its type is what the name says.
                let name = title.as_ref().map_or("", |title| &*title.is);
                Source::Base64 { mime: media_type(name).into(), data: data_url::standard(text) }
            }
            source => source,
        }
    } else if let Some(url) = value.get("file_url") {
        data_url::source(read::text(url)?).ok_or_else(|| broken(url))?
    } else if let Some(id) = value.get("file_id") {
        file_id(read::text(id)?)
    } else {
        return Err(Refusal::invalid(value.at(), "is required").member("file_data"));
    };
    if let Some(detail) = value.get("detail").filter(|detail| !detail.is("auto")) {
        report.note(detail.at(), Reason::Dropped);
    }
    Ok(PartKind::Document { source, title, context: None, cite: None })
}

fn audio<'a>(value: Value<'a>, report: &mut Report) -> Result<PartKind<'a>, Refusal> {
    let audio = read::object(read::required(value, "input_audio")?)?;
    note_unknown(audio, &["data", "format"], report);
    let format = read::required(audio, "format")?;
    let mime = match &*read::text(format)? {
        "wav" => "audio/wav",
        "mp3" => "audio/mp3",
        _ => return Err(Refusal::invalid(format.at(), "must be wav or mp3")),
    };
    let data = data_url::standard(read::required_text(audio, "data")?);
    Ok(PartKind::Audio(Source::Base64 { mime: mime.into(), data }))
}

fn file_id(id: Str<'_>) -> Source<'_> {
    Source::FileId { id, vendor: Vendor::OpenAi }
}

fn broken(value: Value<'_>) -> Refusal {
    Refusal::invalid(value.at(), "is a data URL without data")
}

fn media_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "txt" | "md" => "text/plain",
        "csv" => "text/csv",
        "html" => "text/html",
        "json" => "application/json",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        _ => "application/pdf",
    }
}
