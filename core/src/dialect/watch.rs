//! Looking on while a stream passes: is it meaningful yet, is it complete, has it failed, what did it use?

use std::borrow::Cow;

use super::responses::error::SoFar;
use super::{Dialect, chat, gemini, messages, responses};
use crate::error::Error;
use crate::store::RequestId;
use crate::usage::Usage;
use crate::wire::frame::Framer;
use crate::wire::json;

/// What one event told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// It says something: the answer's head may go out with it (translation.md 4.6).
    pub meaningful: bool,
    /// It is an error.
    pub failure: bool,
    /// It is no event of the dialect at all. Only looked for before the first meaningful event.
    pub invalid: bool,
    /// It must not reach the client.
    pub omit: bool,
}

/// What has been seen of a stream.
#[derive(Debug)]
pub struct Watch {
    dialect: Machine,
    usage: Usage,
    failed: bool,
}

#[derive(Debug)]
enum Machine {
    Chat(chat::watch::Watch),
    Responses(responses::watch::Watch),
    Messages(messages::watch::Watch),
    Gemini(gemini::watch::Watch),
}

impl Watch {
    /// A watch for a stream of the dialect. `choices` is how many answers the client asked for: with more than one, the
    /// first that has finished is not the end. `strip_usage` says that a chat stream's usage chunk was asked for by the
    /// gateway alone.
    pub fn new(dialect: Dialect, choices: u32, strip_usage: bool) -> Self {
        let dialect = match dialect {
            Dialect::Chat | Dialect::Converse => Machine::Chat(chat::watch::Watch::new(choices, strip_usage)),
            Dialect::Responses => Machine::Responses(responses::watch::Watch::default()),
            Dialect::Messages => Machine::Messages(messages::watch::Watch::default()),
            Dialect::Gemini => Machine::Gemini(gemini::watch::Watch::new(choices)),
        };
        Self { dialect, usage: Usage::default(), failed: false }
    }

    /// Looks at an event. `committed` says that the answer's head has gone out: then only what ends, fails or bills the
    /// stream matters, and most events are passed over at once.
    pub fn observe(&mut self, name: &[u8], data: &[u8], committed: bool) -> Seen {
        // `data: : keepalive`, as some models on Vertex send, is a keep-alive and no JSON (anomalyco/opencode#50871). An
        // event without data is none by the standard, and one that OpenAI's SDKs fail to parse.
        let trimmed = data.trim_ascii_start();
        if trimmed.is_empty() || trimmed.starts_with(b":") {
            return Seen { omit: true, ..Seen::default() };
        }
        let usage = &mut self.usage;
        let seen = match &mut self.dialect {
            Machine::Chat(watch) => watch.observe(data, committed, usage),
            Machine::Responses(watch) => watch.observe(name, data, committed, usage),
            Machine::Messages(watch) => watch.observe(name, data, committed, usage),
            Machine::Gemini(watch) => watch.observe(data, committed, usage),
        };
        self.failed |= seen.failure;
        seen
    }

    /// Whether the stream has shown that it is whole.
    pub fn is_complete(&self) -> bool {
        match &self.dialect {
            Machine::Chat(watch) => watch.is_complete(),
            Machine::Responses(watch) => watch.is_complete(),
            Machine::Messages(watch) => watch.is_complete(),
            Machine::Gemini(watch) => watch.is_complete(),
        }
    }

    /// Whether the stream's last event has been seen: the dialect's end marker, where it has one, or an error.
    pub fn is_over(&self) -> bool {
        let ended = match &self.dialect {
            Machine::Chat(watch) => watch.is_over(),
            Machine::Responses(watch) => watch.is_complete(),
            Machine::Messages(watch) => watch.is_over(),
            Machine::Gemini(_) => false,
        };
        ended || self.failed
    }

    /// Whether the stream has told of its own failure.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// What the stream has used, as far as it told.
    pub fn usage(&self) -> Usage {
        Usage { complete: self.usage.known && self.is_complete(), ..self.usage }
    }

    /// The bytes that end the stream with an error.
    pub fn failure(&self, error: &Error, request: RequestId, framer: &Framer) -> Vec<u8> {
        match &self.dialect {
            Machine::Chat(_) => chat::error::event(error),
            Machine::Responses(watch) => responses::error::event(error, &watch.so_far(request)),
            Machine::Messages(_) => messages::error::event(error, request),
            Machine::Gemini(_) if framer.is_array() => gemini::error::element(error, !framer.needs_comma()),
            Machine::Gemini(_) => gemini::error::event(error),
        }
    }
}

impl SoFar {
    /// The id of a response that has told none.
    pub(crate) fn made_up_id(request: RequestId) -> String {
        request.to_string().replacen("req_", "resp_", 1)
    }
}

/// The kind of an event: its name or, where it has none, its `type`. `None` if it is no object either.
pub(crate) fn event_kind<'a>(name: &'a [u8], text: &'a str) -> Option<Cow<'a, str>> {
    if !name.is_empty() {
        return std::str::from_utf8(name).ok().map(Cow::Borrowed);
    }
    let [kind] = json::pick(text, ["type"])?;
    Some(json::string(kind).unwrap_or_default())
}

/// Whether an object has a member that says something: any but the given ones, and neither `null` nor empty.
pub(crate) fn says_something(object: &str, but: &[&str]) -> bool {
    let mut says = false;
    let scanned = json::members(object, json::MAX_DEPTH, |member| {
        let key = json::at(object, &member.key).trim_matches('"');
        says |= !but.contains(&key) && !is_empty(json::at(object, &member.value));
    });
    // What cannot be read is not held back.
    says || scanned.is_err()
}

fn is_empty(value: &str) -> bool {
    let inside = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
    matches!(value, "null" | "\"\"") || inside.is_some_and(|inside| inside.trim_ascii().is_empty())
}
