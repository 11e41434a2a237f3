//! Writing a request.
//!
//! What is the same in each turn of a conversation is written first and the growing list last: the provider's prompt cache
//! goes by the beginning.

mod items;
mod parts;
mod tools;

use crate::dialect::canonical::{
    Arguments, Feature, Mode, Output, Part, PartKind, ReasoningAsk, Refusal, Report, Request, Role, Sited, Source,
    Target, Text, ToolKind, Turn,
};
use crate::provider::Thinking;
use crate::wire::write::Writer;

/// The features that are members of a request (translation.md 3.20).
const FEATURES: &[(Feature, &str)] = &[
    (Feature::Temperature, "temperature"),
    (Feature::TopP, "top_p"),
    (Feature::TopLogprobs, "top_logprobs"),
    (Feature::MaxToolCalls, "max_tool_calls"),
    (Feature::Truncation, "truncation"),
    (Feature::Moderation, "moderation"),
    (Feature::Labels, "metadata"),
    (Feature::EndUser, "safety_identifier"),
    (Feature::Tier, "service_tier"),
    (Feature::CacheKey, "prompt_cache_key"),
    (Feature::CacheOptions, "prompt_cache_options"),
    (Feature::CacheRetention, "prompt_cache_retention"),
];

/// Writes a request.
pub(super) fn encode(request: &Request<'_>, target: &Target<'_>, report: &mut Report) -> Result<Vec<u8>, Refusal> {
    let Request {
        turns,
        tools: offered,
        tool_choice,
        parallel_tools,
        output,
        reasoning,
        max_output,
        // `adapt` looks for them itself: the API has none.
        stop: _,
        stream,
        // A stream always ends with its usage.
        include_usage: _,
        asked: _,
    } = request;
    let mut json = Writer::with_capacity(length(request));
    json.open().str_member("model", target.model);
    if *stream {
        json.key("stream").bool(true);
        if let Some(asked) = request.asked(Feature::Obfuscation) {
            json.key("stream_options").open().raw_member("include_obfuscation", &asked.json).close();
        }
    }
    // Kept by default here, and nowhere else.
    json.raw_member("store", request.asked(Feature::Store).map_or("false", |asked| &asked.json));
    tools::tools(&mut json, offered)?;
    if let Some(choice) = tool_choice {
        tools::choice(&mut json, &choice.is, offered);
    }
    if let Some(parallel) = parallel_tools {
        json.key("parallel_tool_calls").bool(parallel.is);
    }
    self::reasoning(&mut json, request, reasoning.as_ref());
    text(&mut json, request, output.as_ref())?;
    include(&mut json, request, target);
    if let Some(most) = max_output {
        json.count_member("max_output_tokens", most.is);
    }
    for (feature, key) in FEATURES {
        if let Some(asked) = request.asked(*feature) {
            json.raw_member(key, &asked.json);
        } else if *feature == Feature::MaxToolCalls
            && let Some(uses) = offered.iter().find_map(|tool| match &tool.kind {
                ToolKind::WebSearch(search) => search.max_uses,
                _ => None,
            })
        {
            json.count_member(key, uses.is);
        }
    }
    let turns = match turns.split_first() {
        Some((first, rest)) if let Some(instructions) = plain_instructions(first) => {
            json.text_member("instructions", instructions);
            rest
        }
        _ => turns.as_slice(),
    };
    json.key("input").open_array();
    items::items(&mut json, turns, offered, report)?;
    json.close_array().close();
    Ok(json.into_bytes())
}

/// What the conversation begins with, if it is instructions in one plain block.
fn plain_instructions<'t, 'a>(turn: &'t Turn<'a>) -> Option<&'t Text<'a>> {
    match turn.parts.as_slice() {
        [Part { kind: PartKind::Text(text), cache: None, .. }] if turn.role == Role::System => Some(text),
        _ => None,
    }
}

