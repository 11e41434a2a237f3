//! Reading a request.

mod items;
mod parts;
mod tools;

use items::Conversation;

use super::fields::FIELDS;
use crate::dialect::canonical::fields;
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::{
    Asked, Effort, Feature, Mode, Output, Part, Reason, ReasoningAsk, Refusal, Report, Request, Role, Sited, Str, Turn,
};
use crate::dialect::codec::Caller;
use crate::wire::write::Writer;

/// Reads a request.
pub(super) fn decode<'a>(body: Value<'a>, report: &mut Report) -> Result<(Request<'a>, Caller), Refusal> {
    let mut request = Request::default();
    let mut own = Own::default();
    fields::read(body, FIELDS, &mut request, report, &mut |path, value, request, report| {
        own.read(path, value, request, report)
    })?;
    let Own { mut caller, instructions, input, tools: offered } = own;
    // Alternatives are a request for log probabilities by themselves.
    if let Some(top) = request.asked(Feature::TopLogprobs)
        && request.asked(Feature::Logprobs).is_none()
    {
        let logprobs = Asked { feature: Feature::Logprobs, json: "true".into(), ..top.clone() };
        request.asked.push(logprobs);
        caller.logprobs = true;
    }
    if let Some(instructions) = instructions {
        let at = instructions.at();
        let parts = vec![Part::text(at, read::words(instructions)?)];
        request.turns.push(Turn { at, role: Role::System, parts, name: None });
    }
    if let Some(offered) = offered {
        for tool in read::array(offered)?.elements() {
            tools::tool(tool, &mut request.tools, report)?;
        }
    }
    caller.tool_search = request.tools.iter().any(tools::searches_tools);
    match input {
        Some(input) if input.kind() == Kind::String => {
            let parts = vec![Part::text(input.at(), read::words(input)?)];
            request.turns.push(Turn { at: input.at(), role: Role::User, parts, name: None });
        }
        Some(input) if input.kind() == Kind::Array => {
            let mut conversation = Conversation::new(&mut request);
            for item in input.elements() {
                conversation.item(item, report)?;
            }
        }
        Some(input) => return Err(Refusal::invalid(input.at(), "must be a string or an array of items")),
        None if KEPT_ELSEWHERE.iter().any(|kept| request.asked(*kept).is_some()) => {}
        None => return Err(Refusal::invalid(body.at(), "is required").member("input")),
    }
    caller.echo = ECHOED.iter().filter_map(|key| Some((*key, body.get(key)?.raw().into()))).collect();
    Ok((request, caller))
}

/// What can stand for an input: the target refuses it in its own words.
const KEPT_ELSEWHERE: [Feature; 3] = [Feature::PreviousResponse, Feature::Conversation, Feature::Prompt];

/// The members that the answer repeats as they were asked for (openai-python, `types/responses/response.py`).
const ECHOED: &[&str] = &[
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "parallel_tool_calls",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// The decoder's own fields. What depends on others is read when all are known.
#[derive(Default)]
struct Own<'a> {
    caller: Caller,
    instructions: Option<Value<'a>>,
    input: Option<Value<'a>>,
    tools: Option<Value<'a>>,
}

