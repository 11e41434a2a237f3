//! Writing a request. <https://docs.anthropic.com/en/api/messages>
//!
//! What is the same in each turn of a conversation is written first and the turns last, so that a prompt cache that goes
//! by the body's beginning finds it again.

mod content;
mod source;
mod tools;

use crate::dialect::canonical::{
    Arguments, Feature, Mark, Mode, Output, Part, PartKind, Reason, ReasoningAsk, Refusal, Report, Request, Role,
    Sited, Target, Text, Ttl, Turn,
};
use crate::wire::write::Writer;

/// The features that are fields of a request.
const FEATURES: &[(Feature, &str)] = &[
    (Feature::Temperature, "temperature"),
    (Feature::TopP, "top_p"),
    (Feature::TopK, "top_k"),
    (Feature::Tier, "service_tier"),
    (Feature::AutomaticCache, "cache_control"),
    (Feature::Speed, "speed"),
    (Feature::InferenceGeo, "inference_geo"),
];

/// The limit where neither the caller nor the model's row tells one: the API needs one.
const MAX_TOKENS: u64 = 8_192;

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
        // A stream always ends with its usage.
        include_usage: _,
        asked,
    } = request;
    let front = turns.iter().take_while(|turn| is_operator(turn)).count();
    let (system, turns) = turns.split_at(front);

    let mut out = Writer::with_capacity(length(request));
    out.open().str_member("model", target.model);
    tools::tools(tools, &mut out)?;
    tools::choice(tool_choice.as_ref(), *parallel_tools, tools, &mut out)?;
    self::system(system, &mut out)?;
    let most = max_output.map_or_else(|| target.max_output.unwrap_or(MAX_TOKENS), |most| most.is);
    out.count_member("max_tokens", most);
    thinking(reasoning.as_ref(), &mut out);
    output_config(reasoning.as_ref(), output.as_ref(), &mut out, report)?;
    for (feature, key) in FEATURES {
        if let Some(asked) = asked.iter().rev().find(|asked| asked.feature == *feature) {
            out.raw_member(key, &asked.json);
        }
    }
    if let Some(user) = request.asked(Feature::EndUser) {
        out.key("metadata").open().raw_member("user_id", &user.json).close();
    }
    if !stop.is_empty() {
        out.key("stop_sequences").open_array();
        for text in stop {
            out.string(&text.is);
        }
        out.close_array();
    }
    if *stream {
        out.key("stream").bool(true);
    }
    out.key("messages").open_array();
    for turn in turns {
        message(turn, target, &mut out, report)?;
    }
    out.close_array().close();
    Ok(out.into_bytes())
}

fn is_operator(turn: &Turn<'_>) -> bool {
    matches!(turn.role, Role::System | Role::Developer)
}

/// About how long the body will be: what is large in it.
fn length(request: &Request<'_>) -> usize {
    let part = |part: &Part<'_>| match &part.kind {
        PartKind::Text(text) | PartKind::Refusal(text) => text.room(),
        PartKind::Call(call) => match &call.arguments {
            Arguments::Json(text) | Arguments::Free(text) => text.len() + 128,
        },
        PartKind::Image { source, .. } | PartKind::Document { source, .. } => source::length(source),
        PartKind::Result { content, .. } => content
            .iter()
            .map(|part| match &part.kind {
                PartKind::Text(text) => text.room(),
                PartKind::Image { source, .. } | PartKind::Document { source, .. } => source::length(source),
                _ => 64,
            })
            .sum(),
        _ => 64,
    };
    let turns: usize = request.parts().map(|each| part(each) + 64).sum();
    turns + tools::length(&request.tools) + 1024
}

