//! Reading a request.

mod messages;
mod parts;
mod reasoning;
#[cfg(test)]
mod tests;
mod tools;

use super::fields::FIELDS;
use crate::dialect::canonical::fields;
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::request::ReasoningAsk;
use crate::dialect::canonical::{
    Asked, At, Effort, Feature, Mode, Output, Reason, Refusal, Report, Request, Sited, Tool, ToolKind, WebSearch,
};
use crate::dialect::codec::Caller;

/// Reads a request.
pub(super) fn decode<'a>(body: Value<'a>, report: &mut Report) -> Result<(Request<'a>, Caller), Refusal> {
    let mut request = Request::default();
    let mut caller = Caller::default();
    let mut found = Found(Vec::with_capacity(16));
    fields::read(body, FIELDS, &mut request, report, &mut |path, value, _, _| {
        found.0.push((path, value));
        Ok(())
    })?;
    request.stream = found.flag("stream")?.is_some_and(|stream| stream.is);
    request.include_usage = found.flag("stream_options.include_usage")?.is_some_and(|asked| asked.is);
    caller.include_usage = request.include_usage;
    caller.logprobs = request.asked(Feature::Logprobs).is_some();

    let functions = found.get("functions");
    let function_call = found.get("function_call");
    if let Some(list) = found.get("tools") {
        tools::tools(list, &mut request.tools, report)?;
    }
    if let Some(list) = functions {
        tools::functions(list, &mut request.tools, report)?;
    }
    request.tool_choice = match (found.get("tool_choice"), function_call) {
        (Some(choice), _) => Some(tools::choice(choice, report)?),
        (None, Some(choice)) => Some(tools::function_choice(choice, report)?),
        (None, None) => None,
    };
    request.parallel_tools = found.flag("parallel_tool_calls")?;
    if functions.or(function_call).is_some() && found.get("tools").is_none() {
        caller.legacy_functions = true;
        // A `function_call` is one: whoever asks so cannot be told several. The caller has not said it: it has no place.
        request.parallel_tools.get_or_insert(Sited::new(At::default(), false));
    }
    if let Some(options) = found.get("web_search_options") {
        let kind = ToolKind::WebSearch(web_search(options, report)?);
        request.tools.push(Tool { at: options.at(), kind, cache: None });
    }

    request.max_output = limit(&found, report)?;
    if let Some(stop) = found.get("stop") {
        match stop.kind() {
            Kind::Array => {
                for text in stop.elements() {
                    request.stop.push(Sited::new(text.at(), read::text(text)?));
                }
            }
            _ => request.stop.push(Sited::new(stop.at(), read::text(stop)?)),
        }
    }
    if let Some(format) = found.get("response_format") {
        request.output = output(format, report)?;
    }
    request.reasoning = reasoning_ask(&found, report)?;
    audio(&found, &mut request)?;
    one_user(body, &mut request, report);

    let list = found.get("messages");
    let list = list.ok_or_else(|| Refusal::invalid(body.at(), "is required").member("messages"))?;
    request.turns = messages::messages(read::array(list)?, report)?;
    Ok((request, caller))
}

/// The fields that this decoder reads itself, with their values.
struct Found<'a>(Vec<(&'static str, Value<'a>)>);

impl<'a> Found<'a> {
    /// The last of that path, as JSON has it where a key stands twice.
    fn get(&self, path: &str) -> Option<Value<'a>> {
        self.0.iter().rev().find(|found| found.0 == path).map(|found| found.1)
    }

    fn flag(&self, path: &str) -> Result<Option<Sited<bool>>, Refusal> {
        self.get(path).map(|value| Ok(Sited::new(value.at(), read::boolean(value)?))).transpose()
    }

    fn count(&self, path: &str) -> Result<Option<Sited<u64>>, Refusal> {
        self.get(path).map(|value| Ok(Sited::new(value.at(), read::count(value)?))).transpose()
    }
}

/// `max_completion_tokens`, or its older name; one that says something else beside it is not obeyed.
fn limit(found: &Found<'_>, report: &mut Report) -> Result<Option<Sited<u64>>, Refusal> {
    let (limit, older) = (found.count("max_completion_tokens")?, found.count("max_tokens")?);
    if let (Some(limit), Some(older)) = (limit, older)
        && limit.is != older.is
    {
        report.note(older.at, Reason::Dropped);
    }
    Ok(limit.or(older))
}

fn output<'a>(format: Value<'a>, report: &mut Report) -> Result<Option<Sited<Output<'a>>>, Refusal> {
    let kind = read::required_text(read::object(format)?, "type")?;
    let output = match &*kind {
        "text" => None,
        "json_object" => Some(Output::JsonObject),
        "json_schema" => {
            let inner = read::object(read::required(format, "json_schema")?)?;
            unknown(inner, &["name", "description", "schema", "strict"], report);
            let schema = inner.get("schema").map(read::object).transpose()?;
            Some(Output::Schema {
                name: read::optional_text(inner, "name")?,
                description: read::optional_text(inner, "description")?,
                // Without a schema anything is allowed.
                schema: match schema {
                    Some(schema) => Sited::new(schema.at(), read::json(schema)),
                    None => Sited::new(inner.at(), crate::dialect::canonical::Json("{}".into())),
                },
                strict: inner.get("strict").map(read::boolean).transpose()?,
            })
        }
        other => return Err(read::unknown_variant(format, "format", other)),
    };
    unknown(format, &["type", "json_schema"], report);
    Ok(output.map(|output| Sited::new(format.at(), output)))
}