fn reasoning(json: &mut Writer, request: &Request<'_>, ask: Option<&Sited<ReasoningAsk<'_>>>) {
    let ask = ask.map(|ask| &ask.is);
    let effort = ask.and_then(|ask| match (ask.effort, ask.mode) {
        (Some(effort), _) => Some(effort.is.name()),
        (None, Mode::Off) => Some("none"),
        (None, _) => None,
    });
    let summary =
        ask.filter(|ask| ask.show.is_some_and(|show| show.is)).map(|ask| ask.summary.as_deref().unwrap_or("auto"));
    let context = request.asked(Feature::ReasoningContext);
    let mode = request.asked(Feature::ReasoningMode);
    if effort.is_none() && summary.is_none() && context.is_none() && mode.is_none() {
        return;
    }
    json.key("reasoning").open();
    if let Some(effort) = effort {
        json.str_member("effort", effort);
    }
    if let Some(summary) = summary {
        json.str_member("summary", summary);
    }
    if let Some(context) = context {
        json.raw_member("context", &context.json);
    }
    if let Some(mode) = mode {
        json.raw_member("mode", &mode.json);
    }
    json.close();
}

/// `text`: the form of the answer, and how wordy it is.
fn text(json: &mut Writer, request: &Request<'_>, output: Option<&Sited<Output<'_>>>) -> Result<(), Refusal> {
    let verbosity = request.asked(Feature::Verbosity);
    if output.is_none() && verbosity.is_none() {
        return Ok(());
    }
    json.key("text").open();
    if let Some(verbosity) = verbosity {
        json.raw_member("verbosity", &verbosity.json);
    }
    match output.map(|output| (output.at, &output.is)) {
        None => {}
        Some((_, Output::JsonObject)) => {
            json.key("format").open().str_member("type", "json_object").close();
        }
        Some((_, Output::Schema { name, description, schema, strict })) => {
            json.key("format").open().str_member("type", "json_schema");
            json.str_member("name", name.as_deref().unwrap_or("response"));
            if let Some(description) = description {
                json.str_member("description", description);
            }
            if let Some(strict) = strict {
                json.key("strict").bool(*strict);
            }
            json.raw_member("schema", &schema.is.0).close();
        }
        Some((at, Output::Other(_))) => {
            return Err(Refusal::unsupported(at, "is a form of answer that the upstream's API lacks"));
        }
    }
    json.close();
    Ok(())
}

/// `include`: reasoning that nobody keeps must come along to be sent back; a search's sources are told to those whose
/// dialect has a place for them.
fn include(json: &mut Writer, request: &Request<'_>, target: &Target<'_>) {
    let searches = request.tools.iter().any(|tool| matches!(tool.kind, ToolKind::WebSearch(_)));
    let wanted = [
        ("reasoning.encrypted_content", target.row.thinking != Thinking::None),
        ("message.output_text.logprobs", request.asked(Feature::Logprobs).is_some()),
        ("web_search_call.action.sources", searches || request.asked(Feature::IncludeSources).is_some()),
    ];
    if wanted.iter().any(|(_, wanted)| *wanted) {
        json.key("include").open_array();
        for (name, _) in wanted.iter().filter(|(_, wanted)| *wanted) {
            json.string(name);
        }
        json.close_array();
    }
}

/// About how long the body will be: what is large in it.
fn length(request: &Request<'_>) -> usize {
    fn size(part: &Part<'_>) -> usize {
        let source = |source: &Source<'_>| match source {
            Source::Base64 { data, .. } => data.len(),
            Source::Text(text) => text.len() * 3 / 2,
            Source::Url { url, .. } => url.len(),
            Source::FileId { id, .. } => id.len(),
        };
        96 + match &part.kind {
            PartKind::Text(text) | PartKind::Refusal(text) => text.room(),
            PartKind::Image { source: file, .. } | PartKind::Document { source: file, .. } | PartKind::Audio(file) => {
                source(file)
            }
            PartKind::Call(call) => match &call.arguments {
                Arguments::Json(text) | Arguments::Free(text) => text.len() + text.len() / 8,
            },
            PartKind::Result { content, .. } => content.iter().map(size).sum(),
            PartKind::Reasoning(reasoning) => {
                reasoning.signed.as_ref().map_or(0, |signed| signed.bytes.len())
                    + reasoning.texts.iter().map(|text| text.len()).sum::<usize>()
            }
            _ => 64,
        }
    }
    let turns: usize = request.parts().map(size).sum();
    let tools: usize = request.tools.iter().map(tools::length).sum();
    turns + tools + 512
}

#[cfg(test)]
mod tests;
