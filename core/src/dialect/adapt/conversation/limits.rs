//! How much is said, and what ends it (translation.md 3.12).

use super::super::Adapted;
use crate::dialect::Dialect;
use crate::dialect::canonical::{At, Feature, Reason, Refusal, Report, Request, Sited, Target, Vendor};
use crate::provider::{Sampling, Thinking};

/// How many stop sequences the gateway looks for itself, and how long they are: every piece of the answer is compared with all
/// of them.
const MOST_EMULATED: (usize, usize) = (32, 256);

/// Responses takes no less.
const LEAST_OUTPUT: u64 = 16;

/// What Messages is told where neither the caller nor the model's row says how much: little enough for every model there.
const USUAL_OUTPUT: u64 = 8_192;

pub(super) fn adapt(
    request: &mut Request<'_>,
    target: &Target<'_>,
    adapted: &mut Adapted,
    report: &mut Report,
) -> Result<(), Refusal> {
    output(request, target, report)?;
    stop(request, target, adapted, report)
}

fn output(request: &mut Request<'_>, target: &Target<'_>, report: &mut Report) -> Result<(), Refusal> {
    let most = target.max_output;
    let Some(limit) = &mut request.max_output else {
        if target.dialect == Dialect::Messages {
            request.max_output = Some(Sited::new(At::default(), most.unwrap_or(USUAL_OUTPUT)));
        }
        return Ok(());
    };
    // Anthropic's way to fill a cache without an answer.
    if limit.is == 0 {
        return Err(Refusal::unsupported(limit.at, "is not supported as 0 by the upstream's API"));
    }
    let least = if target.dialect == Dialect::Responses { LEAST_OUTPUT } else { 1 };
    let wanted = limit.is.min(most.unwrap_or(u64::MAX)).max(least);
    if wanted != limit.is {
        report.note(limit.at, Reason::Clamped(limit.is.to_string(), wanted.to_string()));
        limit.is = wanted;
    }
    Ok(())
}

fn stop(
    request: &mut Request<'_>,
    target: &Target<'_>,
    adapted: &mut Adapted,
    report: &mut Report,
) -> Result<(), Refusal> {
    if request.stop.is_empty() {
        return Ok(());
    }
    let most = match target.dialect {
        Dialect::Responses => 0,
        Dialect::Chat if !target.quirks.stop => 0,
        // "Not supported with latest reasoning models": https://platform.openai.com/docs/api-reference/chat/create
        Dialect::Chat
            if target.quirks.openai
                && target.row.thinking == Thinking::Effort
                && target.row.sampling != Sampling::All =>
        {
            0
        }
        Dialect::Chat => 4,
        Dialect::Gemini => 5,
        Dialect::Messages | Dialect::Converse => usize::MAX,
    };
    if most == 0 {
        // The gateway ends the whole answer there, not one of several.
        if let Some(several) = request.asked(Feature::Candidates) {
            let message = "is not supported together with stop sequences by the upstream's API";
            return Err(Refusal::unsupported(several.at, message));
        }
        let (most, longest) = MOST_EMULATED;
        if let Some(stop) = request.stop.get(most) {
            let message = format!("is one stop sequence too many: {most} can be looked for in the upstream's answer");
            return Err(Refusal::unsupported(stop.at, message));
        }
        if let Some(stop) = request.stop.iter().find(|stop| stop.is.len() > longest) {
            let message = format!("is too long: {longest} bytes can be looked for in the upstream's answer");
            return Err(Refusal::unsupported(stop.at, message));
        }
        for stop in std::mem::take(&mut request.stop) {
            report.note(stop.at, Reason::Emulated);
            adapted.stop.push(stop.is.into_owned());
        }
        return Ok(());
    }
    if let Some(stop) = request.stop.get(most) {
        let message = format!("is one stop sequence too many: the upstream's API takes {most}");
        return Err(Refusal::unsupported(stop.at, message));
    }
    let blank = request.stop.iter().find(|stop| stop.is.trim_ascii().is_empty());
    match blank {
        Some(stop)
            if target.dialect == Dialect::Messages
                || (target.dialect == Dialect::Converse && target.vendor() == Vendor::Anthropic) =>
        {
            Err(Refusal::unsupported(stop.at, "is blank: the upstream's API takes no such stop sequence"))
        }
        _ => Ok(()),
    }
}
