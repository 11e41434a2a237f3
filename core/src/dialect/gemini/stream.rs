//! What a chunk of a stream tells. Each one is a whole response that holds what is new.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::response::WireUsage;
use crate::dialect::watch::{Seen, says_something};
use crate::usage::Usage;
use crate::wire::json;

static FINISH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"finishReason\""));
static BLOCK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"blockReason\""));
static USAGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"usageMetadata\""));
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk<'a> {
    #[serde(borrow, default)]
    candidates: Option<Vec<Candidate<'a>>>,
    #[serde(default)]
    prompt_feedback: Option<Feedback>,
    #[serde(default)]
    usage_metadata: Option<WireUsage>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    #[serde(borrow, default)]
    content: Option<Content<'a>>,
    #[serde(borrow, default)]
    finish_reason: Option<Cow<'a, str>>,
    #[serde(default)]
    index: Option<u32>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow, default)]
    parts: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    #[serde(default)]
    block_reason: Option<IgnoredAny>,
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
        let ends = || FINISH.find(data).is_some() || BLOCK.find(data).is_some() || ERROR.find(data).is_some();
        if committed && self.choices <= 1 && !ends() {
            // Every chunk brings the usage so far, and nothing else that matters here.
            if let Some(wire) = usage_at(data) {
                wire.replace(usage);
            }
            return Seen::default();
        }
        let Ok(chunk) = serde_json::from_slice::<Chunk<'_>>(data) else {
            let is_json = std::str::from_utf8(data).is_ok_and(json::is_valid);
            return Seen { meaningful: is_json, invalid: !committed && !is_json, ..Seen::default() };
        };
        if let Some(wire) = &chunk.usage_metadata {
            wire.replace(usage);
        }
        let candidates = chunk.candidates.as_deref().unwrap_or_default();
        let blocked = chunk.prompt_feedback.is_some_and(|feedback| feedback.block_reason.is_some());
        let finishes = blocked || candidates.iter().any(|candidate| candidate.finish_reason.is_some());
        self.blocked |= blocked;
        for candidate in candidates {
            let bit = 1 << candidate.index.unwrap_or(0).min(63);
            self.seen |= bit;
            if candidate.finish_reason.is_some() {
                self.finished |= bit;
            }
        }
        Seen {
            meaningful: finishes || candidates.iter().any(Candidate::is_meaningful),
            failure: chunk.error.is_some(),
            invalid: false,
            omit: false,
        }
    }
}

impl Candidate<'_> {
    fn is_meaningful(&self) -> bool {
        let parts = self.content.as_ref().and_then(|content| content.parts.as_deref()).unwrap_or_default();
        parts.iter().any(|part| says_something(part.get(), &["thought", "thoughtSignature"]))
    }
}

/// The usage in a chunk, without reading the rest of it.
fn usage_at(data: &[u8]) -> Option<WireUsage> {
    let behind = data.get(USAGE.find(data)? + USAGE.needle().len()..)?;
    let value = behind.trim_ascii_start().strip_prefix(b":")?;
    WireUsage::deserialize(&mut serde_json::Deserializer::from_slice(value)).ok()
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
        let expected =
            Usage { input: 8, cache_read: 4, output: 12, reasoning: Some(7), known: true, ..Usage::default() };
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
