//! What an event of a stream tells.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::error::is_base_failure;
use super::usage::read_served;
use crate::dialect::watch::{Seen, says_something};
use crate::usage::Usage;
use crate::wire::json;

static FINISH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"finish_reason\""));
static USAGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"usage\""));
static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"error\""));

/// What has been seen of a stream.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Answers the client asked for: with more than one, the first that has finished is not the end.
    choices: u32,
    /// Take the usage-only chunk out: the gateway asked for it, the client did not.
    strip_usage: bool,
    finished: bool,
    done: bool,
}

impl Watch {
    pub(crate) fn new(choices: u32, strip_usage: bool) -> Self {
        Self { choices, strip_usage, ..Self::default() }
    }

    /// Complete = a `finish_reason` was seen; `[DONE]` alone is not enough (translation.md 4.2).
    pub(crate) fn is_complete(&self) -> bool {
        self.finished && (self.choices <= 1 || self.done)
    }

    /// `[DONE]` is the last event, and the client's end as well where something was finished before.
    pub(crate) fn is_over(&self) -> bool {
        self.done && self.is_complete()
    }

    pub(crate) fn observe(&mut self, data: &[u8], committed: bool, usage: &mut Usage) -> Seen {
        if data.trim_ascii_start().starts_with(b"[DONE]") {
            self.done = true;
            // A `[DONE]` that nothing was finished before would make a broken stream look whole.
            return Seen { omit: !self.finished, ..Seen::default() };
        }
        // Most events of a committed stream can tell nothing: three needles are cheaper than a parse.
        if committed && !has_value(&FINISH, data) && !has_value(&USAGE, data) && ERROR.find(data).is_none() {
            return Seen::default();
        }
        let text = std::str::from_utf8(data).unwrap_or_default();
        let names = ["choices", "usage", "error", "base_resp", "service_tier"];
        let Some([choices, told, error, base, tier]) = json::pick(text, names) else {
            return Seen { invalid: !committed, ..Seen::default() };
        };
        // Whatever it is, `null` included, it is no usage.
        let _ = read_served(told, tier, usage);
        let (mut count, mut finishes, mut says) = (0_u32, false, false);
        json::each(choices, |choice| {
            count += 1;
            let [delta, finish_reason] = json::pick(choice, ["delta", "finish_reason"]).unwrap_or_default();
            finishes |= json::is_given(finish_reason);
            says |= json::is_given(delta) && says_something(delta, &["role"]);
        });
        self.finished |= finishes;
        Seen {
            meaningful: finishes || says,
            failure: json::is_given(error) || is_base_failure(base),
            invalid: false,
            omit: self.strip_usage && json::is_given(told) && choices.starts_with('[') && count == 0,
        }
    }
}

/// Whether the key stands in the JSON with a value that is not `null`. A key's text inside a string has its quotes
/// escaped, so it is found at most where a whole string reads so: then the parse decides.
fn has_value(key: &Finder<'_>, data: &[u8]) -> bool {
    let mut rest = data;
    while let Some(at) = key.find(rest) {
        rest = rest.get(at + key.needle().len()..).unwrap_or_default();
        let value = rest.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start);
        if value.is_none_or(|value| !value.starts_with(b"null")) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(events: &[&str], committed: bool) -> (Watch, Usage, Vec<Seen>) {
        let mut watch = Watch { strip_usage: true, ..Watch::default() };
        let mut usage = Usage::default();
        let seen = events.iter().map(|event| watch.observe(event.as_bytes(), committed, &mut usage)).collect();
        (watch, usage, seen)
    }

    #[test]
    fn the_first_meaningful_event_is_not_the_role() {
        let (_, _, seen) = watch(
            &[
                r#"{"choices":[],"prompt_filter_results":[]}"#,
                r#"{"choices":null}"#,
                r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null,"tool_calls":[]},"finish_reason":null}]}"#,
                r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}"#,
                r#"{"choices":[{"index":0,"delta":{"reasoning_content":"a"}}]}"#,
                r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]}"#,
                r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            ],
            false,
        );
        let meaningful: Vec<bool> = seen.iter().map(|seen| seen.meaningful).collect();
        assert_eq!(meaningful, [false, false, false, true, true, true, true]);
        assert!(seen.iter().all(|seen| !seen.failure));
    }

    #[test]
    fn an_error_or_no_json_is_a_failure() {
        let (_, _, seen) = watch(&[r#"{"error":{"message":"x"}}"#, r#"{"error":"x"}"#, "<html>"], false);
        assert!(seen[0].failure && seen[1].failure && seen[2].invalid);
        let (_, _, seen) = watch(&[r#"{"error":null,"choices":[]}"#], false);
        assert!(!seen[0].failure);
        let failed = r#"{"choices":null,"base_resp":{"status_code":1004,"status_msg":"x"}}"#;
        assert!(watch(&[failed], false).2[0].failure);
        let (_, _, seen) = watch(&[r#"{"error":{"message":"x"}}"#], true);
        assert!(seen[0].failure);
    }

    #[test]
    fn trap_16_finish_reason_is_the_evidence_and_done_is_not() {
        let finish = r#"{"choices":[{"delta":{},"finish_reason": "stop"}]}"#;
        assert!(watch(&[finish], true).0.is_complete());
        let (alone, _, seen) = watch(&["[DONE]"], true);
        assert!(!alone.is_complete() && seen[0].omit);
        let (whole, _, seen) = watch(&[finish, " [DONE] "], true);
        assert!(whole.is_complete() && !seen[1].omit);
        assert!(
            !watch(&[r#"{"choices":[{"delta":{"content":"\"finish_reason\":\"stop\""},"finish_reason":null}]}"#], true)
                .0
                .is_complete()
        );
        let mut two = Watch { choices: 2, ..Watch::default() };
        two.observe(finish.as_bytes(), true, &mut Usage::default());
        assert!(!two.is_complete());
        two.observe(b"[DONE]", true, &mut Usage::default());
        assert!(two.is_complete());
    }

    #[test]
    fn trap_23_the_usage_chunk_alone_is_omitted() {
        let (_, usage, seen) = watch(
            &[
                r#"{"choices":[{"delta":{"content":"a"},"finish_reason":null}],"usage":null}"#,
                r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
                r#"{"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":7,"total_tokens":27,"prompt_tokens_details":{"cached_tokens":5,"cache_write_tokens":2,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":3}}}"#,
            ],
            true,
        );
        assert_eq!(seen.iter().map(|seen| seen.omit).collect::<Vec<_>>(), [false, false, true]);
        let expected = Usage {
            input: 13,
            cache_read: 5,
            cache_write: 2,
            output: 7,
            reasoning: Some(3),
            known: true,
            complete: false,
            ..Usage::default()
        };
        assert_eq!(usage, expected);
    }

    #[test]
    fn a_key_that_stands_twice_does_not_break_the_stream() {
        let twice = r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":null,"usage":{"prompt_tokens":1}}"#;
        let (watch, usage, seen) = watch(&[twice], false);
        assert!(watch.is_complete() && seen[0].meaningful && !seen[0].invalid);
        assert_eq!(usage.input, 1);
    }

    #[test]
    fn trap_20_azures_first_chunk_is_kept() {
        let (_, _, seen) = watch(&[r#"{"choices":[],"usage":null,"prompt_filter_results":[]}"#], true);
        assert!(!seen[0].omit);
    }
}
