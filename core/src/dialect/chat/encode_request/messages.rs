//! Turns, as messages.

use super::parts;
use crate::dialect::canonical::{
    Arguments, At, Call, Part, PartKind, Quirks, Reason, Reasoning, Refusal, Report, Role, Source, Str, Target, Turn,
};
use crate::dialect::chat::details;
use crate::wire::write::Writer;

/// About how many bytes the turns are.
pub(super) fn size(turns: &[Turn<'_>]) -> usize {
    turns.iter().map(|turn| 64 + parts_size(&turn.parts)).sum()
}

fn parts_size(parts: &[Part<'_>]) -> usize {
    let sizes = parts.iter().map(|part| match &part.kind {
        // A line in sixteen characters or so has something to escape.
        PartKind::Text(text) | PartKind::Refusal(text) => text.room() + 48,
        PartKind::Image { source: Source::Base64 { data, .. }, .. }
        | PartKind::Document { source: Source::Base64 { data, .. }, .. }
        | PartKind::Audio(Source::Base64 { data, .. }) => data.len() + 128,
        PartKind::Call(Call { arguments: Arguments::Json(text) | Arguments::Free(text), .. }) => {
            text.len() + text.len() / 8 + 160
        }
        PartKind::Result { content, .. } => parts_size(content) + 96,
        _ => 128,
    });
    sizes.sum()
}

/// Writes `messages`.
pub(super) fn messages(
    json: &mut Writer,
    turns: &[Turn<'_>],
    target: &Target<'_>,
    report: &mut Report,
) -> Result<(), Refusal> {
    json.key("messages").open_array();
    let mut rest = turns;
    while let Some((turn, behind)) = rest.split_first() {
        match turn.role {
            Role::System => instructions(json, "system", turn)?,
            Role::Developer if target.quirks.developer_role => instructions(json, "developer", turn)?,
            Role::Developer => instructions(json, "system", turn)?,
            Role::Assistant => assistant(json, turn, target)?,
            Role::User => {
                let more = behind.iter().take_while(|turn| turn.role == Role::User).count();
                let (run, behind) = rest.split_at_checked(more + 1).unwrap_or((rest, &[]));
                user(json, run, target, report)?;
                rest = behind;
                continue;
            }
        }
        rest = behind;
    }
    json.close_array();
    Ok(())
}

fn begin<'j>(json: &'j mut Writer, role: &str, turn: &Turn<'_>) -> &'j mut Writer {
    json.open().str_member("role", role);
    if let Some(name) = &turn.name {
        json.str_member("name", &name.is);
    }
    json
}

fn instructions(json: &mut Writer, role: &str, turn: &Turn<'_>) -> Result<(), Refusal> {
    begin(json, role, turn);
    parts::texts(json, &turn.parts)?;
    json.close();
    Ok(())
}

/// A run of user turns: the results of tools come first, one message each, since nothing may stand between a call and what
/// answers it; then what was in results and has no place there; then what the user says.
fn user(json: &mut Writer, run: &[Turn<'_>], target: &Target<'_>, report: &mut Report) -> Result<(), Refusal> {
    let mut moved: Vec<(&str, &Part<'_>)> = Vec::new();
    for part in run.iter().flat_map(|turn| &turn.parts) {
        if let PartKind::Result { call, name: _, content, json: value, error } = &part.kind {
            json.open().str_member("role", "tool").str_member("tool_call_id", call).key("content");
            let value = value.as_ref().map(|json| &*json.0);
            result(json, content, value, part, *error, report);
            json.close();
            let files = content.iter().filter(|part| !parts::is_text(part));
            moved.extend(files.map(|file| (&**call, file)));
        }
    }
    let mut moved = moved.as_slice();
    for turn in run {
        let said = turn.parts.iter().filter(|part| !matches!(part.kind, PartKind::Result { .. }));
        let said: Vec<&Part<'_>> = said.collect();
        if said.is_empty() {
            continue;
        }
        let brought = std::mem::take(&mut moved);
        begin(json, "user", turn).key("content");
        match said.as_slice() {
            [Part { kind: PartKind::Text(text), cache: None, .. }] if brought.is_empty() => {
                json.text(text);
            }
            said => {
                json.open_array();
                from_results(json, brought, target, report)?;
                for part in said {
                    parts::part(json, part, target, report)?;
                }
                json.close_array();
            }
        }
        json.close();
    }
    if !moved.is_empty() {
        json.open().str_member("role", "user").key("content").open_array();
        from_results(json, moved, target, report)?;
        json.close_array().close();
    }
    Ok(())
}

/// Only text has a place in a tool's message.
fn result(
    json: &mut Writer,
    content: &[Part<'_>],
    value: Option<&str>,
    part: &Part<'_>,
    error: Option<At>,
    report: &mut Report,
) {
    const ERROR: &str = "Error: ";
    // Most say one text.
    if let ([Part { kind: PartKind::Text(text), cache: None, .. }], None, None, None) =
        (content, value, part.cache, error)
    {
        json.text(text);
        return;
    }
    if let Some(at) = error {
        report.note(at, Reason::Inlined);
    }
    let texts: Vec<(Str<'_>, bool)> = match value {
        Some(value) => vec![(value.into(), false)],
        None => {
            let texts = content.iter().filter(|part| parts::is_text(part));
            texts.map(|part| (parts::inline(part, report), part.cache.is_some())).collect()
        }
    };
    let first = texts.first().map_or("", |(text, _)| &**text);
    let prefix = if error.is_some() && !first.starts_with("Error:") { ERROR } else { "" };
    let marked = part.cache.is_some() || texts.iter().any(|(_, marked)| *marked);
    match texts.as_slice() {
        [] => {
            json.string(prefix.trim_end());
        }
        [(text, _)] if !marked && prefix.is_empty() => {
            json.string(text);
        }
        [(text, _)] if !marked => {
            json.joined(&[prefix, text]);
        }
        texts => {
            json.open_array();
            let marks = content.iter().filter(|part| parts::is_text(part)).map(|part| part.cache);
            let last = texts.len() - 1;
            for (place, ((text, _), mark)) in texts.iter().zip(marks.chain(std::iter::repeat(None))).enumerate() {
                json.open().str_member("type", "text").key("text");
                if place == 0 && !prefix.is_empty() {
                    json.joined(&[prefix, text]);
                } else {
                    json.string(text);
                }
                parts::mark(json, if place == last { mark.or(part.cache) } else { mark });
                json.close();
            }
            json.close_array();
        }
    }
}

/// Files of results, each behind a text that says whose it is.
fn from_results(
    json: &mut Writer,
    moved: &[(&str, &Part<'_>)],
    target: &Target<'_>,
    report: &mut Report,
) -> Result<(), Refusal> {
    for (call, part) in moved {
        let what = match part.kind {
            PartKind::Image { .. } => "Image",
            PartKind::Audio(_) => "Audio",
            _ => "Document",
        };
        report.note(part.at, Reason::Moved);
        json.open().str_member("type", "text").key("text").joined(&[what, " from tool call ", call, ":"]).close();
        parts::part(json, part, target, report)?;
    }
    Ok(())
}

fn assistant(json: &mut Writer, turn: &Turn<'_>, target: &Target<'_>) -> Result<(), Refusal> {
    begin(json, "assistant", turn);
    let mut refusals: Vec<&str> = Vec::new();
    let mut thoughts: Vec<&Reasoning<'_>> = Vec::new();
    let (mut has_text, mut has_calls) = (false, false);
    for part in &turn.parts {
        match &part.kind {
            PartKind::Text(_) => has_text = true,
            PartKind::Refusal(text) => refusals.push(text),
            PartKind::Reasoning(reasoning) => thoughts.push(reasoning),
            PartKind::Call(_) => has_calls = true,
            _ => return Err(parts::unsupported(part, "an assistant's message")),
        }
    }
    reasoning(json, &thoughts, target.quirks);
    if has_text {
        let texts = turn.parts.iter().filter(|part| matches!(part.kind, PartKind::Text(_)));
        parts::texts(json, texts)?;
    } else if (has_calls || !refusals.is_empty()) && target.quirks.run.is_none() {
        json.key("content").null();
    } else {
        json.str_member("content", "");
    }
    if !refusals.is_empty() {
        json.key("refusal").joined(&refusals);
    }
    if has_calls {
        json.key("tool_calls").open_array();
        for part in &turn.parts {
            if let PartKind::Call(call) = &part.kind {
                self::call(json, call);
            }
        }
        json.close_array();
    }
    json.close();
    Ok(())
}

/// What is left of reasoning is for the server that made it.
fn reasoning(json: &mut Writer, thoughts: &[&Reasoning<'_>], quirks: &Quirks) {
    let texts: Vec<&str> = thoughts.iter().flat_map(|thought| &thought.texts).map(|text| &**text).collect();
    let text = texts.join(details::LINK);
    match quirks.filler {
        Some(filler) if text.is_empty() => {
            json.str_member(quirks.thoughts, filler);
        }
        _ if texts.is_empty() => {}
        _ => {
            json.str_member(quirks.thoughts, &text);
        }
    }
    let bytes = |thought: &Reasoning<'_>| thought.signed.as_ref().is_some_and(|signed| !signed.bytes.is_empty());
    if !thoughts.iter().any(|thought| bytes(thought)) {
        return;
    }
    json.key("reasoning_details").open_array();
    for thought in thoughts {
        let Reasoning { shown: _, texts, signed, id: _ } = thought;
        if let Some(signed) = signed.as_ref().filter(|signed| !signed.bytes.is_empty()) {
            details::write_own(json, &texts.concat(), &signed.bytes);
        }
    }
    json.close_array();
}

fn call(json: &mut Writer, call: &Call<'_>) {
    let Call { id, name, namespace: _, arguments, signed } = call;
    json.open().str_member("id", id);
    match arguments {
        Arguments::Json(text) => {
            json.str_member("type", "function").key("function").open().str_member("name", name);
            // Servers that put a history through their templates read the arguments as JSON: nothing is none.
            let text = if text.trim_ascii().is_empty() { "{}" } else { text };
            json.str_member("arguments", text).close();
        }
        Arguments::Free(text) => {
            json.str_member("type", "custom").key("custom").open().str_member("name", name);
            json.str_member("input", text).close();
        }
    }
    if let Some(signed) = signed {
        json.key("extra_content").open().key("google").open();
        json.str_member("thought_signature", &signed.bytes).close().close();
    }
    json.close();
}
