//! Reading a request. <https://ai.google.dev/api/generate-content>

mod calls;
mod config;
mod media;
mod parts;
mod schema;
mod tools;

#[cfg(test)]
mod tests;

use super::fields::FIELDS;
use super::proto;
use crate::dialect::canonical::read::{self, Kind, Value};
use crate::dialect::canonical::{Feature, Part, PartKind, Reason, Refusal, Report, Request, Role, Turn, fields};
use crate::dialect::codec::Caller;
use calls::Calls;

/// Reads a request. Whether it streams, its path has told.
pub(super) fn decode<'a>(body: Value<'a>, report: &mut Report) -> Result<(Request<'a>, Caller), Refusal> {
    let mut request = Request::default();
    let (mut contents, mut system) = (None, None);
    let mut config = config::Config::default();
    fields::read(body, FIELDS, &mut request, report, &mut |path, value, request, report| {
        match path {
            "contents" => contents = Some(value),
            "systemInstruction" => system = Some(value),
            "tools" => tools::read(value, &mut request.tools)?,
            path => config.take(path, value, request, report)?,
        }
        Ok(())
    })?;
    config.finish(&mut request)?;
    if let Some(system) = system {
        request.turns.push(instruction(system, report)?);
    }
    let contents = contents.ok_or_else(|| Refusal::invalid(body.at(), "is required").member("contents"))?;
    let mut calls = Calls::default();
    for (index, content) in proto::repeated(contents)?.enumerate() {
        request.turns.push(turn(content, index, &mut calls, report)?);
    }
    let caller = Caller { logprobs: request.asked(Feature::Logprobs).is_some(), ..Caller::default() };
    Ok((request, caller))
}

/// What the system says: texts alone. Its role, if it has one, says nothing.
fn instruction<'a>(value: Value<'a>, report: &mut Report) -> Result<Turn<'a>, Refusal> {
    let mut parts = Vec::new();
    if value.kind() == Kind::String {
        parts.push(Part::text(value.at(), read::words(value)?));
    } else {
        for (key, value) in proto::members(read::object(value)?) {
            match &*key {
                "parts" => parts::read(value, 0, &mut Calls::default(), &mut parts, report)?,
                "role" => {}
                _ => report.note(value.at(), Reason::Unknown),
            }
        }
    }
    if let Some(other) = parts.iter().find(|part| !matches!(part.kind, PartKind::Text(_))) {
        return Err(Refusal::invalid(other.at, "must be text"));
    }
    Ok(Turn { at: value.at(), role: Role::System, parts, name: None })
}

fn turn<'a>(content: Value<'a>, index: usize, calls: &mut Calls<'a>, report: &mut Report) -> Result<Turn<'a>, Refusal> {
    let mut turn = Turn { at: content.at(), role: Role::User, parts: Vec::new(), name: None };
    for (key, value) in proto::members(read::object(content)?) {
        match &*key {
            "role" => {
                turn.role = match &*read::text(value)? {
                    "model" => Role::Assistant,
                    "" | "user" | "function" | "tool" => Role::User,
                    other => {
                        let shown: String = other.chars().take(64).collect();
                        let message = format!("`{shown}` is no role: `user` or `model`");
                        return Err(Refusal::invalid(value.at(), message));
                    }
                }
            }
            "parts" => parts::read(value, index, calls, &mut turn.parts, report)?,
            _ => report.note(value.at(), Reason::Unknown),
        }
    }
    Ok(turn)
}
