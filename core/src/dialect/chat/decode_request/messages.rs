//! Messages, as turns.

use super::{parts, reasoning};
use crate::dialect::canonical::carrier;
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::{
    Arguments, At, Call, Index, Part, PartKind, Reason, Refusal, Report, Role, Signed, Sited, Str, Turn, Vendor,
};

/// Reads `messages`.
pub(super) fn messages<'a>(list: Value<'a>, report: &mut Report) -> Result<Vec<Turn<'a>>, Refusal> {
    let mut turns: Vec<Turn<'a>> = Vec::with_capacity(list.elements().count());
    // The places that ids were made up from for calls that had none, by the function's name.
    let mut calls = Index::default();
    let mut after_result = false;
    for (index, value) in list.elements().enumerate() {
        let mut message = Message::read(value, report)?;
        let Some(said) = message.role.take() else {
            return Err(Refusal::invalid(value.at(), "is required").member("role"));
        };
        let role = read::text(said)?;
        let name = match message.name {
            // There it names the function.
            Some(_) if role == "function" => None,
            Some(_) => message.name.take().map(|name| Ok(Sited::new(name.at(), read::text(name)?))).transpose()?,
            None => None,
        };
        let mut turn = Turn { at: value.at(), role: Role::User, parts: Vec::new(), name };
        let mut is_result = false;
        match &*role {
            "user" => message.words(value.at(), &mut turn.parts, report)?,
            "assistant" => {
                turn.role = Role::Assistant;
                assistant(&mut message, &mut turn, &mut calls, index, report)?;
            }
            "tool" => {
                is_result = true;
                let call = message.tool_call_id.take().map(read::text).transpose()?;
                let call = call.ok_or_else(|| Refusal::invalid(value.at(), "is required").member("tool_call_id"))?;
                // Many name the tool here, as the older role does.
                let tool = turn.name.take().map(|name| name.is);
                turn.parts = vec![message.result(value.at(), call, tool, report)?];
            }
            "function" => {
                is_result = true;
                let name = message.name.take().map(read::text).transpose()?;
                let name = name.ok_or_else(|| Refusal::invalid(value.at(), "is required").member("name"))?;
                let call = made_up_id(calls.get(&name).unwrap_or(index));
                turn.parts = vec![message.result(value.at(), call, Some(name), report)?];
            }
            "system" | "developer" => {
                turn.role = if role == "system" { Role::System } else { Role::Developer };
                message.words(value.at(), &mut turn.parts, report)?;
            }
            _ => {
                let shown: String = role.chars().take(64).collect();
                return Err(Refusal::invalid(said.at(), format!("role `{shown}` is not known here")));
            }
        }
        message.leave(report);
        // The results of one step are one turn.
        match turns.last_mut() {
            Some(before) if is_result && after_result && turn.name.is_none() => before.parts.append(&mut turn.parts),
            _ => turns.push(turn),
        }
        after_result = is_result;
    }
    Ok(turns)
}

/// A message's members. Each is taken by whom it says something; what is left then has no meaning in its place.
#[derive(Default)]
pub(super) struct Message<'a> {
    role: Option<Value<'a>>,
    content: Option<Value<'a>>,
    name: Option<Value<'a>>,
    refusal: Option<Value<'a>>,
    tool_calls: Option<Value<'a>>,
    tool_call_id: Option<Value<'a>>,
    function_call: Option<Value<'a>>,
    audio: Option<Value<'a>>,
    pub(super) reasoning_content: Option<Value<'a>>,
    pub(super) reasoning: Option<Value<'a>>,
    pub(super) reasoning_details: Option<Value<'a>>,
    pub(super) extra_content: Option<Value<'a>>,
}

impl<'a> Message<'a> {
    fn read(message: Value<'a>, report: &mut Report) -> Result<Self, Refusal> {
        let mut read = Self::default();
        for (key, value) in read::object(message)?.members() {
            if value.is_null() {
                continue;
            }
            let slot = match &*key {
                "role" => &mut read.role,
                "content" => &mut read.content,
                "tool_calls" => &mut read.tool_calls,
                "tool_call_id" => &mut read.tool_call_id,
                "name" => &mut read.name,
                "refusal" => &mut read.refusal,
                "function_call" => &mut read.function_call,
                "audio" => &mut read.audio,
                "reasoning_content" => &mut read.reasoning_content,
                "reasoning" => &mut read.reasoning,
                "reasoning_details" => &mut read.reasoning_details,
                "extra_content" => &mut read.extra_content,
                // What earlier answers cite is not told again.
                "annotations" => continue,
                _ => {
                    report.note(value.at(), Reason::Unknown);
                    continue;
                }
            };
            *slot = Some(value);
        }
        Ok(read)
    }

    /// The content of a message that must have one.
    fn words(&mut self, at: At, parts: &mut Vec<Part<'a>>, report: &mut Report) -> Result<(), Refusal> {
        match self.content {
            Some(_) => self.optional_words(parts, report),
            None => Err(Refusal::invalid(at, "is required").member("content")),
        }
    }

    fn optional_words(&mut self, parts: &mut Vec<Part<'a>>, report: &mut Report) -> Result<(), Refusal> {
        match self.content.take() {
            Some(content) => parts::content(content, parts, report),
            None => Ok(()),
        }
    }

