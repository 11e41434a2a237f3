//! Tools in the history of a request that offers none.

use super::names::named;
use crate::dialect::Dialect;
use crate::dialect::canonical::{
    Arguments, At, Function, Index, Part, PartKind, Reason, Report, Request, Sited, Str, Target, Tool, ToolChoice,
    ToolKind,
};

/// What Messages and Converse want where others take the history as it is: Messages stand-ins for the tools, none of
/// which may be called; Converse no tool blocks at all, since it refuses them without `toolConfig`
/// (vxcontrol/pentagi#196), and with it the model could call them.
pub(super) fn adapt(request: &mut Request<'_>, target: &Target<'_>, report: &mut Report) {
    if !request.tools.is_empty() {
        return;
    }
    match target.dialect {
        Dialect::Messages => offer_stubs(request, report),
        Dialect::Converse => tell_as_text(request, report),
        Dialect::Chat | Dialect::Responses | Dialect::Gemini => {}
    }
}

fn offer_stubs(request: &mut Request<'_>, report: &mut Report) {
    let mut seen = Index::default();
    let mut stubs = Vec::new();
    for part in request.parts() {
        if let PartKind::Call(call) = &part.kind
            && seen.insert(named(call.namespace.as_deref().unwrap_or_default(), &call.name).into(), 0)
        {
            let function =
                Function { name: call.name.clone(), namespace: call.namespace.clone(), ..Function::default() };
            stubs.push(Tool { at: part.at, kind: ToolKind::Function(function), cache: None });
        }
    }
    if !stubs.is_empty() {
        request.tools = stubs;
        request.tool_choice = Some(Sited::new(At(0), ToolChoice::None));
        report.note_member(At(0), Some("tools"), Reason::Approximated(Some("stub")));
    }
}

fn tell_as_text(request: &mut Request<'_>, report: &mut Report) {
    let mut told = false;
    for turn in &mut request.turns {
        let is_of_tools = |part: &Part<'_>| matches!(part.kind, PartKind::Call(_) | PartKind::Result { .. });
        let Some(first) = turn.parts.iter().find(|part| is_of_tools(part)) else { continue };
        if !told {
            told = true;
            report.note(first.at, Reason::Approximated(Some("history-as-text")));
        }
        let parts = std::mem::take(&mut turn.parts);
        turn.parts.reserve(parts.len());
        for part in parts {
            let Part { at, kind, cache } = part;
            match kind {
                PartKind::Call(call) => {
                    let name = match &call.namespace {
                        Some(namespace) => [namespace, "__", &call.name].concat().into(),
                        None => call.name,
                    };
                    let (Arguments::Json(arguments) | Arguments::Free(arguments)) = call.arguments;
                    let arguments = if arguments.trim().is_empty() { "{}".into() } else { arguments };
                    let kind = PartKind::Text(["[call ", &name, " ", &arguments, "]"].concat().into());
                    turn.parts.push(Part { at, kind, cache });
                }
                PartKind::Result { content, json, error, .. } => {
                    let (text, rest) = result(content, json.map(|json| json.0), error.is_some());
                    let kind = PartKind::Text(text.into());
                    turn.parts.push(Part { at, kind, cache: if rest.is_empty() { cache } else { None } });
                    turn.parts.extend(rest);
                    if let Some(last) = turn.parts.last_mut() {
                        last.cache = last.cache.or(cache);
                    }
                }
                kind => turn.parts.push(Part { at, kind, cache }),
            }
        }
    }
}

/// A result's text, and what of it is none: pictures and documents stand behind it.
fn result<'a>(content: Vec<Part<'a>>, json: Option<Str<'a>>, failed: bool) -> (String, Vec<Part<'a>>) {
    let mut text = String::from("[result ");
    let start = text.len();
    let mut rest = Vec::new();
    text.push_str(json.as_deref().unwrap_or_default());
    for part in content {
        match part.kind {
            PartKind::Text(said) => {
                if text.len() > start {
                    text.push('\n');
                }
                text.push_str(&said);
            }
            _ => rest.push(part),
        }
    }
    if failed && !text.get(start..).is_some_and(|said| said.starts_with("Error: ")) {
        text.insert_str(start, "Error: ");
    }
    text.push(']');
    (text, rest)
}
