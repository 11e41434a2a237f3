//! The blocks of a turn.

use super::document::Names;
use super::mark;
use super::source::{self, AUDIO, DOCUMENT, IMAGE, Media, VIDEO};
use crate::dialect::canonical::{
    Arguments, At, Call, Detail, Json, Part, PartKind, Reason, Reasoning, Refusal, Report, Role, Shown, Sited, Source,
    Str,
};
use crate::wire::json::{self, MAX_DEPTH};
use crate::wire::write::Writer;

/// Writes blocks, and knows what must be one in the whole request.
#[derive(Debug, Default)]
pub(super) struct Contents {
    names: Names,
}

impl Contents {
    /// Writes a part, and the cache's border behind it.
    pub(super) fn block(
        &mut self,
        part: &Part<'_>,
        role: Role,
        out: &mut Writer,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let from_user = role == Role::User;
        let mut cache = part.cache;
        match &part.kind {
            // An empty text is refused.
            PartKind::Text(text) | PartKind::Refusal(text) if text.is_empty() => {}
            PartKind::Text(text) | PartKind::Refusal(text) => {
                out.open().text_member("text", text).close();
            }
            PartKind::Call(call) => self::call(part.at, call, out, report),
            PartKind::Reasoning(reasoning) => self::reasoning(reasoning, out),
            PartKind::Result { call, name: _, content, json, error } => {
                self.result(call, content, json.as_ref(), error.is_some(), out, report)?;
                // A border has no place inside: the next one is behind the result.
                if let Some(inner) = content.iter().rev().find_map(|part| part.cache) {
                    report.note(inner.at, Reason::Moved);
                    cache = cache.or(Some(inner));
                }
            }
            PartKind::Image { .. } | PartKind::Document { .. } if !from_user => {
                let message = "the upstream's API takes images and documents only from the user";
                return Err(Refusal::unsupported(part.at, message));
            }
            _ => self.media(part, out, report)?,
        }
        mark(cache, out);
        Ok(())
    }

