//! What an event of a stream tells.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::response::WireUsage;
use crate::dialect::watch::{Seen, says_something};
use crate::usage::Usage;

/// What has been seen of a stream.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    stop_reason: bool,
    stopped: bool,
}

#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(borrow, default)]
    r#type: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Start {
    message: StartMessage,
}

#[derive(Deserialize)]
struct StartMessage {
    #[serde(default)]
    usage: Option<WireUsage>,
}

#[derive(Deserialize)]
struct MessageDelta {
    #[serde(default)]
    delta: Option<Stop>,
    #[serde(default)]
    usage: Option<WireUsage>,
}

#[derive(Deserialize)]
struct Stop {
    #[serde(default)]
    stop_reason: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct BlockStart<'a> {
    #[serde(borrow)]
    content_block: Block<'a>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow, default)]
    r#type: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
struct BlockDelta<'a> {
    #[serde(borrow)]
    delta: &'a RawValue,
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
        let typed;
        let kind = if name.is_empty() {
            match serde_json::from_slice::<Typed<'_>>(data) {
                Ok(found) => typed = found.r#type.into_owned(),
                Err(_) => return Seen { invalid: !committed && !data.starts_with(b"[DONE]"), ..Seen::default() },
            }
            typed.as_str()
        } else {
            std::str::from_utf8(name).unwrap_or_default()
        };
        match kind {
            "message_start" => {
                if let Ok(Start { message: StartMessage { usage: Some(wire) } }) = serde_json::from_slice(data) {
                    wire.replace(usage);
                }
                Seen::default()
            }
            "message_delta" => self.message_delta(data, usage),
            // A `message_stop` that no stop reason came before would make a broken stream look whole.
            "message_stop" => {
                self.stopped = true;
                Seen { omit: !self.stop_reason, ..Seen::default() }
            }
            "error" => Seen { failure: true, ..Seen::default() },
            _ if committed => Seen::default(),
            "content_block_start" => Seen {
                meaningful: serde_json::from_slice::<BlockStart<'_>>(data)
                    .map_or(true, |start| start.content_block.r#type != "text" || !start.content_block.text.is_empty()),
                ..Seen::default()
            },
            "content_block_delta" => Seen {
                meaningful: serde_json::from_slice::<BlockDelta<'_>>(data)
                    .map_or(true, |event| says_something(event.delta.get(), &["type"])),
                ..Seen::default()
            },
            _ => Seen::default(),
        }
    }

    fn message_delta(&mut self, data: &[u8], usage: &mut Usage) -> Seen {
        if let Ok(event) = serde_json::from_slice::<MessageDelta>(data) {
            self.stop_reason |= event.delta.is_some_and(|delta| delta.stop_reason.is_some());
            if let Some(wire) = event.usage {
                wire.replace(usage);
            }
        }
        Seen { meaningful: self.stop_reason, ..Seen::default() }
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
            output: 42,
            reasoning: Some(30),
            known: true,
            complete: false,
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
