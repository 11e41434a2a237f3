//! Reading what a whole answer tells, in one pass over its bytes.

use super::{Dialect, chat, gemini, messages, responses};
use crate::usage::Usage;
use crate::wire::json;

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
    let names = [
        "usage",
        "usageMetadata",
        "error",
        "__type",
        "Output",
        "base_resp",
        "service_tier",
        "container",
        "choices",
        "output",
        "content",
        "candidates",
        "data",
    ];
    let [usage, metadata, error, coral, output, base, tier, container, content @ ..] = json::pick(text, names)?;
    let mut reading = Reading::default();
    let told = &mut reading.usage;
    let known = match dialect {
        Dialect::Chat | Dialect::Converse => chat::usage::read_served(usage, tier, told),
        Dialect::Responses => responses::usage::read_response(text, told),
        Dialect::Messages => {
            let known = messages::usage::read_usage(usage, told);
            messages::usage::read_container(container, told);
            known
        }
        Dialect::Gemini => {
            let [.., candidates, _] = content;
            json::each(candidates, |candidate| {
                gemini::usage::read_grounding(json::get(candidate, "groundingMetadata"), told);
            });
            gemini::usage::read_usage(metadata, told)
        }
    };
    reading.usage.complete = known.is_some();
    // AWS's own framework says with a good status that a region has not this API:
    // `{"Output":{"__type":"…#UnknownOperationException"},"Version":"1.0"}`.
    let faults = [error, coral, json::get(output, "__type")];
    reading.failure = content.iter().all(|content| content.is_empty()) && faults.into_iter().any(json::is_given);
    if dialect == Dialect::Chat && chat::error::is_base_failure(base) {
        reading.failure |= !content.iter().any(|content| json::is_given(content) && *content != "[]");
    }
    Some(reading)
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
        assert_eq!(failure(r#"{"Output":{"__type":"a#UnknownOperationException"},"Version":"1.0"}"#), Some(true));
        assert_eq!(failure(r#"{"__type":"a#UnknownOperationException"}"#), Some(true));
        assert_eq!(failure(r#"{"choices":[],"Output":{"__type":"a"}}"#), Some(false));
        assert_eq!(failure(r#"{"error":{"code":"server_error"},"output":[]}"#), Some(false));
        assert_eq!(failure(r#"{"choices":null,"base_resp":{"status_code":1002,"status_msg":"x"}}"#), Some(true));
        assert_eq!(failure(r#"{"choices":[{}],"base_resp":{"status_code":0,"status_msg":""}}"#), Some(false));
    }
}
