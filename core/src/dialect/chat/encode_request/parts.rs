//! The parts of a message's content.

use crate::dialect::canonical::file_name::file_name;
use crate::dialect::canonical::{
    Detail, Mark, Part, PartKind, Reason, Refusal, Report, Source, Str, Target, Ttl, Vendor,
};
use crate::wire::write::Writer;

/// Writes `content` that is text alone: one plain text as a string, several as parts, since their borders may carry marks.
pub(super) fn texts<'p, 'a: 'p>(
    json: &mut Writer,
    parts: impl IntoIterator<Item = &'p Part<'a>, IntoIter: Clone>,
) -> Result<(), Refusal> {
    let parts = parts.into_iter();
    let mut ahead = parts.clone();
    json.key("content");
    if let (Some(Part { kind: PartKind::Text(text), cache: None, .. }), None) = (ahead.next(), ahead.next()) {
        json.text(text);
        return Ok(());
    }
    json.open_array();
    for part in parts {
        let Part { at: _, kind: PartKind::Text(text), cache } = part else {
            return Err(unsupported(part, "instructions"));
        };
        json.open().str_member("type", "text").text_member("text", text);
        mark(json, *cache);
        json.close();
    }
    json.close_array();
    Ok(())
}

fn text(json: &mut Writer, text: &str, cache: Option<Mark>) {
    json.open().str_member("type", "text").str_member("text", text);
    mark(json, cache);
    json.close();
}

/// Writes a cache's border.
pub(super) fn mark(json: &mut Writer, mark: Option<Mark>) {
    if let Some(mark) = mark {
        json.key("prompt_cache_breakpoint").open().str_member("mode", "explicit");
        match mark.ttl {
            Some(Ttl::H12) => {
                json.str_member("ttl", "12h");
            }
            Some(_) => {
                json.str_member("ttl", "30m");
            }
            None => {}
        }
        json.close();
    }
}

/// Whether a part is said in text here.
pub(super) fn is_text(part: &Part<'_>) -> bool {
    matches!(
        part.kind,
        PartKind::Text(_)
            | PartKind::Refusal(_)
            | PartKind::SearchResult { .. }
            | PartKind::Document { source: Source::Text(_), .. }
    )
}

/// What a part says in text.
pub(super) fn inline<'p>(part: &'p Part<'_>, report: &mut Report) -> Str<'p> {
    let mut lines: Vec<&str> = Vec::new();
    match &part.kind {
        PartKind::Text(text) | PartKind::Refusal(text) => return Str::Borrowed(text),
        PartKind::SearchResult { source, title, texts, cite } => {
            lines.extend([&**title, source]);
            lines.extend(texts.iter().map(|text| &**text));
            if *cite {
                report.note_member(part.at, Some("citations"), Reason::Dropped);
            }
        }
        PartKind::Document { source: Source::Text(text), title, context, cite } => {
            lines.extend(title.iter().chain(context).map(|said| &*said.is));
            lines.push(text);
            if let Some(cite) = cite.filter(|cite| cite.is) {
                report.note(cite.at, Reason::Dropped);
            }
        }
        _ => {}
    }
    report.note(part.at, Reason::Inlined);
    lines.join("\n\n").into()
}

/// Writes a part of what a user says.
pub(super) fn part(
    json: &mut Writer,
    part: &Part<'_>,
    target: &Target<'_>,
    report: &mut Report,
) -> Result<(), Refusal> {
    let Part { at, kind, cache } = part;
    match kind {
        PartKind::Text(said) | PartKind::Refusal(said) => {
            json.open().str_member("type", "text").text_member("text", said);
            mark(json, *cache);
            json.close();
        }
        _ if is_text(part) => text(json, &inline(part, report), *cache),
        PartKind::Image { source, detail } => {
            json.open().str_member("type", "image_url").key("image_url").open().key("url");
            match source {
                Source::Base64 { mime, data } => json.joined(&["data:", mime, ";base64,", data]),
                Source::Url { .. } if !target.quirks.fetches => {
                    return Err(Refusal::unsupported(
                        *at,
                        "is a picture by address, which the upstream does not fetch",
                    ));
                }
                Source::Url { url, mime: _ } => json.string(url),
                Source::FileId { .. } | Source::Text(_) => {
                    return Err(Refusal::unsupported(
                        *at,
                        "is a picture by file id, which chat completions do not take",
                    ));
                }
            };
            if let Some(detail) = detail {
                json.str_member(
                    "detail",
                    match detail.is {
                        Detail::Auto => "auto",
                        Detail::Low => "low",
                        Detail::High => "high",
                        Detail::Original => "original",
                    },
                );
            }
            json.close();
            mark(json, *cache);
            json.close();
        }
        PartKind::Document { source, title, context, cite } => {
            if let Some(context) = context {
                report.note(context.at, Reason::Inlined);
                text(json, &context.is, None);
            }
            if let Some(cite) = cite.filter(|cite| cite.is) {
                report.note(cite.at, Reason::Dropped);
            }
            json.open().str_member("type", "file").key("file").open();
            match source {
                Source::Base64 { mime, data } => {
                    json.str_member("filename", &file_name(title.as_ref().map_or("", |title| &title.is), mime));
                    json.key("file_data").joined(&["data:", mime, ";base64,", data]);
                }
                Source::FileId { id, vendor } if *vendor == Vendor::OpenAi && target.vendor() == Vendor::OpenAi => {
                    json.str_member("file_id", id);
                }
                Source::FileId { .. } => {
                    return Err(Refusal::unsupported(*at, "is a file that lies at another vendor"));
                }
                Source::Url { .. } | Source::Text(_) => {
                    return Err(Refusal::unsupported(
                        *at,
                        "is a document by address, which chat completions do not take",
                    ));
                }
            }
            json.close();
            mark(json, *cache);
            json.close();
        }
        PartKind::Audio(Source::Base64 { mime, data }) => {
            let format = match &**mime {
                "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "wav",
                "audio/mp3" | "audio/mpeg" => "mp3",
                _ => return Err(Refusal::unsupported(*at, "is sound of a kind that chat completions do not take")),
            };
            json.open().str_member("type", "input_audio").key("input_audio").open();
            json.str_member("data", data).str_member("format", format).close();
            mark(json, *cache);
            json.close();
        }
        _ => return Err(unsupported(part, "a user's message")),
    }
    Ok(())
}

/// A part that has no place where it stands.
pub(super) fn unsupported(part: &Part<'_>, place: &str) -> Refusal {
    let what = match part.kind {
        PartKind::Text(_) | PartKind::Refusal(_) => "text",
        PartKind::Image { .. } => "a picture",
        PartKind::Document { .. } => "a document",
        PartKind::Audio(_) => "sound by address",
        PartKind::Video(_) => "a film",
        PartKind::SearchResult { .. } => "a search result",
        PartKind::Call(_) => "a call",
        PartKind::Result { .. } => "a tool's result",
        PartKind::Reasoning(_) => "reasoning",
        PartKind::Server(_) => "a server tool's block",
    };
    Refusal::unsupported(part.at, format!("is {what}, which has no place in {place} of chat completions"))
}
