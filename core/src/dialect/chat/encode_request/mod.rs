//! Writing a request: what is stable first, the conversation last.

mod messages;
mod parts;
#[cfg(test)]
mod tests;
mod tools;

use crate::dialect::canonical::request::ReasoningAsk;
use crate::dialect::canonical::target::{ReasoningField, Toggle};
use crate::dialect::canonical::{
    Asked, Effort, Feature, Mode, Output, Refusal, Report, Request, Sited, Target, Vendor,
};
use crate::provider::{self, Sampling};
use crate::wire::write::Writer;

/// What the old models of `run` are let say: their context is 4,096 tokens and more, and holds the prompt, too.
const OLD_MAX_TOKENS: u64 = 2_048;

/// Writes a request.
pub(super) fn encode(request: &Request<'_>, target: &Target<'_>, report: &mut Report) -> Result<Vec<u8>, Refusal> {
    let Request {
        turns,
        tools,
        tool_choice,
        parallel_tools,
        output,
        reasoning,
        max_output,
        stop,
        stream,
        // The gateway always wants to know it; the caller's wish shapes what the caller gets.
        include_usage: _,
        asked,
    } = request;
    let quirks = target.quirks;
    let is_old = quirks.run.is_some_and(|old| old.iter().any(|old| provider::is_named(target.model, old)));
    let mut json = Writer::with_capacity(messages::size(turns) + tools.len() * 512 + 512);
    json.open().str_member("model", target.model);
    tools::tools(&mut json, tools)?;
    if let Some(choice) = tool_choice {
        tools::choice(&mut json, choice, tools)?;
    }
    if let Some(parallel) = parallel_tools {
        json.key("parallel_tool_calls").bool(parallel.is);
    }
    if let Some(output) = output {
        response_format(&mut json, output, is_old)?;
    }
    if let Some(ask) = reasoning {
        write_reasoning(&mut json, &ask.is, target);
    }
    for (name, value) in quirks.members {
        json.raw_member(name, value);
    }
    if let Some(limit) = max_output {
        let newer = quirks.max_completion_tokens || refuses_max_tokens(target);
        json.count_member(if newer { "max_completion_tokens" } else { "max_tokens" }, limit.is);
    } else if is_old {
        // They stop at 256, and do not say that they were stopped.
        json.count_member("max_tokens", target.max_output.unwrap_or(OLD_MAX_TOKENS));
    }
    if !stop.is_empty() {
        json.key("stop").open_array();
        for text in stop {
            json.string(&text.is);
        }
        json.close_array();
    }
    // A field that stands twice is the last; sound has two fields.
    let mut seen = Vec::new();
    let mut last: Vec<&Asked<'_>> = asked.iter().rev().filter(|one| first_of(one.feature, &mut seen)).collect();
    last.reverse();
    for one in last {
        if let Some(key) = key(one, quirks.openai) {
            json.raw_member(key, &one.json);
        }
    }
    if request.asked(Feature::TopLogprobs).is_some() && request.asked(Feature::Logprobs).is_none() {
        json.key("logprobs").bool(true);
    }
    if *stream {
        json.key("stream").bool(true);
        let obfuscation = request.asked(Feature::Obfuscation);
        // Some servers refuse the options as a whole.
        let include_usage = target.include_usage && !is_old;
        if include_usage || obfuscation.is_some() {
            json.key("stream_options").open();
            if include_usage {
                json.key("include_usage").bool(true);
            }
            if let Some(asked) = obfuscation {
                json.raw_member("include_obfuscation", &asked.json);
            }
            json.close();
        }
    }
    messages::messages(&mut json, turns, target, report)?;
    json.close();
    Ok(json.into_bytes())
}

/// OpenAI's models that think say: "Unsupported parameter: 'max_tokens' is not supported with this model. Use
/// 'max_completion_tokens' instead". Of those that others run too, none does.
fn refuses_max_tokens(target: &Target<'_>) -> bool {
    target.vendor() == Vendor::OpenAi && target.row.sampling != Sampling::All
}

/// Whether the feature is not among those that were seen; now it is. There are few features, however many ask for them.
fn first_of(feature: Feature, seen: &mut Vec<Feature>) -> bool {
    if feature == Feature::AudioOutput {
        return true;
    }
    let first = !seen.contains(&feature);
    if first {
        seen.push(feature);
    }
    first
}

