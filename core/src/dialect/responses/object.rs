//! The response object, as it is written: with every key that the official type requires, and what it repeats of the
//! request (openai-python, `types/responses/response.py`).

use super::item::bits;
use crate::dialect::canonical::Finish;
use crate::dialect::codec::Echo;
use crate::usage::Usage;
use crate::wire::write::Writer;

/// What a response says of itself from the beginning.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) model: String,
    pub(super) created: u64,
}

impl Head {
    /// The head of the answer to a request; what the upstream does not tell is made up.
    pub(super) fn new(id: &str, model: &str, created: Option<u64>, echo: &Echo) -> Self {
        let body = ["chatcmpl-", "msg_", "resp_"].iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id);
        let id = if body.is_empty() { ["resp_", &bits(echo.request)].concat() } else { ["resp_", body].concat() };
        let model = if model.is_empty() { &echo.model } else { model };
        Self { id, model: model.to_owned(), created: created.unwrap_or(echo.created) }
    }
}

/// How far a response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State<'a> {
    /// It goes on.
    InProgress,
    /// It is whole.
    Completed,
    /// It ended early; why.
    Incomplete(&'static str),
    /// It failed: code and message.
    Failed(&'static str, &'a str),
}

impl State<'_> {
    /// How a response is that ended so (translation.md 3.15).
    pub(super) fn of(finish: Option<Finish>) -> Self {
        match finish {
            Some(Finish::Length | Finish::ContextWindow) => State::Incomplete("max_output_tokens"),
            Some(Finish::ContentFilter) => State::Incomplete("content_filter"),
            Some(Finish::Malformed) => State::Failed("server_error", "the model made a call that is none"),
            _ => State::Completed,
        }
    }

    /// Its name: the status, and the end of the terminal event's type.
    pub(super) fn name(self) -> &'static str {
        match self {
            State::InProgress => "in_progress",
            State::Completed => "completed",
            State::Incomplete(_) => "incomplete",
            State::Failed(..) => "failed",
        }
    }
}

/// What is repeated of the request, and how it is where nothing was asked.
const ECHOED: &[(&str, &str)] = &[
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("max_tool_calls", "null"),
    ("parallel_tool_calls", "true"),
    ("prompt_cache_key", "null"),
    ("reasoning", "{\"effort\":null,\"summary\":null}"),
    ("safety_identifier", "null"),
    ("temperature", "null"),
    ("text", "{\"format\":{\"type\":\"text\"}}"),
    ("tool_choice", "\"auto\""),
    ("tools", "[]"),
    ("top_logprobs", "0"),
    ("top_p", "null"),
    ("truncation", "\"disabled\""),
    ("user", "null"),
    ("metadata", "{}"),
];

/// Writes a response. `output` is the elements of its list, as they are written; `asked` is what it repeats.
pub(super) fn write(
    json: &mut Writer,
    head: &Head,
    state: State<'_>,
    output: &str,
    used: Option<(&Usage, Option<&str>)>,
    asked: &[(&str, Box<str>)],
) {
    let (usage, tier) = used.map_or((None, None), |(usage, tier)| (Some(usage), tier));
    json.open().str_member("id", &head.id).str_member("object", "response").count_member("created_at", head.created);
    json.str_member("status", state.name()).key("background").bool(false).key("error");
    match state {
        State::Failed(code, message) => json.open().str_member("code", code).str_member("message", message).close(),
        _ => json.null(),
    };
    json.key("incomplete_details");
    match state {
        State::Incomplete(reason) => json.open().str_member("reason", reason).close(),
        _ => json.null(),
    };
    json.str_member("model", &head.model).key("output").open_array().raw(output).close_array();
    json.key("previous_response_id").null().key("store").bool(false).key("service_tier");
    match tier {
        Some(tier) => json.string(tier),
        None => json.null(),
    };
    for (key, default) in ECHOED {
        let value = asked.iter().find(|(asked, _)| asked == key);
        json.raw_member(key, value.map_or(default, |(_, value)| value));
    }
    json.key("usage");
    match usage.filter(|usage| usage.known) {
        Some(usage) => write_usage(json, usage),
        None => {
            json.null();
        }
    }
    json.close();
}

/// Writes a usage object: the whole prompt here includes what was cached (translation.md 3.16).
fn write_usage(json: &mut Writer, usage: &Usage) {
    let prompt = usage.input.saturating_add(usage.cache_read).saturating_add(usage.cache_write);
    json.open().count_member("input_tokens", prompt).key("input_tokens_details").open();
    json.count_member("cached_tokens", usage.cache_read).count_member("cache_write_tokens", usage.cache_write).close();
    json.count_member("output_tokens", usage.output).key("output_tokens_details").open();
    json.count_member("reasoning_tokens", usage.reasoning.unwrap_or(0)).close();
    json.count_member("total_tokens", prompt.saturating_add(usage.output)).close();
}
