//! Turns and their parts.

use super::super::MADE_UP;
use super::media;
use crate::dialect::canonical::{
    Arguments, At, Call, Json, Part, PartKind, Reason, Reasoning, Refusal, Report, Role, Shown, Signed, Str, Target,
    Turn,
};
use crate::wire::json;
use crate::wire::write::Writer;

/// Writes a turn: one content, and another where a result's pictures have no place in it.
pub(super) fn turn(turn: &Turn<'_>, target: &Target<'_>, out: &mut Writer, report: &mut Report) -> Result<(), Refusal> {
    let Turn { at: _, role, parts, name } = turn;
    if let Some(name) = name {
        report.note(name.at, Reason::Dropped);
    }
    let role = if *role == Role::Assistant { "model" } else { "user" };
    out.open().str_member("role", role).key("parts").open_array();
    let mut parts = parts.iter().peekable();
    // The results whose pictures must stand outside.
    let mut moved: Vec<(&str, &Part<'_>)> = Vec::new();
    while let Some(part) = parts.next() {
        out.open();
        let signed = match &part.kind {
            PartKind::Text(text) | PartKind::Refusal(text) => {
                out.text_member("text", text);
                None
            }
            PartKind::SearchResult { source, title, texts, cite: _ } => {
                report.note(part.at, Reason::Inlined);
                let mut said = [&**title, "\n", source].concat();
                for text in texts {
                    said.push_str("\n\n");
                    said.push_str(text);
                }
                out.str_member("text", &said);
                None
            }
            PartKind::Call(called) => {
                call(called, part.at, out, report);
                called.signed.as_ref()
            }
            PartKind::Result { call, name, content, json, error } => {
                let result = Answered { at: part.at, call, name, content, json, error: error.is_some() };
                result.write(target, &mut moved, out, report)?;
                None
            }
            PartKind::Reasoning(Reasoning { shown, texts, signed, id: _ }) => {
                match texts.split_last() {
                    None => {
                        out.str_member("text", "");
                        if *shown != Shown::Hidden {
                            out.key("thought").bool(true);
                        }
                    }
                    Some((last, before)) => {
                        for text in before {
                            out.str_member("text", text).key("thought").bool(true).close().open();
                        }
                        out.str_member("text", last).key("thought").bool(true);
                    }
                }
                signed.as_ref()
            }
            PartKind::Server(Json(block)) => {
                // It is an object: its members are this part's.
                let members = block.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
                if let Some(members) = members.map(str::trim).filter(|members| !members.is_empty()) {
                    out.raw(members);
                }
                None
            }
            _ => {
                media::write(part, target, out, report)?;
                None
            }
        };
        // A signature that stands behind a part without a slot of its own is that part's.
        let behind = || {
            let takes = !matches!(part.kind, PartKind::Server(_));
            parts.next_if(|next| takes && is_signature(&next.kind)).and_then(|next| signature(&next.kind))
        };
        if let Some(signed) = signed.or_else(behind) {
            out.str_member("thoughtSignature", &signed.bytes);
        }
        out.close();
    }
    out.close_array().close();
    if moved.is_empty() {
        return Ok(());
    }
    out.open().str_member("role", role).key("parts").open_array();
    let mut of = "";
    for (call, part) in moved {
        report.note(part.at, Reason::Moved);
        if of != call {
            of = call;
            out.open().key("text").joined(&["Image from tool call ", call, ":"]).close();
        }
        out.open();
        media::write(part, target, out, report)?;
        out.close();
    }
    out.close_array().close();
    Ok(())
}

fn is_signature(kind: &PartKind<'_>) -> bool {
    matches!(kind, PartKind::Reasoning(reasoning) if reasoning.shown == Shown::Hidden && reasoning.texts.is_empty())
        && signature(kind).is_some_and(|signed| signed.binds.is_none())
}

fn signature<'p, 'a>(kind: &'p PartKind<'a>) -> Option<&'p Signed<'a>> {
    match kind {
        PartKind::Reasoning(reasoning) => reasoning.signed.as_ref(),
        _ => None,
    }
}

fn call(call: &Call<'_>, at: At, out: &mut Writer, report: &mut Report) {
    let Call { id, name, namespace: _, arguments, signed: _ } = call;
    out.key("functionCall").open();
    write_id(id, out);
    out.str_member("name", name).key("args");
    match arguments {
        Arguments::Json(text) if is_object(text) => {
            out.raw(text.trim());
        }
        Arguments::Json(text) if text.trim().is_empty() => {
            out.raw("{}");
        }
        Arguments::Json(text) => {
            report.note(at, Reason::Approximated(None));
            out.open().str_member("raw_arguments", text).close();
        }
        Arguments::Free(text) => {
            out.open().str_member("input", text).close();
        }
    }
    out.close();
}

/// An id that the gateway has made up says nothing to the API.
fn write_id(id: &str, out: &mut Writer) {
    if !id.starts_with(MADE_UP) {
        out.str_member("id", id);
    }
}

fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && json::is_valid(text)
}

struct Answered<'p, 'a> {
    at: At,
    call: &'p Str<'a>,
    name: &'p Option<Str<'a>>,
    content: &'p [Part<'a>],
    json: &'p Option<Json<'a>>,
    error: bool,
}

impl<'p, 'a> Answered<'p, 'a> {
    fn write(
        &self,
        target: &Target<'_>,
        moved: &mut Vec<(&'p str, &'p Part<'a>)>,
        out: &mut Writer,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let Some(name) = self.name else {
            return Err(Refusal::unsupported(
                self.at,
                "answers a call that is not in the conversation: the upstream wants its name",
            ));
        };
        out.key("functionResponse").open();
        write_id(self.call, out);
        out.str_member("name", name);
        out.key("response").open().key(if self.error { "error" } else { "output" });
        match self.json {
            Some(json) => {
                out.raw(&json.0);
            }
            None => self.text(out, report),
        }
        out.close();
        let mut files = self.content.iter().filter(|part| is_file(&part.kind)).peekable();
        if !target.row.media_in_results {
            moved.extend(files.map(|part| (&**self.call, part)));
        } else if files.peek().is_some() {
            out.key("parts").open_array();
            for part in files {
                out.open();
                media::write(part, target, out, report)?;
                out.close();
            }
            out.close_array();
        }
        out.close();
        Ok(())
    }

    /// The text of an answer: as JSON where it is an object or a list.
    fn text(&self, out: &mut Writer, report: &mut Report) {
        let mut said: Option<Str<'_>> = None;
        for part in self.content {
            let text: Str<'_> = match &part.kind {
                PartKind::Text(text) | PartKind::Refusal(text) => Str::Borrowed(text),
                PartKind::SearchResult { source, title, texts, cite: _ } => {
                    report.note(part.at, Reason::Inlined);
                    Str::Owned(
                        [&[&**title, &**source], texts.iter().map(|text| &**text).collect::<Vec<_>>().as_slice()]
                            .concat()
                            .join("\n"),
                    )
                }
                _ => continue,
            };
            match &mut said {
                Some(said) => {
                    let said = said.to_mut();
                    said.push('\n');
                    said.push_str(&text);
                }
                None => said = Some(text),
            }
        }
        let said = said.unwrap_or_default();
        let text = said.trim();
        if text.starts_with(['{', '[']) && json::is_valid(text) {
            out.raw(text);
        } else {
            out.string(&said);
        }
    }
}

fn is_file(kind: &PartKind<'_>) -> bool {
    matches!(kind, PartKind::Image { .. } | PartKind::Document { .. } | PartKind::Audio(_) | PartKind::Video(_))
}
