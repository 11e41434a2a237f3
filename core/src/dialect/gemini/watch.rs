//! What a chunk of a stream tells. Each one is a whole response that holds what is new.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::usage::{read_grounding, read_usage};
use crate::dialect::watch::{Seen, says_something};
use crate::usage::Usage;
use crate::wire::json;

static FINISH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"finishReason\""));
static BLOCK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"blockReason\""));
static USAGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"usageMetadata\""));
static GROUNDING: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"groundingMetadata\""));
static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"error\""));

/// What has been seen of a stream.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Candidates the client asked for: with more than one, the first that has finished is not the end.
    choices: u32,
    /// A bit for each candidate that has been seen, and that has finished.
    seen: u64,
    finished: u64,
    blocked: bool,
}

impl Watch {
    /// Complete = a `finishReason` or a `blockReason` was seen (translation.md 4.5).
    pub(crate) fn is_complete(&self) -> bool {
        self.blocked || (self.finished != 0 && self.seen & !self.finished == 0)
    }

    pub(crate) fn new(choices: u32) -> Self {
        Self { choices, ..Self::default() }
    }

    pub(crate) fn observe(&mut self, data: &[u8], committed: bool, usage: &mut Usage) -> Seen {
        let ends = || [&FINISH, &BLOCK, &GROUNDING, &ERROR].iter().any(|needle| needle.find(data).is_some());
        if committed && self.choices <= 1 && !ends() {
            // Every chunk brings the usage so far, and nothing else that matters here.
            if USAGE.find(data).is_some() {
                let _ = read_usage(json::get(std::str::from_utf8(data).unwrap_or_default(), "usageMetadata"), usage);
            }
            return Seen::default();
        }
        let text = std::str::from_utf8(data).unwrap_or_default();
        let Some([candidates, feedback, told, error]) =
            json::pick(text, ["candidates", "promptFeedback", "usageMetadata", "error"])
        else {
            return Seen { invalid: !committed, ..Seen::default() };
        };
        let _ = read_usage(told, usage);
        self.blocked |= json::is_given(json::get(feedback, "blockReason"));
        let (mut finishes, mut says) = (self.blocked, false);
        json::each(candidates, |candidate| {
            let [content, reason, index, grounding] =
                json::pick(candidate, ["content", "finishReason", "index", "groundingMetadata"]).unwrap_or_default();
            if !grounding.is_empty() {
                read_grounding(grounding, usage);
            }
            let bit = 1 << json::count(index).unwrap_or(0).min(63);
            self.seen |= bit;
            if json::is_given(reason) {
                self.finished |= bit;
                finishes = true;
            }
            json::each(json::get(content, "parts"), |part| {
                says |= says_something(part, &["thought", "thoughtSignature"]);
            });
        });
        Seen { meaningful: finishes || says, failure: json::is_given(error), ..Seen::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(events: &[&str], committed: bool) -> (Watch, Usage, Vec<Seen>) {
        let mut watch = Watch::default();
        let mut usage = Usage::default();
        let seen = events.iter().map(|event| watch.observe(event.as_bytes(), committed, &mut usage)).collect();
        (watch, usage, seen)
    }

    #[test]
    fn trap_34_a_candidate_may_lack_everything() {
        let (_, _, seen) = watch(
            &[
                r#"{"candidates":[{}]}"#,
                r#"{"candidates":[{"content":{"role":"model"}}]}"#,
                r#"{"candidates":[{"content":{"parts":null}}],"usageMetadata":{}}"#,
                r#"{"candidates":[{"content":{"parts":[{"text":""}]}}]}"#,
                r#"{"usageMetadata":{"promptTokenCount":1}}"#,
                r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#,
                r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}]}"#,
                r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#,
            ],
            false,
        );
        let meaningful: Vec<bool> = seen.iter().map(|seen| seen.meaningful).collect();
        assert_eq!(meaningful, [false, false, false, false, false, true, true, true]);
        assert!(seen.iter().all(|seen| !seen.failure));
    }

    #[test]
    fn the_last_usage_counts() {
        let (cut, usage, _) = watch(
            &[
                r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata": {"promptTokenCount":10,"candidatesTokenCount":1}}"#,
                r#"{"candidates":[{"content":{"parts":[{"text":"b"}]}}],"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":4,"candidatesTokenCount":5,"thoughtsTokenCount":7,"toolUsePromptTokenCount":2,"totalTokenCount":24},"modelVersion":"x"}"#,
            ],
            true,
        );
        assert!(!cut.is_complete());
        let expected = Usage {
            input: 8,
            cache_read: 4,
            output: 12,
            reasoning: Some(7),
            tool_input: 2,
            known: true,
            ..Usage::default()
        };
        assert_eq!(usage, expected);
    }

    #[test]
    fn every_candidate_must_finish() {
        let mut watch = Watch::new(2);
        for (event, complete) in [
            (
                r#"{"candidates":[{"index":0,"content":{"parts":[{"text":"a"}]}},{"index":1,"content":{"parts":[{"text":"b"}]}}]}"#,
                false,
            ),
            (r#"{"candidates":[{"index":0,"finishReason":"STOP"}]}"#, false),
            (r#"{"candidates":[{"index":1,"content":{"parts":[{"text":"c"}]}}]}"#, false),
            (r#"{"candidates":[{"index":1,"finishReason":"STOP"}]}"#, true),
        ] {
            watch.observe(event.as_bytes(), true, &mut Usage::default());
            assert_eq!(watch.is_complete(), complete, "{event}");
        }
    }

    #[test]
    fn finish_and_block_are_evidence_and_an_error_is_a_failure() {
        assert!(watch(&[r#"{"candidates":[{"finishReason":"STOP"}]}"#], true).0.is_complete());
        assert!(watch(&[r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#], true).0.is_complete());
        let (cut, _, seen) = watch(&[r#"{"error":{"code":503}}"#], true);
        assert!(!cut.is_complete() && seen[0].failure);
    }
}