    /// What may stand in a user's turn and in a tool's result.
    fn media(&mut self, part: &Part<'_>, out: &mut Writer, report: &mut Report) -> Result<(), Refusal> {
        match &part.kind {
            PartKind::Text(text) | PartKind::Refusal(text) => {
                out.open().text_member("text", text).close();
                Ok(())
            }
            PartKind::Image { source, detail } => {
                if let Some(detail) = detail
                    && detail.is != Detail::Auto
                {
                    report.note(detail.at, Reason::Dropped);
                }
                file(&IMAGE, source, part.at, out)
            }
            PartKind::Document { source, title, context, cite } => self.document(
                source,
                title.as_ref(),
                context.as_ref(),
                cite.is_some_and(|cite| cite.is),
                part.at,
                out,
                report,
            ),
            PartKind::Audio(source) => file(&AUDIO, source, part.at, out),
            PartKind::Video(source) => file(&VIDEO, source, part.at, out),
            PartKind::SearchResult { source, title, texts, cite } => {
                out.open().key("searchResult").open().str_member("source", source).str_member("title", title);
                out.key("content").open_array();
                for text in texts {
                    out.open().str_member("text", text).close();
                }
                out.close_array();
                citations(*cite, out);
                out.close().close();
                Ok(())
            }
            PartKind::Call(_) | PartKind::Reasoning(_) | PartKind::Result { .. } | PartKind::Server(_) => {
                Err(Refusal::unsupported(part.at, "is not supported here by the upstream's API"))
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the members of a document, and where they go")]
    fn document(
        &mut self,
        from: &Source<'_>,
        title: Option<&Sited<Str<'_>>>,
        context: Option<&Sited<Str<'_>>>,
        cite: bool,
        at: At,
        out: &mut Writer,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let name = self.names.of(title.map(|title| &*title.is));
        if let Some(title) = title
            && title.is != name
        {
            report.note(title.at, Reason::Renamed);
        }
        let format = DOCUMENT.format(from, at)?;
        out.open().key(DOCUMENT.key).open().str_member("format", format).str_member("name", &name);
        source::source(from, at, out)?;
        if let Some(context) = context {
            out.str_member("context", &context.is);
        }
        citations(cite, out);
        out.close().close();
        Ok(())
    }

    fn result(
        &mut self,
        call: &str,
        content: &[Part<'_>],
        json: Option<&Json<'_>>,
        error: bool,
        out: &mut Writer,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        out.open().key("toolResult").open().str_member("toolUseId", call).key("content").open_array();
        let mut empty = true;
        // What is JSON here is an object; anything else is a text.
        if let Some(Json(json)) = json {
            empty = false;
            out.open();
            if is_object(json) {
                out.raw_member("json", json)
            } else {
                out.str_member("text", json)
            };
            out.close();
        }
        for part in content {
            if matches!(&part.kind, PartKind::Text(text) | PartKind::Refusal(text) if text.is_empty()) {
                continue;
            }
            empty = false;
            self.media(part, out, report)?;
        }
        if empty {
            out.raw(r#"{"json":{}}"#);
        }
        out.close_array();
        if error {
            out.str_member("status", "error");
        }
        out.close().close();
        Ok(())
    }
}

fn file(media: &Media, from: &Source<'_>, at: At, out: &mut Writer) -> Result<(), Refusal> {
    let format = media.format(from, at)?;
    out.open().key(media.key).open().str_member("format", format);
    source::source(from, at, out)?;
    out.close().close();
    Ok(())
}

fn citations(cite: bool, out: &mut Writer) {
    if cite {
        out.key("citations").open().key("enabled").bool(true).close();
    }
}

/// A call. Its arguments are moved as they are if they are an object, and are one that holds the text if they are none.
fn call(at: At, call: &Call<'_>, out: &mut Writer, report: &mut Report) {
    out.open().key("toolUse").open().str_member("toolUseId", &call.id).str_member("name", &call.name).key("input");
    match &call.arguments {
        Arguments::Json(text) if text.trim_ascii().is_empty() => {
            out.raw("{}");
        }
        Arguments::Json(text) if is_object(text) => {
            out.raw(text.trim_ascii());
        }
        Arguments::Json(text) => {
            report.note(at, Reason::Approximated(None));
            out.open().str_member("raw_arguments", text).close();
        }
        Arguments::Free(text) => {
            out.open().str_member("input", text).close();
        }
    }
    out.close().close();
}

fn is_object(text: &str) -> bool {
    json::members(text, MAX_DEPTH, |_| {}).is_ok()
}

/// Reasoning that the target has made: its bytes as they were.
fn reasoning(reasoning: &Reasoning<'_>, out: &mut Writer) {
    let signed = reasoning.signed.as_ref().map(|signed| &*signed.bytes).filter(|bytes| !bytes.is_empty());
    let hidden = reasoning.shown == Shown::Hidden;
    if signed.is_none() && (hidden || reasoning.texts.iter().all(|text| text.is_empty())) {
        return;
    }
    out.open().key("reasoningContent").open();
    match signed {
        Some(bytes) if hidden => {
            out.str_member("redactedContent", bytes);
        }
        _ => {
            out.key("reasoningText").open().str_member("text", &reasoning.texts.join("\n\n"));
            if let Some(bytes) = signed {
                out.str_member("signature", bytes);
            }
            out.close();
        }
    }
    out.close().close();
}

/// About how long it will be.
pub(super) fn length(part: &Part<'_>) -> usize {
    match &part.kind {
        PartKind::Text(text) | PartKind::Refusal(text) => text.room(),
        PartKind::Call(call) => match &call.arguments {
            Arguments::Json(text) | Arguments::Free(text) => text.len() + 128,
        },
        PartKind::Image { source, .. } | PartKind::Document { source, .. } => source::length(source),
        PartKind::Audio(source) | PartKind::Video(source) => source::length(source),
        PartKind::Result { content, json, .. } => {
            content.iter().map(length).sum::<usize>() + json.as_ref().map_or(0, |json| json.0.len()) + 128
        }
        PartKind::Reasoning(reasoning) => {
            reasoning.texts.iter().map(|text| text.len()).sum::<usize>()
                + reasoning.signed.as_ref().map_or(0, |signed| signed.bytes.len())
        }
        PartKind::SearchResult { texts, .. } => texts.iter().map(|text| text.len() + 16).sum(),
        PartKind::Server(_) => 0,
    }
}