/// OpenAI's `reasoning_effort`, OpenRouter's `reasoning` and DeepSeek's `thinking`: the first that says something counts.
fn reasoning_ask<'a>(found: &Found<'a>, report: &mut Report) -> Result<Option<Sited<ReasoningAsk<'a>>>, Refusal> {
    let mut ask: Option<Sited<ReasoningAsk<'a>>> = None;
    for path in ["reasoning_effort", "reasoning.effort"] {
        let Some(value) = found.get(path) else { continue };
        let said = read::text(value)?;
        let effort = Effort::named(&said).ok_or_else(|| {
            Refusal::invalid(value.at(), "must be one of none, minimal, low, medium, high, xhigh and max")
        })?;
        let effort = Sited::new(value.at(), effort);
        match &ask {
            Some(ask) if ask.is.effort.is_some_and(|first| first.is != effort.is) => {
                report.note(effort.at, Reason::Dropped);
            }
            Some(_) => {}
            None => {
                ask = Some(Sited::new(effort.at, ReasoningAsk { effort: Some(effort), ..ReasoningAsk::default() }));
            }
        }
    }
    for path in ["reasoning.max_tokens", "thinking.budget_tokens"] {
        let Some(budget) = found.count(path)? else { continue };
        match &ask {
            // An effort and a budget are not obeyed together.
            Some(_) => report.note(budget.at, Reason::Dropped),
            None => ask = Some(Sited::new(budget.at, ReasoningAsk { budget: Some(budget), ..ReasoningAsk::default() })),
        }
    }
    let mut mode = None;
    if let Some(kind) = found.get("thinking.type") {
        let said = match &*read::text(kind)? {
            "enabled" => Mode::On,
            "disabled" => Mode::Off,
            "adaptive" | "auto" => Mode::Adaptive,
            _ => return Err(Refusal::invalid(kind.at(), "must be enabled, disabled or adaptive")),
        };
        mode = Some(Sited::new(kind.at(), said));
    }
    if let Some(enabled) = found.flag("reasoning.enabled")? {
        mode = Some(Sited::new(enabled.at, if enabled.is { Mode::On } else { Mode::Off }));
    }
    if let Some(mode) = mode {
        let ask = ask.get_or_insert_with(|| Sited::new(mode.at, ReasoningAsk::default()));
        if ask.is.effort.is_none() || mode.is == Mode::Off {
            ask.is.mode = mode.is;
        }
    }
    // There is no field to ask for it, and a slot for it in every answer.
    if let Some(ask) = &mut ask {
        let exclude = found.flag("reasoning.exclude")?;
        ask.is.show = Some(exclude.map_or(Sited::new(ask.at, true), |exclude| Sited::new(exclude.at, !exclude.is)));
    } else if let Some(exclude) = found.flag("reasoning.exclude")?.filter(|exclude| exclude.is) {
        let ask = ReasoningAsk { show: Some(Sited::new(exclude.at, false)), ..ReasoningAsk::default() };
        return Ok(Some(Sited::new(exclude.at, ask)));
    }
    Ok(ask)
}

/// `web_search_options` is the web search tool of the models that search.
fn web_search<'a>(options: Value<'a>, report: &mut Report) -> Result<WebSearch<'a>, Refusal> {
    let mut search = WebSearch::default();
    for (key, value) in read::object(options)?.members() {
        match &*key {
            _ if value.is_null() => {}
            "search_context_size" => search.context = Some(Sited::new(value.at(), read::text(value)?)),
            "user_location" => {
                unknown(read::object(value)?, &["type", "approximate"], report);
                search.location = value.get("approximate").map(read::object).transpose()?;
            }
            _ => search.extra.push((key, value)),
        }
    }
    Ok(search)
}

/// Sound is asked for by `modalities`; `audio` says how it shall be, and says nothing where it is not asked for.
fn audio<'a>(found: &Found<'a>, request: &mut Request<'a>) -> Result<(), Refusal> {
    let mut wanted = false;
    if let Some(modalities) = found.get("modalities") {
        for modality in read::array(modalities)?.elements() {
            wanted |= &*read::text(modality)? != "text";
        }
        if wanted {
            request.asked.push(Asked::new(Feature::AudioOutput, modalities));
        }
    }
    if let Some(audio) = found.get("audio") {
        let feature = if wanted { Feature::AudioOutput } else { Feature::AudioVoice };
        request.asked.push(Asked::new(feature, read::object(audio)?));
    }
    Ok(())
}

/// `safety_identifier` has taken the place of `user`: where both are said, it is the one.
fn one_user<'a>(body: Value<'a>, request: &mut Request<'a>, report: &mut Report) {
    let said = |asked: &&Asked<'_>| asked.feature == Feature::EndUser;
    if request.asked.iter().filter(said).count() < 2 {
        return;
    }
    let Some(kept) = body.get("safety_identifier").or(body.get("user")) else { return };
    request.asked.retain(|asked| {
        let keep = asked.feature != Feature::EndUser || asked.at == kept.at();
        if !keep && asked.value.str() != kept.str() {
            report.note(asked.at, Reason::Dropped);
        }
        keep
    });
}

/// Notes the members of an object that are none of these.
fn unknown(object: Value<'_>, known: &[&str], report: &mut Report) {
    for (key, value) in object.members() {
        if !value.is_null() && !known.contains(&&*key) {
            report.note(value.at(), Reason::Unknown);
        }
    }
}
