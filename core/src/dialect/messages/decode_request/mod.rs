//! Reading a request. <https://docs.anthropic.com/en/api/messages>

mod content;
mod source;
mod tools;
mod turns;

use super::fields::FIELDS;
use crate::dialect::canonical::read::{self, Value};
use crate::dialect::canonical::{
    Effort, Mark, Mode, Output, Reason, ReasoningAsk, Refusal, Report, Request, Sited, ToolChoice, ToolKind, Ttl,
    fields,
};
use crate::dialect::codec::Caller;

/// Reads a request.
pub(super) fn decode<'a>(body: Value<'a>, report: &mut Report) -> Result<(Request<'a>, Caller), Refusal> {
    let mut request = Request::default();
    let mut system = None;
    let mut changes = Vec::new();
    fields::read(body, FIELDS, &mut request, report, &mut |path, value, request, report| {
        match path {
            // Of a field that is there twice the last counts, as it does for the API.
            "messages" => {
                request.turns.clear();
                changes.clear();
                turns::messages(value, &mut request.turns, &mut changes, report)?;
            }
            "system" => system = Some(turns::system(value, report)?),
            "tools" => {
                request.tools.clear();
                for tool in read::array(value)?.elements() {
                    request.tools.push(tools::tool(tool, report)?);
                }
            }
            "tool_choice" => tool_choice(value, request, report)?,
            "thinking" => thinking(value, request, report)?,
            "output_config.effort" => {
                let name = read::text(value)?;
                let effort = Effort::named(&name).ok_or_else(|| unknown(value, "effort", &name))?;
                ask(value, request).effort = Some(Sited::new(value.at(), effort));
            }
            "output_config.format" | "output_format" => request.output = Some(output(value, report)?),
            "max_tokens" => match read::count(value)? {
                // Nothing is said then: the prompt is only put in the cache.
                0 => return Err(Refusal::unsupported(value.at(), "0 is not supported by the upstream's API")),
                most => request.max_output = Some(Sited::new(value.at(), most)),
            },
            "stop_sequences" => {
                request.stop.clear();
                for text in read::array(value)?.elements() {
                    request.stop.push(Sited::new(text.at(), read::text(text)?));
                }
            }
            "stream" => request.stream = read::boolean(value)?,
            // `model`: the target's is written.
            _ => {}
        }
        Ok(())
    })?;
    read::required(body, "messages")?;
    if let Some(system) = system {
        request.turns.insert(0, system);
    }
    tools::change(&changes, &mut request.tools, report)?;
    name_server_tool(&mut request);
    Ok((request, Caller::default()))
}

/// `{type: auto | any | tool | none, name, disable_parallel_tool_use}`
fn tool_choice<'a>(value: Value<'a>, request: &mut Request<'a>, report: &mut Report) -> Result<(), Refusal> {
    let kind = read::required_text(read::object(value)?, "type")?;
    let choice = match &*kind {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "tool" => ToolChoice::One(read::required_text(value, "name")?),
        "none" => ToolChoice::None,
        other => return Err(read::unknown_variant(value, "the tool choice", other)),
    };
    request.tool_choice = Some(Sited::new(value.at(), choice));
    if let Some(disable) = value.get("disable_parallel_tool_use")
        && read::boolean(disable)?
    {
        request.parallel_tools = Some(Sited::new(disable.at(), false));
    }
    strangers(value, &["type", "name", "disable_parallel_tool_use"], report);
    Ok(())
}

/// A choice of a vendor's tool is told by the tool's type; here it is chosen by name, like any other.
fn name_server_tool(request: &mut Request<'_>) {
    let Some(Sited { is: choice @ ToolChoice::One(_), .. }) = &mut request.tool_choice else { return };
    let ToolChoice::One(name) = &*choice else { return };
    let server = request.tools.iter().find_map(|tool| match &tool.kind {
        ToolKind::WebSearch(_) if name == "web_search" => Some("web_search".into()),
        ToolKind::Server(server) if server.name.as_ref() == Some(name) => Some(server.kind.clone()),
        _ => None,
    });
    if let Some(kind) = server {
        *choice = ToolChoice::Server(kind);
    }
}