/// The field that asks for a feature; `None` where none does, or where it is written with others.
fn key(asked: &Asked<'_>, openai: bool) -> Option<&'static str> {
    Some(match asked.feature {
        Feature::Temperature => "temperature",
        Feature::TopP => "top_p",
        Feature::TopK => "top_k",
        Feature::FrequencyPenalty => "frequency_penalty",
        Feature::PresencePenalty => "presence_penalty",
        Feature::Seed => "seed",
        Feature::LogitBias => "logit_bias",
        Feature::Logprobs => "logprobs",
        Feature::TopLogprobs => "top_logprobs",
        Feature::Candidates => "n",
        Feature::Store => "store",
        // `user` is deprecated at OpenAI, and all that others know.
        Feature::EndUser if openai => "safety_identifier",
        Feature::EndUser => "user",
        Feature::Labels => "metadata",
        Feature::Tier => "service_tier",
        Feature::Verbosity => "verbosity",
        Feature::CacheKey => "prompt_cache_key",
        Feature::CacheRetention => "prompt_cache_retention",
        Feature::CacheOptions => "prompt_cache_options",
        Feature::Prediction => "prediction",
        Feature::Moderation => "moderation",
        Feature::AudioOutput if asked.json.starts_with('[') => "modalities",
        Feature::AudioOutput => "audio",
        _ => return None,
    })
}

fn response_format(json: &mut Writer, output: &Sited<Output<'_>>, is_bare: bool) -> Result<(), Refusal> {
    match &output.is {
        Output::JsonObject => {
            json.key("response_format").open().str_member("type", "json_object").close();
        }
        // <https://developers.cloudflare.com/workers-ai/features/json-mode/>, cloudflare/ai#559.
        Output::Schema { schema, .. } if is_bare => {
            json.key("response_format").open().str_member("type", "json_schema");
            json.raw_member("json_schema", &schema.is.0).close();
        }
        Output::Schema { name, description, schema, strict } => {
            json.key("response_format").open().str_member("type", "json_schema").key("json_schema").open();
            json.str_member("name", name.as_deref().unwrap_or("response"));
            if let Some(description) = description {
                json.str_member("description", description);
            }
            json.raw_member("schema", &schema.is.0);
            if let Some(strict) = strict {
                json.key("strict").bool(*strict);
            }
            json.close().close();
        }
        Output::Other(form) => {
            return Err(Refusal::unsupported(output.at, format!("asks for `{form:.40}`, which chat completions lack")));
        }
    }
    Ok(())
}

/// How the provider is asked to reason is data: every server of the style has its own way.
fn write_reasoning(json: &mut Writer, ask: &ReasoningAsk<'_>, target: &Target<'_>) {
    let ReasoningAsk { mode, effort, budget, show, summary: _ } = ask;
    let effort = match mode {
        Mode::Off => Some(Effort::None),
        _ => effort.map(|effort| effort.is),
    };
    let on = match (effort, budget, mode) {
        (Some(effort), _, _) => Some(effort != Effort::None),
        (None, Some(_), _) | (None, None, Mode::On | Mode::Adaptive | Mode::BetweenTools) => Some(true),
        (None, None, _) => None,
    };
    match target.quirks.reasoning {
        ReasoningField::Effort => write_effort(json, effort),
        ReasoningField::Object => {
            let hidden = show.is_some_and(|show| !show.is);
            if on.is_none() && !hidden {
                return;
            }
            json.key("reasoning").open();
            match (effort, budget) {
                (Some(Effort::None), _) => {
                    json.key("enabled").bool(false);
                }
                (Some(effort), _) => {
                    json.str_member("effort", effort.name());
                }
                (None, Some(budget)) => {
                    json.count_member("max_tokens", budget.is);
                }
                (None, None) => {
                    if on == Some(true) {
                        json.key("enabled").bool(true);
                    }
                }
            }
            if hidden {
                json.key("exclude").bool(true);
            }
            json.close();
        }
        ReasoningField::ThinkingEffort => {
            if target.row.efforts.contains(&Effort::None) {
                write_toggle(json, Toggle::Thinking, on);
            }
            write_effort(json, effort.filter(|effort| *effort != Effort::None));
        }
        ReasoningField::Toggle(_) if !target.row.efforts.contains(&Effort::None) => write_effort(json, effort),
        ReasoningField::Toggle(toggle) => write_toggle(json, toggle, on),
        ReasoningField::None => {}
    }
}

fn write_effort(json: &mut Writer, effort: Option<Effort>) {
    if let Some(effort) = effort {
        json.str_member("reasoning_effort", effort.name());
    }
}

fn write_toggle(json: &mut Writer, toggle: Toggle, on: Option<bool>) {
    let Some(on) = on else { return };
    let (object, member) = match toggle {
        Toggle::Thinking | Toggle::Adaptive => {
            let word = if toggle == Toggle::Thinking { "enabled" } else { "adaptive" };
            json.key("thinking").open().str_member("type", if on { word } else { "disabled" }).close();
            return;
        }
        Toggle::Default => {
            json.str_member("reasoning_effort", if on { "default" } else { "none" });
            return;
        }
        Toggle::EnableThinking => {
            json.key("enable_thinking").bool(on);
            return;
        }
        Toggle::Reasoning => ("reasoning", "enabled"),
        Toggle::TemplateKwargs => ("chat_template_kwargs", "enable_thinking"),
    };
    json.key(object).open().key(member).bool(on).close();
}
