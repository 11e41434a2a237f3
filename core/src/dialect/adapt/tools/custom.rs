//! Tools that take free text, for targets that know functions alone: a function of one text, `input`.
//!
//! Codex's `apply_patch` lives on this. Calls in the history are translated the same way; the answer's are told back as
//! the caller knows them (`restore`).

use std::borrow::Cow;

use super::splice::literal;
use super::takes_custom;
use crate::dialect::canonical::{
    Arguments, Function, Json, PartKind, Reason, Report, Request, Sited, Str, Target, Text, ToolKind,
};

/// What a custom tool takes as a function.
const SCHEMA: &str =
    r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}"#;

pub(super) fn adapt(request: &mut Request<'_>, target: &Target<'_>, report: &mut Report) {
    if takes_custom(target) {
        return;
    }
    for tool in &mut request.tools {
        if let ToolKind::Custom(custom) = &mut tool.kind {
            if let Some(grammar) = &custom.grammar {
                report.note(grammar.at, Reason::Approximated(None));
            }
            tool.kind = ToolKind::Function(Function {
                name: std::mem::take(&mut custom.name),
                namespace: custom.namespace.take(),
                description: described(custom.description.take(), custom.grammar.take()),
                schema: Some(Sited::new(tool.at, Json(Cow::Borrowed(SCHEMA)))),
                ..Function::default()
            });
        }
    }
    for part in request.turns.iter_mut().flat_map(|turn| &mut turn.parts) {
        if let PartKind::Call(call) = &mut part.kind
            && let Arguments::Free(text) = &call.arguments
        {
            call.arguments = Arguments::Json([r#"{"input":"#, &literal(text), "}"].concat().into());
        }
    }
}

/// A description that quotes the grammar: nothing else can tell the model of it.
fn described<'a>(description: Option<Text<'a>>, grammar: Option<Sited<(Str<'a>, Str<'a>)>>) -> Option<Text<'a>> {
    let Some(Sited { is: (syntax, definition), .. }) = grammar else { return description };
    let mut text = description.as_deref().unwrap_or_default().to_owned();
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str("The input must follow this grammar (");
    text.push_str(&syntax);
    text.push_str("):\n");
    text.push_str(&definition);
    Some(text.into())
}
