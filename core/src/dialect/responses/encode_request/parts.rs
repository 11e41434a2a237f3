//! The parts of a message and of a tool's output.

use crate::dialect::canonical::file_name::file_name;
use crate::dialect::canonical::{Detail, Mark, Part, PartKind, Reason, Refusal, Report, Source, Ttl, Vendor};
use crate::wire::base64;
use crate::wire::write::Writer;

/// Writes a part of a message: the model's own words, or what it is told.
pub(super) fn part(json: &mut Writer, part: &Part<'_>, said: bool, report: &mut Report) -> Result<(), Refusal> {
    match &part.kind {
        PartKind::Text(text) if said => {
            json.open().str_member("type", "output_text").text_member("text", text);
            json.key("annotations").open_array().close_array().close();
        }
        PartKind::Refusal(text) => {
            json.open().str_member("type", "refusal").text_member("refusal", text).close();
        }
        _ => return content(json, part, part.cache, false, report),
    }
    if let Some(mark) = part.cache {
        report.note(mark.at, Reason::Dropped);
    }
    Ok(())
}

/// Writes a part that the model is told.
pub(super) fn content(
    json: &mut Writer,
    part: &Part<'_>,
    cache: Option<Mark>,
    in_output: bool,
    report: &mut Report,
) -> Result<(), Refusal> {
    let Part { at, kind, cache: _ } = part;
    let lacks = |what: &'static str| Err(Refusal::unsupported(*at, what));
    match kind {
        PartKind::Text(told) | PartKind::Refusal(told) => {
            json.open().str_member("type", "input_text").text_member("text", told);
            mark(json, cache);
            json.close();
        }
        PartKind::Image { source, detail } => {
            json.open().str_member("type", "input_image");
            match source {
                Source::Base64 { mime, data } => json.key("image_url").joined(&["data:", mime, ";base64,", data]),
                Source::Url { url, mime: _ } => json.str_member("image_url", url),
                Source::FileId { id, vendor: Vendor::OpenAi } => json.str_member("file_id", id),
                Source::FileId { .. } => return lacks(FOREIGN),
                Source::Text(_) => return lacks("pictures cannot be text"),
            };
            // Required in a message, and not in an output.
            let detail = detail.as_ref().map(|detail| detail.is).or((!in_output).then_some(Detail::Auto));
            if let Some(detail) = detail {
                json.str_member(
                    "detail",
                    match detail {
                        Detail::Auto => "auto",
                        Detail::Low => "low",
                        Detail::High => "high",
                        Detail::Original => "original",
                    },
                );
            }
            mark(json, cache);
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
            json.open().str_member("type", "input_file");
            match source {
                Source::Base64 { mime, data } => {
                    json.str_member("filename", &file_name(title.as_ref().map_or("", |title| &title.is), mime));
                    json.key("file_data").joined(&["data:", mime, ";base64,", data]);
                }
                Source::Text(told) => {
                    json.str_member("filename", &file_name(title.as_ref().map_or("", |title| &title.is), "text/plain"));
                    json.key("file_data").joined(&["data:text/plain;base64,", &base64::encode(told.as_bytes())]);
                }
                Source::Url { url, mime: _ } => {
                    json.str_member("file_url", url);
                    if let Some(title) = title {
                        json.str_member("filename", &title.is);
                    }
                }
                Source::FileId { id, vendor: Vendor::OpenAi } => {
                    json.str_member("file_id", id);
                }
                Source::FileId { .. } => return lacks(FOREIGN),
            }
            mark(json, cache);
            json.close();
        }
        PartKind::Audio(Source::Base64 { mime, data }) => {
            let format = match &**mime {
                "audio/wav" | "audio/x-wav" | "audio/wave" => "wav",
                "audio/mp3" | "audio/mpeg" => "mp3",
                _ => return lacks("sound must be wav or mp3 for the upstream's API"),
            };
            json.open().str_member("type", "input_audio").key("input_audio").open();
            json.str_member("data", data).str_member("format", format).close().close();
            if let Some(mark) = cache {
                report.note(mark.at, Reason::Dropped);
            }
        }
        PartKind::SearchResult { source, title, texts, cite } => {
            report.note(*at, Reason::Inlined);
            if *cite {
                report.note_member(*at, Some("citations"), Reason::Dropped);
            }
            let mut lines: Vec<&str> = vec![title, source];
            lines.extend(texts.iter().map(|text| &**text));
            text(json, &lines.join("\n\n"), cache);
        }
        PartKind::Audio(_) => return lacks("sound is taken by the upstream's API only as base64"),
        PartKind::Video(_) => return lacks("films are not taken by the upstream's API"),
        PartKind::Call(_) | PartKind::Result { .. } | PartKind::Reasoning(_) | PartKind::Server(_) => {
            return lacks("is not taken by the upstream's API here");
        }
    }
    Ok(())
}

const FOREIGN: &str = "is a file that lies at another provider than the upstream";

/// Writes a text that the model is told.
pub(super) fn text(json: &mut Writer, text: &str, cache: Option<Mark>) {
    json.open().str_member("type", "input_text").str_member("text", text);
    mark(json, cache);
    json.close();
}

/// Writes a prompt cache's border. The shortest time here is half an hour.
fn mark(json: &mut Writer, mark: Option<Mark>) {
    let Some(mark) = mark else { return };
    json.key("prompt_cache_breakpoint").open().str_member("mode", "explicit");
    if let Some(ttl) = mark.ttl {
        json.str_member("ttl", if ttl == Ttl::H12 { "12h" } else { "30m" });
    }
    json.close();
}
