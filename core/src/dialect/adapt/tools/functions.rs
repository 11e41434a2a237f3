//! The functions of the caller's: what of them the target takes (translation.md 3.4).

use std::borrow::Cow;

use super::server::{direct, is_nothing};
use super::subset::{self, Room};
use super::{plain, schema};
use crate::dialect::Dialect;
use crate::dialect::canonical::read::Value;
use crate::dialect::canonical::{
    At, Function, Json, Reason, Refusal, Report, Request, Sited, Target, Tool, ToolChoice, ToolKind,
};

/// The schema of a function that takes nothing, for who must have one.
const EMPTY: &str = r#"{"type":"object","properties":{}}"#;

pub(super) fn adapt(
    request: &mut Request<'_>,
    target: &Target<'_>,
    caller: Dialect,
    room: &mut Room,
    report: &mut Report,
) -> Result<(), Refusal> {
    let defers = defers(&request.tools, target, caller);
    let validates = target.dialect == Dialect::Gemini && validate(request);
    for tool in &mut request.tools {
        let ToolKind::Function(function) = &mut tool.kind else { continue };
        if !defers
            && let Some(defer) = function.defer.take()
            && defer.is
        {
            report.note(defer.at, Reason::Dropped);
        }
        if target.dialect == Dialect::Converse && function.description.as_deref() == Some("") {
            function.description = None;
        }
        if caller != target.dialect && !function.extra.is_empty() {
            extras(function, target, report)?;
        }
        cleaned(function, tool.at, target, report);
        strict(function, tool.at, target, caller, validates, room, report);
    }
    Ok(())
}

/// Whether tools are loaded there when the model searches for them: who has no search would never see them.
fn defers(tools: &[Tool<'_>], target: &Target<'_>, caller: Dialect) -> bool {
    match target.dialect {
        Dialect::Responses => tools.iter().any(|tool| match &tool.kind {
            ToolKind::Function(function) => function.searches_tools,
            ToolKind::Server(server) => server.kind == "tool_search",
            ToolKind::Custom(_) | ToolKind::WebSearch(_) => false,
        }),
        Dialect::Messages => caller == Dialect::Messages,
        Dialect::Chat | Dialect::Gemini | Dialect::Converse => false,
    }
}

/// Members that only their own vendor has.
fn extras(function: &mut Function<'_>, target: &Target<'_>, report: &mut Report) -> Result<(), Refusal> {
    let extra = std::mem::take(&mut function.extra);
    for (name, value) in extra {
        match &*name {
            "allowed_callers" => direct(value)?,
            "output_schema" if target.dialect == Dialect::Gemini && !is_nothing(value) => {
                let said = function.extra.iter().any(|(name, _)| name == "responseJsonSchema");
                if !said {
                    function.extra.push(("responseJsonSchema".into(), value));
                }
            }
            "behavior" if is_blocking(value) => {}
            _ if is_nothing(value) => {}
            "input_examples"
            | "eager_input_streaming"
            | "output_schema"
            | "async"
            | "behavior"
            | "response"
            | "responseJsonSchema" => report.note(value.at(), Reason::Dropped),
            _ => report.note(value.at(), Reason::Unknown),
        }
    }
    Ok(())
}

fn is_blocking(value: Value<'_>) -> bool {
    value.is("BLOCKING") || value.is("UNSPECIFIED")
}

/// The schema without what the target refuses; one for who must have one.
fn cleaned(function: &mut Function<'_>, at: At, target: &Target<'_>, report: &mut Report) {
    let dialect = target.dialect;
    let Some(schema) = &mut function.schema else {
        if matches!(dialect, Dialect::Responses | Dialect::Messages | Dialect::Converse) {
            function.schema = Some(Sited::new(at, Json(Cow::Borrowed(EMPTY))));
        }
        return;
    };
    let strips = matches!(dialect, Dialect::Gemini | Dialect::Messages);
    if let Some((text, changed)) = schema::without(&schema.is.0, strips, target.quirks.refused_keywords) {
        schema.is = Json(text.into());
        if changed {
            report.note(schema.at, Reason::Approximated(None));
        }
    }
    if dialect == Dialect::Converse
        && target.row.plain_schemas
        && let Some((text, loses)) = plain::plain(&schema.is.0)
    {
        schema.is = Json(text.into());
        if loses {
            report.note(schema.at, Reason::Approximated(None));
        }
    }
    if matches!(dialect, Dialect::Messages | Dialect::Converse)
        && let Some(text) = schema::of_object(&schema.is.0)
    {
        schema.is = Json(text.into());
    }
}

/// Whether the schema is enforced. Absent means no, but for Responses, which tries to.
fn strict(
    function: &mut Function<'_>,
    at: At,
    target: &Target<'_>,
    caller: Dialect,
    validates: bool,
    room: &mut Room,
    report: &mut Report,
) {
    match (target.dialect, function.strict) {
        (Dialect::Chat, _) | (Dialect::Responses, Some(_)) => {}
        (Dialect::Responses, None) => {
            if caller != Dialect::Responses {
                function.strict = Some(Sited::new(at, false));
            }
        }
        (_, None) => {}
        (_, Some(Sited { is: false, .. })) => function.strict = None,
        (Dialect::Gemini, Some(asked)) => {
            function.strict = None;
            if !validates {
                report.note(asked.at, Reason::Dropped);
            }
        }
        (Dialect::Messages | Dialect::Converse, Some(asked)) => {
            // Without a schema that it takes, the model's own care must do.
            let fits = target.row.structured && room.tool();
            let schema = function.schema.as_mut().filter(|_| fits);
            match schema.map(|schema| (subset::fit(&schema.is.0, room), schema)) {
                Some((Ok(None), _)) => {}
                Some((Ok(Some(text)), schema)) => {
                    schema.is = Json(text.into());
                    report.note(schema.at, Reason::Approximated(Some("schema")));
                }
                Some((Err(_), _)) | None => {
                    function.strict = None;
                    report.note(asked.at, Reason::Dropped);
                }
            }
        }
    }
}

/// Gemini checks the calls of all functions against their schemas or of none: it is asked to where all are to be, and
/// does so by itself where one must be called.
fn validate(request: &mut Request<'_>) -> bool {
    let mut first: Option<At> = None;
    for tool in &request.tools {
        match &tool.kind {
            ToolKind::Function(Function { strict: Some(Sited { at, is: true }), .. }) => {
                first.get_or_insert(*at);
            }
            ToolKind::Function(_) | ToolKind::Custom(_) => {
                first = None;
                break;
            }
            ToolKind::WebSearch(_) | ToolKind::Server(_) => {}
        }
    }
    match request.tool_choice.as_ref().map(|choice| &choice.is) {
        Some(ToolChoice::None | ToolChoice::Required | ToolChoice::One(_) | ToolChoice::Subset { .. }) => true,
        Some(ToolChoice::Validated) => true,
        Some(ToolChoice::Server(_)) => false,
        None | Some(ToolChoice::Auto) => {
            if let Some(at) = first {
                let at = request.tool_choice.as_ref().map_or(at, |choice| choice.at);
                request.tool_choice = Some(Sited::new(at, ToolChoice::Validated));
            }
            first.is_some()
        }
    }
}