/// The instructions at the front: a string where they are one plain text.
fn system(turns: &[Turn<'_>], out: &mut Writer) -> Result<(), Refusal> {
    let mut parts = turns.iter().flat_map(|turn| &turn.parts);
    let Some(first) = parts.clone().next() else { return Ok(()) };
    out.key("system");
    if let (Some(text), None) = (plain(first), parts.clone().nth(1)) {
        out.text(text);
        return Ok(());
    }
    out.open_array();
    parts.try_for_each(|part| operator_text(part, out))?;
    out.close_array();
    Ok(())
}

/// The operator says text and nothing else.
fn operator_text(part: &Part<'_>, out: &mut Writer) -> Result<(), Refusal> {
    match &part.kind {
        PartKind::Text(text) | PartKind::Refusal(text) => {
            content::text(text, out);
            mark(part.cache, out);
            out.close();
            Ok(())
        }
        _ => Err(Refusal::unsupported(part.at, "only text is supported in instructions by the upstream's API")),
    }
}

/// A part's text, if it is no more than that.
fn plain<'p, 'a>(part: &'p Part<'a>) -> Option<&'p Text<'a>> {
    match &part.kind {
        PartKind::Text(text) | PartKind::Refusal(text) if part.cache.is_none() => Some(text),
        _ => None,
    }
}

fn message(turn: &Turn<'_>, target: &Target<'_>, out: &mut Writer, report: &mut Report) -> Result<(), Refusal> {
    if let Some(name) = &turn.name {
        report.note(name.at, Reason::Dropped);
    }
    let role = match turn.role {
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::System | Role::Developer => "system",
    };
    out.open().str_member("role", role).key("content");
    match turn.parts.as_slice() {
        [part] if let Some(text) = plain(part) => {
            out.text(text);
        }
        parts => {
            out.open_array();
            for part in parts {
                match turn.role {
                    Role::System | Role::Developer => operator_text(part, out)?,
                    Role::User | Role::Assistant => content::block(part, target, out, report)?,
                }
            }
            out.close_array();
        }
    }
    out.close();
    Ok(())
}

/// A prompt cache's border.
fn mark(mark: Option<Mark>, out: &mut Writer) {
    let Some(mark) = mark else { return };
    out.key("cache_control").open().str_member("type", "ephemeral");
    match mark.ttl {
        None => {}
        Some(Ttl::M5 | Ttl::M30) => {
            out.str_member("ttl", "5m");
        }
        Some(Ttl::H1 | Ttl::H12) => {
            out.str_member("ttl", "1h");
        }
    }
    out.close();
}

fn thinking(ask: Option<&Sited<ReasoningAsk<'_>>>, out: &mut Writer) {
    let Some(Sited { is: ask, .. }) = ask else { return };
    let kind = match (ask.mode, ask.budget) {
        (Mode::Default, _) => return,
        (Mode::Off, _) => "disabled",
        (Mode::BetweenTools, _) => "between_tools",
        (Mode::On, Some(_)) => "enabled",
        (Mode::On, None) | (Mode::Adaptive, _) => "adaptive",
    };
    out.key("thinking").open().str_member("type", kind);
    if let ("enabled", Some(budget)) = (kind, ask.budget) {
        out.count_member("budget_tokens", budget.is);
    }
    if let (Mode::On | Mode::Adaptive, Some(show)) = (ask.mode, ask.show) {
        out.str_member("display", if show.is { "summarized" } else { "omitted" });
    }
    out.close();
}

fn output_config(
    ask: Option<&Sited<ReasoningAsk<'_>>>,
    output: Option<&Sited<Output<'_>>>,
    out: &mut Writer,
    report: &mut Report,
) -> Result<(), Refusal> {
    let effort = ask.and_then(|ask| ask.is.effort);
    let schema = match output.map(|output| (output.at, &output.is)) {
        Some((_, Output::Schema { schema, name: _, description: _, strict: _ })) => Some(schema),
        // The prompt asks for JSON too, as OpenAI wants it; nothing enforces it here.
        Some((at, Output::JsonObject)) => {
            report.note(at, Reason::Approximated(Some("unenforced")));
            None
        }
        Some((at, Output::Other(_))) => {
            return Err(Refusal::unsupported(at, "is not supported by the upstream's API"));
        }
        None => None,
    };
    if effort.is_none() && schema.is_none() {
        return Ok(());
    }
    out.key("output_config").open();
    if let Some(effort) = effort {
        out.str_member("effort", effort.is.name());
    }
    if let Some(schema) = schema {
        out.key("format").open().str_member("type", "json_schema").raw_member("schema", &schema.is.0).close();
    }
    out.close();
    Ok(())
}

#[cfg(test)]
mod tests;
