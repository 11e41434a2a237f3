//! A stream of the Responses API that has failed: `response.failed`. A bare `error` event is not enough, since Codex
//! does not stop on it. Whole error answers look as in [`chat`](crate::dialect::chat).

use super::object::{self, Head, State};
use crate::dialect::Dialect;
use crate::dialect::canonical::read::Value;
use crate::dialect::failure::in_stream;
use crate::error::{Class, Error};
use crate::wire::write::Writer;

/// What a stream has told of its response.
#[derive(Debug, Default)]
pub(crate) struct SoFar {
    /// The response's id.
    pub(crate) id: String,
    /// The model's name.
    pub(crate) model: String,
    /// When the response was created, in seconds since the Unix epoch.
    pub(crate) created_at: u64,
    /// The items that were completed, as they were sent.
    pub(crate) output: Vec<Box<str>>,
    /// The number of the last event.
    pub(crate) sequence: Option<u64>,
}

/// The last event of a stream that has failed: the response with what was completed, and every key that the official
/// type requires.
pub(crate) fn event(error: &Error, so_far: &SoFar) -> Vec<u8> {
    let kind = "response.failed";
    let mut json = Writer::line(["event: ", kind, "\ndata: "].concat().into_bytes());
    json.open().str_member("type", kind);
    json.count_member("sequence_number", so_far.sequence.map_or(0, |last| last + 1)).key("response");
    let head = Head { id: so_far.id.clone(), model: so_far.model.clone(), created: so_far.created_at };
    let state = State::Failed(code(error.class), &error.message);
    object::write(&mut json, &head, state, &so_far.output.join(","), None, &[]);
    json.close();
    let mut out = json.into_bytes();
    out.extend_from_slice(b"\n\n");
    out
}

/// The codes of the official type, which has none of ours (openai-python, `types/responses/response_error.py`), and the one
/// that Codex knows beside them: it tries again after a `server_error`, and must not where that cannot help.
pub(super) fn code(class: Class) -> &'static str {
    match class {
        Class::RateLimit => "rate_limit_exceeded",
        Class::ContextWindow => "context_length_exceeded",
        Class::ContentPolicy => "invalid_prompt",
        _ => "server_error",
    }
}

/// What an error means that an upstream told in place of an answer, or in the middle of one.
pub(super) fn failure(error: Value<'_>) -> Error {
    in_stream(Dialect::Responses, error).error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_holds_what_was_completed() {
        let so_far = SoFar {
            id: "resp_1".to_owned(),
            model: "gpt-5".to_owned(),
            created_at: 7,
            output: vec!["{\"id\":\"a\",\"big\":12345678901234567890}".into(), "{}".into()],
            sequence: Some(41),
        };
        let event = String::from_utf8(event(&Error::new(Class::UpstreamTruncated, "cut"), &so_far)).expect("UTF-8");
        let data = event.strip_prefix("event: response.failed\ndata: ").expect("the event's name").trim_end();
        let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(data["sequence_number"], 42);
        assert_eq!(data["response"]["status"], "failed");
        assert_eq!(data["response"]["error"]["code"], "server_error");
        assert_eq!(data["response"]["output"].as_array().map(Vec::len), Some(2));
        assert!(event.contains("12345678901234567890"));
    }
}
