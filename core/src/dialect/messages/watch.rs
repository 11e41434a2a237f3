//! What an event of a stream tells.

use super::usage::{read_container, read_usage};
use crate::dialect::watch::{Seen, event_kind, says_something};
use crate::usage::Usage;
use crate::wire::json;

/// What has been seen of a stream.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    stop_reason: bool,
    stopped: bool,
}

impl Watch {
    /// Complete = a stop reason was seen. Compatible servers leave out `message_stop` after it (translation.md 4.4).
    pub(crate) fn is_complete(&self) -> bool {
        self.stop_reason
    }

    /// `message_stop` is the last event.
    pub(crate) fn is_over(&self) -> bool {
        self.stopped && self.stop_reason
    }

    pub(crate) fn observe(&mut self, name: &[u8], data: &[u8], committed: bool, usage: &mut Usage) -> Seen {
        let text = std::str::from_utf8(data).unwrap_or_default();
        // Compatible servers leave the name out: then `type` counts.
        let Some(kind) = event_kind(name, text) else {
            return Seen { invalid: !committed && !data.starts_with(b"[DONE]"), ..Seen::default() };
        };
        match &*kind {
            "message_start" => {
                // A message without usage tells none.
                let _ = read_usage(json::get(json::get(text, "message"), "usage"), usage);
                Seen::default()
            }
            "message_delta" => {
                let [delta, told] = json::pick(text, ["delta", "usage"]).unwrap_or_default();
                let [reason, container] = json::pick(delta, ["stop_reason", "container"]).unwrap_or_default();
                self.stop_reason |= json::is_given(reason);
                let _ = read_usage(told, usage);
                read_container(container, usage);
                Seen { meaningful: self.stop_reason, ..Seen::default() }
            }
            // A `message_stop` that no stop reason came before would make a broken stream look whole.
            "message_stop" => {
                self.stopped = true;
                Seen { omit: !self.stop_reason, ..Seen::default() }
            }
            "error" => Seen { failure: true, ..Seen::default() },
            _ if committed => Seen::default(),
            "content_block_start" => {
                let [kind, told] = json::pick(json::get(text, "content_block"), ["type", "text"]).unwrap_or_default();
                let is_empty_text = kind == "\"text\"" && matches!(told, "" | "\"\"" | "null");
                Seen { meaningful: !is_empty_text, ..Seen::default() }
            }
            "content_block_delta" => {
                Seen { meaningful: says_something(json::get(text, "delta"), &["type"]), ..Seen::default() }
            }
            _ => Seen::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(events: &[(&str, &str)], committed: bool) -> (Watch, Usage, Vec<Seen>) {
        let mut watch = Watch::default();
        let mut usage = Usage::default();
        let seen = events
            .iter()
            .map(|(name, data)| watch.observe(name.as_bytes(), data.as_bytes(), committed, &mut usage))
            .collect();
        (watch, usage, seen)
    }

    const START: &str = r#"{"type":"message_start","message":{"usage":{"input_tokens":9,"cache_read_input_tokens":100,"cache_creation_input_tokens":20,"cache_creation":{"ephemeral_5m_input_tokens":5,"ephemeral_1h_input_tokens":15},"output_tokens":1}}}"#;

    #[test]
    fn what_only_announces_is_held() {
        let (_, _, seen) = watch(
            &[
                ("message_start", START),
                ("ping", r#"{"type":"ping"}"#),
                ("content_block_start", r#"{"content_block":{"type":"text","text":""}}"#),
                ("content_block_delta", r#"{"delta":{"type":"text_delta","text":""}}"#),
                ("content_block_delta", r#"{"delta":{"type":"text_delta","text":"a"}}"#),
                ("content_block_start", r#"{"content_block":{"type":"tool_use","id":"t","name":"n","input":{}}}"#),
                ("", r#"{"type":"content_block_start","content_block":{"type":"thinking","thinking":""}}"#),
                ("message_delta", r#"{"delta":{"stop_reason":"end_turn"}}"#),
            ],
            false,
        );
        let meaningful: Vec<bool> = seen.iter().map(|seen| seen.meaningful).collect();
        assert_eq!(meaningful, [false, false, false, false, true, true, true, true]);
    }

    #[test]
    fn trap_21_usage_is_replaced_and_not_added() {
        let delta = r#"{"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":42,"output_tokens_details":{"thinking_tokens":30}}}"#;
        let (whole, usage, _) = watch(&[("message_start", START), ("message_delta", delta)], true);
        assert!(whole.is_complete());
        let expected = Usage {
            input: 9,
            cache_read: 100,
            cache_write: 20,
            cache_write_1h: 15,
            output: 42,
            reasoning: Some(30),
            known: true,
            complete: false,
            ..Usage::default()
        };
        assert_eq!(usage, expected);
        let later = r#"{"delta":{},"usage":{"input_tokens":10,"output_tokens":43}}"#;
        let (_, usage, _) =
            watch(&[("message_start", START), ("message_delta", delta), ("message_delta", later)], true);
        assert_eq!((usage.input, usage.output, usage.cache_read), (10, 43, 100));
    }

    #[test]
    fn message_stop_alone_is_no_evidence() {
        let (cut, _, seen) = watch(&[("message_start", START), ("message_stop", "{}")], true);
        assert!(!cut.is_complete() && seen[1].omit);
        let stop = ("message_delta", r#"{"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}"#);
        let (whole, _, seen) = watch(&[("message_start", START), stop, ("message_stop", "{}")], true);
        assert!(whole.is_complete() && !seen[2].omit);
        let null = ("message_delta", r#"{"delta":{"stop_reason":null}}"#);
        assert!(!watch(&[null], true).0.is_complete());
    }
}