impl<'a> Own<'a> {
    fn read(
        &mut self,
        path: &'static str,
        value: Value<'a>,
        request: &mut Request<'a>,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        match path {
            "instructions" => self.instructions = Some(value),
            "input" => self.input = Some(value),
            "tools" => self.tools = Some(value),
            "tool_choice" => request.tool_choice = Some(Sited::new(value.at(), tools::choice(value)?)),
            "parallel_tool_calls" => {
                request.parallel_tools = Some(Sited::new(value.at(), read::boolean(value)?));
            }
            "max_output_tokens" => request.max_output = Some(Sited::new(value.at(), read::count(value)?)),
            "stream" => request.stream = read::boolean(value)?,
            "include" => self.include(value, request)?,
            "text.format" => request.output = output(value, report)?.map(|output| Sited::new(value.at(), output)),
            "prompt_cache_options" => cache_options(value, request, report)?,
            "reasoning.effort" => {
                let effort = effort(value)?;
                let ask = reasoning(value, request);
                ask.effort = Some(Sited::new(value.at(), effort));
                if effort == Effort::None {
                    ask.mode = Mode::Off;
                }
            }
            "reasoning.summary" | "reasoning.generate_summary" => {
                let summary = read::text(value)?;
                let ask = reasoning(value, request);
                ask.show = Some(Sited::new(value.at(), summary != "none"));
                ask.summary = Some(summary).filter(|summary| summary != "none");
            }
            // The gateway has read the model's name already.
            _ => {}
        }
        Ok(())
    }

    fn include(&mut self, value: Value<'a>, request: &mut Request<'a>) -> Result<(), Refusal> {
        for element in read::array(value)?.elements() {
            let mut asked = Asked::new(Feature::Include, element);
            match &*read::text(element)? {
                "reasoning.encrypted_content" => {
                    self.caller.encrypted_reasoning = true;
                    continue;
                }
                "message.output_text.logprobs" => {
                    self.caller.logprobs = true;
                    asked.feature = Feature::Logprobs;
                    asked.json = "true".into();
                }
                "web_search_call.action.sources" | "web_search_call.results" => {
                    self.caller.sources = true;
                    asked.feature = Feature::IncludeSources;
                }
                _ => {}
            }
            request.asked.push(asked);
        }
        Ok(())
    }
}

/// What is asked of reasoning so far, wherever in it.
fn reasoning<'r, 'a>(value: Value<'a>, request: &'r mut Request<'a>) -> &'r mut ReasoningAsk<'a> {
    &mut request.reasoning.get_or_insert_with(|| Sited::new(value.at(), ReasoningAsk::default())).is
}

fn effort(value: Value<'_>) -> Result<Effort, Refusal> {
    Effort::named(&read::text(value)?)
        .ok_or_else(|| Refusal::invalid(value.at(), "must be one of none, minimal, low, medium, high, xhigh and max"))
}

/// `text.format`. Text is what there is without it.
fn output<'a>(value: Value<'a>, report: &mut Report) -> Result<Option<Output<'a>>, Refusal> {
    let kind = read::required_text(value, "type")?;
    let known: &[&str] = match &*kind {
        "json_schema" => &["type", "name", "description", "schema", "strict"],
        _ => &["type"],
    };
    note_unknown(value, known, report);
    Ok(Some(match &*kind {
        "text" => return Ok(None),
        "json_object" => Output::JsonObject,
        "json_schema" => {
            let schema = read::object(read::required(value, "schema")?)?;
            Output::Schema {
                name: read::optional_text(value, "name")?,
                description: read::optional_text(value, "description")?,
                schema: Sited::new(schema.at(), read::json(schema)),
                strict: value.get("strict").map(read::boolean).transpose()?,
            }
        }
        _ => return Err(read::unknown_variant(value, "the format", &kind)),
    }))
}

/// `prompt_cache_options`. Prewarming and comparing are of this API alone (translation.md 3.20).
fn cache_options<'a>(value: Value<'a>, request: &mut Request<'a>, report: &mut Report) -> Result<(), Refusal> {
    let mut json = Writer::with_capacity(32);
    json.open();
    let mut asks = false;
    for (key, member) in read::object(value)?.members().filter(|(_, member)| !member.is_null()) {
        match &*key {
            "mode" | "ttl" => {
                json.raw_member(&key, member.raw());
                asks = true;
            }
            "prewarm" if member.bool() == Some(false) => {}
            "prewarm" | "comparison_response_id" => report.note(member.at(), Reason::Dropped),
            _ => report.note(member.at(), Reason::Unknown),
        }
    }
    json.close();
    if asks {
        let json = String::from_utf8(json.into_bytes()).unwrap_or_default();
        request.asked.push(Asked { json: Str::Owned(json), ..Asked::new(Feature::CacheOptions, value) });
    }
    Ok(())
}

/// Reports the members that are not known; those with nothing in them tell nothing.
fn note_unknown(object: Value<'_>, known: &[&str], report: &mut Report) {
    for (key, value) in object.members() {
        if !known.contains(&&*key) && !value.is_null() {
            report.note(value.at(), Reason::Unknown);
        }
    }
}

#[cfg(test)]
mod tests;
