//! Writing a request. <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>
//!
//! The model stands in the path, and so does whether the answer is streamed. What is the same in each turn of a conversation
//! is written first and the turns last.

mod content;
mod document;
mod fields;
mod source;
mod tools;

use crate::dialect::canonical::{
    Feature, Mark, Output, Part, PartKind, Reason, Refusal, Report, Request, Role, Sited, Target, ToolChoice, Ttl,
    Turn, Vendor,
};
use crate::wire::write::Writer;
use content::Contents;

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
        // Another path.
        stream: _,
        // A stream always ends with its usage.
        include_usage: _,
        asked,
    } = request;
    let front = turns.iter().take_while(|turn| is_operator(turn)).count();
    let (system, turns) = turns.split_at(front);

    let mut out = Writer::with_capacity(length(request));
    out.open();
    let one_call = parallel_tools.is_some_and(|parallel| !parallel.is) && !tools.is_empty();
    // With one call at a time the model's own `tool_choice` says that too.
    let choice = tool_choice.as_ref().filter(|choice| !(one_call && choice.is == ToolChoice::Auto));
    tools::config(tools, choice, &mut out)?;
    if system.iter().any(|turn| !turn.parts.is_empty()) {
        out.key("system").open_array();
        system.iter().flat_map(|turn| &turn.parts).try_for_each(|part| operator_text(part, &mut out))?;
        out.close_array();
    }
    inference(request, max_output.as_ref(), &mut out);
    let claude = target.vendor() == Vendor::Anthropic;
    fields::additional(request, reasoning.as_ref(), one_call.then_some(choice), target, &mut out, report);
    if claude && !stop.is_empty() {
        // Which of the texts has ended the answer: models that do not tell it are not disturbed by the question.
        out.key("additionalModelResponseFieldPaths").open_array().string("/stop_sequence").close_array();
    }
    output_config(request, output.as_ref(), claude, &mut out, report)?;
    if let Some(labels) = request.asked(Feature::Labels) {
        out.raw_member("requestMetadata", &labels.json);
    }
    if let Some(tier) = request.asked(Feature::Tier) {
        out.key("serviceTier").open().raw_member("type", &tier.json).close();
    }
    for asked in asked.iter().filter(|asked| !WRITTEN.contains(&asked.feature)) {
        report.note(asked.at, Reason::Dropped);
    }
    out.key("messages").open_array();
    let mut contents = Contents::default();
    for turn in turns {
        message(turn, &mut contents, &mut out, report)?;
    }
    out.close_array().close();
    Ok(out.into_bytes())
}

/// The features that have a place in a request.
const WRITTEN: &[Feature] = &[Feature::Temperature, Feature::TopP, Feature::TopK, Feature::Labels, Feature::Tier];

fn is_operator(turn: &Turn<'_>) -> bool {
    matches!(turn.role, Role::System | Role::Developer)
}

/// About how long the body will be: what is large in it.
fn length(request: &Request<'_>) -> usize {
    let parts: usize = request.parts().map(|part| content::length(part) + 64).sum();
    parts + tools::length(&request.tools) + 1024
}

/// The operator says text and nothing else.
fn operator_text(part: &Part<'_>, out: &mut Writer) -> Result<(), Refusal> {
    match &part.kind {
        PartKind::Text(text) | PartKind::Refusal(text) => {
            out.open().text_member("text", text).close();
            mark(part.cache, out);
            Ok(())
        }
        _ => Err(Refusal::unsupported(part.at, "only text is supported in instructions by the upstream's API")),
    }
}

fn message(turn: &Turn<'_>, contents: &mut Contents, out: &mut Writer, report: &mut Report) -> Result<(), Refusal> {
    if let Some(name) = &turn.name {
        report.note(name.at, Reason::Dropped);
    }
    let role = match turn.role {
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::System | Role::Developer => "system",
    };
    out.open().str_member("role", role).key("content").open_array();
    for part in &turn.parts {
        match turn.role {
            Role::System | Role::Developer => operator_text(part, out)?,
            Role::User | Role::Assistant => contents.block(part, turn.role, out, report)?,
        }
    }
    out.close_array().close();
    Ok(())
}

/// A prompt cache's border: an element of its own, behind what it keeps. Five minutes are what it keeps if nothing is said,
/// and not every model knows the word.
fn mark(mark: Option<Mark>, out: &mut Writer) {
    let Some(mark) = mark else { return };
    out.open().key("cachePoint").open().str_member("type", "default");
    if matches!(mark.ttl, Some(Ttl::H1 | Ttl::H12)) {
        out.str_member("ttl", "1h");
    }
    out.close().close();
}

fn inference(request: &Request<'_>, max_output: Option<&Sited<u64>>, out: &mut Writer) {
    let numbers = [(Feature::Temperature, "temperature"), (Feature::TopP, "topP")]
        .map(|(feature, key)| request.asked(feature).map(|asked| (key, &asked.json)));
    if max_output.is_none() && request.stop.is_empty() && numbers.iter().all(Option::is_none) {
        return;
    }
    out.key("inferenceConfig").open();
    if let Some(most) = max_output {
        out.count_member("maxTokens", most.is);
    }
    for (key, number) in numbers.iter().flatten() {
        out.raw_member(key, number);
    }
    if !request.stop.is_empty() {
        out.key("stopSequences").open_array();
        for text in &request.stop {
            out.string(&text.is);
        }
        out.close_array();
    }
    out.close();
}

fn output_config(
    request: &Request<'_>,
    output: Option<&Sited<Output<'_>>>,
    claude: bool,
    out: &mut Writer,
    report: &mut Report,
) -> Result<(), Refusal> {
    let effort = request.reasoning.as_ref().and_then(|ask| ask.is.effort).filter(|_| claude);
    let schema = match output.map(|output| (output.at, &output.is)) {
        // It is always enforced.
        Some((_, Output::Schema { name, description, schema, strict: _ })) => Some((name, description, schema)),
        // The prompt asks for JSON too, as OpenAI wants it; nothing enforces it here.
        Some((at, Output::JsonObject)) => {
            report.note(at, Reason::Approximated(Some("unenforced")));
            None
        }
        Some((at, Output::Other(_))) => return Err(Refusal::unsupported(at, "is not supported by the upstream's API")),
        None => None,
    };
    if effort.is_none() && schema.is_none() {
        return Ok(());
    }
    out.key("outputConfig").open();
    if let Some(effort) = effort {
        out.str_member("effort", effort.is.name());
    }
    if let Some((name, description, schema)) = schema {
        out.key("textFormat").open().str_member("type", "json_schema");
        // The schema is a text that is JSON.
        out.key("structure").open().key("jsonSchema").open().str_member("schema", &schema.is.0);
        for (key, text) in [("name", name), ("description", description)] {
            if let Some(text) = text {
                out.str_member(key, text);
            }
        }
        out.close().close().close();
    }
    out.close();
    Ok(())
}

#[cfg(test)]
mod tests;
