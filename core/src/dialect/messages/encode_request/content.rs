//! The blocks of a turn.

use super::super::block::input;
use super::source::{document_source, image_source};
use super::{mark, plain};
use crate::dialect::canonical::{
    Arguments, Call, Detail, Part, PartKind, Reason, Reasoning, Refusal, Report, Shown, Target, Text,
};
use crate::wire::write::Writer;

/// Writes a part of a turn.
pub(super) fn block(
    part: &Part<'_>,
    target: &Target<'_>,
    out: &mut Writer,
    report: &mut Report,
) -> Result<(), Refusal> {
    match &part.kind {
        PartKind::Call(call) => self::call(part, call, out, report),
        PartKind::Result { call, name: _, content, json, error } => {
            out.open().str_member("type", "tool_result").str_member("tool_use_id", call);
            match (content.as_slice(), json) {
                (_, Some(json)) => {
                    out.str_member("content", &json.0);
                }
                ([], None) => {}
                ([part], None) if let Some(text) = plain(part) => {
                    if !text.is_empty() {
                        out.text_member("content", text);
                    }
                }
                (parts, None) => {
                    out.key("content").open_array();
                    for part in parts {
                        shared(part, target, out, report)?;
                    }
                    out.close_array();
                }
            }
            if error.is_some() {
                out.key("is_error").bool(true);
            }
        }
        PartKind::Reasoning(reasoning) => {
            if !self::reasoning(reasoning, out) {
                return Ok(());
            }
        }
        // The block as it was, mark and all.
        PartKind::Server(json) => {
            out.raw(&json.0);
            return Ok(());
        }
        _ => return shared(part, target, out, report),
    }
    mark(part.cache, out);
    out.close();
    Ok(())
}

/// Writes what a turn may hold and a tool's result too.
fn shared(part: &Part<'_>, target: &Target<'_>, out: &mut Writer, report: &mut Report) -> Result<(), Refusal> {
    match &part.kind {
        // The API refuses empty ones.
        PartKind::Text(text) | PartKind::Refusal(text) if text.is_empty() => return Ok(()),
        PartKind::Text(text) | PartKind::Refusal(text) => self::text(text, out),
        PartKind::Image { source, detail } => {
            if let Some(detail) = detail.filter(|detail| detail.is != Detail::Auto) {
                report.note(detail.at, Reason::Dropped);
            }
            out.open().str_member("type", "image").key("source");
            image_source(source, part.at, target, out)?;
        }
        PartKind::Document { source, title, context, cite } => {
            out.open().str_member("type", "document").key("source");
            document_source(source, part.at, target, out)?;
            for (key, told) in [("title", title), ("context", context)] {
                if let Some(told) = told {
                    out.str_member(key, &told.is);
                }
            }
            cites(cite.is_some_and(|cite| cite.is), out);
        }
        PartKind::SearchResult { source, title, texts, cite } => {
            out.open().str_member("type", "search_result").str_member("source", source).str_member("title", title);
            out.key("content").open_array();
            for text in texts {
                out.open().str_member("type", "text").str_member("text", text).close();
            }
            out.close_array();
            cites(*cite, out);
        }
        PartKind::Audio(_) => {
            return Err(Refusal::unsupported(part.at, "sound is not supported by the upstream's API"));
        }
        PartKind::Video(_) => {
            return Err(Refusal::unsupported(part.at, "video is not supported by the upstream's API"));
        }
        PartKind::Call(_) | PartKind::Result { .. } | PartKind::Reasoning(_) | PartKind::Server(_) => {
            return Err(Refusal::unsupported(part.at, "is not supported inside a tool's result by the upstream's API"));
        }
    }
    mark(part.cache, out);
    out.close();
    Ok(())
}

/// Opens a text block.
pub(super) fn text(text: &Text<'_>, out: &mut Writer) {
    out.open().str_member("type", "text").text_member("text", text);
}

fn cites(cite: bool, out: &mut Writer) {
    if cite {
        out.key("citations").open().key("enabled").bool(true).close();
    }
}

fn call(part: &Part<'_>, call: &Call<'_>, out: &mut Writer, report: &mut Report) {
    out.open().str_member("type", "tool_use").str_member("id", &call.id).str_member("name", &call.name).key("input");
    match &call.arguments {
        Arguments::Json(text) => {
            if !input(text, out) {
                report.note(part.at, Reason::Approximated(None));
            }
        }
        Arguments::Free(text) => {
            out.open().str_member("input", text).close();
        }
    }
}

/// Opens the block that the API made; `false` if there is nothing that it would know again.
fn reasoning(reasoning: &Reasoning<'_>, out: &mut Writer) -> bool {
    let Some(signed) = reasoning.signed.as_ref().filter(|signed| !signed.bytes.is_empty()) else { return false };
    out.open();
    match reasoning.shown {
        Shown::Hidden => out.str_member("type", "redacted_thinking").str_member("data", &signed.bytes),
        Shown::Summary | Shown::Raw => {
            out.str_member("type", "thinking").str_member("thinking", &reasoning.texts.join("\n\n"));
            out.str_member("signature", &signed.bytes)
        }
    };
    true
}
