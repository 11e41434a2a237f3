//! Reading what a whole answer tells, in one pass over its bytes.

use std::ops::Range;

use super::{Dialect, chat, gemini, messages, responses};
use crate::usage::Usage;
use crate::wire::json::{self, MAX_DEPTH};

/// What a whole answer tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What it used.
    pub usage: Usage,
    /// It is an error, though its status says otherwise.
    pub failure: bool,
}

/// Reads an answer whose status says that it is one. `None` if it is no JSON object: then it is not whole.
pub fn read(dialect: Dialect, body: &[u8]) -> Option<Reading> {
    let text = std::str::from_utf8(body).ok()?;
    let mut members = Members::default();
    json::members(text, MAX_DEPTH, |member| match json::at(text, &member.key) {
        "\"usage\"" | "\"usageMetadata\"" => members.usage = member.value,
        "\"error\"" => members.error = member.value,
        "\"choices\"" | "\"output\"" | "\"content\"" | "\"candidates\"" | "\"data\"" => members.content = true,
        _ => {}
    })
    .ok()?;
    let mut reading = Reading::default();
    if let Some(mut usage) = read_usage(dialect, json::at(text, &members.usage)) {
        usage.complete = true;
        reading.usage = usage;
    }
    let error = json::at(text, &members.error);
    reading.failure = !members.content && !error.is_empty() && error != "null";
    Some(reading)
}

#[derive(Default)]
struct Members {
    usage: Range<usize>,
    error: Range<usize>,
    content: bool,
}

fn read_usage(dialect: Dialect, text: &str) -> Option<Usage> {
    if text.is_empty() || text == "null" {
        return None;
    }
    let mut usage = Usage::default();
    match dialect {
        Dialect::Chat => serde_json::from_str::<chat::response::WireUsage>(text).ok()?.replace(&mut usage),
        Dialect::Responses => serde_json::from_str::<responses::response::WireUsage>(text).ok()?.replace(&mut usage),
        Dialect::Messages => serde_json::from_str::<messages::response::WireUsage>(text).ok()?.replace(&mut usage),
        Dialect::Gemini => serde_json::from_str::<gemini::response::WireUsage>(text).ok()?.replace(&mut usage),
    }
    Some(usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_in_every_dialect() {
        let whole = Usage { input: 8, cache_read: 2, output: 5, known: true, complete: true, ..Usage::default() };
        for (dialect, body) in [
            (
                Dialect::Chat,
                r#"{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":2}}}"#,
            ),
            (
                Dialect::Chat,
                r#"{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":2}}"#,
            ),
            (
                Dialect::Responses,
                r#"{"output":[],"usage":{"input_tokens":10,"output_tokens":5,"input_tokens_details":{"cached_tokens":2}}}"#,
            ),
            (
                Dialect::Messages,
                r#"{"content":[],"usage":{"input_tokens":8,"output_tokens":5,"cache_read_input_tokens":2}}"#,
            ),
            (
                Dialect::Gemini,
                r#"{"candidates":[],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"cachedContentTokenCount":2}}"#,
            ),
        ] {
            assert_eq!(read(dialect, body.as_bytes()), Some(Reading { usage: whole, failure: false }), "{body}");
        }
    }

    #[test]
    fn a_cut_answer_is_none() {
        let body = br#"{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":1}}"#;
        for end in 0..body.len() {
            assert_eq!(read(Dialect::Chat, &body[..end]), None, "{end}");
        }
        assert_eq!(read(Dialect::Chat, b"\xff"), None);
        assert_eq!(read(Dialect::Chat, b"[]"), None);
    }

    #[test]
    fn an_error_is_told_from_an_answer() {
        let failure = |body: &str| read(Dialect::Chat, body.as_bytes()).map(|reading| reading.failure);
        assert_eq!(failure(r#"{"error":{"message":"x"}}"#), Some(true));
        assert_eq!(failure(r#"{"error":null,"output":[]}"#), Some(false));
        assert_eq!(failure(r#"{"error":{"code":"server_error"},"output":[]}"#), Some(false));
    }
}