    fn result(
        &mut self,
        at: At,
        call: Str<'a>,
        name: Option<Str<'a>>,
        report: &mut Report,
    ) -> Result<Part<'a>, Refusal> {
        let mut content = Vec::new();
        self.optional_words(&mut content, report)?;
        Ok(Part::new(at, PartKind::Result { call, name, content, json: None, error: None }))
    }

    fn leave(self, report: &mut Report) {
        let Self {
            role,
            content,
            name,
            refusal,
            tool_calls,
            tool_call_id,
            function_call,
            audio,
            reasoning_content,
            reasoning,
            reasoning_details,
            extra_content,
        } = self;
        let left = [
            role,
            content,
            name,
            refusal,
            tool_calls,
            tool_call_id,
            function_call,
            audio,
            reasoning_content,
            reasoning,
            reasoning_details,
            extra_content,
        ];
        for value in left.into_iter().flatten().filter(|value| !value.is_empty()) {
            report.note(value.at(), Reason::Unknown);
        }
    }
}

fn assistant<'a>(
    message: &mut Message<'a>,
    turn: &mut Turn<'a>,
    calls: &mut Index<'a>,
    index: usize,
    report: &mut Report,
) -> Result<(), Refusal> {
    if let Some(audio) = message.audio.take() {
        // It lies at OpenAI, and only an answer in sound can go on from it.
        return Err(Refusal::unsupported(audio.at(), "refers to sound that is kept at OpenAI"));
    }
    let mut behind = Vec::new();
    reasoning::reasoning(message, &mut turn.parts, &mut behind, report)?;
    message.optional_words(&mut turn.parts, report)?;
    if let Some(refusal) = message.refusal.take() {
        turn.parts.push(Part::new(refusal.at(), PartKind::Refusal(read::words(refusal)?)));
    }
    turn.parts.append(&mut behind);
    if let Some(list) = message.tool_calls.take() {
        turn.parts.reserve_exact(read::array(list)?.elements().count());
        for value in list.elements() {
            turn.parts.push(Part::new(value.at(), PartKind::Call(call(value, report)?)));
        }
    }
    if let Some(value) = message.function_call.take() {
        let (name, told) = named(value, "arguments", report)?;
        let id = made_up_id(index);
        calls.insert(name.clone(), index);
        let arguments = arguments(told)?;
        let call = Call { id, name, namespace: None, arguments, signed: None };
        turn.parts.push(Part::new(value.at(), PartKind::Call(call)));
    }
    Ok(())
}

/// The id of a call that has none, by its place: it must be the same whenever the conversation is told again.
fn made_up_id<'a>(message: usize) -> Str<'a> {
    ["gl_", itoa::Buffer::new().format(message), "_0"].concat().into()
}

fn call<'a>(value: Value<'a>, report: &mut Report) -> Result<Call<'a>, Refusal> {
    let (mut id, mut kind, mut function, mut custom, mut signed) = (None, None, None, None, None);
    for (key, value) in read::object(value)?.members() {
        match &*key {
            _ if value.is_null() => {}
            "id" => id = Some(read::text(value)?),
            "type" => kind = Some(read::text(value)?),
            "function" => function = Some(value),
            "custom" => custom = Some(value),
            "extra_content" => signed = signature(value, report),
            // The number that a stream's deltas have: some clients keep it.
            "index" => {}
            _ => report.note(value.at(), Reason::Unknown),
        }
    }
    let Some(id) = id else { return Err(Refusal::invalid(value.at(), "is required").member("id")) };
    match (kind.as_deref().unwrap_or("function"), function, custom) {
        ("function", Some(inner), _) => {
            let (name, told) = named(inner, "arguments", report)?;
            Ok(Call { id, name, namespace: None, arguments: arguments(told)?, signed })
        }
        ("custom", _, Some(inner)) => {
            let (name, told) = named(inner, "input", report)?;
            let input = told.map(read::text).transpose()?.unwrap_or_default();
            Ok(Call { id, name, namespace: None, arguments: Arguments::Free(input), signed })
        }
        ("function", None, _) => Err(Refusal::invalid(value.at(), "is required").member("function")),
        ("custom", _, None) => Err(Refusal::invalid(value.at(), "is required").member("custom")),
        (other, _, _) => Err(read::unknown_variant(value, "call", other)),
    }
}

/// A call's name, and what it is called with.
fn named<'a>(inner: Value<'a>, member: &str, report: &mut Report) -> Result<(Str<'a>, Option<Value<'a>>), Refusal> {
    let (mut name, mut told) = (None, None);
    for (key, value) in read::object(inner)?.members() {
        match &*key {
            _ if value.is_null() => {}
            "name" => name = Some(read::text(value)?),
            key if key == member => told = Some(value),
            _ => report.note(value.at(), Reason::Unknown),
        }
    }
    Ok((name.ok_or_else(|| Refusal::invalid(inner.at(), "is required").member("name"))?, told))
}

/// A text of JSON; some clients send the JSON itself.
fn arguments(value: Option<Value<'_>>) -> Result<Arguments<'_>, Refusal> {
    Ok(Arguments::Json(match value {
        Some(value) if value.kind() == Kind::Object => value.raw().into(),
        Some(value) => read::text(value)?,
        None => Str::default(),
    }))
}

/// `extra_content.google.thought_signature`: Gemini's signature where Gemini speaks chat.
/// <https://ai.google.dev/gemini-api/docs/thought-signatures#openai>
pub(super) fn signature<'a>(extra: Value<'a>, report: &mut Report) -> Option<Signed<'a>> {
    let text = extra.get("google").and_then(|google| google.get_str("thought_signature"));
    if text.is_none() {
        report.note(extra.at(), Reason::Unknown);
    }
    text.map(|text| carrier::untag(text, Vendor::Google))
}
