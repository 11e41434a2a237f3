//! Turns, as the items of `input`.

use super::parts;
use crate::dialect::canonical::{
    Arguments, At, Call, Index, Mark, Part, PartKind, Reason, Reasoning, Refusal, Report, Role, Shown, Str, Tool,
    ToolKind, Turn,
};
use crate::wire::json;
use crate::wire::write::Writer;

/// Writes the items of a conversation.
pub(super) fn items(
    json: &mut Writer,
    turns: &[Turn<'_>],
    tools: &[Tool<'_>],
    report: &mut Report,
) -> Result<(), Refusal> {
    // The calls that took free text: what answers them is an item of its own kind.
    let mut free = Index::default();
    // The functions that a client-run search for tools is.
    let searches = tools.iter().filter_map(|tool| match &tool.kind {
        ToolKind::Function(tool) if tool.searches_tools => Some(&*tool.name),
        _ => None,
    });
    let searches: Index<'_> = searches.collect();
    for turn in turns {
        if let Some(name) = &turn.name {
            report.note(name.at, Reason::Dropped);
        }
        if turn.role != Role::Assistant {
            // What tools have answered stands before what the user says beside it.
            for part in &turn.parts {
                if let PartKind::Result { call, content, json: whole, error, name: _ } = &part.kind {
                    let kind = if free.contains(call) { "custom_tool_call_output" } else { "function_call_output" };
                    json.open().str_member("type", kind).str_member("call_id", call).key("output");
                    output(json, content, whole.as_ref().map(|json| &*json.0), *error, part.cache, report)?;
                    json.close();
                }
            }
        }
        let mut open = false;
        for part in &turn.parts {
            match &part.kind {
                // Those are written, and a vendor's own tools' blocks are told to nobody here.
                PartKind::Result { .. } | PartKind::Server(_) => continue,
                PartKind::Call(_) | PartKind::Reasoning(_) if std::mem::take(&mut open) => {
                    json.close_array().close();
                }
                _ => {}
            }
            match &part.kind {
                PartKind::Call(call) => {
                    if matches!(call.arguments, Arguments::Free(_)) {
                        free.insert(call.id.clone(), 0);
                    }
                    self::call(json, call, &searches);
                }
                PartKind::Reasoning(told) => reasoning(json, told),
                _ => {
                    if !std::mem::replace(&mut open, true) {
                        json.open().str_member("type", "message").str_member("role", role(turn.role));
                        json.key("content").open_array();
                    }
                    parts::part(json, part, turn.role == Role::Assistant, report)?;
                    continue;
                }
            }
            if let Some(mark) = part.cache {
                report.note(mark.at, Reason::Dropped);
            }
        }
        if open {
            json.close_array().close();
        }
    }
    Ok(())
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::Developer => "developer",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

fn call(json: &mut Writer, call: &Call<'_>, searches: &Index<'_>) {
    let Call { id, name, namespace, arguments, signed: _ } = call;
    let searches = searches.contains(name);
    let (kind, member, text) = match arguments {
        Arguments::Json(text) if searches && json::is_valid(text) => {
            json.open().str_member("type", "tool_search_call").str_member("call_id", id);
            json.str_member("execution", "client").raw_member("arguments", text).close();
            return;
        }
        Arguments::Json(text) => ("function_call", "arguments", text),
        Arguments::Free(text) => ("custom_tool_call", "input", text),
    };
    json.open().str_member("type", kind).str_member("call_id", id);
    if let Some(namespace) = namespace {
        json.str_member("namespace", namespace);
    }
    json.str_member("name", name).str_member(member, text).close();
}

/// An item of reasoning goes back whole, as its maker gave it. One that has nothing for its maker is none.
fn reasoning(json: &mut Writer, reasoning: &Reasoning<'_>) {
    let Reasoning { shown, texts, signed, id } = reasoning;
    let signed = signed.as_ref().map(|signed| &*signed.bytes).filter(|bytes| !bytes.is_empty());
    if signed.is_none() && texts.is_empty() {
        return;
    }
    json.open().str_member("type", "reasoning");
    if let Some(id) = id {
        json.str_member("id", id);
    }
    json.key("summary").open_array();
    if *shown != Shown::Raw {
        self::texts(json, "summary_text", texts);
    }
    json.close_array();
    if *shown == Shown::Raw {
        json.key("content").open_array();
        self::texts(json, "reasoning_text", texts);
        json.close_array();
    }
    if let Some(signed) = signed {
        json.str_member("encrypted_content", signed);
    }
    json.close();
}

fn texts(json: &mut Writer, kind: &str, texts: &[Str<'_>]) {
    for text in texts {
        json.open().str_member("type", kind).str_member("text", text).close();
    }
}

/// What a tool has answered: a text where it is one, else parts. That it failed is said in its text (translation.md 3.7).
fn output(
    json: &mut Writer,
    content: &[Part<'_>],
    whole: Option<&str>,
    error: Option<At>,
    cache: Option<Mark>,
    report: &mut Report,
) -> Result<(), Refusal> {
    let first = match content.first() {
        None => Some(whole.unwrap_or_default()),
        Some(Part { kind: PartKind::Text(text), .. }) => Some(&**text),
        Some(_) => None,
    };
    if let Some(at) = error {
        report.note(at, Reason::Inlined);
    }
    let prefix = if error.is_some() && !first.is_some_and(|text| text.starts_with("Error:")) { "Error: " } else { "" };
    let plain = cache.is_none() && matches!(content, [] | [Part { cache: None, .. }]);
    if let Some(text) = first.filter(|_| plain) {
        json.joined(&[prefix, text]);
        return Ok(());
    }
    json.open_array();
    let mut prefix = prefix;
    if first.is_none() && !prefix.is_empty() {
        parts::text(json, "Error:", None);
        prefix = "";
    }
    if content.is_empty() {
        parts::text(json, &[prefix, first.unwrap_or_default()].concat(), cache);
    }
    for (index, part) in content.iter().enumerate() {
        // The result's own border is behind its last part.
        let mark = part.cache.or(cache.filter(|_| index + 1 == content.len()));
        match &part.kind {
            PartKind::Text(text) if !prefix.is_empty() => {
                parts::text(json, &[std::mem::take(&mut prefix), text].concat(), mark);
            }
            _ => parts::content(json, part, mark, true, report)?,
        }
    }
    json.close_array();
    Ok(())
}