/// `{type: enabled | adaptive | between_tools | disabled, budget_tokens, display}`
fn thinking<'a>(value: Value<'a>, request: &mut Request<'a>, report: &mut Report) -> Result<(), Refusal> {
    let kind = read::required_text(read::object(value)?, "type")?;
    let mode = match &*kind {
        "enabled" => Mode::On,
        "adaptive" => Mode::Adaptive,
        "between_tools" => Mode::BetweenTools,
        "disabled" => Mode::Off,
        other => return Err(read::unknown_variant(value, "the thinking", other)),
    };
    let budget = match value.get("budget_tokens") {
        Some(budget) => Some(Sited::new(budget.at(), read::count(budget)?)),
        None => None,
    };
    let show = match value.get("display") {
        // `updates` is a beta: summaries, as they come.
        Some(display) => match &*read::text(display)? {
            "summarized" | "updates" => Some(Sited::new(display.at(), true)),
            "omitted" => Some(Sited::new(display.at(), false)),
            other => return Err(unknown(display, "display", other)),
        },
        None => None,
    };
    if let Some(binding) = value.get("block_binding") {
        report.note(binding.at(), Reason::Dropped);
    }
    strangers(value, &["type", "budget_tokens", "display", "block_binding"], report);
    let ask = ask(value, request);
    (ask.mode, ask.budget, ask.show) = (mode, budget, show);
    Ok(())
}

/// What is asked of reasoning so far; two fields tell it.
fn ask<'r, 'a>(value: Value<'a>, request: &'r mut Request<'a>) -> &'r mut ReasoningAsk<'a> {
    &mut request.reasoning.get_or_insert_with(|| Sited::new(value.at(), ReasoningAsk::default())).is
}

/// `{type: json_schema, schema}`
fn output<'a>(value: Value<'a>, report: &mut Report) -> Result<Sited<Output<'a>>, Refusal> {
    let kind = read::required_text(read::object(value)?, "type")?;
    if kind != "json_schema" {
        return Err(read::unknown_variant(value, "the output format", &kind));
    }
    let schema = read::object(read::required(value, "schema")?)?;
    strangers(value, &["type", "schema"], report);
    let schema = Sited::new(schema.at(), read::json(schema));
    Ok(Sited::new(value.at(), Output::Schema { name: None, description: None, schema, strict: None }))
}

/// `cache_control`: `{type: ephemeral, ttl: 5m | 1h}`
fn mark(object: Value<'_>) -> Result<Option<Mark>, Refusal> {
    let Some(value) = object.get("cache_control") else { return Ok(None) };
    let kind = read::required_text(read::object(value)?, "type")?;
    if kind != "ephemeral" {
        return Err(read::unknown_variant(value, "the cache control", &kind));
    }
    let ttl = match value.get("ttl") {
        Some(ttl) => Some(match &*read::text(ttl)? {
            "5m" => Ttl::M5,
            "1h" => Ttl::H1,
            other => return Err(unknown(ttl, "time to live", other)),
        }),
        None => None,
    };
    Ok(Some(Mark { at: value.at(), ttl }))
}

/// Notes the members that are not known.
fn strangers(object: Value<'_>, known: &[&str], report: &mut Report) {
    for (key, value) in object.members() {
        if !known.contains(&&*key) && !value.is_null() {
            report.note(value.at(), Reason::Unknown);
        }
    }
}

/// A word that nobody knows.
fn unknown(value: Value<'_>, what: &str, word: &str) -> Refusal {
    let shown: String = word.chars().take(64).collect();
    Refusal::invalid(value.at(), format!("the {what} `{shown}` is not known here"))
}

#[cfg(test)]
mod tests;
