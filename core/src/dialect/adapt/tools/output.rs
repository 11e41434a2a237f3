//! What form the answer must have (translation.md 3.9).

use super::is_claude;
use super::schema;
use super::subset::{self, Room};
use crate::dialect::Dialect;
use crate::dialect::canonical::{
    At, Json, Output, Part, PartKind, Reason, Refusal, Report, Request, Role, Sited, Target,
};

pub(super) fn adapt(
    request: &mut Request<'_>,
    target: &Target<'_>,
    room: &mut Room,
    report: &mut Report,
) -> Result<(), Refusal> {
    let Some(Sited { at, is }) = request.output.take() else { return Ok(()) };
    let gemini = target.dialect == Dialect::Gemini;
    if gemini && !request.tools.is_empty() && !target.row.json_with_tools {
        return Err(Refusal::unsupported(at, "the model does not answer in a form where it has tools"));
    }
    let output = match is {
        Output::JsonObject => {
            if matches!(target.dialect, Dialect::Messages | Dialect::Converse) {
                // The caller's own prompt asks for JSON, as OpenAI requires.
                report.note(at, Reason::Approximated(Some("unenforced")));
                return Ok(());
            }
            Output::JsonObject
        }
        Output::Schema { name, description, schema, strict } => {
            if !target.row.structured {
                return Err(Refusal::unsupported(at, "the model has no structured output"));
            }
            if target.dialect == Dialect::Chat && !target.quirks.schemas {
                return Err(Refusal::unsupported(at, "the upstream takes no schema of an answer"));
            }
            if is_claude(target) {
                refuse_together(request, at)?;
            }
            let enforced = matches!(target.dialect, Dialect::Messages | Dialect::Gemini | Dialect::Converse);
            let schema = fitted(schema, target, at, room, report)?;
            // Where it is always enforced, there is no word for it.
            Output::Schema { name, description, schema, strict: strict.filter(|_| !enforced) }
        }
        Output::Other(word) if gemini => Output::Other(word),
        Output::Other(_) => return Err(Refusal::unsupported(at, "the upstream has no such form of answer")),
    };
    request.output = Some(Sited::new(at, output));
    Ok(())
}

fn fitted<'a>(
    mut schema: Sited<Json<'a>>,
    target: &Target<'_>,
    at: At,
    room: &mut Room,
    report: &mut Report,
) -> Result<Sited<Json<'a>>, Refusal> {
    let dialect = matches!(target.dialect, Dialect::Gemini | Dialect::Messages);
    if let Some((text, changed)) = schema::without(&schema.is.0, dialect, target.quirks.refused_keywords) {
        schema.is = Json(text.into());
        if changed {
            report.note(at, Reason::Approximated(Some("schema")));
        }
    }
    if matches!(target.dialect, Dialect::Messages | Dialect::Converse) {
        match subset::fit(&schema.is.0, room) {
            Ok(None) => {}
            Ok(Some(text)) => {
                schema.is = Json(text.into());
                report.note(at, Reason::Approximated(Some("schema")));
            }
            Err(why) => return Err(Refusal::unsupported(schema.at, why)),
        }
    }
    Ok(schema)
}

/// Anthropic refuses a form together with citations, and with the beginning of the answer.
fn refuse_together(request: &Request<'_>, at: At) -> Result<(), Refusal> {
    if request.parts().any(cites) {
        return Err(Refusal::unsupported(at, "the upstream cannot cite in structured output"));
    }
    if request.turns.last().is_some_and(|turn| turn.role == Role::Assistant) {
        return Err(Refusal::unsupported(at, "the upstream cannot go on with an answer in structured output"));
    }
    Ok(())
}

fn cites(part: &Part<'_>) -> bool {
    match &part.kind {
        PartKind::Document { cite, .. } => cite.is_some_and(|cite| cite.is),
        PartKind::SearchResult { cite, .. } => *cite,
        PartKind::Result { content, .. } => content.iter().any(cites),
        _ => false,
    }
}
