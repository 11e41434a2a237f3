//! How tokens are chosen (translation.md 3.12).

use crate::dialect::Dialect;
use crate::dialect::canonical::{Effort, Feature, Mode, Reason, Refusal, Report, Request, Str, Target, Vendor};
use crate::provider::{Sampling, Thinking};
use crate::wire::decimal::decimal;

pub(super) fn adapt(request: &mut Request<'_>, target: &Target<'_>, report: &mut Report) -> Result<(), Refusal> {
    use Feature::{FrequencyPenalty, LogitBias, Logprobs, PresencePenalty, Temperature, TopK, TopLogprobs, TopP};

    if !request.asked.iter().any(|asked| {
        matches!(
            asked.feature,
            Temperature | TopP | TopK | FrequencyPenalty | PresencePenalty | Logprobs | TopLogprobs | LogitBias
        )
    }) {
        return Ok(());
    }
    let openai = matches!(target.dialect, Dialect::Chat | Dialect::Responses);
    let claude = matches!(target.dialect, Dialect::Messages | Dialect::Converse);
    let cool = claude || (target.dialect == Dialect::Chat && target.quirks.cool);
    let takes = match target.row.sampling {
        Sampling::All | Sampling::One => true,
        Sampling::UnlessThinking => effort(request).is_none_or(|effort| effort == Effort::None),
        Sampling::IfIdle => effort(request) == Some(Effort::None),
        Sampling::None => false,
    };
    let top_k = match target.dialect {
        Dialect::Chat => target.quirks.top_k,
        Dialect::Converse => target.vendor() == Vendor::Anthropic,
        _ => true,
    };
    let thinks = claude && matches!(target.row.thinking, Thinking::Budget | Thinking::Both) && is_on(request);
    let one = target.row.sampling == Sampling::One && request.asked(Temperature).is_some();
    let mut refused = None;
    request.asked.retain_mut(|asked| {
        let number = decimal(&asked.json).unwrap_or_default();
        let keeps = match asked.feature {
            // What says the default says nothing.
            Temperature | TopP if !takes && number == 1.0 => return false,
            Temperature | TopP if !takes => false,
            TopP if one && number == 1.0 => return false,
            Temperature if thinks && number != 1.0 => false,
            TopP if one => false,
            TopK => takes && top_k && !thinks,
            FrequencyPenalty | PresencePenalty => takes || !openai,
            // A model that thinks refuses them, and the answer would lack what was asked for.
            Logprobs | TopLogprobs | LogitBias if !takes && openai => {
                refused.get_or_insert_with(|| Refusal::unsupported(asked.at, "is not supported by this model"));
                return false;
            }
            _ => true,
        };
        if !keeps {
            report.note(asked.at, Reason::Dropped);
            return false;
        }
        let nearest = match asked.feature {
            Temperature if cool && number > 1.0 => "1",
            TopP if thinks && number < 0.95 => "0.95",
            _ => return true,
        };
        report.note(asked.at, Reason::Clamped(asked.json.to_string(), nearest.to_owned()));
        asked.json = Str::Borrowed(nearest);
        true
    });
    refused.map_or(Ok(()), Err)
}

fn effort(request: &Request<'_>) -> Option<Effort> {
    request.reasoning.as_ref()?.is.effort.map(|effort| effort.is)
}

fn is_on(request: &Request<'_>) -> bool {
    request.reasoning.as_ref().is_some_and(|ask| matches!(ask.is.mode, Mode::On | Mode::Adaptive | Mode::BetweenTools))
}
